// Steering: many runs at once through kill -9, a run replayed without doing
// anything twice, a call that nobody knows the outcome of.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { coverage } from './client.mjs';
import { processesOf, remove, temporaryFolder, until } from './dev.mjs';
import { start } from './instance.mjs';
import { ctl, orders, query, verifyAudit } from './orders.mjs';
import { seenBySteer, startPeer, steerConf } from './steerconf.mjs';

const folder = temporaryFolder();
const data = join(folder, 'data');
const key = Buffer.from('a key of the supplier, 32 bytes!');
const oldKey = Buffer.from('the one that was used before it!');
let instance, o, peer;
before(async () => {
	peer = await startPeer();
	const secrets = join(folder, 'secrets');
	mkdirSync(secrets);
	writeFileSync(join(secrets, 'webhook_supplier'),
		`whsec_${oldKey.toString('base64')}\nwhsec_${key.toString('base64')}\n`);
	instance = await start({ data, env: { MEND_CREDENTIALS_DIR: secrets,
		MEND_CONF: steerConf(folder, peer.port) } });
	o = orders(instance);
});
after(async () => {
	await instance?.stop();
	peer?.stop();
	remove(folder);
});

let count = 0;
const newOrder = () => `STEER-${process.pid}-${++count}`;
const event = (way, more = {}) => ({ event: { way, amountMinor: 1000,
	currency: 'USD', ...more } });
const begin = (way, more) => o.begin(newOrder(), event(way, more));

// Many of one event, by batches.
async function beginMany(n, way, more) {
	const ids = Array.from({ length: n }, newOrder);
	for (let at = 0; at < n; at += 500) {
		const { body } = await o.api.post('/v1/runs/batch', 200, { body: {
			items: ids.slice(at, at + 500).map((orderId) => ({ orderId,
				...event(way, more) })) } });
		assert.ok(body.results.every((r) => r.status === 201));
	}
	return ids;
}
const inState = (n, filter) => until(`${n} runs ${filter}`, async () =>
	(await query(data, `SELECT count(*) AS n FROM run WHERE ${filter}`))[0].n
		=== n, 60000);

const make = async (body, status = 201, actor = 'Sue') => (await o.api.post(
	'/v1/bulk', status, { actor, body: { reason: 'for a test', ...body } }))
	.body;
const bulk = async (id) => (await o.api.get(`/v1/bulk/${id}`, 200)).body;
const ended = (id) => until(`${id} is done`, async () => {
	const now = await bulk(id);
	return now.state === 'DONE' && now;
}, 60000);
async function items(id, query_ = '') {
	const all = [];
	let cursor = '';
	do {
		const { body } = await o.api.get(`/v1/bulk/${id}/items?limit=100` +
			query_ + (cursor && `&cursor=${cursor}`), 200);
		all.push(...body.data);
		cursor = body.nextCursor;
	} while (cursor);
	return all;
}

