// An upgrade in the middle of things: it is stopped while a bulk is under way,
// other files are put in its place, and the new build cannot read some of what
// is stored (a row is damaged for that while nobody runs). What is left of the
// bulk is carried out or says why not, and nobody else feels it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { remove, root, temporaryFolder, until } from './dev.mjs';
import { start } from './instance.mjs';
import { ctl, orders, query, verifyAudit } from './orders.mjs';

const COUNT = 120;
const folder = temporaryFolder();
const data = join(folder, 'data'), conf = join(folder, 'conf');
const env = { MEND_CONF: conf };
let instance, o;

async function up() {
	instance = await start({ data, env });
	o = orders(instance);
}
before(async () => {
	cpSync(join(root, 'conf'), conf, { recursive: true });
	await up();
});
after(async () => {
	await instance?.stop();
	remove(folder);
});

const json = async (...args) => {
	const { code, out, err } = await ctl(data, [...args, '--json'], env);
	assert.equal(code, 0, `${args.join(' ')}: ${err}`);
	return JSON.parse(out);
};

// The next version of triage, in the files.
let version = 1;
function change() {
	const path = join(conf, 'playbooks/triage.json');
	writeFileSync(path, readFileSync(path, 'utf8').replace(
		/("title": "A person looks at it)[^"]*"/, `$1 ${++version}"`));
}

// As a build does that reads less than the one before.
function damage(number) {
	const kept = `CREATE TRIGGER document_immutable BEFORE UPDATE ON document
		BEGIN SELECT RAISE(ABORT, 'document versions are immutable'); END`;
	const how = spawnSync('sqlite3', [join(data, 'mend.db'),
		`DROP TRIGGER document_immutable; UPDATE document
		SET body = '{"playbook":"triage","steps":[]}'
		WHERE name = 'triage' AND version = ${number}; ${kept}`]);
	assert.equal(how.status, 0, String(how.stderr));
}

const many = async (sql) => (await query(data,
	`SELECT count(*) AS n FROM run r LEFT JOIN document d
	ON d.id = r.playbook_id WHERE ${sql}`))[0].n;
const inState = (n, sql) => until(`${n} runs ${sql}`,
	async () => await many(sql) === n, 60000);
const bulk = (id) => json('bulk', 'show', id, '--items', '1000');
const ended = (id) => until(`${id} is done`, async () => {
	const b = await bulk(id);
	return b.state === 'DONE' && b;
}, 60000);
const runOf = async (order) => (await json('list', '--order', order))
	.data[0];

describe('an upgrade', {
	skip: (process.env.MEND_TEST_URL && 'its data is elsewhere') ||
		(spawnSync('sqlite3', ['-version']).error && 'no sqlite3'),
}, () => {
	let b, some;

	test('in the middle of a bulk, whose version is read no more', async () => {
		const { body } = await o.api.post('/v1/runs/batch', 200, { body: {
			items: Array.from({ length: COUNT }, (_, i) => ({
				orderId: `UP-${i}-CONTRADICT` })) } });
		assert.ok(body.results.every((r) => r.status === 201));
		await inState(COUNT, `r.state = 'WAITING_TASK' AND d.version = 1`);
		change();
		await json('activate');
		const { bulkId, moves } = await json('playbook', 'migrate', 'triage',
			'--go', '--rate', '40', '--reason', 'upgrade');
		assert.equal(moves, COUNT);
		await until('it is under way', async () =>
			(await bulk(bulkId)).done >= 10, 30000);
		await instance.kill('SIGTERM');
		damage(2);
		change();
		await up();
		b = await ended(bulkId);
		assert.equal(b.done + b.skipped, COUNT);
		assert.ok(b.done >= 10 && b.skipped >= 10, `${b.done} done`);
		assert.equal(b.failed, 0);
		const left = b.items.filter((i) => i.state === 'SKIPPED');
		assert.ok(left.every((i) => i.code === 'version' && i.detail ===
			'that version cannot be read any more'));
		await inState(b.skipped, `r.state = 'WAITING_TASK' AND d.version = 1`);
		assert.equal(await many('d.version = 2'), b.done);
		some = b.items.filter((i) => i.state === 'DONE').map((i) => i.orderId);
	});

	test('the others go on, and onto the next version', async () => {
		const run = await o.begin('UP-NEW');
		await o.inState(run.runId, 'COMPLETED');
		const { bulkId, runs, moves, data: list } = await json('playbook',
			'migrate', 'triage', '--go', '--rate', '200', '--reason', 'again');
		assert.deepEqual([runs, moves], [COUNT, b.skipped]);
		assert.ok(list.every((r) => r.moves || (some.includes(r.orderId) &&
			r.why === 'its version cannot be read any more')));
		const done = await ended(bulkId);
		assert.deepEqual([done.done, done.skipped], [b.skipped, b.done]);
		await inState(b.skipped, `r.state = 'WAITING_TASK' AND d.version = 3`);
	});

	test('who goes by what is read no more is held, and can end', async () => {
		const [first, second, third] = some;
		for (const [order, verb] of [[first, 'pause'], [second, 'cancel'],
			[third, 'kill']])
			assert.equal((await ctl(data, [verb, order, '--reason', 'x'],
				env)).code, 0);
		await inState(1, `r.order_id = '${first}' AND r.state = 'HELD' AND
			r.reason LIKE 'this build cannot read its version%'`);
		await inState(2, `r.state = 'CANCELED'`);
		const graph = await ctl(data, ['playbook', 'graph', '--run', first],
			env);
		assert.match(graph.err, /cannot read the run's version/);
		assert.equal((await o.api.get('/v1/playbooks/triage/graph?version=2',
			400)).body.detail,
		'this build cannot read that version of the playbook');
	});

	test('a playbook in force that is read no more, and back', async () => {
		await instance.kill('SIGTERM');
		damage(3);
		await up();
		const held = await o.begin('UP-HELD-CONTRADICT');
		const fine = await o.begin('UP-FINE');
		await o.inState(fine.runId, 'COMPLETED');
		await o.inState(held.runId, 'HELD');
		assert.match((await runOf('UP-HELD-CONTRADICT')).reason,
			/no playbook "triage" is active/);
		assert.match(instance.logs(),
			/playbooks not loaded count=1 at=playbook triage version 3\/title/);
		await json('playbook', 'rollback', 'triage', '--to', '1',
			'--reason', 'the new one cannot be read');
		await json('retry', 'UP-HELD-CONTRADICT', '--reason', 'it is back');
		await o.inState(held.runId, 'WAITING_TASK');
		await verifyAudit(data);
	});
});
