// The API as people and programs use it: every call of the contract, each
// answer held against conf/openapi.json by the client.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { check, client, coverage, openapi } from './client.mjs';
import { until } from './dev.mjs';
import { start } from './instance.mjs';
import { seenBySteer } from './steerconf.mjs';

let instance, api;
before(async () => {
	instance = await start();
	api = client(instance.url);
});
after(async () => instance?.stop());

let count = 0;
const newOrder = (words = '') => `API-${process.pid}-${++count}${words}`;

const startRun = async (order, { status = 201 } = {}) => (await api.post(
	'/v1/runs', status, { body: { orderId: order } })).body;
const runOf = async (id) => (await api.get(`/v1/runs/${id}`, 200)).body;

// A run that stands before a person.
async function openTask() {
	const order = newOrder('-FAIL');
	const run = await startRun(order);
	const task = await until(`a task of ${order}`, async () =>
		(await api.get(`/workflows/resolve-${order}/task`, 200)).body,
	30000);
	return { order, run, task };
}

describe('the description', () => {
	test('is valid OpenAPI 3.1', async () => {
		const result = await new Validator().validate(structuredClone(openapi));
		assert.deepEqual(result, { valid: true });
	});

	test('is served', async () => {
		const { body } = await api.get('/v1/openapi.json', 200);
		assert.deepEqual(body, openapi);
	});

	test('has examples that fit their own schemas', () => {
		for (const [path, item] of Object.entries(openapi.paths))
			for (const [method, { requestBody }] of Object.entries(item)) {
				const content = requestBody?.content['application/json'];
				if (content?.example)
					check(`${method} ${path} example`, content.schema,
						content.example);
			}
	});
});

describe('the calls of the prototype', () => {
	test('start, join, case file, audit', async () => {
		const order = newOrder();
		const path = `/workflows/resolve-${order}`;
		const first = (await api.post('/workflows/start', 200,
			{ body: { orderId: order } })).body;
		assert.equal(first.workflowId, `resolve-${order}`);
		assert.equal(first.created, true);
		const second = (await api.post('/workflows/start', 200,
			{ body: { orderId: order } })).body;
		assert.equal(second.runId, first.runId);
		assert.deepEqual([second.created, second.joined], [false, true]);
		const file = (await api.get(`${path}/casefile`, 200)).body;
		assert.equal(file.runId, first.runId);
		assert.equal((await api.get(`${path}/casefile?runId=${first.runId}`,
			200)).body.runId, first.runId);
		const audit = (await api.get(`${path}/audit`, 200)).body;
		assert.ok(audit.length >= 2);
		assert.deepEqual(audit.map((e) => e.seq), audit.map((e, i) => i + 1));
		assert.equal((await api.get(`${path}/audit?after=1&limit=1`, 200))
			.body[0].seq, 2);
		await api.get(`/workflows/resolve-${newOrder()}/audit`, 404);
		await api.get(`/workflows/${order}/casefile`, 404);
	});

	test('decide a task, once and for its own workflow', async () => {
		const { order, task, run } = await openTask();
		const other = await openTask();
		const path = `/workflows/resolve-${order}/task/decision`;
		const body = { taskId: task.taskId, approved: false, notes: 'no',
			decider: 'Ana' };
		await api.post(path, 404, { body: { ...body, taskId: 'task_x' } });
		await api.post(path, 404, { body: { ...body,
			taskId: other.task.taskId } });
		await api.post(`/workflows/resolve-${newOrder()}/task/decision`, 404,
			{ body });
		const done = (await api.post(path, 200, { body })).body;
		assert.equal(done.ok, true);
		assert.equal(done.task.decider, 'Ana');
		assert.equal(done.task.approved, false);
		const late = await api.post(path, 409, { body });
		assert.equal(late.body.current.taskId, task.taskId);
		await until('the end of the run', async () =>
			(await runOf(run.runId)).closedAt, 15000);
		assert.equal((await api.get(`/workflows/resolve-${order}/task`, 200))
			.body, null);
	});
});

