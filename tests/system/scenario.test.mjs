// Whole runs, from the event to the end: what the two orders of the prototype
// do, what every story comes to, and what happens when the world, a second
// event or an operator speaks in between. The sandbox's ledger is the witness:
// it counts what was really done, whatever Mend says about itself.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { remove, root, temporaryFolder, until } from './dev.mjs';
import { start } from './instance.mjs';
import { askAboutEach, orders, verifyAudit } from './orders.mjs';

let instance, o;
const folder = temporaryFolder();
const conf = join(folder, 'conf');
before(async () => {
	cpSync(join(root, 'conf'), conf, { recursive: true });
	askAboutEach(conf);
	instance = await start({ env: { MEND_CONF: conf } });
	o = orders(instance);
	for (const [order] of stories) told.set(order, await o.begin(order));
	for (let i = 0; i < 31; i++) waiting.push(await begun(fail()));
});
after(async () => {
	await instance?.stop();
	remove(folder);
});

// Runs that come to ask a person take some seconds: they are begun beforehand,
// and each test takes one.
const waiting = [], told = new Map();
async function begun(orderId) {
	const run = await o.begin(orderId);
	return { orderId, run };
}
async function asked() {
	const { orderId, run } = waiting.shift();
	await o.inState(run.runId, 'WAITING_TASK', 60000);
	return { orderId, run, task: await o.task(orderId) };
}

let count = 0;
const newOrder = (words = '') => `ORDER-${process.pid}-${++count}${words}`;
const fail = () => newOrder('-FAIL');
const many = (n, what) => Promise.all(Array.from({ length: n },
	(_, i) => what(i)));
const kinds = async (id) => (await o.audit(id)).map((e) => e.kind);
const refunds = async (orderId) => (await o.effects(orderId))[
	'payment.refund'] ?? 0;

// Waits until the refund has left and is not answered yet.
const refundOut = (id) => until(`a refund of ${id} is out`, async () => {
	const { body } = await o.api.get(`/v1/runs/${id}/calls?limit=200`, 200);
	return body.data.some((c) => c.operation === 'refund' &&
		c.state === 'SENT');
}, 20000);

async function state(id, expected, within) {
	const run = await o.end(id, within);
	const { state: is, outcome, result } = run;
	assert.deepEqual({ state: is, outcome, result }, expected, run.reason);
	return run;
}
const approved = { state: 'COMPLETED', outcome: 'ESCALATED_APPROVED',
	result: 'REFUNDED' };
const rejected = { state: 'COMPLETED', outcome: 'ESCALATED_REJECTED',
	result: 'NONE' };
const automatic = { state: 'COMPLETED', outcome: 'RESOLVED_AUTOMATICALLY',
	result: 'DELIVERED_ORIGINAL' };

const person = (issueType, proposes = null, effects = {}) =>
	({ issueType, state: 'WAITING_TASK', proposes, effects });
const itself = (issueType, effects, result = automatic.result) =>
	({ issueType, ...automatic, result, effects });

// order: where it comes to rest by itself, and what was really done; for those
// that ask a person, what the task proposes.
const retried = { 'transfer.retry': 2 }, inVain = { 'transfer.retry': 3 };
const stories = [
	['S-SUPPLIER', person('supplier_silent', 'inventory.buy',
		{ 'supplier.ping': 2, 'inventory.hold': 1, 'message.send': 1 })],
	['S-CANNOT', person('supplier_cannot_fulfil', 'inventory.buy',
		{ 'inventory.hold': 1, 'message.send': 1 })],
	['S-NOSTOCK', person('supplier_cannot_fulfil', 'payment.refund')],
	['S-PARTIAL-ANSWERS', itself('partial_fulfilment',
		{ 'supplier.ping': 2 })],
	['S-DENIED', person('denied_entry', null,
		{ 'message.send': 2, 'payout.freeze': 1 })],
	['S-POSTPONED', itself('event_postponed', { 'message.send': 2 },
		'WAITING_NEW_DATE')],
	['S-SUPPLIER-ANSWERS-FAIL', person('supplier_silent', null,
		{ 'supplier.ping': 2 })],
	['S-SUPPLIER-ANSWERS', itself('supplier_silent',
		{ 'supplier.ping': 2 })],
	['S-PAYMENT', itself('payment_failed', { 'payment.authorize': 1 },
		'NONE')],
	['S-PAYMENT-STOLEN', person('payment_failed', 'message.send')],
	['S-PAYMENT-FAIL', person('payment_failed', 'message.send')],
	['S-SEAT', itself('seat_mismatch', { 'message.send': 1,
		'order.accept': 1 }, 'BUYER_KEPT')],
	// Four rows closer and nothing lost: nobody is asked.
	['S-SEAT-REFUSES', itself('seat_mismatch', { 'message.send': 1,
		'order.accept': 1 }, 'BUYER_KEPT')],
	['S-SEAT-FAIL-REFUSES', person('seat_mismatch', 'payment.refund',
		{ 'message.send': 1 })],
	['S-VIP', itself('transfer_failed', retried)],
	['S-VIP-FAIL', person('transfer_failed', 'payment.refund', inVain)],
	['S-FLAKY', itself('transfer_failed', retried)],
	['S-FLAKY-FAIL', person('transfer_failed', 'payment.refund', inVain)],
	['S-DOWN', itself('transfer_failed', retried)],
	['S-DOWN-FAIL', person('transfer_failed', 'payment.refund', inVain)],
	['S-GARBAGE', itself('transfer_failed', retried)],
	['S-SLOW', itself('transfer_failed', retried)],
	['S-LOCKED', itself('transfer_locked', { 'message.send': 1,
		...retried })],
	['S-DOORS', person('transfer_failed', 'payment.refund')],
	['S-CANCELLED', person('event_cancelled', 'payment.refund',
		{ 'payout.freeze': 1 })],
	['S-DISPUTE', person('chargeback')],
	['S-CONTRADICT', person('transfer_failed')],
	['S-UNKNOWN', person('unknown')],
];

