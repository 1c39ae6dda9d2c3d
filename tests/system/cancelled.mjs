// One event is cancelled for thousands of orders, of which some were refunded
// before, some are disputed, and some were sold on. One decision for the group;
// the engine is killed in the middle of carrying it out. What must hold: money
// goes back once to everybody who is owed it and to nobody else, and there is a
// result for every order.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processesOf, remove, temporaryFolder, until } from './dev.mjs';
import { start } from './instance.mjs';
import { orders, query, quickConf, verifyAudit } from './orders.mjs';

// What is true of every tenth order: nothing, mostly.
const KINDS = ['', '', '', '', '', '', '', '-REFUNDED', '-DISPUTE', '-RESOLD'];
const OWED = new Set(['']);
const kindOf = (orderId) => orderId.replace(/^GONE-\d+-CANCELLED/, '');

// The group is decided by one person, so no sum may stop him.
function noCaps(conf) {
	const path = join(conf, 'policy/policy.json');
	const policy = JSON.parse(readFileSync(path, 'utf8'));
	policy.fourEyesMinor = policy.dailyCapMinor = -1;
	for (const role of Object.values(policy.roles)) role.limitMinor = -1;
	writeFileSync(path, JSON.stringify(policy));
}

// Cancelled orders are spread over a few events: those of one of them.
async function ofOneEvent(world, count) {
	const found = [];
	let event = null;
	for (let i = 0; found.length < count; i += 32) {
		const ids = Array.from({ length: 32 }, (_, k) =>
			`GONE-${i + k}-CANCELLED${KINDS[(i + k) % 10]}`);
		const events = await Promise.all(ids.map((id) =>
			world.sandbox('GET', `/orders/${id}`)));
		event ??= events[0].eventId;
		found.push(...ids.filter((_, k) => events[k].eventId === event));
	}
	return { event, ids: found.slice(0, count) };
}

async function report(world, ids) {
	for (let at = 0; at < ids.length; at += 500) {
		const { body } = await world.api.post('/v1/runs/batch', 200, { body:
			{ items: ids.slice(at, at + 500).map((orderId) => ({ orderId })) } });
		assert.ok(body.results.every(({ status }) => status === 201));
	}
}

const counts = async (data, by) => Object.fromEntries((await query(data,
	`SELECT ${by} AS what, count(*) AS n FROM run GROUP BY 1`))
	.map(({ what, n }) => [what, n]));

async function items(world, bulkId) {
	const all = [];
	let cursor = '';
	do {
		const { body } = await world.api.get(`/v1/bulk/${bulkId}/items?` +
			`limit=200${cursor && `&cursor=${cursor}`}`, 200);
		all.push(...body.data);
		cursor = body.nextCursor;
	} while (cursor);
	return all;
}

function holdLedger(t, ledger, ids) {
	const refunds = ledger.filter((l) => l.operation === 'payment.refund');
	const orders = new Set(refunds.map((l) => l.orderId));
	const owed = ids.filter((id) => OWED.has(kindOf(id)));
	assert.equal(orders.size, refunds.length, 'an order was refunded twice');
	assert.deepEqual([...orders].filter((id) => !OWED.has(kindOf(id))), [],
		'refunded, and not owed');
	assert.deepEqual(owed.filter((id) => !orders.has(id)), [],
		'owed, and not refunded');
	t.diagnostic(`${refunds.length} refunds, ${ids.length - refunds.length} ` +
		'orders with none owed');
}

export async function cancelled(t, { count, kills, rate }) {
	const folder = temporaryFolder();
	const conf = quickConf(folder);
	noCaps(conf);
	const instance = await start({ env: { MEND_CONF: conf } });
	t.after(async () => {
		await instance.stop();
		remove(folder);
	});
	const world = orders(instance);
	const { data } = instance;
	const { event, ids } = await ofOneEvent(world, count);
	const owed = ids.filter((id) => OWED.has(kindOf(id))).length;
	// A chargeback outranks the event: each of those stays a person's.
	const disputed = ids.filter((id) => kindOf(id) === '-DISPUTE').length;
	const began = Date.now();

	await report(world, ids);
	await until('each rests', async () => {
		const states = await counts(data, 'state');
		return (states.WAITING_TASK ?? 0) + (states.COMPLETED ?? 0) === count;
	}, 60000 + count * 40);
	t.diagnostic(`${count} orders of ${event} at rest after ` +
		`${((Date.now() - began) / 1000).toFixed(1)} s: ` +
		JSON.stringify(await counts(data, 'step')));

	const decided = Date.now();
	const { body: bulk } = await world.api.post('/v1/bulk', 201, { actor: 'Ada',
		role: 'admin', body: { operation: 'decide',
			filter: { issue: 'event_cancelled', event, open: true },
			decision: { approved: true, reasonCode: 'event_cancelled' },
			reason: `${event} is cancelled`, ratePerSecond: rate } });
	assert.equal(bulk.total, owed);
	await world.api.post(`/v1/bulk/${bulk.bulkId}/start`, 200,
		{ actor: 'Ada', body: {} });
	const progress = async () => (await world.api.get(
		`/v1/bulk/${bulk.bulkId}`, 200)).body;
	for (let k = 1; k <= kills; k++) {
		await until('some more are done', async () =>
			(await progress()).done > owed * k / (kills + 2), 120000);
		process.kill(processesOf(data).find(({ name }) => name === 'mendd')
			.pid, 'SIGKILL');
	}
	await until('all are carried out', async () =>
		(await counts(data, 'state')).COMPLETED === count - disputed,
	60000 + count * 60);
	t.diagnostic(`${owed} decided and carried out in ` +
		`${((Date.now() - decided) / 1000).toFixed(1)} s, ${kills} kills ` +
		'on the way');

	await until('the bulk has ended', async () =>
		(await progress()).state !== 'RUNNING');
	const after = await progress();
	assert.deepEqual([after.state, after.done, after.skipped, after.failed],
		['DONE', owed, 0, 0], JSON.stringify(after));
	const each = await items(world, bulk.bulkId);
	assert.equal(new Set(each.map((i) => i.orderId)).size, owed);
	assert.deepEqual(each.filter((i) => i.state !== 'DONE' ||
		i.run.result !== 'REFUNDED'), []);
	assert.deepEqual(await counts(data, 'result'), { REFUNDED: owed,
		NONE: count - owed - disputed, null: disputed });
	assert.equal((await counts(data, 'issue_type')).chargeback, disputed);
	holdLedger(t, await world.ledger(), ids);
	await verifyAudit(data);
}
