// Changing a playbook: cases, the past, a picture, a trial, versions, all with
// the real binaries and a playbook of the test's own.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync }
	from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cleanEnvironment, mendctl, remove, root, temporaryFolder, until }
	from './dev.mjs';
import { start } from './instance.mjs';

let folder, conf, cases, instance;

function ctl(args, { code = 0 } = {}) {
	const run = spawnSync(mendctl, args, { cwd: folder, encoding: 'utf8',
		env: cleanEnvironment({ MEND_DATA: instance.data, USER: 'tess',
			MEND_CONF: conf,
			MEND_SANDBOX_URL: `${instance.url}/sandbox` }) });
	assert.equal(run.status, code,
		`mendctl ${args.join(' ')}\n${run.stdout}${run.stderr}`);
	return run;
}
// The same while this process serves.
async function later(args, env = {}) {
	const child = spawn(mendctl, args, { cwd: folder,
		env: cleanEnvironment({ MEND_DATA: instance.data, MEND_CONF: conf,
			MEND_SANDBOX_URL: `${instance.url}/sandbox`, ...env }) });
	let stdout = '';
	child.stdout.on('data', (data) => { stdout += data; });
	const [code] = await once(child, 'close');
	assert.equal(code, 0, stdout);
	return { stdout };
}
const json = (args, options) => JSON.parse(
	ctl([...args, '--json'], options).stdout);

async function call(method, path, body) {
	const answer = await fetch(instance.url + path, { method,
		headers: { 'content-type': 'application/json' },
		body: body && JSON.stringify(body) });
	assert.ok(answer.ok, `${method} ${path} ${answer.status} ${
		answer.ok ? '' : await answer.text()}`);
	return answer.json();
}

const intake = {
	playbook: 'intake', title: 'Read and route', steps: [
		{ step: 'gather_context', kind: 'gather', reads: [
			{ as: 'order', operation: 'order.get' },
			{ as: 'transfer', operation: 'transfer.get' },
			{ as: 'payment', operation: 'payment.get' }] },
		{ step: 'route', kind: 'choose', rules: [{ name: 'mending',
			classify: { issueType: 'transfer_failed', tier: 2,
				confidence: 1 }, route: 'mending' }] }],
};

const finish = (step, outcome) => ({ step, kind: 'finish', outcome,
	result: 'NONE', reason: outcome });

function mending(change = (steps) => steps) {
	return { playbook: 'mending', title: 'Send again, look, ask',
		timeout: '72h', onTimeout: 'hold',
		concurrency: { key: 'seller:{{order.seller.id}}', limit: 9 },
		steps: change([
		{ step: 'resend', kind: 'call', operation: 'transfer.retry',
			as: 'transfer', with: { orderId: '{{orderId}}',
				recipientEmail: '{{order.buyer.email}}' } },
		{ step: 'look', kind: 'gather', reads: [
			{ as: 'transfer', operation: 'transfer.get' }] },
		{ step: 'judge', kind: 'choose', rules: [
			{ name: 'accepted', when: { 'transfer.status': 'ACCEPTED' },
				next: 'done' },
			{ name: 'ask', next: 'ask' }] },
		{ step: 'ask', kind: 'task', title: 'Refund?', role: 'agent',
			reason: 'not accepted', proposal: { text: 'Refund',
				rejectText: 'No refund', action: {
					operation: 'payment.refund', with: {
						orderId: '{{orderId}}',
						amountMinor: '{{payment.refundableMinor}}',
						currency: '{{payment.currency}}',
						reason: 'test' } },
				amountMinor: 'payment.refundableMinor',
				currency: 'payment.currency', payee: 'the buyer',
				reversible: false },
			evidence: ['transfer.status'],
			onApprove: 'refunded', onReject: 'rejected' },
		finish('refunded', 'ESCALATED_APPROVED'),
		finish('rejected', 'ESCALATED_REJECTED'),
		finish('done', 'RESOLVED_AUTOMATICALLY')]) };
}