describe('the two orders of the prototype', () => {
	test('ORDER-42 repairs itself', async () => {
		const began = Date.now();
		const { body } = await o.api.post('/workflows/start', 200,
			{ body: { orderId: 'ORDER-42' } });
		assert.equal(body.workflowId, 'resolve-ORDER-42');
		const run = await state(body.runId, automatic, 20000);
		assert.ok(Date.parse(run.closedAt) - Date.parse(run.createdAt)
			< 10000, `took ${Date.now() - began} ms`);
		assert.deepEqual(await o.effects('ORDER-42'), { 'transfer.retry': 2 });
		const audit = (await o.api.get('/workflows/resolve-ORDER-42/audit',
			200)).body.map((e) => e.kind);
		for (const kind of ['RECEIVED', 'CLASSIFIED', 'CALL_INTENT',
			'CALL_RESULT', 'ACCEPTED_CONFIRMED', 'CLOSED'])
			assert.ok(audit.includes(kind), `${kind}: ${audit}`);
		assert.equal(await o.task('ORDER-42'), null);
	});

	test('ORDER-FAIL-1 asks a person, and says what was tried', async () => {
		const { body } = await o.api.post('/workflows/start', 200,
			{ body: { orderId: 'ORDER-FAIL-1' } });
		const run = await o.inState(body.runId, 'WAITING_TASK', 20000);
		const task = await o.task('ORDER-FAIL-1');
		assert.ok(Date.parse(task.createdAt) - Date.parse(run.createdAt)
			< 10000);
		assert.deepEqual(await o.effects('ORDER-FAIL-1'),
			{ 'transfer.retry': 3 });
		assert.equal(task.state, 'OPEN');
		const { proposal } = task;
		assert.equal(proposal.tried.length, 3);
		for (const { what, result } of proposal.tried)
			assert.deepEqual([what, result], ['transfer.retry', 'FAILED']);
		assert.equal(proposal.action.operation, 'payment.refund');
		assert.equal(proposal.action.params.amountMinor, task.amountMinor);
		assert.ok(task.amountMinor > 0);
		assert.match(task.reason, /sent 3 times/);
		assert.ok(proposal.evidence.some((e) => e.field === 'transfer.status'
			&& e.value === 'FAILED' && e.source === 'transfer.get'));
		const { body: done } = await o.api.post(
			'/workflows/resolve-ORDER-FAIL-1/task/decision', 200, { body: {
				taskId: task.taskId, approved: true, notes: 'ok',
				decider: 'Ana' } });
		assert.equal(done.ok, true);
		await state(body.runId, approved);
		assert.deepEqual(await o.effects('ORDER-FAIL-1'),
			{ 'transfer.retry': 3, 'payment.refund': 1, 'message.send': 1 });
		const [line] = (await o.ledger('ORDER-FAIL-1'))
			.filter((l) => l.operation === 'payment.refund');
		assert.equal(line.amountMinor, task.amountMinor);
		assert.equal(line.currency, task.currency);
	});

	test('is approved as the dashboard and the command line do', async () => {
		const [a, b] = await many(2, asked);
		await o.decide(a.task.taskId, { approved: true, undoMs: 300,
			version: a.task.version, digest: a.task.digest });
		const { code, err } = await o.ctl(['task', 'decide', b.orderId,
			'--approve', '--notes', 'seen', '--as', 'ana']);
		assert.equal(code, 0, err);
		for (const { run, orderId } of [a, b]) {
			await state(run.runId, approved);
			assert.equal(await refunds(orderId), 1);
		}
		assert.equal((await o.taskById(b.task.taskId)).decider, 'ana');
	});

	test('is rejected, and nothing is refunded', async () => {
		const three = await many(3, asked);
		await o.api.post(`/workflows/resolve-${three[0].orderId}/task/decision`,
			200, { body: { taskId: three[0].task.taskId, approved: false } });
		await o.decide(three[1].task.taskId, { approved: false, undoMs: 200,
			notes: 'no' });
		await o.ctl(['task', 'decide', three[2].orderId, '--reject']);
		for (const { run, orderId, task } of three) {
			await state(run.runId, rejected);
			assert.equal(await refunds(orderId), 0);
			assert.equal((await o.taskById(task.taskId)).state, 'DONE');
			assert.ok((await o.file(run.runId)).followUp);
		}
	});
});