describe('runs', () => {
	test('are started, found by everything, and read in parts', async () => {
		const { order, run, task } = await openTask();
		const found = async (query) => (await api.get(`/v1/runs?${query}`,
			200)).body.data.map((r) => r.runId);
		for (const query of [`order=${order}`, `prefix=${order.slice(0, -2)}`,
			`run=${run.runId}`, `task=${task.taskId}`, `q=${order}`,
			`q=${order.slice(0, -1)}`, `q=${run.runId}`,
			`q=${task.taskId}`, `q=resolve-${order}`,
			`order=${order}&state=WAITING_TASK&open=true`,
			`order=${order}&issue=${task.issueType}`,
			`order=${order}&minAge=1ms`,
			`order=${order}&step=${task.step}&amountMin=1`])
			assert.deepEqual(await found(query), [run.runId], query);
		for (const query of [`order=${newOrder()}`, 'task=task_x', 'q=none',
			`order=${order}&open=false`, `order=${order}&adapter=none`,
			`order=${order}&amountMax=1`, `order=${order}&minAge=1d`,
			`order=${order}&outcome=none`])
			assert.deepEqual(await found(query), [], query);
		const part = async (name) => (await api.get(
			`/v1/runs/${run.runId}/${name}`, 200)).body;
		assert.equal((await part('casefile')).caseFile.orderId, order);
		assert.ok((await part('audit')).data.length > 3);
		assert.ok((await part('calls')).data.length > 3);
		assert.deepEqual((await part('tasks')).data, [task]);
		for (const name of ['', '/casefile', '/audit', '/calls', '/tasks'])
			await api.get(`/v1/runs/run_none${name}`, 404);
	});

	test('are shown, but for what cannot be read of them', {
		skip: spawnSync('sqlite3', ['-version']).error && 'no sqlite3',
	}, async (t) => {
		if (!instance.data)
			return t.skip('its database is elsewhere');
		const { order, run } = await openTask();
		/* The engine alone makes checkpoints. */
		const sql = `.timeout 5000\n.dbconfig no_ckpt_on_close on
			PRAGMA wal_autocheckpoint = 0;
			UPDATE case_file SET body = '{' WHERE run_id =
			(SELECT id FROM run WHERE order_id = '${order}');
			UPDATE task SET proposal = '{' WHERE order_id = '${order}';`;
		assert.equal(spawnSync('sqlite3', [join(instance.data, 'mend.db')],
			{ input: sql }).status, 0);
		const { caseFile, orderId } = (await api.get(
			`/v1/runs/${run.runId}/casefile`, 200)).body;
		assert.deepEqual([caseFile, orderId], [{}, order]);
		for (const part of ['', '/why', '/tasks', '/calls', '/audit'])
			await api.get(`/v1/runs/${run.runId}${part}`, 200);
		await api.get(`/workflows/resolve-${order}/task`, 200);
	});

	test('come in pages that neither repeat nor leave out', async () => {
		const prefix = `PAGE-${process.pid}-`;
		const items = Array.from({ length: 25 }, (_, i) =>
			({ orderId: `${prefix}${i}` }));
		await api.post('/v1/runs/batch', 200, { body: { items } });
		const seen = [];
		let query = `prefix=${prefix}&limit=7`, pages = 0;
		for (let cursor = ''; cursor !== null; pages++) {
			const { body } = await api.get(`/v1/runs?${query}` +
				(cursor && `&cursor=${cursor}`), 200);
			seen.push(...body.data.map((r) => r.orderId));
			assert.equal(body.hasMore, body.nextCursor !== null);
			cursor = body.nextCursor;
		}
		assert.equal(pages, 4);
		assert.deepEqual(seen, items.map((i) => i.orderId).reverse());
	});

	test('parts come in pages too', async () => {
		const { run } = await openTask();
		for (const name of ['audit', 'calls']) {
			const path = `/v1/runs/${run.runId}/${name}`;
			const all = (await api.get(path, 200)).body.data;
			const one = (await api.get(`${path}?limit=2`, 200)).body;
			const two = (await api.get(
				`${path}?limit=2&cursor=${one.nextCursor}`, 200)).body;
			assert.deepEqual([...one.data, ...two.data], all.slice(0, 4));
		}
	});

	test('a batch has a result for every item', async () => {
		const [a, b] = [newOrder(), newOrder()];
		const items = [{ orderId: a }, { orderId: '' }, { orderId: b,
			eventKey: `key-${a}`, priority: 0 }, 7, { orderId: a, x: 1 },
		{ orderId: a }, { orderId: '<b>' }, { orderId: a, event: [] }];
		const { results } = (await api.post('/v1/runs/batch', 200,
			{ body: { items } })).body;
		assert.deepEqual(results.map((r) => r.status),
			[201, 400, 201, 400, 400, 200, 400, 400]);
		assert.deepEqual(results.map((r) => r.error?.pointer ?? null),
			[null, '/items/1/orderId', null, '/items/3', '/items/4/x', null,
				'/items/6/orderId', '/items/7/event']);
		assert.equal(results[5].runId, results[0].runId);
		const again = (await api.post('/v1/runs/batch', 200,
			{ body: { items: [items[2]] } })).body.results[0];
		assert.deepEqual([again.status, again.runId, again.created],
			[200, results[2].runId, false]);
		const most = Array.from({ length: 1001 }, () => ({ orderId: a }));
		await api.post('/v1/runs/batch', 400, { body: { items: most } });
		await api.post('/v1/runs/batch', 400, { body: { items: [] } });
	});

	test('are joined while open, and retried when they wait', async () => {
		const order = newOrder('-DOWN');
		const run = await startRun(order);
		const joined = await startRun(order, { status: 200 });
		assert.deepEqual([joined.runId, joined.created, joined.joined],
			[run.runId, false, true]);
		// Its own next attempt may be faster than ours: then once more.
		await until('it waits, and is retried', async () => {
			const { state } = await runOf(run.runId);
			if (!['BACKING_OFF', 'BLOCKED', 'HELD'].includes(state))
				return false;
			const answer = await api.call('POST',
				`/v1/runs/${run.runId}/retry`,
				{ body: { reason: 'it is back' } });
			if (answer.status === 202) return true;
			assert.equal(answer.status, 409, answer.text);
			assert.match(answer.body.current.state, /^(READY|RUNNING)$/);
			return false;
		});
	});

	test('take what operators say, with a reason', async () => {
		const { run } = await openTask();
		const path = `/v1/runs/${run.runId}`;
		const body = { reason: 'a test' };
		await api.post(`${path}/comment`, 202, { body });
		await api.post(`${path}/pause`, 202, { body });
		await until('paused', async () =>
			(await runOf(run.runId)).state === 'PAUSED');
		await api.post(`${path}/resume`, 202, { body });
		await until('resumed', async () =>
			(await runOf(run.runId)).state !== 'PAUSED');
		await api.post(`${path}/signals/hello`, 202, { body: { a: [1] } });
		await api.post(`${path}/cancel`, 202, { body });
		await until('canceled', async () =>
			(await runOf(run.runId)).state === 'CANCELED');
		const late = await api.post(`${path}/pause`, 409, { body });
		assert.equal(late.body.current.state, 'CANCELED');
		for (const what of ['cancel', 'pause', 'resume', 'retry', 'comment']) {
			await api.post(`${path}/${what}`, 400, { body: {} });
			await api.post(`/v1/runs/run_none/${what}`, 404, { body });
		}
		const kinds = (await api.get(`${path}/audit`, 200)).body.data
			.map((e) => e.kind);
		assert.ok(kinds.includes('COMMENT'), kinds.join());
	});
});

