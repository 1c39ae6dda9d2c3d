// Many at once, and the same again: one wins, the others are told; a repeat
// gets the same answer; overload is 503 and never 502.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { client } from './client.mjs';
import { until } from './dev.mjs';
import { start } from './instance.mjs';

let instance, api;
before(async () => {
	instance = await start();
	api = client(instance.url);
});
after(async () => instance?.stop());

let count = 0;
const newOrder = (words = '') => `RACE-${process.pid}-${++count}${words}`;
const many = (n, what) => Promise.all(Array.from({ length: n },
	(_, i) => what(i)));
const runsOf = async (order) => (await api.get(`/v1/runs?order=${order}`, 200))
	.body.data;

async function openTask() {
	const orderId = newOrder('-FAIL');
	await api.post('/v1/runs', 201, { body: { orderId } });
	return until(`a task of ${orderId}`, async () => (await api.get(
		`/workflows/resolve-${orderId}/task`, 200)).body, 30000);
}

for (const path of ['/workflows/start', '/v1/runs'])
	test(`50 equal starts by one key: ${path}`, async () => {
		const orderId = newOrder();
		const answers = await many(50, () => api.call('POST', path,
			{ body: { orderId }, key: `key-${orderId}` }));
		assert.equal(new Set(answers.map((a) => `${a.status} ${a.text}`)).size,
			1);
		assert.equal(answers.filter((a) =>
			a.headers.get('idempotent-replayed') === 'true').length, 49);
		assert.equal((await runsOf(orderId)).length, 1);
		// Key order and spaces do not make another body.
		const raw = `{ "priority": 2, "orderId": "${newOrder()}" }`;
		const first = await api.call('POST', path, { raw, key: `k-${count}` });
		const again = await api.call('POST', path, { key: `k-${count}`, body: {
			orderId: `RACE-${process.pid}-${count}`, priority: 2 } });
		assert.equal(again.text, first.text);
	});

test('the same key with another body, actor or path', async () => {
	const [orderId, other] = [newOrder(), newOrder()];
	const key = `key-${orderId}`;
	const first = await api.post('/v1/runs', 201, { body: { orderId }, key });
	const { body } = await api.post('/v1/runs', 422,
		{ body: { orderId: other }, key });
	assert.equal(body.code, 'idempotency_mismatch');
	assert.deepEqual(await runsOf(other), []);
	// Without an event key it is that too: the run is found, not made.
	const ana = await api.post('/v1/runs', 200, { body: { orderId }, key,
		actor: 'Ana' });
	assert.equal(ana.body.runId, first.body.runId);
	assert.deepEqual([ana.body.created, ana.body.joined], [false, false]);
	// Refusals are not kept.
	await api.post('/v1/runs', 400, { body: { orderId: '' }, key: 'bad' });
	await api.post('/v1/runs', 201, { body: { orderId: newOrder() },
		key: 'bad' });
});

test('the same reason and key on two runs are two requests', async () => {
	const [a, b] = await many(2, async () => (await api.post('/v1/runs', 201,
		{ body: { orderId: newOrder() } })).body.runId);
	const said = { body: { reason: 'hello' }, key: 'one-key' };
	await api.post(`/v1/runs/${a}/comment`, 202, said);
	const other = await api.post(`/v1/runs/${b}/comment`, 202, said);
	assert.equal(other.body.runId, b);
	await api.post(`/v1/runs/${a}/comment`, 202, said);
	const audit = (await api.get(`/v1/runs/${a}/audit`, 200)).body.data;
	assert.equal(audit.filter((e) => e.kind === 'COMMENT').length, 1);
});

test('an event key belongs to its run for ever', async () => {
	const orderId = newOrder();
	const body = { orderId, source: 'orders', eventKey: `evt-${orderId}` };
	const answers = await many(20, () => api.call('POST', '/v1/runs',
		{ body }));
	assert.equal(answers.filter((a) => a.status === 201).length, 1);
	assert.equal(new Set(answers.map((a) => a.body.runId)).size, 1);
	await api.post('/v1/runs', 422, { body: { ...body, orderId: newOrder() } });
	await api.post('/v1/runs', 200, { body: { ...body, source: 'other' } });
});

test('different events of an order join its open run', async () => {
	const orderId = newOrder();
	const answers = await many(30, (i) => api.call('POST', '/workflows/start',
		{ body: { orderId, eventKey: `join-${orderId}-${i}` } }));
	assert.equal(answers.filter((a) => a.body.created).length, 1);
	assert.equal(answers.filter((a) => a.body.joined).length, 29);
	assert.equal(new Set(answers.map((a) => a.body.runId)).size, 1);
});

test('a batch again is the same batch', async () => {
	const items = Array.from({ length: 250 }, () => ({ orderId: newOrder() }));
	items[7] = { orderId: '' };
	const said = { body: { items }, key: `batch-${items[0].orderId}` };
	const first = await api.post('/v1/runs/batch', 200, said);
	const again = await api.post('/v1/runs/batch', 200, said);
	assert.equal(again.text, first.text);
	assert.equal(again.headers.get('idempotent-replayed'), 'true');
	await api.post('/v1/runs/batch', 422, { ...said,
		body: { items: items.slice(1) } });
});

test('100 decisions at once: one counts', async () => {
	const task = await openTask();
	const answers = await many(100, (i) => api.call('POST',
		`/v1/tasks/${task.taskId}/decide`, { actor: `Agent ${i}`,
			body: { approved: false, notes: `by ${i}`, undoMs: 5000 } }));
	const won = answers.filter((a) => a.status === 200);
	assert.equal(won.length, 1);
	const lost = answers.filter((a) => a.status === 409);
	assert.equal(lost.length, 99);
	for (const { body } of lost) {
		assert.equal(body.current.taskId, task.taskId);
		assert.equal(body.current.decider, won[0].body.decider);
	}
});

test('a decision again by its key is the same decision', async () => {
	const task = await openTask();
	const said = { key: `decide-${task.taskId}`, body: { taskId: task.taskId,
		approved: false, decider: 'Ana' } };
	const path = `/workflows/${task.workflowId}/task/decision`;
	const answers = await many(20, () => api.call('POST', path, said));
	assert.deepEqual(answers.map((a) => a.status), Array(20).fill(200));
	assert.equal(new Set(answers.map((a) => a.text)).size, 1);
});

test('more than there is room for is refused in order', async () => {
	const answers = await many(1500, (i) => api.call('POST', '/v1/runs',
		{ body: { orderId: `${newOrder()}-${i}` } }));
	const of = (status) => answers.filter((a) => a.status === status);
	assert.equal(of(201).length + of(503).length, 1500,
		answers.find((a) => ![201, 503].includes(a.status))?.text);
	assert.ok(of(201).length >= 200, `${of(201).length} taken`);
	for (const answer of of(503))
		assert.ok(Number(answer.headers.get('retry-after')) > 0);
	await api.get('/livez', 200);
});