describe('the world moves between proposal and execution', () => {
	// Steers while the decision stands, at each of its moments.
	const moments = {
		'before the decision': async (a, change) => {
			await change();
			await o.decide(a.task.taskId, { approved: true });
		},
		'during its undo time': async (a, change) => {
			await o.decide(a.task.taskId, { approved: true, undoMs: 1500 });
			await change();
		},
	};

	for (const [when, how] of Object.entries(moments)) {
		test(`accepted ${when}: no refund, an automatic end`, async () => {
			const a = await asked();
			await how(a, () => o.steer(a.orderId,
				{ transferStatus: 'ACCEPTED' }));
			await state(a.run.runId, automatic);
			assert.equal(await refunds(a.orderId), 0);
			const old = await o.taskById(a.task.taskId);
			assert.equal(old.state, 'VOID');
			assert.match(old.voidReason,
				/transfer\.status moved from "FAILED" to "ACCEPTED"/);
			assert.ok((await kinds(a.run.runId)).includes('TASK_VOID'));
		});

		test(`disputed ${when}: a new task says why`, async () => {
			const a = await asked();
			await how(a, () => o.steer(a.orderId, { dispute: true }));
			const next = await until('another task', async () => {
				const t = await o.task(a.orderId);
				return t && t.taskId !== a.task.taskId && t;
			}, 20000);
			assert.equal(next.supersedes, a.task.taskId);
			assert.match(next.reason, /chargeback/);
			assert.equal(next.proposal.action, null);
			const fields = next.proposal.changes.map((c) => c.field);
			assert.ok(fields.includes('payment.disputedMinor'), fields);
			await o.decide(next.taskId, { approved: true });
			await state(a.run.runId, { ...approved, result: 'NONE' });
			assert.equal(await refunds(a.orderId), 0);
		});

		test(`refunded in part ${when}: the new task shows it`, async () => {
			const a = await asked();
			const part = Math.floor(a.task.amountMinor / 3);
			await how(a, () => o.sandbox('POST',
				`/payments/${a.orderId}/refund`, { amountMinor: part,
					currency: a.task.currency, reason: 'by another desk' }));
			const next = await until('another task', async () => {
				const t = await o.task(a.orderId);
				return t && t.taskId !== a.task.taskId && t;
			}, 20000);
			assert.equal(next.supersedes, a.task.taskId);
			assert.equal(next.amountMinor, a.task.amountMinor - part);
			const change = next.proposal.changes.find((c) =>
				c.field === 'quote.refundableMinor');
			assert.deepEqual([change.before, change.after],
				[a.task.amountMinor, next.amountMinor]);
			assert.equal((await o.taskById(a.task.taskId)).state, 'VOID');
			// What was shown before can't be approved any more.
			await o.decide(next.taskId, { approved: true,
				digest: a.task.digest }, 409);
			await o.decide(a.task.taskId, { approved: true }, 409);
			await o.decide(next.taskId, { approved: true,
				digest: next.digest });
			await state(a.run.runId, approved);
			assert.deepEqual((await o.ledger(a.orderId))
				.filter((l) => l.operation === 'payment.refund')
				.map((l) => l.amountMinor), [part, next.amountMinor]);
		});
	}

	test('the event is off: what was approved is asked again', async () => {
		const a = await asked();
		await o.steer(a.orderId, { eventStatus: 'CANCELLED' });
		await o.decide(a.task.taskId, { approved: true });
		const next = await until('another task', async () => {
			const t = await o.task(a.orderId);
			return t && t.taskId !== a.task.taskId && t;
		}, 20000);
		assert.deepEqual(next.proposal.changes.map((c) => c.field),
			['event.status']);
		// What the buyer gets now is not Mend's to propose.
		assert.equal(next.proposal.action, null);
		assert.match(next.reason, /CANCELLED/);
		assert.equal(await refunds(a.orderId), 0);
	});

	const another = (a) => until('another task', async () => {
		const t = await o.task(a.orderId);
		return t && t.taskId !== a.task.taskId && t;
	}, 20000);
	for (const [change, expected] of [
		[{ eventStatus: 'POSTPONED' }, /POSTPONED/],
		[{ transferStatus: 'LOCKED' }, /locked until .*wait for the opening/],
	])
		test(`${JSON.stringify(change)}: no refund is proposed`, async () => {
			const a = await asked();
			await o.steer(a.orderId, change);
			await o.decide(a.task.taskId, { approved: true });
			const next = await another(a);
			assert.equal(next.proposal.action, null);
			assert.match(next.reason, expected);
			await o.decide(next.taskId, { approved: true });
			await state(a.run.runId, { ...approved, result: 'NONE' });
			assert.equal(await refunds(a.orderId), 0);
		});

	test('sent, and not accepted: the refund revokes it', async () => {
		const a = await asked();
		assert.doesNotMatch(a.task.reason + a.task.proposal.text, /revoked/);
		await o.steer(a.orderId, { transferStatus: 'NOT_ACCEPTED' });
		await o.decide(a.task.taskId, { approved: true });
		const next = await another(a);
		const warning = /the sent transfer is still open and is revoked/;
		assert.match(next.reason, warning);
		assert.match(next.proposal.text, warning);
		await o.decide(next.taskId, { approved: true });
		await state(a.run.runId, approved);
		assert.deepEqual(await o.effects(a.orderId), { ...inVain,
			'payment.refund': 1, 'transfer.revoke': 1, 'message.send': 1 });
		assert.equal((await o.file(a.run.runId)).followUp, undefined);
	});
});