describe('tasks', () => {
	test('are listed, claimed, returned, snoozed, decided, undone', async () => {
		const { order, run, task } = await openTask();
		const path = `/v1/tasks/${task.taskId}`;
		const as = (body) => ({ actor: 'José', body });
		const views = async () => (await api.get(`/v1/tasks?order=${order}`,
			200, { actor: 'José' })).body.counts;
		assert.equal((await api.get(path, 200)).body.run.runId, run.runId);
		let now = (await api.post(`${path}/claim`, 200, as({ version:
			task.version }))).body;
		assert.equal(now.claimedBy, 'José');
		assert.equal((await views()).mine, 1);
		const stale = await api.post(`${path}/claim`, 409, { actor: 'Ana',
			body: { version: task.version } });
		assert.equal(stale.body.current.claimedBy, 'José');
		await api.post(`${path}/return`, 400, as({}));
		now = (await api.post(`${path}/return`, 200,
			as({ comment: 'not mine' }))).body;
		assert.equal(now.claimedBy, null);
		const later = new Date(Date.now() + 3600e3).toISOString();
		now = (await api.post(`${path}/snooze`, 200,
			as({ until: later }))).body;
		assert.equal(now.snoozedUntil, later);
		assert.equal((await views()).snoozed, 1);
		await api.post(`${path}/snooze`, 200, as({ until: null }));
		await api.post(`${path}/seen`, 200, as({ kind: 'CASE_OPENED' }));
		await api.post(`${path}/seen`, 400, as({ kind: 'OTHER' }));
		now = (await api.get(path, 200)).body;
		await api.post(`${path}/decide`, 409, { ...as({ approved: true }),
			headers: { 'If-Match': '"1"' } });
		now = (await api.post(`${path}/decide`, 200, { ...as({ approved: true,
			digest: now.digest, undoMs: 60000, notes: 'ok\nfine' }),
		headers: { 'If-Match': `"${now.version}"` } })).body;
		assert.deepEqual([now.state, now.undoable], ['DECIDED', true]);
		now = (await api.post(`${path}/undo`, 200, as({}))).body;
		assert.equal(now.state, 'OPEN');
		assert.notEqual(now.decisions[0].undoneAt, null);
		await api.post(`${path}/decide`, 200, as({ approved: false }));
		for (const what of ['claim', 'undo'])
			await api.post(`/v1/tasks/task_none/${what}`, 404, { body: {} });
		await api.get('/v1/tasks/task_none', 404);
		for (const view of ['mine', 'unclaimed', 'due', 'event', 'second',
			'high', 'snoozed', 'decided'])
			await api.get(`/v1/tasks?view=${view}&issue=x&limit=1`, 200);
	});
});

