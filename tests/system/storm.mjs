// A storm: events over every kind of broken order pour in while the transfer
// system is down for a while, suppliers fail now and then, and payments are
// throttled. What must hold: every order ends as one like it ended in calm
// weather; nothing is done twice; no system is asked more than its adapter's
// limits say, as it counts itself; and all of it takes little longer than the
// slowest adapter's limit alone would. Afterwards a playbook is changed beside
// what the storm left open, judged by the runs of the storm (draft.mjs).
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { remove, sleep, temporaryFolder, until } from './dev.mjs';
import { draft } from './draft.mjs';
import { start } from './instance.mjs';
import { orders, query, quickConf, verifyAudit } from './orders.mjs';

// What is broken, by the words of an order id; '' is the usual one.
const STORIES = ['', '', '', 'FAIL', 'NOTACCEPTED', 'WRONGMAIL', 'LOCKED',
	'PAYMENT', 'STOLEN', 'SEAT', 'PARTIAL', 'SUPPLIER-ANSWERS', 'SUPPLIER',
	'CANNOT', 'DELIVERY', 'DUPLICATE', 'CANCELLED', 'POSTPONED',
	'UNREACHABLE', 'FRAUD', 'DISPUTE', 'DENIED', 'UNKNOWN', 'VIP'];
const LIKE = 6; // orders of each story in calm weather, to compare with
const MOVING = ['READY', 'RUNNING', 'BACKING_OFF', 'BLOCKED', 'CANCELING'];
const list = (words) => words.map((w) => `'${w}'`).join(', ');

// Every adapter has a rate, none as low as the slowest's; waits are short.
function stormyConf(folder, slowest, rate) {
	const conf = quickConf(folder);
	const each = (kind, edit) => {
		for (const name of readdirSync(join(conf, kind))) {
			const path = join(conf, kind, name);
			const document = JSON.parse(readFileSync(path, 'utf8'));
			edit(document);
			writeFileSync(path, JSON.stringify(document));
		}
	};
	each('adapters', (a) => {
		if (a.kind !== 'http') return;
		const perSecond = a.adapter === slowest ? rate : 2 * rate;
		a.rate = { perSecond, burst: Math.ceil(perSecond / 10) };
		a.concurrency = 32;
		// A tenth, of what it is asked and of what it may be asked.
		a.retryBudget = { share: 0.1, window: '10s', least: perSecond };
		a.breaker = { failures: 20, window: 100, ratio: 0.6, open: '1s' };
	});
	// Who takes two seconds has time enough on a busy machine, too.
	const policy = join(conf, 'policy/policy.json');
	writeFileSync(policy, readFileSync(policy, 'utf8')
		.replace(/"(acceptWithin|answerWithin)": "3s"/g, '"$1": "8s"'));
	const shorten = (steps) => {
		for (const step of steps ?? []) {
			if (step.kind === 'wait' && typeof step.for === 'string')
				step.for = '2s';
			shorten(step.steps);
		}
	};
	each('playbooks', (b) => shorten(b.steps));
	return conf;
}

const limitsOf = (conf) => new Map(readdirSync(join(conf, 'adapters'))
	.map((name) => JSON.parse(readFileSync(join(conf, 'adapters', name),
		'utf8'))).filter((a) => a.kind === 'http')
	.map((a) => [a.adapter, a]));

async function pour(world, batches, slice, pauseMs, name) {
	for (let i = 0, next = Date.now(); i < batches; i++, next += pauseMs) {
		const items = Array.from({ length: slice }, (_, k) =>
			({ orderId: name(i * slice + k) }));
		const { body } = await world.api.post('/v1/runs/batch', 200,
			{ body: { items } });
		assert.ok(body.results.every(({ status }) => status === 201),
			JSON.stringify(body.results.find((r) => r.status !== 201)));
		await sleep(Math.max(0, next + pauseMs - Date.now()));
	}
}