describe('taking a decision back', () => {
	test('before execution: nothing is done, the task is open', async () => {
		const a = await asked();
		let task = await o.decide(a.task.taskId, { approved: true,
			undoMs: 60000 });
		assert.deepEqual([task.state, task.undoable], ['DECIDED', true]);
		task = await o.undo(a.task.taskId);
		assert.deepEqual([task.state, task.undoable, task.approved,
			task.decider], ['OPEN', false, null, null]);
		await o.inState(a.run.runId, 'WAITING_TASK');
		assert.equal(await refunds(a.orderId), 0);
		await o.undo(a.task.taskId, 409);
		await o.decide(a.task.taskId, { approved: true });
		await state(a.run.runId, approved);
		assert.equal(await refunds(a.orderId), 1);
		await o.undo(a.task.taskId, 409);
		assert.ok((await kinds(a.run.runId)).includes('DECISION_UNDONE'));
	});

	test('once it is out, it is too late', async () => {
		const a = await asked();
		await o.steer(a.orderId, { delayMs: 1500 });
		await o.decide(a.task.taskId, { approved: true });
		await refundOut(a.run.runId);
		const { body } = await o.api.post(`/v1/tasks/${a.task.taskId}/undo`,
			409, { body: {}, actor: 'Ana' });
		assert.match(JSON.stringify(body), /too late/);
		await state(a.run.runId, approved);
		assert.equal(await refunds(a.orderId), 1);
	});
});

