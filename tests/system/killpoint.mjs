// The engine dies at its calls to the kernel, one after the other, while twelve
// lives of an order are played: shared by the short test here and the long one
// of tests/soak.
//
// A first life of each scene, in which nobody dies, counts its calls. Then lives
// are played until as many points were struck as were asked for. In each, the
// engine dies first at a point of the scene, then at points of its own start
// (a death in recovery), then again in what is left. Points are spread by the
// golden ratio, which after any number of them leaves no wide gap: every other
// one over all calls of the scene, the rest over those of one kind at a time,
// so that the rare kinds are not missed.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { root } from './dev.mjs';
import { query, random, verifyAudit } from './orders.mjs';
import { hold, play, scenes } from './killscenes.mjs';
import { functions, modes, startWorld } from './struck.mjs';

const RECOVERY_MS = 2000;
// Each of these is struck, or the harness proves nothing. The others
// (ftruncate, unlink, flock) are struck as they come.
export const kinds = ['write', 'pwrite', 'fdatasync', 'send', 'recv', 'connect',
	'close'];
// A run that was there at seven crashes without a step in between is HELD, as it
// should be: after so many short lives the engine is let live longer.
const SHORT_IN_A_ROW = 3;
const GOLDEN = 0.6180339887498949;

// By which entry of its audit a step of a kind is known; a repeat by a key that
// says that its call is of a second visit.
const entered = { GATHERED: 'gather', CHOSEN: 'choose', CALL_INTENT: 'call',
	TASK_OPENED: 'task', WAITING: 'wait', SIGNAL_CONSUMED: 'wait',
	UNDONE: 'compensate', CLOSED: 'finish' };

const total = (counts) => Object.values(counts).reduce((a, b) => a + b, 0);

// { only, at, mode } of one point after the other, over calls that were counted.
function* points(counts, offset) {
	for (let i = 0; ; i++) {
		const only = i % 2 ? kinds[(i >> 1) % kinds.length] : null;
		const there = only ? counts[only] : total(counts);
		if (there === 0) continue;
		const at = 1 + Math.floor((i * GOLDEN + offset) % 1 * there);
		yield { only, at, mode: modes[i % modes.length] };
	}
}

// Every kind that a step of conf/playbooks has.
function stepKinds() {
	const folder = join(root, 'conf/playbooks');
	const found = readdirSync(folder).flatMap((name) => [...readFileSync(
		join(folder, name), 'utf8').matchAll(/"step": "\w+", "kind": "(\w+)"/g)]
		.map((match) => match[1]));
	// In what runs, the steps of a sub-playbook stand in its place.
	return [...new Set(found)].filter((k) => k !== 'playbook').sort();
}

function newTally() {
	return { kills: 0, lives: 0, orders: 0, starts: 0, slowest: 0,
		steps: new Set(),
		by: Object.fromEntries(functions.map((f) => [f, 0])),
		mode: Object.fromEntries(modes.map((m) => [m, 0])),
		when: { first: 0, recovery: 0, again: 0 } };
}

// Keeps an engine there while a life is played, and lets it die by plan.
class Reaper {
	constructor(world, tally, chance) {
		Object.assign(this, { world, tally, chance, over: true });
	}
	// A scene's own points, over what its undisturbed life and a start took.
	begin(life, start) {
		const some = (counts, edit) => Object.fromEntries(functions.map((f) =>
			[f, edit(counts[f])]));
		this.first = points(life, this.chance());
		// What a start does not do at all, the first work after it does.
		this.recovery = points(some(start, (n) => n || 2), this.chance());
		this.again = points(some(life, (n) => Math.ceil(n / 2)),
			this.chance());
		this.startCalls = total(start);
	}
	plan(n) {
		const { chance } = this;
		if (n === 0) return ['first', this.first.next().value];
		if (this.short < SHORT_IN_A_ROW && chance() < 0.5) {
			this.short++;
			return ['recovery', this.recovery.next().value];
		}
		const point = this.again.next().value;
		if (point.at < this.startCalls + 60) {
			point.at += this.startCalls + 60;
			point.only = null;
		}
		this.short = 0;
		return ['again', point];
	}
	// From here until rest() the engine dies.
	async rage(most) {
		const { engine } = this.world;
		this.over = false;
		this.short = 0;
		for (let n = 0; !this.over && n < most; n++) {
			const [when, point] = this.plan(n);
			engine.control.arm(point);
			if (!engine.alive) engine.spawn();
			await Promise.race([engine.ended, this.rested]);
			if (engine.alive) break;
			await this.died(when, point);
		}
		if (!engine.alive) engine.spawn();
	}
	async died(when, point) {
		const { tally, world: { data, engine } } = this;
		const { code, signal, struck, where } = await engine.ended;
		assert.ok(struck, `the engine ended by itself: ${code} ${signal}`);
		// Whatever was done was on record before it left.
		assert.deepEqual(await query(data, `ATTACH '${data}/sandbox.db' AS s;
			SELECT l.operation, l.idempotency_key FROM (SELECT * FROM
			s.ledger ORDER BY seq DESC LIMIT 30) l WHERE NOT EXISTS
			(SELECT 1 FROM call c
			WHERE c.idempotency_key = l.idempotency_key)`), []);
		tally.kills++;
		tally.by[where]++;
		tally.mode[point.mode]++;
		tally.when[when]++;
	}
	start() {
		this.rested = new Promise((done) => this.rest = () => {
			this.over = true;
			this.world.engine.control.arm({ at: 0 });
			done();
		});
	}
}

