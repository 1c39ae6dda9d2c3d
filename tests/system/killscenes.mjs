// Twelve lives of an order, which together enter every kind of step and hear
// every kind of word: each is played over and over while the engine dies under
// it, and has to end as if it had not. Faces are up all the while, so each word
// must be taken; what was taken must have had its effect.
import assert from 'node:assert/strict';
import { sleep, until } from './dev.mjs';
import { closed } from './orders.mjs';

const inVain = { 'transfer.retry': 3 };
const repaired = { 'transfer.retry': 2 };
const refunded = { ...inVain, 'payment.refund': 1, 'message.send': 1 };
const automatic = ['COMPLETED', 'RESOLVED_AUTOMATICALLY', 'DELIVERED_ORIGINAL'];
const approved = ['COMPLETED', 'ESCALATED_APPROVED', 'REFUNDED'];
const byHand = ['COMPLETED', 'ESCALATED_APPROVED', 'NONE'];
const rejected = ['COMPLETED', 'ESCALATED_REJECTED', 'NONE'];

// One order in one life. `taken` is what was answered with 2xx, by the kind of
// audit entry that has to be found for it, and how often.
export function subject(world, orderId) {
	const taken = {};
	const url = world.url;
	const s = { orderId, taken, runId: null, last: null };
	s.get = async (path) => {
		const answer = await fetch(url + path);
		assert.equal(answer.status, 200, path);
		return answer.json();
	};
	s.say = async (path, body, kind, actor = 'Ana') => {
		const answer = await fetch(url + path, { method: 'POST',
			body: JSON.stringify(body), headers: { 'X-Mend-Actor': actor,
				'Content-Type': 'application/json' } });
		const text = await answer.text();
		assert.ok(answer.ok, `${path}: ${answer.status} ${text}`);
		if (kind) taken[kind] = (taken[kind] ?? 0) + 1;
		return JSON.parse(text);
	};
	s.begin = async () => {
		const run = await s.say('/v1/runs', { orderId,
			eventKey: `first-${orderId}` }, 'RECEIVED');
		s.runId = run.runId;
		return run;
	};
	s.reach = (...states) => until(`${orderId} is ${states}`, async () => {
		s.last = await s.get(`/v1/runs/${s.runId}`);
		if (states.includes(s.last.state)) return s.last;
		assert.notEqual(s.last.state, 'HELD', s.last.reason);
		assert.ok(!closed.includes(s.last.state), JSON.stringify(s.last));
		await sleep(10);
		return null;
	}, 60000).catch((error) => {
		error.message += `: ${JSON.stringify(s.last)}`;
		throw error;
	});
	s.task = () => s.get(`/workflows/resolve-${orderId}/task`);
	s.asked = async (besides = null) => {
		let task;
		await until(`${orderId} asks`, async () => {
			await s.reach('WAITING_TASK');
			task = await s.task();
			return task?.state === 'OPEN' && task.taskId !== besides;
		}, 60000);
		return task;
	};
	s.decide = (task, body, kind = 'TASK_DECIDED', actor = 'Ana') => s.say(
		`/v1/tasks/${task.taskId}/decide`, body, kind, actor);
	s.operate = (verb) => s.say(`/v1/runs/${s.runId}/${verb}`,
		{ reason: `${verb} it` }, 'OPERATOR_ACTION', 'Ola');
	s.steer = (body) => s.say(`/sandbox/world/${orderId}`, body);
	s.end = () => s.reach(...closed);
	return s;
}

const decides = (body) => async (s) => {
	await s.begin();
	await s.decide(await s.asked(), body);
};

async function undone(s) {
	await s.begin();
	const task = await s.asked();
	await s.decide(task, { approved: true, undoMs: 30000 });
	await s.say(`/v1/tasks/${task.taskId}/undo`, {}, 'DECISION_UNDONE');
	await s.decide(await s.asked(), { approved: false });
}

// Slow, so that the refund is out when the word comes, most of the time.
async function canceled(s, turn) {
	await s.begin();
	const task = await s.asked();
	await s.steer({ delayMs: 60 });
	await s.decide(task, { approved: true });
	if (turn % 3) await sleep(turn % 3 * 60);
	await s.operate('cancel');
}

async function signalled(s, turn) {
	await s.begin();
	if (turn % 2) await s.reach('WAITING_SIGNAL');
	await s.say(`/v1/runs/${s.runId}/signals/supplier_answer`,
		{ text: `word ${turn}` }, 'SIGNAL_RECEIVED');
	const task = await s.asked();
	assert.match(task.reason, new RegExp(`answered: word ${turn}$`));
	await s.decide(task, { approved: true });
}

// The first ping's answer comes too late, until it was looked up.
async function timedOut(s) {
	await s.steer({ delayMs: 120 });
	await s.begin();
	await until('a lookup is out', async () => {
		const { data } = await s.get(`/v1/runs/${s.runId}/calls?limit=200`);
		return data.some((c) => c.operation === 'findPing');
	}, 60000);
	await s.steer({ delayMs: 0 });
	await s.say(`/v1/runs/${s.runId}/signals/supplier_answer`,
		{ text: 'at last' }, 'SIGNAL_RECEIVED');
	await s.decide(await s.asked(), { approved: true });
}

// Seats are held, the buyer wants his money: they go back, and it is refunded.
async function givenBack(s) {
	await s.begin();
	const task = await s.asked();
	await s.decide(task, { approved: true });
	await s.decide(await s.asked(task.taskId), { approved: false });
}