describe('many at once', () => {
	test('a preview tells who is left out, and changes nothing', async () => {
		const ids = await beginMany(6, 'wait', { event: 'EV-PREVIEW' });
		await inState(6, `event_ref = 'EV-PREVIEW'
			AND state = 'WAITING_SIGNAL'`);
		const first = (await o.api.get(`/v1/runs?order=${ids[0]}`, 200))
			.body.data[0];
		await o.operate(first.runId, 'pause');
		await o.inState(first.runId, 'PAUSED');
		const b = await make({ operation: 'pause',
			filter: { event: 'EV-PREVIEW', open: true } });
		assert.deepEqual([b.state, b.total, b.waiting, b.skipped],
			['PREVIEW', 6, 5, 1]);
		assert.deepEqual(b.reasons, [{ state: 'SKIPPED', code: 'state',
			count: 1 }]);
		const left = await items(b.bulkId, '&state=SKIPPED');
		assert.match(left[0].detail, /the run is PAUSED; it can't be paused/);
		assert.equal(left[0].orderId, ids[0]);
		await inState(1, `event_ref = 'EV-PREVIEW' AND state = 'PAUSED'`);
		// Who comes later does not belong to it.
		await beginMany(1, 'wait', { event: 'EV-PREVIEW' });
		await o.api.post(`/v1/bulk/${b.bulkId}/stop`, 409, { body: {} });
		await o.api.post(`/v1/bulk/${b.bulkId}/start`, 200, { body: {},
			actor: 'Sam' });
		const done = await ended(b.bulkId);
		assert.deepEqual([done.done, done.skipped, done.actor],
			[5, 1, 'Sam']);
		await inState(6, `event_ref = 'EV-PREVIEW' AND state = 'PAUSED'`);
		await o.api.post(`/v1/bulk/${b.bulkId}/start`, 409, { body: {} });
		const system = (await o.api.get('/v1/audit?limit=1000', 200)).body
			.data.filter((e) => e.data.bulkId === b.bulkId);
		assert.deepEqual(system.map((e) => e.kind),
			['BULK_MADE', 'BULK_STARTED', 'BULK_DONE']);
	});

	test('bad filters and params are refused, one by one', async () => {
		const bad = async (body) => (await make(body, 400)).errors
			.map((e) => e.pointer);
		assert.deepEqual(await bad({ operation: 'pause', filter: {} }),
			['/filter']);
		assert.deepEqual(await bad({ operation: 'pause',
			filter: { colour: 'red', state: 'TIRED' } }),
		['/filter/colour', '/filter/state']);
		assert.deepEqual(await bad({ operation: 'dance',
			filter: { open: true } }), ['/operation']);
		assert.deepEqual(await bad({ operation: 'decide',
			filter: { open: true }, decision: {} }),
		['/decision/approved', '/decision/reasonCode', '/filter/issue']);
		assert.deepEqual(await bad({ operation: 'priority',
			filter: { open: true } }), ['/priority']);
		await o.api.get('/v1/bulk/bulk_none', 404);
		assert.ok((await o.api.get('/v1/bulk?limit=1', 200)).body.data
			.length === 1);
	});

	test('what is stopped goes on where it stood', async () => {
		const ids = await beginMany(20, 'wait', { event: 'EV-STOP' });
		await inState(20, `event_ref = 'EV-STOP'
			AND state = 'WAITING_SIGNAL'`);
		const b = await make({ operation: 'kill', preview: false,
			ratePerSecond: 5, filter: { orderIds: ids } });
		await until('some are done', async () =>
			(await bulk(b.bulkId)).done > 0);
		const stopped = (await o.api.post(`/v1/bulk/${b.bulkId}/stop`, 200,
			{ body: {} })).body;
		assert.equal(stopped.state, 'STOPPED');
		assert.ok(stopped.waiting > 0);
		const [{ n }] = await query(data, `SELECT count(*) AS n FROM inbox
			WHERE kind = 'kill' AND run_id IN (SELECT id FROM run
			WHERE event_ref = 'EV-STOP')`);
		assert.equal(n, stopped.done);
		await o.api.post(`/v1/bulk/${b.bulkId}/start`, 200, { body: {} });
		assert.equal((await ended(b.bulkId)).done, 20);
		await inState(20, `event_ref = 'EV-STOP' AND state = 'CANCELED'`);
	});

	test('500 decisions through kill -9 of the engine: each once', async () => {
		const ids = await beginMany(500, 'ask', { event: 'EV-MANY' });
		await inState(500, `event_ref = 'EV-MANY'
			AND state = 'WAITING_TASK'`);
		const told = peer.count('pay');
		const b = await make({ operation: 'decide', preview: false,
			ratePerSecond: 250, filter: { event: 'EV-MANY', open: true,
				issue: 'steer_ask' },
			decision: { approved: true, reasonCode: 'official' } });
		assert.deepEqual([b.state, b.total, b.waiting], ['RUNNING', 500, 500]);
		let kills = 0;
		for (const at of [100, 300]) {
			await until(`${at} are decided`, async () =>
				(await bulk(b.bulkId)).done >= at, 60000);
			for (const p of processesOf(data))
				if (p.name === 'mendd') {
					process.kill(p.pid, 'SIGKILL');
					kills++;
				}
		}
		assert.ok(kills >= 2);
		const done = await ended(b.bulkId);
		assert.deepEqual([done.done, done.skipped, done.failed, done.waiting],
			[500, 0, 0, 0]);
		await inState(500, `event_ref = 'EV-MANY' AND state = 'COMPLETED'
			OR state = 'HELD' AND event_ref = 'EV-MANY'`);
		const twice = await query(data, `SELECT run_id FROM inbox
			WHERE kind = 'decision' GROUP BY run_id HAVING count(*) > 1`);
		assert.deepEqual(twice, []);
		const [{ n }] = await query(data, `SELECT count(*) AS n FROM decision
			WHERE actor = 'Sue'`);
		assert.equal(n, 500);
		assert.ok(peer.count('pay') - told <= 500);
		for (const id of ids)
			assert.ok(peer.count('pay', id) <= 1, `${id} was paid twice`);
		const results = await items(b.bulkId);
		assert.equal(new Set(results.map((r) => r.orderId)).size, 500);
		assert.ok(results.every((r) => r.state === 'DONE' && r.taskId));
		await verifyAudit(data);
	});
});

describe('groups', () => {
	test('what does not move, by what holds it; and a bulk of it', async () => {
		peer.answer = (operation) => operation === 'tell'
			? { http: 422 } : {};
		const ids = await beginMany(7, 'ask', { event: 'EV-STUCK' });
		await inState(7, `event_ref = 'EV-STUCK' AND state = 'HELD'`);
		peer.answer = () => ({ status: 'DONE' });
		const { groups, limited } = (await o.api.get('/v1/stuck', 200)).body;
		assert.equal(limited, false);
		const group = groups.find((g) => ids.includes(g.orderIds[0]));
		assert.deepEqual([group.kind, group.count, group.step,
			group.adapter], ['HELD', 7, 'tell', 'shop']);
		assert.equal(group.orderIds.length, 5);
		// Another group beside it, at the same step of the same adapter.
		peer.answer = (operation) => operation === 'tell'
			? { http: 503 } : {};
		const others = await beginMany(3, 'ask', { event: 'EV-STUCK-2' });
		await inState(3, `event_ref = 'EV-STUCK-2' AND state = 'HELD'`);
		peer.answer = () => ({ status: 'DONE' });
		const listed = async (query_) => {
			const found = [];
			let cursor = '';
			do {
				const { body } = await o.api.get(`/v1/runs?${query_}&limit=3${
					cursor && `&cursor=${cursor}`}`, 200);
				found.push(...body.data.map((r) => r.orderId));
				cursor = body.nextCursor;
			} while (cursor);
			return found.sort();
		};
		assert.deepEqual(await listed(`stuck=${group.group}`), ids.toSorted());
		const second = (await o.api.get('/v1/stuck', 200)).body.groups
			.find((g) => others.includes(g.orderIds[0]));
		assert.deepEqual([second.step, second.adapter],
			[group.step, group.adapter]);
		assert.deepEqual(await listed(`stuck=${second.group}`),
			others.toSorted());
		assert.deepEqual(await listed(`stuck=${second.group}&event=EV-STUCK`),
			[]);
		await o.api.get('/v1/runs?stuck=HELD', 400);
		const told = await ctl(data, ['list', '--stuck', group.group,
			'--limit', '5', '--json']);
		assert.deepEqual([told.code, JSON.parse(told.out).data.length,
			JSON.parse(told.out).hasMore], [0, 5, true], told.err);
		const b = await make({ operation: 'retry', preview: false,
			filter: group.filter });
		assert.equal(b.total, 7);
		assert.equal((await ended(b.bulkId)).done, 7);
		await inState(7, `event_ref = 'EV-STUCK'
			AND state = 'WAITING_TASK'`);
		const later = (await o.api.get('/v1/stuck', 200)).body.groups;
		assert.ok(!later.some((g) => g.group === group.group));
	});

	test('what belongs together: counts, money, issue types', async () => {
		await beginMany(3, 'wait', { event: 'EV-G', seller: 'S-1' });
		await beginMany(2, 'ask', { event: 'EV-G', seller: 'S-2' });
		await inState(5, `event_ref = 'EV-G'
			AND state IN ('WAITING_SIGNAL', 'WAITING_TASK')`);
		const groups = async (by) => (await o.api.get(
			`/v1/groups?by=${by}&limit=200`, 200)).body.data;
		const event_ = (await groups('event')).find((g) => g.ref === 'EV-G');
		assert.deepEqual([event_.runs, event_.waitingTask], [5, 2]);
		assert.deepEqual(event_.amounts,
			[{ currency: 'USD', amountMinor: 5000 }]);
		assert.deepEqual(event_.issueTypes, [
			{ issueType: 'steer_wait', count: 3 },
			{ issueType: 'steer_ask', count: 2 }]);
		assert.equal((await groups('seller')).find((g) => g.ref === 'S-1')
			.runs, 3);
		await o.api.get('/v1/groups?by=colour', 400);
		assert.equal((await o.api.get('/v1/runs?event=EV-G&seller=S-2', 200))
			.body.data.length, 2);
		assert.equal((await o.api.get('/v1/runs?seller=S-1&open=true', 200))
			.body.data.length, 3);
	});
});

describe('once for a group', () => {
	test('one asks, all have the answer', async () => {
		peer.answer = (operation, orderId) => ({ asked: orderId });
		const ids = await beginMany(120, 'ping', { seller: 'S-ONE',
			event: 'EV-ONE' });
		await inState(120, `event_ref = 'EV-ONE' AND state = 'COMPLETED'`);
		assert.equal(ids.reduce((n, id) => n + peer.count('ping', id), 0), 1);
		const runs = (await o.api.get('/v1/runs?event=EV-ONE&limit=5', 200))
			.body.data;
		const [{ asked }] = await Promise.all(runs.map(async (r) =>
			(await o.file(r.runId)).pinged));
		for (const r of runs)
			assert.equal((await o.file(r.runId)).pinged.asked, asked);
		// Another seller is another group.
		const other = await begin('ping', { seller: 'S-TWO' });
		await o.end(other.runId);
		assert.equal(peer.count('ping', other.orderId), 1);
		peer.answer = () => ({ status: 'DONE' });
	});

	test('who waits for an unknown outcome goes on from the word',
		async () => {
			peer.answer = (operation) => operation === 'ping' ? null : {};
			const more = { seller: 'S-LOST', event: 'EV-LOST' };
			const first = await begin('ping', more);
			const held = await o.inState(first.runId, 'HELD');
			const second = await begin('ping', more);
			const waits = await o.inState(second.runId, 'BACKING_OFF');
			assert.match(waits.why.sentence,
				/nobody knows what became of shop.ping/);
			assert.equal(peer.count('ping', second.orderId), 0);
			const unsure = (await o.api.get('/v1/stuck', 200)).body.groups
				.find((g) => g.group === 'UNKNOWN.shop.ping');
			assert.equal(unsure.count, 1);
			assert.deepEqual((await o.api.get(
				'/v1/runs?stuck=UNKNOWN.shop.ping', 200)).body.data.map((r) =>
				r.orderId), [first.orderId]);
			const all = await make({ operation: 'priority', priority: 1,
				filter: unsure.filter });
			assert.equal(all.total, 1);
			peer.answer = () => ({ status: 'DONE' });
			await o.api.post(`/v1/runs/${first.runId}/settle`, 202, { body: {
				reason: 'he rang back', callId: held.why.blocker.callId,
				happened: true, answer: { heard: true } } });
			assert.equal((await o.end(first.runId)).state, 'COMPLETED');
			await o.operate(second.runId, 'retry');
			assert.equal((await o.end(second.runId)).state, 'COMPLETED');
			assert.equal((await o.file(second.runId)).pinged.heard, true);
			assert.equal(peer.count('ping', second.orderId), 0);
		});
});

// Version n of a playbook: another title, and as many comments as asked.
async function nextVersion(name, change) {
	const path = join(folder, 'conf/playbooks', `${name}.json`);
	const body = JSON.parse(readFileSync(path, 'utf8'));
	writeFileSync(path, JSON.stringify(change(body)));
	const how = await ctl(data, ['activate', join(folder, 'conf')]);
	assert.equal(how.code, 0, how.err);
	return (await o.api.get(`/v1/playbooks/${name}`, 200)).body.active;
}

describe('versions of a playbook', () => {
	let written;
	before(() => {
		written = readFileSync(join(folder, 'conf/playbooks/steer_walk.json'),
			'utf8');
	});
	after(() => nextVersion('steer_walk', () => JSON.parse(written)));
	const turn = async (verb, body, status = 200, actor = 'Sue') =>
		(await o.api.post(`/v1/playbooks/steer_walk/${verb}`, status,
			{ body, actor })).body;
	const inForce = async () => (await o.api.get('/v1/playbooks/steer_walk',
		200)).body.active;

	test('one is put in force and taken back, told beforehand', async () => {
		const old = await begin('walk');
		await o.inState(old.runId, 'WAITING_SIGNAL');
		assert.equal(await nextVersion('steer_walk', (p) => ({ ...p,
			steps: [...p.steps.slice(0, 2).map((s) => s.step === 'second' ?
				{ ...s, with: { ...s.with, text: 'dear' } } : s), ...p.steps.slice(3),
			{ step: 'more', kind: 'finish', outcome: 'MORE', result: 'NONE',
				reason: 'never' }].toSpliced(2, 0, { step: 'hark',
				kind: 'wait', signal: 'go', for: '1h', onTimeout: 'more' }) })),
		2);
		const told = await turn('rollback', { preview: true });
		assert.deepEqual([told.from, told.to, told.preview], [2, 1, true]);
		assert.deepEqual(told.steps, { added: ['hear'],
			removed: ['hark', 'more'], changed: ['second'] });
		assert.deepEqual(told.versions.map((v) => [v.version, v.active,
			v.openRuns]), [[2, true, 0], [1, false, 1]]);
		assert.equal(await inForce(), 2, 'a preview does nothing');
		assert.equal((await turn('rollback', {}, 400)).errors[0].pointer,
			'/reason');
		assert.equal((await turn('rollback', { from: 1, reason: 'x' }, 409))
			.code, 'stale');
		await turn('activate', { version: 2, reason: 'x' }, 409);
		await turn('activate', { version: 9, reason: 'x' }, 404);
		await turn('activate', { reason: 'x' }, 400);
		const back = await turn('rollback', { from: 2, reason: 'it waits' });
		assert.deepEqual([back.preview, back.versions[1].active,
			back.versions[1].activatedBy], [false, true, 'Sue']);
		assert.equal(await inForce(), 1);
		const entry = (await o.api.get('/v1/audit?limit=1000', 200)).body.data
			.find((e) => e.kind === 'CONFIGURATION' && e.data.reason);
		assert.deepEqual([entry.actor, entry.data], ['Sue',
			{ steer_walk: 1, reason: 'it waits' }]);
		await turn('activate', { version: 2, reason: 'now it fits' });
		const next = await begin('walk');
		assert.equal((await o.inState(next.runId, 'WAITING_SIGNAL')).step,
			'hark');
		assert.equal((await o.run(old.runId)).playbookVersion, 1);
		// Who may take back may not choose: that is to activate.
		await nextVersion('steer_walk', (p) => ({ ...p, title: 'Third' }));
		assert.equal((await turn('rollback', { version: 1, reason: 'x' }, 409))
			.errors[0].pointer, '/version');
		await turn('rollback', { version: 2, reason: 'the one before' });
		assert.equal(await inForce(), 2);
	});

	test('open runs move by a bulk, through kill -9 of the engine', async () => {
		const from = await inForce();
		await beginMany(120, 'walk', { event: 'EV-MOVE' });
		await inState(120, `event_ref = 'EV-MOVE'
			AND state = 'WAITING_SIGNAL'`);
		// Twenty stand where the next version has nothing.
		const { body: { data: some } } = await o.api.get(
			'/v1/runs?event=EV-MOVE&limit=20', 200);
		const gone = some.map((r) => r.orderId).sort();
		const body = JSON.parse(readFileSync(join(folder,
			'conf/playbooks/steer_walk.json'), 'utf8'));
		const waits = body.steps.find((s) => s.kind === 'wait');
		const version = await nextVersion('steer_walk', (p) => ({ ...p,
			steps: p.steps.map((s) => s === p.steps[0] ? { ...s,
				with: { ...s.with, word: 'new' } } : s) }));
		for (const { runId } of some)
			await o.operate(runId, 'cancel');
		await inState(20, `event_ref = 'EV-MOVE' AND state = 'CANCELED'`);
		const other = await begin('wait', { event: 'EV-MOVE' });
		await o.inState(other.runId, 'WAITING_SIGNAL');
		const filter = { event: 'EV-MOVE' };
		const b = await make({ operation: 'migrate', filter,
			playbook: 'steer_walk', ratePerSecond: 60 });
		assert.deepEqual(b.params, { playbook: 'steer_walk', version });
		assert.deepEqual([b.total, b.waiting, b.skipped], [121, 100, 21]);
		assert.deepEqual(b.reasons.toSorted((x, y) => x.count - y.count), [
			{ state: 'SKIPPED', code: 'version', count: 1 },
			{ state: 'SKIPPED', code: 'state', count: 20 }]);
		const left = await items(b.bulkId, '&state=SKIPPED');
		assert.deepEqual(left.filter((i) => i.code === 'state')
			.map((i) => i.orderId).sort(), gone);
		assert.match(left.find((i) => i.code === 'version').detail,
			/it is of the playbook steer_walk, and the run's is steer_wait/);
		// Fixed now: what comes in force meanwhile does not matter.
		await turn('activate', { version: from, reason: 'meanwhile' });
		await o.api.post(`/v1/bulk/${b.bulkId}/start`, 200, { body: {} });
		let kills = 0;
		for (const at of [20, 60]) {
			await until(`${at} are told`, async () =>
				(await bulk(b.bulkId)).done >= at, 60000);
			for (const p of processesOf(data))
				if (p.name === 'mendd') {
					process.kill(p.pid, 'SIGKILL');
					kills++;
				}
		}
		assert.ok(kills >= 2);
		const done = await ended(b.bulkId);
		assert.deepEqual([done.done, done.skipped, done.failed, done.waiting],
			[100, 21, 0, 0]);
		const moved = `event_ref = 'EV-MOVE' AND state = 'WAITING_SIGNAL'
			AND step = '${waits.step}' AND playbook_id = (SELECT id FROM
			document WHERE name = 'steer_walk' AND version = ${version})`;
		await inState(100, moved);
		const [{ n }] = await query(data, `SELECT count(*) AS n FROM audit
			WHERE kind = 'MIGRATED' AND run_id IN (SELECT id FROM run
			WHERE event_ref = 'EV-MOVE')`);
		assert.equal(n, 100, 'each once');
		assert.deepEqual((await items(b.bulkId, '&state=DONE'))
			.map((i) => i.detail), Array(100).fill(
			`version ${from} to ${version}`));
		const there = (await o.api.get(`/v1/runs?playbook=steer_walk@${version
			}&open=true&limit=200`, 200)).body.data;
		assert.equal(there.length, 100);
		assert.ok(there.every((r) => r.playbookVersion === version));
		await o.api.get('/v1/runs?playbook=steer_walk@x', 400);
		const again = await make({ operation: 'migrate', filter,
			playbook: 'steer_walk', version });
		assert.equal(again.waiting, 0);
		assert.equal((await make({ operation: 'migrate', filter,
			playbook: 'steer_walk', version: 99 }, 400)).errors[0].pointer,
		'/version');
		assert.equal((await make({ operation: 'migrate', filter }, 400))
			.errors[0].pointer, '/playbook');
		const said = await ctl(data, ['bulk', 'make', 'migrate', '--filter',
			JSON.stringify({ playbook: `steer_walk@${version}`, open: true }),
			'--playbook', 'steer_walk', '--version', String(from), '--reason',
			'back again', '--json']);
		assert.deepEqual([said.code, JSON.parse(said.out).waiting], [0, 100],
			said.err);
		await verifyAudit(data);
	});

	test('what fits no more is refused, by a preview too', async () => {
		const version = await nextVersion('steer_walk', (p) => ({ ...p,
			title: 'Another' }));
		// What version 2 names goes: its adapter's operation.
		const path = join(folder, 'conf/adapters/shop.json');
		const shop = JSON.parse(readFileSync(path, 'utf8'));
		const body = JSON.parse(readFileSync(join(folder,
			'conf/playbooks/steer_walk.json'), 'utf8'));
		writeFileSync(join(folder, 'conf/playbooks/steer_walk.json'),
			JSON.stringify({ ...body, steps: body.steps.filter((s) =>
				s.step !== 'second') }));
		const { send, ...rest } = shop.operations;
		writeFileSync(path, JSON.stringify({ ...shop, operations: rest }));
		const how = await ctl(data, ['activate', join(folder, 'conf')]);
		assert.equal(how.code, 0, how.err);
		for (const preview of [true, false]) {
			const no = await turn('activate', { version, preview,
				reason: 'as it was' }, 400);
			assert.match(JSON.stringify(no), /shop\.send/);
		}
		assert.notEqual(await inForce(), version);
		writeFileSync(path, JSON.stringify({ ...shop, operations:
			{ ...rest, send } }));
		writeFileSync(join(folder, 'conf/playbooks/steer_walk.json'),
			JSON.stringify(body));
		assert.equal((await ctl(data, ['activate', join(folder, 'conf')])).code,
			0);
	});
});

describe('webhooks', () => {
	const sign = (id, at, text, by = key) => `v1,${createHmac('sha256', by)
		.update(`${id}.${at}.${text}`).digest('base64')}`;
	const now = () => Math.floor(Date.now() / 1000);
	let sent = 0;
	async function send(body, status = 202, { id = `msg_${++sent}`,
		at = now(), by = key, signature = null, source = 'supplier' } = {}) {
		const raw = JSON.stringify(body);
		return (await o.api.post(`/v1/webhooks/${source}`, status, { raw,
			headers: { 'webhook-id': id, 'webhook-timestamp': String(at),
				'webhook-signature': signature ?? sign(id, at, raw, by) } }))
			.body;
	}
	const answered = (orderId, data_ = {}) => ({ type: 'supplier.answer',
		orderId, data: { status: 'ANSWERED', ...data_ } });

	test('become the signal of the open run', async () => {
		const run = await begin('wait');
		await o.inState(run.runId, 'WAITING_SIGNAL');
		const how = await send(answered(run.orderId));
		assert.deepEqual(how, { way: 'signalled', orderId: run.orderId,
			runId: run.runId });
		assert.equal((await o.end(run.runId)).state, 'COMPLETED');
		assert.equal((await o.file(run.runId)).signals.supplier_answer.status,
			'ANSWERED');
		assert.ok((await o.audit(run.runId)).some((e) =>
			e.actor === 'webhook:supplier'));
	});

	test('are kept for the run that starts later', async () => {
		const orderId = newOrder();
		assert.equal((await send(answered(orderId))).way, 'kept');
		const run = await o.begin(orderId, event('wait'));
		assert.equal((await o.end(run.runId)).state, 'COMPLETED');
		assert.match((await o.audit(run.runId))[1].message,
			/^webhook:supplier sent the signal .* before the run began/);
		// Handed over once: the next run waits.
		const next = await o.begin(orderId, event('wait'));
		await o.inState(next.runId, 'WAITING_SIGNAL');
	});

	test('are taken once, whatever is sent again', async () => {
		const orderId = newOrder();
		const one = { id: 'msg_once' };
		assert.equal((await send(answered(orderId), 202, one)).way, 'kept');
		assert.equal((await send(answered(orderId), 202, one)).way,
			'replayed');
		await send(answered(orderId, { other: 1 }), 422, one);
		const [{ n }] = await query(data, `SELECT count(*) AS n FROM webhook
			WHERE order_id = '${orderId}'`);
		assert.equal(n, 1);
	});

	test('an event starts a run, or joins it', async () => {
		const orderId = newOrder();
		const broken = { type: 'order.broken', orderId,
			data: { way: 'wait' } };
		const first = await send(broken);
		assert.equal(first.way, 'started');
		await o.inState(first.runId, 'WAITING_SIGNAL');
		assert.deepEqual(await send(broken), { way: 'joined', orderId,
			runId: first.runId });
	});

	test('what is not signed rightly is refused', async () => {
		const body = answered(newOrder());
		const at = now();
		await send(body, 401, { signature: 'v1,AAAA' });
		await send(body, 401, { by: Buffer.from('another key, as long as that') });
		await send(body, 401, { at: at - 301 });
		await send(body, 401, { at: at + 400 });
		await send(body, 401, { source: 'nobody' });
		await send(body, 401, { source: 'UPPER' });
		await o.api.post('/v1/webhooks/supplier', 401, { body });
		const raw = JSON.stringify(body);
		await send({ ...body, type: 'x' }, 401, { id: 'msg_a', at,
			signature: sign('msg_a', at, raw) });
		// Two keys while they are changed, and further signatures beside.
		await send(body, 202, { by: oldKey });
		await send(body, 202, { id: 'msg_b', at, signature:
			`v1,AAAA ${sign('msg_b', at, raw)} v2,whatever` });
		const wrong = await send({ type: '9!', orderId: '.x' }, 400);
		assert.deepEqual(wrong.errors.map((e) => e.pointer),
			['/orderId', '/type']);
		assert.ok(!instance.logs().includes(key.toString('base64')));
	});
});

describe('replay', () => {
	test('what happened is listed, and not done again', async () => {
		const run = await begin('walk');
		await o.inState(run.runId, 'WAITING_SIGNAL');
		const path = `/v1/runs/${run.runId}/replay`;
		const say = (step, status) => o.api.post(path, status,
			{ body: { step, reason: 'once more' }, actor: 'Sue' });
		await say('first', 409); // it is open
		await o.operate(run.runId, 'cancel');
		await o.end(run.runId);
		await say('none', 400);
		const next = (await say('first', 201)).body;
		assert.notEqual(next.runId, run.runId);
		await say('first', 409); // the new one is open
		await o.inState(next.runId, 'WAITING_SIGNAL');
		assert.deepEqual([peer.count('tell', run.orderId),
			peer.count('send', run.orderId)], [1, 1]);
		const file = await o.file(next.runId);
		assert.equal(file.replayOf.runId, run.runId);
		assert.deepEqual(file.replayOf.done.map((d) => d.operation),
			['shop.tell', 'shop.send']);
		const audit = await o.audit(next.runId);
		assert.match(audit[0].message, /^Sue replays run_\w+ from first/);
		assert.equal(audit.filter((e) => e.kind === 'EFFECT_KNOWN').length, 2);
		assert.ok((await o.audit(run.runId)).some((e) =>
			e.kind === 'REOPENED'));
		// And once more: what the first one did is known to the third too.
		await o.operate(next.runId, 'kill');
		await o.end(next.runId);
		const third = (await o.api.post(`/v1/runs/${next.runId}/replay`, 201,
			{ body: { step: 'second', reason: 'and again' } })).body;
		await o.inState(third.runId, 'WAITING_SIGNAL');
		assert.equal(peer.count('send', run.orderId), 1);
	});
});

describe('nobody knows', () => {
	test('a killed run of unknown outcome blocks money until settled',
		async () => {
			peer.answer = (operation) => operation === 'pay' ? null
				: { status: 'DONE' };
			const run = await begin('pay');
			const held = await o.inState(run.runId, 'HELD');
			assert.equal(held.why.blocker.operation, 'shop.pay');
			const { callId } = held.why.blocker;
			await o.operate(run.runId, 'kill');
			assert.equal((await o.end(run.runId)).outcome, 'KILLED');
			peer.answer = () => ({ status: 'DONE' });
			// The order's next money action waits.
			const next = await o.begin(run.orderId, event('pay'));
			await o.inState(next.runId, ['HELD', 'BLOCKED']);
			assert.equal(peer.count('pay', run.orderId), 1);
			const settle = (body, status) => o.api.post(
				`/v1/runs/${run.runId}/settle`, status, { actor: 'Sue',
					body: { reason: 'seen in the books', callId, ...body } });
			const settled = (await settle({ happened: false }, 202)).body;
			assert.equal(settled.why.blocker.kind, 'none');
			await settle({ happened: true }, 409);
			await o.operate(next.runId, 'retry');
			assert.equal((await o.end(next.runId)).state, 'COMPLETED');
			assert.equal(peer.count('pay', run.orderId), 2);
		});

	test('an open run goes on from the word', async () => {
		peer.answer = (operation) => operation === 'pay' ? null
			: { status: 'DONE' };
		const run = await begin('pay');
		const held = await o.inState(run.runId, 'HELD');
		assert.ok(held.why.whatYouCanDo.some((w) => w.do === 'settle'));
		await o.api.post(`/v1/runs/${run.runId}/settle`, 202, { body: {
			reason: 'seen in the books', callId: held.why.blocker.callId,
			happened: true, answer: { paid: 1000 } } });
		const end = await o.end(run.runId);
		assert.deepEqual([end.state, end.result], ['COMPLETED', 'REFUNDED']);
		assert.equal(peer.count('pay', run.orderId), 1);
		assert.equal((await o.file(run.runId)).paid.paid, 1000);
		peer.answer = () => ({ status: 'DONE' });
	});
});

test('every call that is left to this file was seen', () => {
	const missing = coverage();
	assert.deepEqual(seenBySteer.filter((key) => missing.includes(key)), []);
});
