// Operators' hands: adapters are paused, resumed and probed, switches pulled
// and lifted, by API and command line; runs stand BLOCKED with the reason and
// the end as their next time, and go on by themselves.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { client } from './client.mjs';
import { mendctl, remove, temporaryFolder, until } from './dev.mjs';
import { start } from './instance.mjs';

let instance, api;
before(async () => {
	instance = await start();
	api = client(instance.url);
});
after(async () => instance?.stop());

let count = 0;
const newOrder = (words = '') => `HAND-${process.pid}-${++count}${words}`;
const startRun = async (order) => (await api.post('/v1/runs', 201,
	{ body: { orderId: order } })).body;
const runOf = async (id) => (await api.get(`/v1/runs/${id}`, 200)).body;
const inState = (id, ...states) => until(`${id} in ${states}`, async () => {
	const run = await runOf(id);
	return states.includes(run.state) ? run : null;
}, 30000);
const adapter = async (name) => (await api.get('/v1/adapters', 200)).body.data
	.find((a) => a.name === name);
const effects = async (order) => (await (await fetch(
	`${instance.url}/sandbox/ledger?orderId=${order}`)).json()).data;
const ctl = (...args) => {
	const { status, stdout, stderr } = spawnSync(mendctl,
		[...args, '--data', instance.data], { encoding: 'utf8',
			env: { ...process.env, MEND_CONF: '' } });
	return { status, text: stdout + stderr };
};

describe('an adapter', () => {
	test('is paused: runs stand with the reason, and go on after', async () => {
		const paused = (await api.post('/v1/adapters/order/pause', 200,
			{ body: { reason: 'the venue called', for: '1h' }, actor: 'Ana' }))
			.body;
		assert.equal(paused.kind, 'adapter');
		const run = await startRun(newOrder());
		const blocked = await inState(run.runId, 'BLOCKED');
		assert.match(blocked.reason, /order is stopped by Ana until .*the venue called/);
		assert.equal(blocked.dueAt, paused.expiresAt);
		await until('its queue', async () =>
			(await adapter('order')).queue > 0);
		const seen = await adapter('order');
		assert.deepEqual([seen.state, seen.pausedBy, seen.expiresAt],
			['PAUSED', 'Ana', paused.expiresAt]);
		// Who waits for it hears a cancel all the same.
		const other = await startRun(newOrder());
		await inState(other.runId, 'BLOCKED');
		await api.post(`/v1/runs/${other.runId}/cancel`, 202,
			{ body: { reason: 'not needed' } });
		await inState(other.runId, 'CANCELED');
		await api.post('/v1/adapters/order/resume', 200,
			{ body: { reason: 'all clear' } });
		await inState(run.runId, 'COMPLETED', 'WAITING_TASK');
		assert.notEqual((await adapter('order')).state, 'PAUSED');
		await api.post('/v1/adapters/order/resume', 409,
			{ body: { reason: 'again' } });
	});

	test('is let go when its time is up, on record', async () => {
		await api.post('/v1/adapters/order/pause', 200,
			{ body: { reason: 'for a moment', for: '1500ms' } });
		const run = await startRun(newOrder());
		await inState(run.runId, 'BLOCKED');
		await inState(run.runId, 'COMPLETED', 'WAITING_TASK');
		const { data } = (await api.get('/v1/audit?limit=1000', 200)).body;
		const lifted = data.filter((e) => e.kind === 'CONTROL_LIFTED').at(-1);
		assert.match(lifted.message, /^mend lifted .* its time was up/);
		assert.equal(lifted.data.reason, 'for a moment');
	});

	test('is tried although it is paused: one call', async () => {
		await api.post('/v1/adapters/order/pause', 200,
			{ body: { reason: 'down', for: '1h' } });
		const runs = [];
		for (let i = 0; i < 3; i++)
			runs.push(await startRun(newOrder()));
		for (const run of runs) await inState(run.runId, 'BLOCKED');
		const { switchId } = (await api.post('/v1/adapters/order/probe', 200,
			{ body: { reason: 'is it back?' } })).body;
		await until('the probe', async () => (await api.get(
			'/v1/switches?all=true', 200)).body.data
			.find((s) => s.switchId === switchId).liftedAt);
		// One read of one of them was answered; the others wait on.
		await until('one call', async () => {
			const calls = await Promise.all(runs.map(async (run) =>
				(await api.get(`/v1/runs/${run.runId}/calls`, 200)).body.data
					.filter((c) => c.adapter === 'order')));
			return calls.flat().length === 1;
		});
		await api.post('/v1/adapters/order/resume', 200,
			{ body: { reason: 'it is' } });
		for (const run of runs)
			await inState(run.runId, 'COMPLETED', 'WAITING_TASK');
	});

	test('that is not there is not stopped', async () => {
		const body = { reason: 'x', for: '1h' };
		await api.post('/v1/adapters/none/pause', 404, { body });
		await api.post('/v1/adapters/order/operations/none/pause', 404,
			{ body });
		await api.post('/v1/adapters/order/pause', 400,
			{ body: { reason: 'no end' } });
		await api.post('/v1/adapters/order/pause', 400,
			{ body: { reason: 'too long', for: '31d' } });
		await api.post('/v1/adapters/order/pause', 400,
			{ body: { reason: 'past', expiresAt: '2020-01-01T00:00:00Z' } });
		await api.post('/v1/switches', 404, { body: { ...body,
			kind: 'playbook', name: 'triage@999' } });
		await api.post('/v1/switches/switch_none/lift', 404,
			{ body: { reason: 'x' } });
		assert.deepEqual((await api.get('/v1/switches', 200)).body.data, []);
	});
});

