// A change of a playbook that many orders depend on, from the draft to its
// taking back: one more retry in transfer_failed, tried against the golden cases
// and against every run that there was, put in force while runs are open, and
// rolled back. What must hold: the tests say what changes and nothing else; each
// run ends by the version it began with.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './dev.mjs';
import { query } from './orders.mjs';

const NAME = 'transfer_failed';
const TRIES = 3;
const pathIn = (conf) => join(conf, `playbooks/${NAME}.json`);

function oneMoreRetry(conf) {
	const playbook = JSON.parse(readFileSync(pathIn(conf), 'utf8'));
	const retries = playbook.steps.find((s) => s.kind === 'repeat');
	assert.equal(retries.maximumAttempts, TRIES);
	retries.maximumAttempts++;
	return JSON.stringify(playbook, null, 1);
}

// The golden cases that count the retries say so; not one sees money move.
async function testDraft(t, ctl, file) {
	writeFileSync(file, oneMoreRetry(join(root, 'conf')));
	const { code, out } = await ctl(['playbook', 'test', file, '--cases',
		'tests/cases', '--json'], { MEND_CONF: join(root, 'conf') });
	const result = JSON.parse(out);
	const changed = result.data.filter((c) => !c.passed);
	const unsafe = changed.flatMap((c) => c.differences)
		.filter((d) => d.startsWith('UNSAFE'));
	assert.equal(code, 1);
	assert.ok(unsafe.length > 0);
	assert.ok(changed.every((c) => c.file.startsWith('transfer_failed/')),
		changed.map((c) => c.file).join());
	assert.deepEqual([result.rubric.moneyRight, result.rubric.typeRight],
		[result.rubric.moneyAsked, result.rubric.typeAsked]);
	t.diagnostic(`draft: ${result.cases} golden cases, ${changed.length} ` +
		'see the retry, none sees other money');
}

// The open questions of orders like these.
const asked = (data, prefix) => query(data, 'SELECT task.public_id AS taskId, ' +
	'run.public_id AS runId FROM task JOIN run ON run.id = task.run_id ' +
	`JOIN document d ON d.id = playbook_id WHERE d.name = '${NAME}' AND ` +
	`run.order_id GLOB '${prefix}*-FAIL' AND task.state = 'OPEN' ` +
	'ORDER BY task.id');

async function reject(world, { taskId, runId }) {
	const { evidenceHash } = await world.taskById(taskId);
	await world.decide(taskId, { approved: false, notes: 'not now',
		evidenceHash });
	return world.end(runId);
}

async function backtestDraft(t, ctl, conf, file) {
	writeFileSync(file, oneMoreRetry(conf));
	const began = Date.now();
	const { code, out, err } = await ctl(['playbook', 'backtest', file,
		'--json', '--limit', '1000000'], { MEND_CONF: conf });
	const took = ((Date.now() - began) / 1000).toFixed(1);
	assert.equal(code, 0, out + err);
	const result = JSON.parse(out);
	// As many cores as there are tell what one tells, in the same order.
	for (const jobs of ['1', '5']) {
		const other = await ctl(['playbook', 'backtest', file, '--json',
			'--limit', '1000000', '--jobs', jobs], { MEND_CONF: conf });
		assert.deepEqual({ ...JSON.parse(other.out), tookMs: 0 },
			{ ...result, tookMs: 0 });
	}
	const judged = result.same + result.other + result.undecided +
		result.unanswerable + result.notReproducible;
	assert.equal(judged, result.runs);
	assert.ok(result.runs > 0);
	// What came of two things at once may come out the other way.
	assert.ok(result.notReproducible <= result.runs / 200,
		out.slice(0, 4000));
	t.diagnostic(`draft: ${result.runs} past runs played again in ` +
		`${took} s: ${result.same} the same, ` +
		`${result.other} another way, ${result.unanswerable} ask what was ` +
		`never asked, ${result.undecided} ask another question, ` +
		`${result.notReproducible} cannot be played again`);
}

export async function draft(t, world, { conf, data, folder, prefix }) {
	const ctl = (args, env) => world.ctl(args, { USER: 'dora',
		MEND_CONF: conf, ...env });
	const done = async (args) => {
		const { code, out, err } = await ctl(args);
		assert.equal(code, 0, `${args.join(' ')}: ${out}${err}`);
	};
	const file = join(folder, `${NAME}.json`);
	await testDraft(t, ctl, file);
	// What has ended can be judged: half of them shall have.
	const questions = await asked(data, prefix);
	for (const question of questions.slice(questions.length / 2))
		await reject(world, question);
	await backtestDraft(t, ctl, conf, file);

	const openOn = async () => Object.fromEntries((await query(data,
		'SELECT d.version AS v, count(*) AS n FROM run JOIN document d ON ' +
		`d.id = playbook_id WHERE d.name = '${NAME}' AND closed_ms IS NULL ` +
		'GROUP BY 1'))
		.map(({ v, n }) => [v, n]));
	const before = await openOn();
	const [[old, open]] = Object.entries(before).map(([v, n]) => [Number(v), n]);
	assert.equal(Object.keys(before).length, 1);
	assert.ok(open > 0, 'no run is open');
	const tries = async (orderId) => {
		const { run } = await world.asks(orderId);
		const { playbookVersion } = await world.run(run.runId);
		return [playbookVersion,
			(await world.effects(orderId))['transfer.retry']];
	};

	const inForce = readFileSync(pathIn(conf), 'utf8');
	writeFileSync(pathIn(conf), readFileSync(file));
	await done(['activate']);
	assert.deepEqual(await tries('DRAFT-1-FAIL'), [old + 1, TRIES + 1]);
	assert.deepEqual(await openOn(), { [old]: open, [old + 1]: 1 });

	// One that was open before ends as it began.
	const ended = await reject(world, questions[0]);
	assert.deepEqual([ended.playbookVersion, ended.state],
		[old, 'COMPLETED']);

	await done(['playbook', 'rollback', NAME, '--reason', 'asks too late']);
	writeFileSync(pathIn(conf), inForce);
	assert.deepEqual(await tries('DRAFT-2-FAIL'), [old, TRIES]);
	// One ended meanwhile, one has begun.
	assert.deepEqual(await openOn(), { [old]: open, [old + 1]: 1 });
	t.diagnostic(`draft: version ${old + 1} in force beside ${open} open ` +
		`runs of version ${old}, and rolled back`);
}