const rules = (steps) => steps.find((s) => s.step === 'judge').rules;
// Nobody is asked any more.
const givesUp = mending((steps) => {
	rules(steps).splice(1, 0, { name: 'give_up',
		when: { 'transfer.status': 'FAILED' }, next: 'rejected' });
	return steps;
});
// Needs what was never read.
const readsMore = mending((steps) => {
	steps[1].reads.push({ as: 'scan', operation: 'scan.get' });
	return steps;
});
// Asks a question of another name.
const asksOther = mending((steps) => {
	rules(steps)[1].next = 'ask_again';
	steps[3] = { ...steps[3], step: 'ask_again' };
	return steps;
});
// Would send half the money back.
const halves = mending((steps) => {
	steps[3].proposal.action.with.amountMinor = 1;
	return steps;
});

function write(path, value) {
	writeFileSync(path, JSON.stringify(value, null, 1));
	return path;
}
const draft = (name, playbook) => write(join(folder, `${name}.json`), playbook);

const orders = ['ORDER-1', 'ORDER-2', 'ORDER-3', 'ORDER-4-FAIL',
	'ORDER-5-FAIL', 'ORDER-6-FAIL'];

async function waitFor(order, state) {
	await until(`${order} ${state}`, async () => {
		const list = json(['list', '--order', order]).data;
		return list.length > 0 && list[0].state === state;
	}, 20000);
}

async function decide(order, approved) {
	const task = await call('GET', `/workflows/resolve-${order}/task`);
	await call('POST', `/workflows/resolve-${order}/task/decision`,
		{ taskId: task.taskId, approved, notes: '', decider: 'Ana' });
}

before(async () => {
	folder = temporaryFolder();
	conf = join(folder, 'conf');
	cpSync(join(root, 'conf'), conf, { recursive: true });
	for (const name of readdirSync(join(conf, 'playbooks')))
		rmSync(join(conf, 'playbooks', name));
	write(join(conf, 'playbooks/intake.json'), intake);
	write(join(conf, 'playbooks/mending.json'), mending());
	cases = join(folder, 'cases');
	mkdirSync(join(cases, '_base'), { recursive: true });
	cpSync(join(root, 'tests/cases/_base/us_arena.json'),
		join(cases, '_base/us_arena.json'));
	instance = await start({ env: { MEND_CONF: conf } });
	for (const orderId of orders) {
		await call('POST', '/workflows/start', { orderId });
		await waitFor(orderId, 'WAITING_TASK');
		await decide(orderId, orderId !== 'ORDER-3');
		await waitFor(orderId, 'COMPLETED');
	}
});
after(async () => {
	await instance?.stop();
	remove(folder);
});