describe('a kill switch', () => {
	test('on an action: its effects do not leave', async () => {
		const { switchId } = (await api.post('/v1/switches', 200,
			{ body: { kind: 'action', name: 'transfer.retry', for: '1h',
				reason: 'sends twice' } })).body;
		const order = newOrder();
		const run = await startRun(order);
		const blocked = await inState(run.runId, 'BLOCKED');
		assert.match(blocked.reason, /action transfer.retry is stopped by/);
		assert.deepEqual((await effects(order)).filter((e) =>
			e.operation.endsWith('retry')), []);
		const { operations } = await adapter('transfer');
		const retry = operations.find((o) => o.name === 'retry');
		assert.equal(retry.switchId, switchId);
		assert.ok(retry.queue > 0);
		await api.post(`/v1/switches/${switchId}/lift`, 200,
			{ body: { reason: 'fixed' } });
		await inState(run.runId, 'COMPLETED');
		await api.post(`/v1/switches/${switchId}/lift`, 409,
			{ body: { reason: 'again' } });
	});

	test('on a version of a playbook: reads go on, effects do not', async () => {
		const { active } = (await api.get('/v1/playbooks/transfer_failed',
			200)).body;
		const name = `transfer_failed@${active}`;
		const pulled = ctl('switch', 'pull', 'playbook', name, '--for', '1h',
			'--reason', 'wrong texts', '--as', 'Bo');
		assert.equal(pulled.status, 0, pulled.text);
		const order = newOrder();
		const run = await startRun(order);
		const blocked = await inState(run.runId, 'BLOCKED');
		assert.match(blocked.reason,
			/playbook transfer_failed@\d+ is stopped by Bo/);
		assert.equal(blocked.playbook, 'transfer_failed');
		assert.deepEqual(await effects(order), []);
		const listed = ctl('switch', 'list', '--json');
		const [row] = JSON.parse(listed.text);
		assert.equal(row.name, name);
		const lifted = ctl('switch', 'lift', row.switchId, '--reason', 'ok');
		assert.equal(lifted.status, 0, lifted.text);
		await inState(run.runId, 'COMPLETED');
	});
});

describe('the command line', () => {
	test('shows and steers adapters', async () => {
		assert.match(ctl('adapters').text, /payment +HEALTHY/);
		assert.equal(ctl('adapters', 'pause', 'payment.refund', '--for', '5m',
			'--reason', 'x').status, 0);
		assert.match(ctl('switch', 'list').text, /action +payment.refund/);
		assert.equal(ctl('adapters', 'pause', 'nothing', '--for', '5m',
			'--reason', 'x').status, 3);
		assert.equal(ctl('adapters', 'probe', 'payment', '--reason', 'x')
			.status, 0);
		assert.equal(ctl('adapters', 'resume', 'payment.refund', '--reason',
			'x').status, 0);
		assert.equal(ctl('adapters', 'resume', 'payment.refund', '--reason',
			'x').status, 3);
		assert.equal(ctl('audit', 'verify').status, 0);
	});
});

describe('what the engine saw', () => {
	test('stands in a row, and in the metrics', async () => {
		const run = await startRun(newOrder());
		await inState(run.runId, 'COMPLETED');
		const seen = await until('figures', async () => {
			const a = await adapter('order');
			return a.p95Ms !== null && a.inFlight === 0 ? a : null;
		});
		assert.equal(seen.state, 'HEALTHY');
		assert.equal(seen.success, 1);
		assert.ok(seen.p50Ms <= seen.p95Ms);
		const { text } = await api.get('/metrics', 200);
		assert.match(text, /^mend_adapter_up\{adapter="order"\} 1$/m);
		assert.match(text, /^mend_adapter_queue\{adapter="order"\} 0$/m);
	});
});

test('what is stopped survives a kill -9 of everything', async () => {
	const folder = temporaryFolder();
	const data = join(folder, 'data');
	let own = await start({ data });
	try {
		let at = client(own.url);
		await at.post('/v1/adapters/order/pause', 200,
			{ body: { reason: 'closed today', for: '1h' } });
		const { runId } = (await at.post('/v1/runs', 201,
			{ body: { orderId: newOrder() } })).body;
		const state = async () =>
			(await at.get(`/v1/runs/${runId}`, 200)).body.state;
		await until('blocked', async () => await state() === 'BLOCKED', 30000);
		await own.kill('SIGKILL');
		own = await start({ data });
		at = client(own.url);
		const { data: [stop] } = (await at.get('/v1/switches', 200)).body;
		assert.equal(stop.reason, 'closed today');
		assert.equal(await state(), 'BLOCKED');
		await at.post('/v1/adapters/order/resume', 200,
			{ body: { reason: 'open again' } });
		await until('done', async () => ['COMPLETED', 'WAITING_TASK']
			.includes(await state()), 30000);
	} finally {
		await own.stop();
		remove(folder);
	}
});
