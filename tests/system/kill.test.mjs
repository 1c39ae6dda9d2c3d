// kill -9 of anything, at any moment: whatever dies comes back, every order
// ends as if nothing had happened, no effect happens twice, and nothing that
// was answered with 2xx is lost. The moments are random; the seed is printed,
// and MEND_SEED plays the same choices again.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { processesOf, remove, sleep, temporaryFolder, until }
	from './dev.mjs';
import { start } from './instance.mjs';
import { closed, orders, query, quickConf, random, verifyAudit } from './orders.mjs';

const ORDERS = 40, KILLS = 3, BUDGET_MS = 90000;
const seed = Number(process.env.MEND_SEED ?? Date.now() % 1000000);
const chance = random(seed);

let instance, o, env;
const folder = temporaryFolder();
const data = join(folder, 'data');
const struck = {}; // what was killed, and how often
const acknowledged = new Map(); // order: { runId, approve, decided }

before(async () => {
	env = { MEND_CONF: quickConf(folder) };
	instance = await start({ env, data });
	o = orders(instance);
});
after(async () => {
	await instance?.stop();
	remove(folder);
});

function strike(pid) {
	try {
		process.kill(pid, 'SIGKILL');
		return true;
	} catch {
		return false; // it died by itself meanwhile
	}
}

const children = (name, isParent) => processesOf(data).filter((p) =>
	p.name === name && (p.parent === instance.pid) === isParent);

function strikeOne(name, isParent) {
	const found = children(name, isParent);
	return found.length > 0 && strike(chance.of(found).pid);
}

// Power off, as far as processes go: the supervisor first, so that it can't
// start anything again; then a new one on the same folder.
async function strikeAll() {
	const pids = processesOf(data).map((p) => p.pid);
	await instance.kill('SIGKILL');
	pids.forEach(strike);
	await until('all are gone', () => {
		const left = processesOf(data);
		left.forEach((p) => strike(p.pid));
		return left.length === 0;
	});
	instance = await start({ env, data });
	o = orders(instance);
	return true;
}

const targets = {
	everything: strikeAll,
	mendd: () => strikeOne('mendd', true),
	'a worker of mend-runs': () => strikeOne('mend-runs', false),
	'a worker of mend-tasks': () => strikeOne('mend-tasks', false),
	'mend-runs': () => strikeOne('mend-runs', true),
	'mend-tasks': () => strikeOne('mend-tasks', true),
	nginx: () => strikeOne('nginx', true),
	'a worker of nginx': () => strikeOne('nginx', false),
	'mend-sandbox': () => strikeOne('mend-sandbox', true),
	'a worker of mend-sandbox': () => strikeOne('mend-sandbox', false),
};

// Says it until it is answered by Mend itself and not by its absence. Through
// `o`, so that an instance that came back under another port is found.
function insist(path, body, key) {
	return until(`an answer to ${path}`, async () => {
		try {
			const response = await fetch(instance.url + path, {
				method: 'POST', body: JSON.stringify(body),
				headers: { 'Content-Type': 'application/json',
					...(key && { 'Idempotency-Key': key }) },
				signal: AbortSignal.timeout(10000) });
			const text = await response.text();
			return response.status < 500 && { status: response.status,
				body: JSON.parse(text) };
		} catch {
			await sleep(20);
			return false;
		}
	}, 60000);
}

async function look(path) {
	try {
		const response = await fetch(instance.url + path,
			{ signal: AbortSignal.timeout(10000) });
		return response.ok ? await response.json() : null;
	} catch {
		return null;
	}
}

async function begin(orderId, approve, delayMs) {
	// A slow answer leaves a wide gap between the effect and our hearing of it.
	if (delayMs) await insist(`/sandbox/world/${orderId}`, { delayMs });
	const { status, body } = await insist('/workflows/start', { orderId,
		eventKey: `evt-${orderId}` });
	assert.equal(status, 200, JSON.stringify(body));
	acknowledged.set(orderId, { runId: body.runId, approve, decided: false });
}

// From the event to the end of the run, deciding when it asks.
async function accompany(orderId) {
	const mine = acknowledged.get(orderId);
	await until(`the end of ${orderId}`, async () => {
		const run = await look(`/v1/runs/${mine.runId}`);
		mine.last = run ?? mine.last;
		if (run && closed.includes(run.state)) return true;
		assert.notEqual(run?.state, 'HELD', run?.reason);
		if (run?.state === 'WAITING_TASK' && !mine.decided) {
			const task = await look(`/workflows/resolve-${orderId}/task`);
			if (task && ['OPEN', 'CLAIMED'].includes(task.state)) {
				const { status } = await insist(
					`/v1/tasks/${task.taskId}/decide`,
					{ approved: mine.approve, version: task.version });
				// 409: an answer that was lost on its way had counted.
				assert.ok([200, 409].includes(status), `${status}`);
				mine.decided = true;
			}
		}
		await sleep(100);
		return false;
	}, 90000).catch((error) => {
		error.message += `: ${JSON.stringify(mine.last)}`;
		throw error;
	});
}