describe('playbook test', () => {
	const approved = { case: 'refunded', base: 'us_arena',
		people: [{ task: 'ask', do: 'approve' }],
		expect: { issueType: 'transfer_failed', tier: 2,
			playbook: 'mending', path: ['resend', 'ask', 'refunded'],
			actions: [{ operation: 'transfer.retry' },
				{ operation: 'payment.refund',
					with: { amountMinor: 27600, currency: 'USD' } }],
			moneyMinor: 27600, tasks: 1, state: 'COMPLETED',
			outcome: 'ESCALATED_APPROVED' } };
	const accepted = { case: 'accepted', base: 'us_arena',
		answers: { 'transfer.get': [{}, { status: 'ACCEPTED' }] },
		expect: { path: ['judge', 'done'], notPath: ['ask'],
			actions: [{ operation: 'transfer.retry' }],
			never: ['payment.refund'], tasks: 0, state: 'COMPLETED' } };
	const open = { case: 'open', ambiguous: true, base: 'us_arena',
		expect: { state: 'WAITING_TASK', task: 'ask', tasks: 1 } };

	before(() => {
		mkdirSync(join(cases, 'mending'));
		write(join(cases, 'mending/all.json'), [approved, accepted]);
		write(join(cases, 'mending/open.json'), open);
	});

	test('plays all cases and adds them up', () => {
		const result = json(['playbook', 'test', '--cases', cases]);
		assert.deepEqual([result.ok, result.cases, result.passed,
			result.ambiguous], [true, 3, 3, 1]);
		assert.deepEqual(result.rubric, { typeRight: 1, typeAsked: 1,
			tierRight: 1, tierAsked: 1, actionRight: 2, actionAsked: 2,
			moneyRight: 3, moneyAsked: 3, unsafeActions: 0,
			needlessEscalations: 0 });
		const { stdout } = ctl(['playbook', 'test', '--cases', cases]);
		assert.match(stdout, /3 cases in \d+ ms: 3 passed, 0 failed/);
		assert.match(stdout, /unsafe actions {7}0/);
	});

	test('says where a run left the way, and why', () => {
		const file = draft('gives_up', givesUp);
		const { stdout } = ctl(['playbook', 'test', file, '--cases', cases],
			{ code: 1 });
		assert.match(stdout, /FAIL {2}mending\/all.json: refunded/);
		assert.match(stdout, /path: never came to ask after resend/);
		assert.match(stdout, /took: … resend > look > judge > rejected/);
		assert.match(stdout,
			/at judge: rule "give_up" to rejected held: transfer.status eq FAILED \(is FAILED\)/);
		assert.match(stdout, /action missing: payment.refund/);
		const result = json(['playbook', 'test', file, '--cases', cases,
			'--only', 'refunded'], { code: 1 });
		assert.equal(result.cases, 1);
		assert.equal(result.data[0].moneyRight, false);
	});

	test('calls unsafe what nobody expected', () => {
		const file = draft('halves', halves);
		const { stdout } = ctl(['playbook', 'test', file, '--cases', cases],
			{ code: 1 });
		assert.match(stdout, /UNSAFE: nobody expected payment.refund at ask/);
		const result = json(['playbook', 'test', file, '--cases', cases],
			{ code: 1 });
		assert.equal(result.rubric.unsafeActions, 1);
		assert.equal(result.rubric.actionRight, 1);
	});

	test('counts a needless escalation', () => {
		const asks = mending((steps) => {
			rules(steps).shift();
			return steps.filter((s) => s.step !== 'done');
		});
		const result = json(['playbook', 'test', draft('asks', asks),
			'--cases', cases], { code: 1 });
		assert.equal(result.rubric.needlessEscalations, 1);
		assert.equal(result.rubric.unsafeActions, 0);
	});

	test('what is no case has not passed', () => {
		const odd = join(cases, 'odd');
		mkdirSync(odd);
		write(join(odd, 'typo.json'), { case: 'typo', base: 'us_arena',
			expect: { outcom: 'X' } });
		write(join(odd, 'unknown.json'), { case: 'unknown',
			base: 'us_arena', answers: { 'transfer.fly': {} },
			expect: { state: 'COMPLETED' } });
		write(join(odd, 'unanswered.json'), { case: 'unanswered',
			expect: { state: 'COMPLETED' } });
		write(join(odd, 'denied.json'), { case: 'denied', base: 'us_arena',
			people: [{ task: 'ask', do: 'approve', role: 'viewer' }],
			expect: { state: 'COMPLETED' } });
		writeFileSync(join(odd, 'broken.json'), '{"case": ');
		const { stdout } = ctl(['playbook', 'test', '--cases', odd],
			{ code: 1 });
		rmSync(odd, { recursive: true });
		assert.match(stdout, /expect has no member "outcom"/);
		assert.match(stdout, /no operation "transfer.fly"/);
		assert.match(stdout, /nobody says what order.get answers/);
		assert.match(stdout, /may not decide ask/);
		assert.match(stdout, /broken.json/);
		assert.match(stdout, /5 cases in \d+ ms: 0 passed, 5 failed/);
	});

	test('what goes wrong in a fixture goes wrong as in life', () => {
		const odd = join(cases, 'weather');
		const base = 'us_arena', expect = { state: 'WAITING_TASK' };
		const retry = (name, answer, more = {}) => ({ case: name, base,
			answers: { 'transfer.retry': answer },
			expect: { ...expect, ...more } });
		mkdirSync(odd);
		write(join(odd, 'all.json'), [
			retry('busy_twice', [{ http: 503 }, { http: 503 }, {}]),
			retry('never_left', [{ refused: true }, {}]),
			retry('lost', { timeout: true }, { state: 'HELD',
				reason: 'unknown outcome' }),
			retry('reset', [{ broken: true }, {}]),
			retry('refused', { http: 409, body: { code: 'TOO_LATE' } },
				{ state: 'HELD', reason: 'TOO_LATE' }),
			retry('late', [{ slow: '1m' }, {}]),
			retry('slow', { slow: '4s' }),
			retry('other_order', { orderId: 'ORDER-2' }, { state: 'HELD' }),
			{ case: 'times_and_params', base, answers: { 'transfer.retry':
				{ sentAt: '@now-1h', recipientEmail: '@params.recipientEmail',
					key: '@key', opensAt: '@+3d', status: '@orderId' } },
			expect },
			{ case: 'deep', base, orderId: 'ORDER-77', answers: {
				'order.get': { buyer: { email: 'x@example.com' } } },
			expect: { ...expect, actions: [{ operation: 'transfer.retry',
				with: { orderId: 'ORDER-77',
					recipientEmail: 'x@example.com' } }] } },
			{ case: 'cancelled', base, operators: [{ after: '1h',
				do: 'cancel' }], expect: { state: 'CANCELED' } },
			{ case: 'again', base, events: [{ after: '1h' }],
				expect: { ...expect, path: ['ask', 'gather_context', 'ask'],
					tasks: 2, within: '61m' } },
		]);
		const { data, passed } = json(['playbook', 'test', '--cases', odd]);
		rmSync(odd, { recursive: true });
		assert.deepEqual(data.flatMap((c) => c.differences), []);
		assert.equal(passed, 12);
		const of = (name) => data.find((c) => c.case === name);
		const attempts = (name) => of(name).actions[0].attempts;
		assert.deepEqual(['busy_twice', 'never_left', 'reset', 'late', 'slow']
			.map(attempts), [3, 2, 2, 2, 1]);
		// Nothing but a time-out of each attempt, and pauses between them.
		assert.ok(of('lost').tookMs >= attempts('lost') * 5000);
		assert.ok(of('slow').tookMs >= 4000 && of('slow').tookMs < 5000);
	});

	test('cover tells what no case has come to', () => {
		const { cover } = json(['playbook', 'test', 'mending', '--cases',
			cases, '--cover']);
		assert.equal(cover.playbooks.length, 1);
		const [one] = cover.playbooks;
		assert.deepEqual([one.playbook, one.steps, one.entered, one.rules,
			one.held], ['mending', 7, 6, 2, 2]);
		assert.deepEqual(one.untouched, ['rejected']);
		const { stdout } = ctl(['playbook', 'test', '--cases', cases,
			'--only', 'open', '--cover']);
		assert.match(stdout, /mending +steps 4 of 7, rules 1 of 2/);
		assert.match(stdout, /never held: accepted at judge/);
	});

	test('doubt tells what no case would notice', () => {
		const { doubt } = json(['playbook', 'test', '--cases', cases,
			'--doubt']);
		assert.deepEqual(doubt, { rules: 3, noticed: 3, unnoticed: [] });
		const twice = mending((steps) => {
			rules(steps).splice(1, 0, { name: 'ask_first',
				when: { 'transfer.status': 'FAILED' }, next: 'ask' });
			return steps;
		});
		const file = draft('twice', twice);
		const args = ['playbook', 'test', file, '--cases', cases,
			'--doubt'];
		assert.deepEqual(json(args).doubt, { rules: 2, noticed: 1,
			unnoticed: [{ playbook: 'mending', step: 'judge',
				rule: 'ask_first', cases: 2 }] });
		assert.match(ctl(args).stdout,
			/unnoticed: ask_first at judge of mending \(2 cases\)/);
	});

	test('tap, and what there is not', () => {
		const { stdout } = ctl(['playbook', 'test', '--cases', cases,
			'--tap']);
		assert.match(stdout, /^1\.\.3\nok 1 - /);
		ctl(['playbook', 'test', '--cases', join(folder, 'none')],
			{ code: 3 });
		ctl(['playbook', 'test', 'none', '--cases', cases], { code: 3 });
		const bad = draft('bad', { playbook: 'mending', title: 'T',
			steps: [{ step: 'a', kind: 'finish' }] });
		assert.match(ctl(['playbook', 'test', bad, '--cases', cases],
			{ code: 2 }).stderr, /bad.json:\/steps\/0/);
	});
});