describe('controls', () => {
	test('stop and let go', async () => {
		const why = { reason: 'testing', for: '1h' };
		for (const part of ['', '/operations/refund']) {
			const at = `/v1/adapters/payment${part}`;
			const key = `pause${part}`;
			const first = (await api.post(`${at}/pause`, 200,
				{ body: why, key })).body;
			assert.deepEqual((await api.post(`${at}/pause`, 200,
				{ body: why, key })).body, first);
			await api.post(`${at}/probe`, 200, { body: { reason: 'now' } });
			await api.post(`${at}/resume`, 200, { body: { reason: 'done' } });
			await api.post(`${at}/resume`, 409, { body: { reason: 'done' } });
		}
		const { switchId } = (await api.post('/v1/switches', 200, { body: {
			...why, kind: 'seller', name: 'SELLER-9' } })).body;
		const { data } = (await api.get('/v1/switches', 200)).body;
		assert.ok(data.some((s) => s.switchId === switchId));
		await api.post(`/v1/switches/${switchId}/lift`, 200,
			{ body: { reason: 'done' } });
		const all = (await api.get('/v1/switches?all=true', 200)).body.data;
		assert.equal(all.find((s) => s.switchId === switchId).liftReason,
			'done');
	});
});

describe('reports', () => {
	test('tell configuration, system audit, who and how', async () => {
		const playbooks = (await api.get('/v1/playbooks', 200)).body.data;
		const adapters = (await api.get('/v1/adapters', 200)).body.data;
		assert.ok(playbooks.some((p) => p.name === 'intake' && p.active));
		const intake = (await api.get('/v1/playbooks/intake', 200)).body;
		assert.equal(intake.playbook.playbook, 'intake');
		const [newest] = intake.versions;
		assert.equal(intake.active, newest.version);
		assert.ok(newest.activatedBy && newest.activatedAt);
		await api.get('/v1/playbooks/none', 404);
		const one = `/v1/playbooks/intake/versions/${newest.version}`;
		assert.equal((await api.get(one, 200)).body.playbook.playbook,
			'intake');
		for (const n of ['0', '99', 'x', '1x'])
			await api.get(`/v1/playbooks/intake/versions/${n}`, 404);
		const graph = (await api.get('/v1/playbooks/intake/graph', 200)).body;
		assert.ok(graph.nodes.some((n) => n.kind === 'gather'));
		assert.ok(graph.edges.every((e) => !e.taken));
		await api.get('/v1/playbooks/none/graph', 404);
		await api.get('/v1/playbooks/intake/graph?version=99', 404);
		await api.get('/v1/playbooks/intake/graph?runId=run_none', 404);
		await api.get(`/v1/adapters/${adapters[0].name}`, 200);
		await api.get('/v1/adapters/none', 404);
		assert.ok((await api.get('/v1/audit', 200)).body.data.length > 0);
		const me = (await api.get('/v1/me', 200, { actor: 'Ana' })).body;
		assert.deepEqual([me.actor, me.role], ['Ana', 'admin']);
		await api.get('/livez', 200);
		assert.equal((await api.get('/readyz', 200)).body.engine, 'ready');
		const { text } = await api.get('/metrics', 200);
		for (const line of text.trimEnd().split('\n'))
			assert.match(line, /^(# (HELP|TYPE) mend_\w+ .+|mend_\w+(\{[^}]*\})? -?[0-9.]+)$/);
		assert.match(text, /^mend_engine_ready 1$/m);
	});
});

describe('steering', () => {
	test('why, priority and kill', async () => {
		const { order, run } = await openTask();
		const path = `/v1/runs/${run.runId}`;
		const why = (await api.get(`${path}/why`, 200)).body;
		assert.equal(why.blocker.kind, 'task');
		assert.match(why.sentence, new RegExp(`^${order} is WAITING_TASK`));
		assert.deepEqual((await api.get(`/workflows/resolve-${order}/why`,
			200)).body, why);
		await api.get('/v1/runs/run_none/why', 404);
		await api.post(`/workflows/resolve-${order}/signals/hello`, 202,
			{ body: {} });
		await api.post('/workflows/resolve-NONE/signals/hello', 404,
			{ body: {} });
		await api.post(`${path}/priority`, 400, { body: { reason: 'x' } });
		await api.post(`${path}/priority`, 202,
			{ body: { reason: 'doors soon', priority: 0 } });
		await api.post(`${path}/settle`, 400, { body: { reason: 'x',
			callId: 'call_none', happened: true } });
		const killed = (await api.post(`${path}/kill`, 202,
			{ body: { reason: 'by mistake' } })).body;
		assert.ok(killed.clocks.standStill.length > 0);
	});
});

test('every call that is declared to succeed was seen to', () => {
	assert.deepEqual(coverage().filter((key) => !seenBySteer.includes(key)),
		[]);
});
