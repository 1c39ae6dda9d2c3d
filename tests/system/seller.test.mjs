// One no-show seller is many orders: he is asked once, by two channels, however
// many of his orders are reported at once, and what he answers counts for all.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { start } from './instance.mjs';
import { orders } from './orders.mjs';

let instance, o;
before(async () => {
	instance = await start();
	o = orders(instance);
});
after(() => instance?.stop());

// Orders of one seller whom no other test has asked; who is asked for his name
// has been seen.
const used = new Set();
async function ofOneSeller(words, count) {
	const found = new Map();
	for (let i = 0; i < 400; i++) {
		const id = `SELLER-${process.pid}-${i}-${words}`;
		const answer = await fetch(`${instance.url}/sandbox/orders/${id}`);
		const { seller } = await answer.json();
		if (used.has(seller.id)) continue;
		const list = [...found.get(seller.id) ?? [], id];
		found.set(seller.id, list);
		if (list.length === count) {
			used.add(seller.id);
			return list;
		}
	}
	throw new Error('no seller has so many orders');
}

async function pings(list) {
	const all = await Promise.all(list.map((id) => o.effects(id)));
	return all.reduce((sum, e) => sum + (e['supplier.ping'] ?? 0), 0);
}

// What really went to him: messages by channel.
async function messages(runs) {
	const calls = await Promise.all(runs.map(async ({ runId }) =>
		(await o.api.get(`/v1/runs/${runId}/calls`, 200)).body.data));
	return calls.flat().filter((c) => c.operation === 'ping')
		.map((c) => c.params.channel).sort();
}

test('a silent seller is asked once for twelve orders', async () => {
	const [later, ...list] = await ofOneSeller('SUPPLIER-NOSTOCK', 13);
	const runs = await Promise.all(list.map((id) => o.begin(id)));
	// Each has its own deadline and its own task.
	for (const { runId } of runs)
		await o.inState(runId, 'WAITING_TASK', 90000);
	assert.equal(await pings(list), 2);
	assert.deepEqual(await messages(runs), ['email', 'phone']);
	// The others say whose message it was.
	const known = await Promise.all(runs.map(async ({ runId }) =>
		(await o.audit(runId)).filter((e) => e.kind === 'EFFECT_KNOWN' &&
			/^supplier\.ping was done for the whole group by run_/
				.test(e.message)).length));
	assert.equal(known.reduce((sum, n) => sum + n), 2 * list.length - 2);
	const tasks = await Promise.all(list.map((id) => o.task(id)));
	assert.deepEqual(new Set(tasks.map((t) => t.step)),
		new Set(['ask_refund']));
	// Nor again for one that is reported when he has just been asked.
	await o.inState((await o.begin(later)).runId, 'WAITING_TASK', 90000);
	assert.equal(await pings([later, ...list]), 2);
});

test('what he answers to one call is an answer for all', async () => {
	const list = await ofOneSeller('SUPPLIER-ANSWERS', 8);
	const runs = await Promise.all(list.map((id) => o.begin(id)));
	for (const { runId } of runs) {
		const { outcome, result } = await o.end(runId, 90000);
		assert.deepEqual([outcome, result],
			['RESOLVED_AUTOMATICALLY', 'DELIVERED_ORIGINAL']);
	}
	assert.equal(await pings(list), 2);
});