describe('playbook backtest', () => {
	const backtest = (name, playbook) => json(['playbook', 'backtest',
		draft(name, playbook)]);
	const money = (result) => result.effects
		.filter((e) => e.operation === 'payment.refund')
		.reduce((sum, e) => [sum[0] + e.beforeMinor, sum[1] + e.afterMinor],
			[0, 0]);

	test('the same playbook goes the same way', () => {
		const result = backtest('same', mending());
		assert.deepEqual([result.runs, result.same, result.other,
			result.notReproducible], [6, 6, 0, 0]);
		assert.deepEqual(result.tasks, { before: 6, after: 6 });
		const [before, then] = money(result);
		assert.ok(before > 0);
		assert.equal(before, then);
	});

	test('another way is told with where, why and what it costs', () => {
		const result = backtest('gives_up', givesUp);
		assert.deepEqual([result.same, result.other], [0, 6]);
		assert.equal(result.groups.length, 1);
		const [group] = result.groups;
		assert.equal(group.where, 'after judge: ask becomes rejected');
		assert.match(group.why, /rule "give_up" held: transfer.status eq FAILED/);
		assert.equal(group.examples.length, 3);
		assert.ok(orders.includes(group.examples[0].orderId));
		assert.deepEqual(result.tasks, { before: 6, after: 0 });
		assert.equal(money(result)[1], 0);
		assert.ok(money(result)[0] > 0);
		assert.equal(result.changes.length, 6);
		assert.equal(result.changes.find((c) => c.orderId === 'ORDER-1')
			.after.outcome, 'ESCALATED_REJECTED');
		const { stdout } = ctl(['playbook', 'backtest',
			draft('gives_up', givesUp)]);
		assert.match(stdout, / 6 go another way/);
		assert.match(stdout, /tasks +6 -> 0/);
		assert.ok(stdout.split('\n').length <= 20);
	});

	test('what was never read or asked is counted apart', () => {
		const more = backtest('more', readsMore);
		assert.deepEqual([more.same, more.other, more.unanswerable], [0, 0, 6]);
		assert.match(more.groups[0].where, /scan.get, at look/);
		const other = backtest('other', asksOther);
		assert.deepEqual([other.same, other.undecided], [0, 6]);
		assert.match(other.groups[0].where, /ask_again/);
		assert.deepEqual(other.tasks, { before: 6, after: 6 });
	});

	test('another amount is another way, though the steps are the same', () => {
		const result = backtest('halves', halves);
		assert.deepEqual([result.same, result.other], [1, 5]);
		assert.match(result.groups[0].where,
			/the same steps, but another payment.refund at ask/);
		assert.equal(money(result)[1], 5);
	});

	test('since and limit', () => {
		const file = draft('same', mending());
		assert.equal(json(['playbook', 'backtest', file, '--limit', '2'])
			.runs, 2);
		assert.equal(json(['playbook', 'backtest', file, '--since', '0'])
			.runs, 0);
		ctl(['playbook', 'backtest', file, '--since', 'soon'], { code: 2 });
	});
});