// Until nothing moves by itself any more; when that was.
async function calmedDown(data, prefix, within) {
	await until('nothing moves', async () => (await query(data,
		`SELECT count(*) AS n FROM run WHERE order_id GLOB '${prefix}*' AND ` +
		`closed_ms IS NULL AND (state IN (${list(MOVING)}) OR ` +
		`(state = 'WAITING_SIGNAL' AND due_ms < ` +
		`${Date.now() + 20000}))`))[0].n === 0, within);
	const [{ last }] = await query(data, 'SELECT max(updated_ms) AS last ' +
		`FROM run WHERE order_id GLOB '${prefix}*'`);
	return last;
}

const storyOf = (orderId) => orderId.replace(/^[A-Z]+-\d+-?/, '');

// Whose deadline passes before his turn comes ends as one who never answers.
const LATE = { 'SUPPLIER-ANSWERS': 'SUPPLIER' };

// { story: Map of ending to its orders }; a person sees the type and the step.
async function endings(data, prefix) {
	const found = new Map();
	for (const r of await query(data, 'SELECT order_id, state, outcome, result, ' +
		'issue_type, step FROM run ' +
		`WHERE order_id GLOB '${prefix}*'`)) {
		const story = storyOf(r.order_id);
		if (!found.has(story)) found.set(story, new Map());
		const end = r.state === 'COMPLETED'
			? [r.state, r.outcome, r.result].join(' ')
			: [r.state, r.issue_type, r.step].join(' ');
		found.get(story).set(end, [...found.get(story).get(end) ?? [],
			r.order_id]);
	}
	return found;
}

// How often at most an order had each thing done to it, whatever its story: in
// a storm a deadline may pass that is met in calm weather.
function mostDone(ledger) {
	const perOrder = new Map(), most = new Map();
	for (const { orderId, adapter, operation } of ledger) {
		const at = `${orderId} ${adapter}.${operation}`;
		perOrder.set(at, (perOrder.get(at) ?? 0) + 1);
	}
	for (const [at, n] of perOrder) {
		const [, operation] = at.split(' ');
		most.set(operation, Math.max(most.get(operation) ?? 0, n));
	}
	return most;
}

function holdEffects(calm, stormy) {
	const keys = new Set();
	for (const line of stormy) {
		const key = `${line.operation} ${line.idempotencyKey}`;
		assert.ok(line.idempotencyKey, JSON.stringify(line));
		assert.ok(!keys.has(key), `twice: ${key}`);
		keys.add(key);
	}
	const usual = mostDone(calm);
	for (const [what, n] of mostDone(stormy))
		assert.ok(n <= (usual.get(what) ?? 0),
			`${what}: ${n} times, ${usual.get(what) ?? 0} in calm weather`);
}

// A second as the sandbox counts it may hold a little of the one before, when
// the machine held requests up on their way.
function holdLimits(t, load, limits) {
	for (const a of load) {
		const limit = limits.get(a.adapter);
		if (!limit || !a.requests) continue;
		t.diagnostic(`${a.adapter}: ${a.requests} requests, ${a.failed} failed, ` +
			`${a.throttled} throttled; at most ${a.peakPerSecond} a second ` +
			`(limit ${limit.rate.perSecond} + ${limit.rate.burst}), ` +
			`${a.peakInFlight} at once (limit ${limit.concurrency})`);
		assert.ok(a.peakInFlight <= limit.concurrency, `${a.adapter}: ` +
			`${a.peakInFlight} at once`);
		assert.ok(a.peakPerSecond <=
			1.25 * (limit.rate.perSecond + limit.rate.burst),
		`${a.adapter}: ${a.peakPerSecond} in a second`);
	}
}