describe('a further event', () => {
	test('joins, reads and classifies again, voids the task', async () => {
		const a = await asked();
		const { body } = await o.api.post('/workflows/start', 200, { body: {
			orderId: a.orderId, source: 'carrier', eventKey: a.orderId,
			event: { said: 'still broken' } } });
		assert.deepEqual([body.joined, body.created, body.runId],
			[true, false, a.run.runId]);
		const next = await until('another task', async () => {
			const t = await o.task(a.orderId);
			return t && t.taskId !== a.task.taskId && t;
		}, 30000);
		const old = await o.taskById(a.task.taskId);
		assert.deepEqual([old.state, old.voidReason],
			['VOID', 'a further event arrived']);
		assert.equal(next.supersedes, a.task.taskId);
		const seen = await kinds(a.run.runId);
		assert.equal(seen.filter((k) => k === 'CLASSIFIED').length, 2);
		assert.equal(seen.filter((k) => k === 'JOINED').length, 1);
		assert.deepEqual((await o.file(a.run.runId)).request,
			{ said: 'still broken' });
		await o.decide(next.taskId, { approved: true });
		await state(a.run.runId, approved);
		assert.equal(await refunds(a.orderId), 1);
		// Closed is closed: the next event opens another run, and what was
		// refunded is neither sent nor refunded again.
		const again = await o.begin(a.orderId);
		assert.notEqual(again.runId, a.run.runId);
		assert.ok((await kinds(a.run.runId)).includes('REOPENED'));
		const { 'transfer.retry': before } = await o.effects(a.orderId);
		const run = await o.inState(again.runId, 'WAITING_TASK');
		assert.equal(run.issueType, 'already_refunded');
		assert.equal((await o.effects(a.orderId))['transfer.retry'], before);
		assert.equal((await o.task(a.orderId)).proposal.action, null);
	});

	test('while an approved refund waits: nothing is refunded', async () => {
		const a = await asked();
		await o.decide(a.task.taskId, { approved: true, undoMs: 60000 });
		await o.api.post('/v1/runs', 200, { body: { orderId: a.orderId } });
		const next = await until('another task', async () => {
			const t = await o.task(a.orderId);
			return t && t.taskId !== a.task.taskId && t;
		}, 30000);
		assert.equal(next.supersedes, a.task.taskId);
		assert.equal(await refunds(a.orderId), 0);
	});

	test('while the refund is out: its late answer counts', async () => {
		const a = await asked();
		await o.steer(a.orderId, { delayMs: 1500 });
		await o.decide(a.task.taskId, { approved: true });
		await refundOut(a.run.runId);
		const { body } = await o.api.post('/v1/runs', 200,
			{ body: { orderId: a.orderId } });
		assert.equal(body.joined, true);
		const next = await until('the event is looked at', async () => {
			const t = await o.task(a.orderId);
			return t && t.taskId !== a.task.taskId && t;
		}, 30000);
		assert.equal(await refunds(a.orderId), 1);
		assert.equal(next.issueType, 'already_refunded');
		assert.equal((await o.taskById(a.task.taskId)).state, 'DONE');
		const audit = await o.audit(a.run.runId);
		assert.ok(audit.some((e) => e.kind === 'CALL_RESULT' &&
			e.data.operation === 'refund' && e.data.class === 'OK' &&
			e.data.answer.refundId));
		assert.ok(audit.some((e) => e.kind === 'REFUND_EXECUTED'));
		await o.decide(next.taskId, { approved: true });
		// A person closed it by hand, and the buyer has his money.
		await state(a.run.runId, approved);
		assert.equal(await refunds(a.orderId), 1);
	});

	test('in the middle of the retries is looked at too', async () => {
		const orderId = newOrder('-SLOW-FAIL');
		const run = await o.begin(orderId);
		await until('a retry is out', async () => (await kinds(run.runId))
			.includes('CALL_INTENT'), 30000);
		await o.api.post('/v1/runs', 200, { body: { orderId } });
		await until('classified again', async () => (await kinds(run.runId))
			.filter((k) => k === 'CLASSIFIED').length === 2, 30000);
		const audit = await o.audit(run.runId);
		const first = audit.findIndex((e) => e.kind === 'CALL_RESULT' &&
			e.data.operation === 'retry');
		const second = audit.findLastIndex((e) => e.kind === 'CLASSIFIED');
		assert.ok(first > 0 && first < second, audit.map((e) => e.kind));
	});

	test('to a paused run is seen when it is resumed', async () => {
		const a = await asked();
		await o.operate(a.run.runId, 'pause');
		await o.inState(a.run.runId, 'PAUSED');
		await o.api.post('/v1/runs', 200, { body: { orderId: a.orderId } });
		assert.equal((await o.run(a.run.runId)).state, 'PAUSED');
		await o.operate(a.run.runId, 'resume');
		const next = await until('another task', async () => {
			const t = await o.task(a.orderId);
			return t && t.taskId !== a.task.taskId && t;
		}, 30000);
		assert.equal(next.supersedes, a.task.taskId);
	});
});