// What took long, for the eye.
async function slowest(t, ids) {
	let worst = null;
	for (const { orderId } of ids) {
		const run = await look(`/v1/runs/${acknowledged.get(orderId).runId}`);
		const ms = Date.parse(run.closedAt) - Date.parse(run.createdAt);
		if (!worst || ms > worst.ms) worst = { ms, run };
	}
	t.diagnostic(`slowest: ${worst.ms} ms, ${worst.run.orderId}, ` +
		`last error ${worst.run.lastError}`);
	if (process.env.MEND_SLOWEST && worst.ms > 6000)
		for (const e of await o.audit(worst.run.runId))
			console.log(e.at, e.kind, e.message);
}

async function hold(round) {
	const mine = [...acknowledged].filter(([id]) => id.startsWith(round));
	const ledger = await until('the ledger', async () => {
		try {
			return await o.ledger();
		} catch {
			return null;
		}
	}, 20000);
	const keys = ledger.map((l) => l.idempotencyKey);
	assert.equal(new Set(keys).size, keys.length, 'a key has two effects');
	for (const [orderId, { runId, approve }] of mine) {
		const run = await until('the run', () => look(`/v1/runs/${runId}`));
		assert.equal(run.orderId, orderId);
		const done = {};
		for (const l of ledger.filter((line) => line.orderId === orderId))
			done[l.operation] = (done[l.operation] ?? 0) + 1;
		const fails = orderId.includes('FAIL');
		assert.deepEqual([run.state, run.outcome, run.result], ['COMPLETED',
			...fails ? approve ? ['ESCALATED_APPROVED', 'REFUNDED']
				: ['ESCALATED_REJECTED', 'NONE']
				: ['RESOLVED_AUTOMATICALLY', 'DELIVERED_ORIGINAL']],
		`${orderId}: ${run.reason}`);
		assert.deepEqual(done, !fails ? { 'transfer.retry': 2 }
			: !approve ? { 'transfer.retry': 3 }
				: { 'transfer.retry': 3, 'payment.refund': 1,
					'message.send': 1 }, `${orderId}: ${run.reason}`);
	}
}

let played = 0;
const began = Date.now();
const names = Object.keys(targets);
for (let round = 1; round <= 13; round++) {
	// Each kind is struck first in a round of its own; what else is chance.
	const plan = [names[(round - 1) % names.length]];
	while (plan.length < KILLS)
		plan.push(chance() < 0.4 ? 'mendd' : chance.of(names.slice(1)));
	test(`round ${round}: ${plan.join(', ')}`, async (t) => {
		// A slow machine plays fewer rounds, but always some.
		if (round > 4 && Date.now() - began > BUDGET_MS)
			return t.skip('out of time');
		t.diagnostic(`MEND_SEED=${seed}`);
		played++;
		const prefix = `KILL-${round}-`;
		const ids = Array.from({ length: ORDERS }, (_, i) => ({
			orderId: prefix + i + (chance() < 0.4 ? '-FAIL' : ''),
			approve: chance() < 0.7, after: chance.below(1200),
			delayMs: chance() < 0.4 ? chance.below(200) : 0 }));
		const kills = (async () => {
			for (const name of plan) {
				await sleep(chance.below(700));
				const hit = await targets[name]();
				struck[name] = (struck[name] ?? 0) + (hit ? 1 : 0);
				t.diagnostic(`${name}: ${hit ? 'struck' : 'was gone'}`);
			}
		})();
		await Promise.all([kills, ...ids.map(async (order) => {
			await sleep(order.after);
			await begin(order.orderId, order.approve, order.delayMs);
			await accompany(order.orderId);
		})]);
		await hold(prefix);
		await slowest(t, ids);
	});
}

test('nothing is broken, nothing is left', async (t) => {
	t.diagnostic(`${acknowledged.size} orders, ` +
		`${(await o.ledger()).length} effects`);
	// Something was killed in every round, and the engine in some of them.
	t.diagnostic(`killed: ${JSON.stringify(struck)}`);
	const kills = Object.values(struck).reduce((a, b) => a + b, 0);
	assert.ok(kills >= played * (KILLS - 1), `${kills} in ${played} rounds`);
	assert.ok(struck.mendd > 0 && struck.everything > 0);
	// The engine was killed in the middle of work, or this proved little.
	const taken = [...instance.logs().matchAll(/reclaimed=(\d+)/g)]
		.reduce((sum, [, n]) => sum + Number(n), 0);
	t.diagnostic(`${taken} runs were taken back from engines that died`);
	assert.ok(taken > 0);
	await verifyAudit(data);
	assert.deepEqual(await query(data, 'PRAGMA integrity_check'),
		[{ integrity_check: 'ok' }]);
	const open = await query(data,
		'SELECT public_id, state FROM run WHERE closed_ms IS NULL');
	assert.deepEqual(open, []);
	assert.deepEqual(await query(data, `SELECT public_id, state FROM call
		WHERE purpose = 'effect' AND state <> 'OK'`), []);
	assert.doesNotMatch(instance.logs(), /row and state disagree|plan refused/);
});