// Those that ended otherwise than any like them in calm weather; a system that
// stayed silent for too long may send a few to a person.
function holdEndings(t, calm, stormy, events, mayDiffer) {
	let other = 0;
	for (const [story, ends] of stormy) {
		for (const [end, ids] of ends) {
			if (calm.get(story)?.has(end) ||
				calm.get(LATE[story])?.has(end)) continue;
			other += ids.length;
			t.diagnostic(`${story || 'usual'}: ${ids.length} ended ${end}, ` +
				`as ${ids[0]}; in calm weather ` +
				[...calm.get(story)?.keys() ?? []].join(' or '));
			assert.match(end, /WAITING_TASK/, `${ids[0]} ended ${end}`);
		}
	}
	t.diagnostic(`${other} of ${events} went to a person that would not have ` +
		'in calm weather');
	assert.ok(other <= mayDiffer * events, `${other} ended otherwise`);
}

// slack: ms on top of 1.3 times the slowest limit, for what a short storm
// cannot spread (a retry's pause, an open breaker).
export async function storm(t, { events, seconds, downMs, rate, slack,
	mayDiffer }) {
	const folder = temporaryFolder();
	const conf = stormyConf(folder, 'order', rate);
	const limits = limitsOf(conf);
	const instance = await start({ env: { MEND_CONF: conf } });
	t.after(async () => {
		await instance.stop();
		remove(folder);
	});
	const world = orders(instance);
	const { data } = instance;
	const name = (prefix) => (i) => `${prefix}-${i}` +
		(STORIES[i % STORIES.length] && `-${STORIES[i % STORIES.length]}`);
	const weather = (body) => world.sandbox('POST', '/storm', body);

	await pour(world, LIKE, STORIES.length, 0, name('CALM'));
	await calmedDown(data, 'CALM', 120000);
	// Now: in ten minutes seats are no longer kept, and questions lapse.
	const calm = await endings(data, 'CALM');
	await world.sandbox('POST', '/load', {});

	const began = Date.now();
	const slices = seconds * 4;
	await weather({ adapter: 'supplier', errorRate: 0.3 });
	await weather({ adapter: 'payment',
		throttlePerSecond: Math.ceil(rate / 2) });
	const blackout = sleep(seconds * 250).then(() =>
		weather({ adapter: 'transfer', downMs }));
	await pour(world, slices, Math.ceil(events / slices), 250, name('STORM'));
	await blackout;
	t.diagnostic(`${slices * Math.ceil(events / slices)} events in ` +
		`${((Date.now() - began) / 1000).toFixed(1)} s`);
	const ended = await calmedDown(data, 'STORM', seconds * 20000 + 120000);

	const { adapters } = await world.sandbox('GET', '/load');
	const bounds = adapters.filter((a) => limits.has(a.adapter)).map((a) =>
		({ adapter: a.adapter,
			ms: 1000 * a.requests / limits.get(a.adapter).rate.perSecond }))
		.sort((a, b) => b.ms - a.ms);
	t.diagnostic(`all at rest after ${((ended - began) / 1000).toFixed(1)} s; ` +
		`the limit of ${bounds[0].adapter} alone takes ` +
		`${(bounds[0].ms / 1000).toFixed(1)} s`);
	holdLimits(t, adapters, limits);
	for (const [adapter, what] of [['supplier', 'failed'],
		['transfer', 'failed'], ['payment', 'throttled']])
		assert.ok(adapters.find((a) => a.adapter === adapter)[what] > 0,
			`no storm at ${adapter}`);
	holdEffects(await world.ledger().then((all) => all.filter(({ orderId }) =>
		orderId.startsWith('CALM'))), (await world.ledger()).filter(
		({ orderId }) => orderId.startsWith('STORM')));
	holdEndings(t, calm, await endings(data, 'STORM'),
		events, mayDiffer);
	assert.ok(ended - began <= 1.3 * bounds[0].ms + slack,
		`took ${ended - began} ms`);
	await draft(t, world, { conf, data, folder, prefix: 'STORM' });
	await verifyAudit(data);
}