describe('every story comes to a sensible rest', () => {
	for (const [order, want] of stories)
		test(order, async () => {
			const { runId } = told.get(order);
			const run = await o.rest(runId, 90000);
			assert.deepEqual([run.state, run.issueType], [want.state,
				want.issueType], run.reason);
			assert.deepEqual(await o.effects(order), want.effects);
			const task = await o.task(order);
			if (want.state === 'COMPLETED') {
				assert.deepEqual([run.outcome, run.result],
					[want.outcome, want.result]);
				assert.equal(task, null);
				return;
			}
			assert.equal(task.proposal.action?.operation ?? null,
				want.proposes);
			// What is asked can be read: no hole, no raw template.
			assert.ok(task.reason && task.title && task.proposal.text);
			assert.doesNotMatch(task.title + task.reason +
				task.proposal.text + task.proposal.rejectText,
			/\{\{|undefined|\bnull\b|\(\)/);
		});

	test('S-PAYMENT: authorised is not captured', async () => {
		const { runId } = told.get('S-PAYMENT');
		await o.end(runId, 60000);
		assert.match((await o.file(runId)).followUp,
			/^Capture .* before the tickets are delivered$/);
	});

	test('S-PAYMENT: the event goes off between two tries', async () => {
		const orderId = newOrder('-PAYMENT-FAIL');
		const { runId } = await o.begin(orderId);
		await until('the first try', async () => (await kinds(runId))
			.includes('CALL_RESULT'), 20000);
		await o.steer(orderId, { eventStatus: 'CANCELLED' });
		await o.inState(runId, 'WAITING_TASK');
		const task = await o.task(orderId);
		assert.match(task.reason, /the event is CANCELLED by now/);
		assert.equal(task.proposal.action, null);
	});

	test('S-SUPPLIER: asked by two channels, then replaced', async () => {
		const { runId } = told.get('S-SUPPLIER');
		await o.inState(runId, 'WAITING_TASK', 60000);
		const { body } = await o.api.get(`/v1/runs/${runId}/calls?limit=200`,
			200);
		assert.deepEqual(body.data.filter((c) => c.operation === 'ping')
			.map((c) => c.params.channel).sort(), ['email', 'phone']);
		const { taskId } = await o.task('S-SUPPLIER');
		await o.decide(taskId, { approved: true });
		// The buyer has his tickets; what the seller owes is a further question.
		const charge = await until('the question of the charge', async () => {
			const task = await o.task('S-SUPPLIER');
			return task && task.taskId !== taskId && task;
		}, 30000);
		assert.equal(charge.proposal.action.operation, 'supplier.charge');
		await o.decide(charge.taskId, { approved: false });
		await state(runId, { ...approved, result: 'REPLACED' });
		assert.deepEqual(await o.effects('S-SUPPLIER'), { 'supplier.ping': 2,
			'inventory.hold': 1, 'inventory.buy': 1, 'transfer.send': 1,
			'message.send': 2 });
	});

	test('S-SUPPLIER-ANSWERS-FAIL: an answer is no silence', async () => {
		const { runId } = told.get('S-SUPPLIER-ANSWERS-FAIL');
		await o.inState(runId, 'WAITING_TASK', 60000);
		const task = await o.task('S-SUPPLIER-ANSWERS-FAIL');
		assert.match(task.title, / answered; /);
		assert.match(task.reason, /the supplier answered: Sorry/);
	});

	test('S-VIP-FAIL: one person is not four eyes', async () => {
		const order = 'S-VIP-FAIL';
		const { runId } = told.get(order);
		await o.inState(runId, 'WAITING_TASK', 60000);
		const { taskId, approvalsNeeded } = await o.task(order);
		assert.equal(approvalsNeeded, 2);
		let task = await o.decide(taskId, { approved: true });
		assert.deepEqual([task.state, task.approvalCount], ['OPEN', 1]);
		for (const name of ['Ana', 'ANA'])
			await o.decide(taskId, { approved: true }, 403, name);
		assert.equal(await refunds(order), 0);
		task = await o.decide(taskId, { approved: true }, 200, 'Ben');
		assert.equal(task.approvalCount, 2);
		await state(runId, approved);
		assert.equal(await refunds(order), 1);
	});

	test('S-FLAKY-FAIL: a refund through a flaky system is one', async () => {
		const { runId } = told.get('S-FLAKY-FAIL');
		await o.inState(runId, 'WAITING_TASK', 60000);
		await o.decide((await o.task('S-FLAKY-FAIL')).taskId,
			{ approved: true });
		await state(runId, approved, 60000);
		assert.equal(await refunds('S-FLAKY-FAIL'), 1);
	});
});

describe('signals', () => {
	const silent = async (more = '') => {
		const orderId = newOrder(`-SUPPLIER${more}`);
		return { orderId, ...await o.begin(orderId) };
	};
	const heard = async (id) => (await o.file(id)).signals?.supplier_answer;

	test('sent before the wait begins is heard', async () => {
		// Slow enough for the signal to come while the sources are read.
		const { runId, orderId } = await silent('-SLOW');
		await o.signal(runId, 'supplier_answer', { text: 'early' });
		await o.inState(runId, 'WAITING_TASK', 30000);
		assert.equal((await heard(runId)).text, 'early');
		const task = await o.task(orderId);
		assert.equal(task.reason, 'the supplier answered: early');
		assert.equal(task.proposal.action, null);
		const audit = await o.audit(runId);
		const at = (kind) => audit.findIndex((e) => e.kind === kind);
		assert.ok(at('SIGNAL_RECEIVED') < at('GATHERED'));
		assert.ok(at('SIGNAL_CONSUMED') > at('CALL_RESULT'));
		// It was answered: no second ping.
		assert.equal(audit.filter((e) => e.kind === 'CALL_INTENT').length, 1);
	});

	test('sent during the wait ends it', async () => {
		const { runId, orderId } = await silent();
		await o.inState(runId, 'WAITING_SIGNAL');
		await o.signal(runId, 'supplier_answer', { text: 'in time' });
		await o.inState(runId, 'WAITING_TASK', 30000);
		const file = await o.file(runId);
		assert.equal(file.signals.supplier_answer.text, 'in time');
		assert.deepEqual(await o.effects(orderId), { 'supplier.ping': 1 });
		assert.equal((await kinds(runId)).filter((k) =>
			k === 'SIGNAL_CONSUMED').length, 1);
	});

	test('that nobody waits for do not stand in the way', async () => {
		const a = await asked();
		for (let i = 0; i < 60; i++)
			await o.signal(a.run.runId, 'whatever', { i });
		await o.operate(a.run.runId, 'cancel');
		await state(a.run.runId, { state: 'CANCELED', outcome: 'CANCELED',
			result: 'NONE' });
	});
});

describe('operators', () => {
	const canceled = { state: 'CANCELED', outcome: 'CANCELED', result: 'NONE' };

	test('cancel what waits for a person, a signal, a time', async () => {
		const a = await asked();
		await o.operate(a.run.runId, 'cancel');
		const end = await state(a.run.runId, canceled);
		assert.equal(end.reason, 'cancel by a test');
		assert.equal((await o.taskById(a.task.taskId)).state, 'CANCELED');
		await o.decide(a.task.taskId, { approved: true }, 409);

		const silent = await o.begin(newOrder('-SUPPLIER'));
		await o.inState(silent.runId, 'WAITING_SIGNAL');
		await o.operate(silent.runId, 'cancel');
		await state(silent.runId, canceled);

		const down = await o.begin(newOrder('-DOWN'));
		await o.inState(down.runId, ['BACKING_OFF', 'BLOCKED']);
		await o.operate(down.runId, 'cancel');
		await state(down.runId, canceled);
	});

	test('cancel while a refund is out: it is waited for', async () => {
		const a = await asked();
		await o.steer(a.orderId, { delayMs: 1500 });
		await o.decide(a.task.taskId, { approved: true });
		await refundOut(a.run.runId);
		await o.operate(a.run.runId, 'cancel');
		await o.inState(a.run.runId, ['CANCELING', 'CANCELED']);
		await o.operate(a.run.runId, 'cancel', 409);
		await state(a.run.runId, { ...canceled, result: 'REFUNDED' });
		assert.deepEqual(await o.effects(a.orderId),
			{ ...inVain, 'payment.refund': 1 });
		const audit = await o.audit(a.run.runId);
		const at = (test) => audit.findIndex(test);
		const canceling = at((e) => e.kind === 'CANCELING');
		const result = at((e) => e.kind === 'CALL_RESULT' &&
			e.data.operation === 'refund' && e.data.class === 'OK');
		const done = at((e) => e.kind === 'REFUND_EXECUTED');
		const closed = at((e) => e.kind === 'CLOSED');
		assert.ok(canceling > 0 && canceling < result && result < done &&
			done < closed, audit.map((e) => e.kind));
	});

	test('pause and resume: nothing happens in between', async () => {
		const orderId = newOrder();
		const { runId } = await o.begin(orderId);
		await until('the first retry', async () =>
			(await o.effects(orderId))['transfer.retry'] === 1, 20000);
		await o.operate(runId, 'pause');
		const paused = await o.inState(runId, ['PAUSED', 'COMPLETED']);
		assert.equal(paused.state, 'PAUSED');
		assert.match(paused.reason, /pause by a test/);
		await o.operate(runId, 'pause', 409);
		// Longer than the pause between two rounds.
		const before = Date.now();
		await until('two seconds', () => Date.now() - before > 2000);
		assert.deepEqual(await o.effects(orderId), { 'transfer.retry': 1 });
		await o.operate(runId, 'resume');
		await state(runId, automatic);
		assert.deepEqual(await o.effects(orderId), retried);
	});

	test('pause a task: a decision waits for the resume', async () => {
		const a = await asked();
		await o.operate(a.run.runId, 'pause');
		await o.inState(a.run.runId, 'PAUSED');
		await o.decide(a.task.taskId, { approved: true });
		await o.operate(a.run.runId, 'comment');
		assert.equal((await o.run(a.run.runId)).state, 'PAUSED');
		assert.equal(await refunds(a.orderId), 0);
		await o.operate(a.run.runId, 'resume');
		await state(a.run.runId, approved);
		assert.equal(await refunds(a.orderId), 1);
	});

	test('pause while a refund is out: its answer is kept', async () => {
		const a = await asked();
		await o.steer(a.orderId, { delayMs: 1500 });
		await o.decide(a.task.taskId, { approved: true });
		await refundOut(a.run.runId);
		await o.operate(a.run.runId, 'pause');
		await o.inState(a.run.runId, 'PAUSED');
		await until('the answer', async () => (await o.api.get(
			`/v1/runs/${a.run.runId}/calls?limit=200`, 200)).body.data
			.some((c) => c.operation === 'refund' && c.state === 'OK'));
		assert.equal((await o.run(a.run.runId)).state, 'PAUSED');
		await o.operate(a.run.runId, 'resume');
		await state(a.run.runId, approved);
		assert.equal(await refunds(a.orderId), 1);
	});

	test('retry now what backs off, and what was held', async () => {
		const orderId = newOrder();
		// The order can't be read at all: an operator who cannot wait uses up
		// its attempts, and it is held with the reason.
		await o.steer(orderId, { failNext: 1000 });
		const { runId } = await o.begin(orderId);
		await until('it is held', async () => {
			const run = await o.run(runId);
			if (run.state === 'BACKING_OFF')
				await o.api.call('POST', `/v1/runs/${runId}/retry`,
					{ body: { reason: 'again' } });
			return run.state === 'HELD';
		}, 60000);
		const held = await o.run(runId);
		assert.match(held.reason, /order\.get/);
		assert.equal(held.dueAt, null);
		await o.steer(orderId, { failNext: 0 });
		await o.operate(runId, 'retry');
		await state(runId, automatic, 60000);
		assert.deepEqual(await o.effects(orderId), retried);
	});
});

describe('the configuration changes', () => {
	const file = join(conf, 'playbooks', 'triage.json');
	const good = readFileSync(join(root, 'conf/playbooks/triage.json'), 'utf8');
	const version = async () => (await o.api.get('/v1/playbooks', 200)).body
		.data.find((p) => p.name === 'triage' && p.active).version;
	const env = { MEND_CONF: conf };

	const broken = [
		['playbooks/triage.json', (t) => t.replace('"onReject": "rejected"',
			'"onReject": "nowhere"'), '/steps/0/onReject', /nowhere/],
		['playbooks/triage.json', (t) => t.replace('"kind": "task"',
			'"kind": "tusk"'), '/steps/0/kind', /task/],
		['playbooks/triage.json', (t) => t.slice(0, t.length / 2), '', /./],
		['adapters/payment.json', (t) => t.replace('"method": "GET"',
			'"method": "GOT"'), '/operations/get/method', /GET/],
		['adapters/payment.json', (t) => t.replace('"timeout": "3s"',
			'"timeout": "soon"'), '/operations/get/timeout', /./],
		['policy/policy.json', (t) => t.replace('"fourEyesMinor": 100000',
			'"fourEyesMinor": "many"'), '/fourEyesMinor', /./],
	];
	for (const [name, breaks, pointer, expected] of broken)
		test(`refused: ${name} ${pointer}`, async () => {
			const path = join(conf, name);
			const whole = readFileSync(path, 'utf8');
			const bad = breaks(whole);
			assert.notEqual(bad, whole);
			const before = await version();
			writeFileSync(path, bad);
			try {
				for (const command of ['check', 'activate']) {
					const how = await o.ctl([command], env);
					assert.equal(how.code, 1, command + how.out + how.err);
					const said = how.out + how.err;
					assert.ok(said.includes(name), said);
					assert.ok(said.includes(pointer), said);
					assert.match(said, expected);
				}
			} finally {
				writeFileSync(path, whole);
			}
			assert.equal(await version(), before);
			assert.equal((await o.ctl(['check'], env)).code, 0);
		});

	test('a good change holds for new runs, open ones keep theirs',
		async () => {
			const triaged = async () => {
				const orderId = newOrder('-UNKNOWN');
				const run = await o.begin(orderId);
				await o.inState(run.runId, 'WAITING_TASK');
				return { orderId, runId: run.runId };
			};
			const old = await triaged();
			const before = await version();
			writeFileSync(file, good.replaceAll(
				'"outcome": "ESCALATED_APPROVED"',
				'"outcome": "CLOSED_BY_HAND"'));
			const { code, out, err } = await o.ctl(['activate'], env);
			assert.equal(code, 0, out + err);
			assert.equal(await version(), before + 1);
			const fresh = await until('a run of the new version', async () => {
				const run = await triaged();
				return (await o.run(run.runId)).playbookVersion ===
					before + 1 && run;
			});
			assert.equal((await o.run(old.runId)).playbookVersion, before);
			for (const { orderId } of [old, fresh])
				await o.decide((await o.task(orderId)).taskId,
					{ approved: true });
			assert.equal((await o.end(old.runId)).outcome,
				'ESCALATED_APPROVED');
			assert.equal((await o.end(fresh.runId)).outcome,
				'CLOSED_BY_HAND');
			// What is the same again is the version there was.
			writeFileSync(file, good);
			assert.equal((await o.ctl(['activate'], env)).code, 0);
			assert.equal(await version(), before);
		});

	for (const [name, path, words, type] of [
		['payment', '/{{orderId}}', '-FAIL', 'transfer_failed'],
		['order', '/{{orderId}}/event', '-PAYMENT', 'payment_failed'],
		['payment', '/{{orderId}}', '-SUPPLIER', 'supplier_silent'],
		['order', '/{{orderId}}/event', '-SUPPLIER', 'supplier_silent']])
		test(`${type} without ${name}${path} is a person's`, async () => {
			const at = join(conf, 'adapters', `${name}.json`);
			const whole = readFileSync(at, 'utf8');
			writeFileSync(at, whole.replace(`"path": "${path}"`,
				`"path": "${path}/nowhere"`));
			try {
				const { code, out, err } = await o.ctl(['activate'], env);
				assert.equal(code, 0, out + err);
				const task = await until('a run that cannot read', async () => {
					const { orderId, run } = await begun(newOrder(words));
					await o.rest(run.runId);
					const asks = await o.task(orderId);
					return /could be read/.test(asks?.reason) &&
						{ ...asks, done: await o.effects(orderId) };
				}, 60000);
				assert.equal(task.issueType, type);
				assert.equal(task.proposal.action, null);
				assert.deepEqual(task.done, {});
			} finally {
				writeFileSync(at, whole);
				assert.equal((await o.ctl(['activate'], env)).code, 0);
			}
		});
});

test('the audit holds, every chain and every seal', async () => {
	assert.match(await verifyAudit(instance.data), /./);
	assert.deepEqual((await o.api.get('/v1/runs?state=HELD', 200)).body.data,
		[]);
	assert.doesNotMatch(instance.logs(), /row and state disagree|plan refused/);
});