async function further(s) {
	await s.begin();
	const task = await s.asked();
	const { runId } = await s.say('/v1/runs', { orderId: s.orderId,
		eventKey: `second-${s.orderId}` }, 'JOINED');
	assert.equal(runId, s.runId);
	await s.decide(await s.asked(task.taskId), { approved: true });
}

async function fourEyes(s) {
	await s.begin();
	const task = await s.asked();
	await s.decide(task, { approved: true }, 'TASK_SIGNED', 'Ana');
	await s.decide(task, { approved: true }, 'TASK_DECIDED', 'Ben');
}

async function paused(s, turn) {
	await s.begin();
	await sleep(turn % 4 * 40);
	await s.operate('pause');
	await s.reach('PAUSED');
	await s.operate('resume');
}

const moneyAsSaid = (s, done) => ({ ...inVain, ...s.last.result === 'REFUNDED' &&
	{ 'payment.refund': 1 }, ...done['message.send'] && { 'message.send': 1 } });

// A seller who was telephoned about another order within ten minutes answers
// for all of his: then this one is asked less often, or not at all.
const askedAtMostTwice = ({ 'supplier.ping': asked }) =>
	asked ? { 'supplier.ping': Math.min(asked, 2) } : {};

// words of the order, what is said, how it ends, what was really done
export const scenes = [
	{ name: 'repairs itself', words: '', play: (s) => s.begin(),
		ends: automatic, done: repaired },
	{ name: 'approved, refunded', words: '-FAIL',
		play: decides({ approved: true }), ends: approved, done: refunded },
	{ name: 'rejected', words: '-FAIL',
		play: decides({ approved: false }), ends: rejected, done: inVain },
	{ name: 'approved, undone, rejected', words: '-FAIL', play: undone,
		ends: rejected, done: inVain },
	{ name: 'cancelled while money is out', words: '-FAIL', play: canceled,
		ends: (s) => ['CANCELED', 'CANCELED', s.last.result],
		done: moneyAsSaid },
	{ name: 'a signal ends a wait', words: '-SUPPLIER', play: signalled,
		ends: byHand, done: (s, done) => ({
			'supplier.ping': done['supplier.ping'] === 2 ? 2 : 1 }) },
	{ name: 'times out, is looked up', words: '-SUPPLIER', play: timedOut,
		ends: byHand, done: (s, done) => ({
			'supplier.ping': done['supplier.ping'] === 2 ? 2 : 1 }),
		heard: ['ping UNKNOWN', 'findPing OK'] },
	{ name: 'held seats go back', words: '-CANNOT-REFUSES', play: givenBack,
		ends: approved, done: { 'inventory.hold': 1, 'inventory.release': 1,
			'payment.refund': 1, 'message.send': 2 } },
	{ name: 'a further event', words: '-FAIL', play: further,
		ends: approved, done: { ...refunded, 'transfer.retry': 6 } },
	{ name: 'unavailable, then there', words: '-DOWN', play: (s) => s.begin(),
		ends: automatic, done: repaired },
	{ name: 'four eyes', words: '-VIP-FAIL', play: fourEyes,
		ends: approved, done: refunded },
	{ name: 'paused, resumed', words: '-FLAKY', play: paused,
		ends: automatic, done: repaired },
	{ name: 'many at once, throttled', words: ['', '-PAYMENT',
		'-SUPPLIER-ANSWERS', '-FLAKY', '', '', '-PAYMENT', ''], ends: (s) =>
		s.orderId.endsWith('PAYMENT') ? ['COMPLETED',
			'RESOLVED_AUTOMATICALLY', 'NONE'] : automatic,
	done: (s, done) => s.orderId.endsWith('PAYMENT')
		? { 'payment.authorize': 1 }
		: s.orderId.endsWith('ANSWERS') ? askedAtMostTwice(done) : repaired },
];

// Plays one life of a scene: all of its orders, to their end.
export async function play(world, scene, turn, prefix) {
	const words = [].concat(scene.words);
	const all = words.map((word, i) => subject(world,
		`${prefix}-${turn}-${i}${word}`));
	if (all.length > 1) {
		const { results } = await all[0].say('/v1/runs/batch', {
			items: all.map(({ orderId }) => ({ orderId,
				eventKey: `first-${orderId}` })) });
		all.forEach((s, i) => {
			assert.equal(results[i].status, 201, JSON.stringify(results[i]));
			s.runId = results[i].runId;
			s.taken.RECEIVED = 1;
		});
	} else {
		await scene.play(all[0], turn);
	}
	await Promise.all(all.map((s) => s.end()));
	return all;
}

// What must hold of an order whose run is closed.
export async function hold(world, scene, s) {
	const of = (value, ...more) => typeof value === 'function'
		? value(s, ...more) : value;
	const ledger = await world.o.ledger(s.orderId);
	const keys = ledger.map((l) => l.idempotencyKey);
	assert.equal(new Set(keys).size, keys.length, 'a key has two effects');
	const done = {};
	for (const { operation } of ledger)
		done[operation] = (done[operation] ?? 0) + 1;
	assert.equal(s.last.orderId, s.orderId);
	assert.deepEqual([s.last.state, s.last.outcome, s.last.result],
		of(scene.ends), `${s.orderId}: ${s.last.reason}`);
	assert.deepEqual(done, of(scene.done, done), s.orderId);
	const audit = await world.o.audit(s.runId);
	for (const [kind, times] of Object.entries(s.taken))
		assert.equal(audit.filter((e) => e.kind === kind).length, times,
			`${s.orderId}: ${kind} of ${audit.map((e) => e.kind)}`);
	return audit;
}