// One life; what must hold of it is looked at when nobody dies any more.
async function live(world, reaper, scene, turn, prefix, most) {
	const { engine } = world;
	reaper.start();
	const raging = reaper.rage(most);
	// What the reaper finds wrong ends the life at once.
	const wrong = raging.then(() => new Promise(() => {}));
	let all;
	try {
		all = await Promise.race([play(world, scene, turn, prefix), wrong]);
	} finally {
		reaper.rest();
		await raging;
		await engine.ready();
	}
	for (const s of all) await hold(world, scene, s);
	reaper.tally.lives++;
	reaper.tally.orders += all.length;
}

async function learn(world, tally, scene, prefix) {
	const { engine } = world;
	await engine.stop();
	engine.control.arm({ at: 0 });
	let before = engine.control.seen();
	engine.spawn();
	await engine.ready();
	const since = () => Object.fromEntries(Object.entries(
		engine.control.seen()).map(([f, n]) => [f, n - before[f]]));
	const start = since();
	before = engine.control.seen();
	const all = await play(world, scene, 0, prefix);
	const life = since();
	const heard = new Set();
	for (const s of all)
		for (const e of await hold(world, scene, s)) {
			if (e.kind === 'CALL_RESULT')
				heard.add(`${e.data.operation} ${e.data.class}`);
			if (entered[e.kind]) tally.steps.add(entered[e.kind]);
			if (/\/2$/.test(e.data?.idempotencyKey))
				tally.steps.add('repeat');
		}
	for (const word of scene.heard ?? [])
		assert.ok(heard.has(word), `${scene.name}: never ${word}`);
	return { start, life };
}

async function atRest(world) {
	assert.deepEqual(await query(world.data, `SELECT public_id, state, reason
		FROM run WHERE closed_ms IS NULL OR state = 'HELD'`), []);
	assert.deepEqual(await query(world.data, `SELECT public_id, state, class
		FROM call WHERE purpose = 'effect' AND state NOT IN ('OK', 'FAILED')`),
	[]);
	assert.deepEqual(await query(world.data, `SELECT i.id, i.kind FROM inbox i
		JOIN run r ON r.id = i.run_id WHERE i.consumed_ms IS NULL
		AND i.kind <> 'signal'`), []);
	assert.deepEqual(await query(world.data, 'PRAGMA integrity_check'),
		[{ integrity_check: 'ok' }]);
	await verifyAudit(world.data);
	assert.doesNotMatch(world.logs(),
		/row and state disagree|plan refused|bug in the use|held run/);
}

function report(t, tally, ms) {
	const { kills, lives, orders, starts, slowest } = tally;
	t.diagnostic(`${kills} kills in ${lives} lives of ${orders} orders, ` +
		`${(ms / 1000).toFixed(1)} s; ${starts} starts, the slowest ` +
		`${slowest.toFixed(0)} ms`);
	t.diagnostic(JSON.stringify({ ...tally.by, ...tally.mode,
		...tally.when }));
}

// Tests of as many kill points; `most` in one life.
export function killpoints(count, { most = 6 } = {}) {
	const seed = Number(process.env.MEND_SEED ?? Date.now() % 1000000);
	const chance = random(seed);
	const whole = newTally();
	const share = Math.ceil(count / scenes.length);
	const began = Date.now();
	let world;

	after(() => world?.stop());
	test('a world whose engine can be struck', async (t) => {
		t.diagnostic(`MEND_SEED=${seed}`);
		world = await startWorld();
	});
	for (const [i, scene] of scenes.entries())
		test(`${scene.name}: ${share} kill points`, async (t) => {
			assert.ok(world, 'there is no world');
			const from = Date.now();
			const tally = newTally();
			const reaper = new Reaper(world, tally, chance);
			const { engine } = world;
			const { deaths } = engine;
			const { start, life } = await learn(world, whole, scene,
				`L${i}`);
			t.diagnostic(`a start takes ${total(start)} calls, this life ` +
				`${total(life)}: ${JSON.stringify(life)}`);
			engine.starts.length = 0;
			reaper.begin(life, start);
			for (let turn = 1; tally.kills < share; turn++) {
				assert.ok(turn <= share * 2 + 10, 'too few points are hit');
				await live(world, reaper, scene, turn, `K${i}`,
					Math.min(most, share - tally.kills));
			}
			await atRest(world);
			tally.starts = engine.starts.length;
			tally.slowest = Math.max(...engine.starts);
			report(t, tally, Date.now() - from);
			for (const part of ['by', 'mode', 'when'])
				for (const [name, n] of Object.entries(tally[part]))
					whole[part][name] += n;
			for (const part of ['kills', 'lives', 'orders', 'starts'])
				whole[part] += tally[part];
			whole.slowest = Math.max(whole.slowest, tally.slowest);
			assert.equal(engine.deaths - deaths, tally.kills);
			assert.ok(tally.starts > 0 && tally.slowest < RECOVERY_MS,
				`a start took ${tally.slowest} ms`);
		});
	test('as many were struck as were to be, and of each kind', async (t) => {
		report(t, whole, Date.now() - began);
		assert.ok(whole.kills >= count, `${whole.kills} of ${count}`);
		assert.deepEqual([...whole.steps].sort(), stepKinds());
		for (const kind of kinds)
			assert.ok(whole.by[kind] >= Math.max(1, count / 200), `${kind}: ` +
				`${whole.by[kind]}`);
		for (const [name, n] of Object.entries({ ...whole.mode,
			...whole.when }))
			assert.ok(n >= count / 10, `${name}: ${n}`);
	});
}