describe('playbook graph', () => {
	const edge = (graph, from, to) => graph.edges.find((e) =>
		e.from === from && e.to === to);

	test('steps and where they may go', () => {
		const graph = json(['playbook', 'graph', 'mending']);
		assert.equal(graph.nodes.length, 7);
		assert.equal(edge(graph, 'judge', 'done').label, 'accepted');
		assert.equal(edge(graph, 'ask', 'rejected').label, 'reject');
		assert.ok(graph.nodes.every((n) => !n.taken));
		const route = json(['playbook', 'graph', 'intake']).nodes
			.find((n) => n.kind === 'route');
		assert.equal(route.step, 'to mending');
		const { stdout } = ctl(['playbook', 'graph', 'mending']);
		assert.match(stdout, /judge {2}choose\n {6}-> done {2}accepted/);
	});

	test('the way of a run, alike in the API', async () => {
		const graph = json(['playbook', 'graph', '--run', 'ORDER-1']);
		for (const [from, to] of [['resend', 'look'], ['look', 'judge'],
			['judge', 'ask'], ['ask', 'refunded']])
			assert.ok(edge(graph, from, to).taken, `${from} ${to}`);
		assert.ok(!edge(graph, 'ask', 'rejected').taken);
		assert.ok(!edge(graph, 'judge', 'done').taken);
		assert.ok(graph.nodes.find((n) => n.step === 'refunded').here);
		assert.deepEqual(await call('GET',
			`/v1/playbooks/mending/graph?runId=${graph.runId}`), graph);
		// What it only passed through is marked, too.
		const before = json(['playbook', 'graph', 'intake', '--run',
			'ORDER-1']);
		assert.ok(edge(before, 'route', 'to mending').taken);
		assert.ok(before.nodes.every((n) => !n.here));
		const rejected = json(['playbook', 'graph', '--run', 'ORDER-3']);
		assert.ok(edge(rejected, 'ask', 'rejected').taken);
		assert.ok(!edge(rejected, 'ask', 'refunded').taken);
	});

	test('pictures', () => {
		const dot = ctl(['playbook', 'graph', 'mending', '--dot']).stdout;
		assert.match(dot, /^digraph "mending" \{/);
		assert.match(dot, /"judge" -> "done" \[label="accepted"\];/);
		const svg = ctl(['playbook', 'graph', '--run', 'ORDER-1', '--svg'])
			.stdout;
		assert.match(svg, /^<svg xmlns/);
		assert.equal(svg.match(/<g class=/g).length, 7);
		assert.match(svg, /<g class="finish taken here">/);
		assert.ok(svg.trimEnd().endsWith('</svg>'));
	});

	test('what there is not', () => {
		ctl(['playbook', 'graph'], { code: 2 });
		ctl(['playbook', 'graph', 'none'], { code: 3 });
		ctl(['playbook', 'graph', '--run', 'ORDER-99'], { code: 3 });
	});
});

describe('playbook try', () => {
	const ledger = async (order) => (await call('GET',
		`/sandbox/ledger?orderId=${order}`)).data;
	const steps = (result) => result.steps.map((s) => s.step);

	test('reads, shows, and changes nothing', async () => {
		const result = json(['playbook', 'try', 'mending', '--order',
			'ORDER-70']);
		assert.deepEqual(steps(result), ['gather_context', 'route', 'resend',
			'look', 'judge', 'ask']);
		const retry = result.steps[2].calls[0];
		assert.deepEqual([retry.operation, retry.effect, retry.sent],
			['transfer.retry', true, false]);
		assert.match(retry.url, /\/sandbox\/transfers\/ORDER-70\/retry$/);
		const read = result.steps[0].calls[0];
		assert.deepEqual([read.sent, read.class, read.status],
			[true, 'OK', 200]);
		assert.equal(read.answer.orderId, 'ORDER-70');
		assert.deepEqual(result.steps[4].rules.map((r) => r.result),
			[false, true]);
		assert.equal(result.state, 'WAITING_TASK');
		assert.equal(result.steps[5].tasks[0].title, 'Refund?');
		assert.deepEqual(await ledger('ORDER-70'), []);
		assert.equal(json(['list', '--order', 'ORDER-70']).data.length, 0);
	});

	test('takes a credential along, and shows it nowhere', async () => {
		const secret = 'a-token-of-the-scanners', heard = [];
		const server = createServer((request, answer) => {
			heard.push([request.method, request.headers.authorization]);
			answer.setHeader('content-type', 'application/json');
			answer.end(JSON.stringify({ orderId: 'ORDER-70',
				status: 'NOT_SCANNED', told: secret }));
		});
		await new Promise((done) => server.listen(0, '127.0.0.1', done));
		const path = join(conf, 'adapters/scan.json');
		const before = readFileSync(path, 'utf8');
		write(path, { ...JSON.parse(before), credential: 'scan_token',
			baseUrl: `http://127.0.0.1:${server.address().port}`,
			headers: { Authorization: 'Bearer {{credential}}' } });
		const args = ['playbook', 'try', draft('more', readsMore),
			'--order', 'ORDER-70', '--json'];
		const missing = JSON.parse((await later(args)).stdout);
		assert.match(missing.reason, /credential scan_token/);
		assert.deepEqual(heard, []);
		writeFileSync(join(folder, 'scan_token'), `${secret}\n`);
		const { stdout } = await later(args,
			{ MEND_CREDENTIALS_DIR: folder });
		assert.deepEqual(heard, [['GET', `Bearer ${secret}`]]);
		assert.ok(!stdout.includes(secret));
		assert.equal(JSON.parse(stdout).steps.find((s) => s.step === 'look')
			.calls[1].answer.status, 'NOT_SCANNED');
		writeFileSync(path, before);
		await new Promise((done) => server.close(done));
	});

	test('options choose the way', async () => {
		const yes = json(['playbook', 'try', 'mending', '--order', 'ORDER-70',
			'--approve', 'ask']);
		assert.deepEqual([yes.state, yes.outcome, yes.effects],
			['COMPLETED', 'ESCALATED_APPROVED', 2]);
		assert.ok(yes.moneyMinor > 0);
		const no = json(['playbook', 'try', 'mending', '--order', 'ORDER-70',
			'--reject', 'ask']);
		assert.equal(no.outcome, 'ESCALATED_REJECTED');
		// With a draft whose look is done by the effect's own answer.
		const trusts = mending((list) => {
			list.splice(1, 1);
			return list;
		});
		const file = draft('trusts', trusts);
		const taken = json(['playbook', 'try', file, '--order', 'ORDER-70',
			'--assume', 'transfer.retry={"orderId":"ORDER-70",' +
			'"status":"ACCEPTED"}']);
		assert.equal(taken.outcome, 'RESOLVED_AUTOMATICALLY');
		assert.deepEqual(await ledger('ORDER-70'), []);
		const { stdout } = ctl(['playbook', 'try', 'mending', '--order',
			'ORDER-70']);
		assert.match(stdout, /would send transfer.retry: POST http/);
		assert.match(stdout, /yes ask: no condition/);
		assert.match(stdout, /goes on with --approve ask/);
		ctl(['playbook', 'try', 'mending', '--order', '../x'], { code: 2 });
		ctl(['playbook', 'try', 'mending', '--order', 'ORDER-70',
			'--assume', 'x'], { code: 2 });
	});
});

describe('versions', () => {
	const inForce = () => json(['playbook', 'list']).data
		.find((p) => p.name === 'mending').version;
	const version = (order) =>
		json(['list', '--order', order]).data[0].playbookVersion;

	before(async () => {
		await call('POST', '/workflows/start', { orderId: 'ORDER-80' });
		await waitFor('ORDER-80', 'WAITING_TASK');
	});

	test('list, versions, show', () => {
		assert.equal(inForce(), 1);
		write(join(conf, 'playbooks/mending.json'), givesUp);
		ctl(['activate']);
		write(join(conf, 'playbooks/mending.json'), asksOther);
		ctl(['activate']);
		const list = json(['playbook', 'versions', 'mending']).data;
		assert.deepEqual(list.map((v) => [v.version, v.active, v.openRuns]),
			[[3, true, 0], [2, false, 0], [1, false, 1]]);
		assert.equal(list[0].activatedBy, 'tess');
		const shown = json(['playbook', 'show', 'mending', '--version', '2']);
		assert.ok(JSON.stringify(shown.playbook).includes('give_up'));
		assert.match(ctl(['playbook', 'show', 'mending']).stdout,
			/mending version 3, in force, 0 open runs/);
		ctl(['playbook', 'show', 'none'], { code: 3 });
		ctl(['playbook', 'show', 'mending', '--version', '9'], { code: 3 });
	});

	test('migrate says who moves and why not, and moves', async () => {
		const away = json(['playbook', 'migrate', 'mending']);
		assert.deepEqual([away.to, away.preview, away.runs, away.moves],
			[3, true, 1, 0]);
		assert.equal(away.data[0].orderId, 'ORDER-80');
		assert.match(away.data[0].why, /no step "ask"/);
		const to2 = ['playbook', 'migrate', 'mending', '--to', '2'];
		assert.equal(json(to2).moves, 1);
		assert.equal(json([...to2, '--step', 'look']).runs, 0);
		assert.equal(json([...to2, '--from', '3']).runs, 0);
		assert.match(ctl(to2).stdout, /1 open run of mending would move/);
		assert.equal(version('ORDER-80'), 1);
		ctl([...to2, '--go'], { code: 2 });
		const done = json([...to2, '--go', '--reason', 'new question']);
		assert.deepEqual([done.preview, done.moves], [false, 1]);
		await until('moved', () => version('ORDER-80') === 2, 20000);
		/* What came of each is kept, as of every bulk. */
		let bulk;
		await until('the bulk is done', () => (bulk = json(['bulk', 'show',
			done.bulkId])).state === 'DONE', 20000);
		assert.deepEqual([bulk.operation, bulk.done], ['migrate', 1]);
		assert.deepEqual(bulk.filter, { open: true, playbook: 'mending' });
		assert.equal(bulk.items[0].orderId, 'ORDER-80');
		assert.equal(bulk.items[0].detail, 'version 1 to 2');
		/* Nobody is left to move, and no bulk is made of that. */
		assert.equal(json([...to2, '--go', '--reason', 'again']).bulkId,
			undefined);
		ctl([...to2, '--state', 'TIRED'], { code: 2 });
		await decide('ORDER-80', false);
		await waitFor('ORDER-80', 'COMPLETED');
		ctl(['playbook', 'migrate', 'mending', '--to', '9'], { code: 3 });
	});

	test('rollback', async () => {
		assert.equal(inForce(), 3);
		ctl(['playbook', 'rollback', 'mending'], { code: 2 });
		json(['playbook', 'rollback', 'mending', '--reason', 'bad']);
		assert.equal(inForce(), 2);
		ctl(['playbook', 'rollback', 'mending', '--to', '1', '--reason',
			'worse']);
		assert.equal(inForce(), 1);
		ctl(['playbook', 'rollback', 'mending', '--to', '1', '--reason',
			'again'], { code: 4 });
		ctl(['playbook', 'rollback', 'mending', '--to', '9', '--reason',
			'none'], { code: 3 });
		await until('in force', async () => {
			const { data } = await call('GET', '/v1/playbooks');
			return data.some((p) => p.name === 'mending' && p.active &&
				p.version === 1);
		}, 10000);
		await call('POST', '/workflows/start', { orderId: 'ORDER-81' });
		await waitFor('ORDER-81', 'WAITING_TASK');
		assert.equal(version('ORDER-81'), 1);
	});
});

test('every command is in the README', () => {
	const readme = readFileSync(join(root, 'README.md'), 'utf8');
	for (const name of ['test', 'backtest', 'graph', 'try', 'list', 'show',
		'versions', 'migrate', 'rollback'])
		assert.ok(readme.includes(`mendctl playbook ${name}`), name);
});
