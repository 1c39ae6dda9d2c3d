// Every kind of broken order, from its event to its end in the sandbox: the
// rows of the README's table. What really happened is the ledger's word, and
// where a person is asked, what he chose is done and nothing else.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from './dev.mjs';
import { start } from './instance.mjs';
import { orders, verifyAudit } from './orders.mjs';

let instance, o;
const told = new Map();

const automatic = (result) => ['RESOLVED_AUTOMATICALLY', result];
const approved = (result) => ['ESCALATED_APPROVED', result];
const rejected = ['ESCALATED_REJECTED', 'NONE'];
const yes = (step, more = {}) => ({ step, approved: true, ...more });
const no = (step) => ({ step, approved: false });

// [issue type, order id, end, what happened, what people decide]
// Whose sellers are silent have another one each: who is telephoned about one
// order answers for all of his.
const types = [
	['transfer_failed', 'ORDER-42', automatic('DELIVERED_ORIGINAL'),
		{ 'transfer.retry': 2 }],
	['transfer_failed', 'ORDER-FAIL-1', approved('REFUNDED'),
		{ 'transfer.retry': 3, 'payment.refund': 1, 'message.send': 1 },
		[yes('ask_refund')]],
	['transfer_failed', 'ORDER-FAIL-2', approved('REFUNDED'),
		{ 'transfer.retry': 4, 'payment.refund': 1, 'message.send': 1 },
		[yes('ask_refund', { alternative: 'send_once_more' }),
			yes('ask_refund')]],
	['transfer_not_accepted', 'ORDER-1-NOTACCEPTED',
		automatic('DELIVERED_ORIGINAL'), { 'message.send': 1 }],
	['transfer_not_accepted', 'ORDER-1-NOTACCEPTED-FAIL', approved('REFUNDED'),
		{ 'message.send': 4, 'payment.refund': 1, 'transfer.revoke': 1 },
		[yes('ask_what_to_do', { alternative: 'refund_goodwill' }),
			yes('ask_refund')]],
	['transfer_not_accepted', 'ORDER-1-WRONGMAIL', automatic('DELIVERED_ORIGINAL'),
		{ 'transfer.revoke': 1, 'transfer.send': 1, 'message.send': 1 }],
	['transfer_locked', 'ORDER-1-LOCKED', automatic('DELIVERED_ORIGINAL'),
		{ 'message.send': 1, 'transfer.retry': 2 }],
	['payment_failed', 'ORDER-1-PAYMENT', automatic('NONE'),
		{ 'payment.authorize': 1 }],
	['payment_failed', 'ORDER-1-PAYMENT-FAIL', approved('NONE'),
		{ 'message.send': 1 }, [yes('ask_cancel')]],
	['payment_failed', 'ORDER-1-PAYMENT-STOLEN', approved('NONE'),
		{ 'order.cancel': 1 },
		[yes('ask_cancel', { alternative: 'release_tickets' })]],
	['seat_mismatch', 'ORDER-1-SEAT', automatic('BUYER_KEPT'),
		{ 'message.send': 1, 'order.accept': 1 }],
	['seat_mismatch', 'ORDER-1-SEAT-FAIL-REFUSES', approved('REFUNDED'),
		{ 'message.send': 2, 'payment.refund': 1 }, [yes('ask_remedy')]],
	['seat_mismatch', 'ORDER-2-SEAT-FAIL-REFUSES', approved('PARTLY_REFUNDED'),
		{ 'message.send': 2, 'payment.refund': 1 },
		[yes('ask_remedy', { alternative: 'keeps_with_adjustment',
			form: { amount_minor: 1000 } }), yes('ask_adjustment')]],
	['delivery_method', 'ORDER-1-DELIVERY', automatic('DELIVERED_ORIGINAL'),
		{ 'order.deliveryMethod': 1, 'transfer.send': 1, 'message.send': 2 }],
	['delivery_method', 'ORDER-1-ROTATING', automatic('DELIVERED_ORIGINAL'),
		{ 'order.deliveryMethod': 1, 'transfer.send': 1, 'message.send': 2 }],
	['delivery_method', 'ORDER-1-ROTATING-FAIL', approved('REFUNDED'),
		{ 'payment.refund': 1, 'message.send': 1 },
		[yes('ask_what_to_do', { alternative: 'refund' }),
			yes('ask_refund')]],
	['duplicate', 'ORDER-1-DUPLICATE', approved('REFUNDED'),
		{ 'payment.refund': 1, 'order.cancel': 1, 'message.send': 1 },
		[yes('ask_cancel', { reasonCode: 'CHECKOUT_FAULT' })]],
	['duplicate', 'ORDER-1-DUPLICATE-FAIL', automatic('BUYER_KEPT'),
		{ 'message.send': 1 }],
	['duplicate', 'ORDER-2-DUPLICATE', rejected, {},
		[{ step: 'ask_cancel', approved: false, reasonCode: 'NOT_PROVEN' }]],
	['buyer_unreachable', 'ORDER-1-UNREACHABLE', automatic('DELIVERED_ORIGINAL'),
		{ 'message.send': 1, 'transfer.send': 1 }],
	['buyer_unreachable', 'ORDER-1-UNREACHABLE-FAIL', approved('NONE'),
		{ 'message.send': 3 },
		[yes('ask_what_to_do', { alternative: 'box_office' })]],
	['possible_fraud', 'ORDER-1-FRAUD', approved('NONE'), { 'order.freeze': 1 },
		[yes('ask_fraud')]],
	['possible_fraud', 'ORDER-2-FRAUD', approved('NONE'),
		{ 'order.freeze': 1, 'order.unfreeze': 1 },
		[yes('ask_fraud', { alternative: 'release' })]],
	['possible_fraud', 'ORDER-1-FRAUD-CANCELLED', approved('REFUNDED'),
		{ 'order.freeze': 1, 'payment.refund': 1, 'order.cancel': 1 },
		[yes('ask_fraud', { alternative: 'refund_and_cancel' })]],
	['chargeback', 'ORDER-1-DISPUTE', approved('DISPUTED'), {},
		[yes('ask_concede', { reasonCode: 'NOT_DELIVERED' })]],
	['chargeback', 'ORDER-1-DISPUTE-UNKNOWN', approved('DISPUTED'),
		{ 'dispute.submit': 1 },
		[yes('ask_contest', { reasonCode: 'ACCEPTED' })]],
	['supplier_silent', 'ORDER-2-SUPPLIER-ANSWERS',
		automatic('DELIVERED_ORIGINAL'), { 'supplier.ping': 2 }],
	['supplier_silent', 'ORDER-3-SUPPLIER', approved('REPLACED'),
		{ 'supplier.ping': 2, 'inventory.hold': 1, 'inventory.buy': 1,
			'transfer.send': 1, 'message.send': 2, 'supplier.charge': 1 },
		[yes('ask_buy'), yes('ask_charge')]],
	['supplier_silent', 'ORDER-4-SUPPLIER-ANSWERS-FAIL', approved('NONE'),
		{ 'supplier.ping': 2 }, [yes('ask_answered')]],
	['supplier_cannot_fulfil', 'ORDER-1-CANNOT', approved('REPLACED'),
		{ 'inventory.hold': 1, 'inventory.buy': 1, 'transfer.send': 1,
			'message.send': 2 }, [yes('ask_buy'), no('ask_charge')]],
	['supplier_cannot_fulfil', 'ORDER-1-CANNOT-VIP', approved('REPLACED'),
		{ 'inventory.hold': 1, 'inventory.buy': 1, 'transfer.send': 1,
			'message.send': 2 }, [yes('ask_buy_above'), no('ask_charge')]],
	['supplier_cannot_fulfil', 'ORDER-1-CANNOT-REFUSES', approved('REFUNDED'),
		{ 'inventory.hold': 1, 'inventory.release': 1, 'payment.refund': 1,
			'message.send': 2 }, [yes('ask_refund'), no('ask_charge')]],
	['supplier_cannot_fulfil', 'ORDER-2-CANNOT', approved('REFUNDED'),
		{ 'inventory.hold': 1, 'inventory.release': 1, 'payment.refund': 1,
			'message.send': 2 },
		[yes('ask_buy', { alternative: 'refund' }), no('ask_charge')]],
	['supplier_cannot_fulfil', 'ORDER-1-CANNOT-FAIL', approved('REFUNDED'),
		{ 'inventory.hold': 1, 'inventory.release': 1, 'payment.refund': 1,
			'message.send': 2 },
		[yes('ask_buy'), yes('ask_refund'), no('ask_charge')]],
	['supplier_cannot_fulfil', 'ORDER-1-NOSTOCK', approved('REFUNDED'),
		{ 'payment.refund': 1, 'message.send': 1, 'supplier.charge': 1 },
		[yes('ask_refund'), yes('ask_charge')]],
	['partial_fulfilment', 'ORDER-1-PARTIAL-ANSWERS',
		automatic('DELIVERED_ORIGINAL'), { 'supplier.ping': 2 }],
	['partial_fulfilment', 'ORDER-1-PARTIAL', approved('REPLACED'),
		{ 'supplier.ping': 2, 'inventory.hold': 1, 'inventory.buy': 1,
			'transfer.send': 1, 'message.send': 2 }, [yes('ask_replace')]],
	['partial_fulfilment', 'ORDER-1-PARTIAL-REFUSES', approved('REFUNDED'),
		{ 'supplier.ping': 2, 'inventory.hold': 1, 'inventory.release': 1,
			'payment.refund': 1, 'message.send': 2 }, [yes('ask_refund')]],
	['partial_fulfilment', 'ORDER-2-PARTIAL-REFUSES',
		approved('PARTLY_REFUNDED'),
		{ 'supplier.ping': 2, 'inventory.hold': 1, 'inventory.release': 1,
			'payment.refund': 1, 'message.send': 2 },
		[yes('ask_refund', { alternative: 'keep' })]],
	['event_cancelled', 'ORDER-1-CANCELLED', approved('REFUNDED'),
		{ 'payout.freeze': 1, 'payment.refund': 1, 'message.send': 1 },
		[yes('ask_refund')]],
	['event_cancelled', 'ORDER-1-CANCELLED-REFUNDED', automatic('NONE'),
		{ 'payout.freeze': 1 }],
	['event_cancelled', 'ORDER-1-CANCELLED-RESOLD', automatic('NONE'),
		{ 'payout.freeze': 1 }],
	['event_cancelled', 'ORDER-1-CANCELLED-CONTRADICT', rejected, {},
		[no('ask_unconfirmed')]],
	['event_postponed', 'ORDER-1-POSTPONED', automatic('WAITING_NEW_DATE'),
		{ 'message.send': 2 }],
	['event_postponed', 'ORDER-1-POSTPONED-FAIL-REFUSES', approved('REFUNDED'),
		{ 'payment.refund': 1, 'message.send': 2 },
		[yes('ask_keep', { alternative: 'goodwill' })]],
	['denied_entry', 'ORDER-1-DENIED', approved('DELIVERED_ORIGINAL'),
		{ 'message.send': 2, 'payout.freeze': 1 }, [yes('ask_now')]],
	['denied_entry', 'ORDER-2-DENIED', approved('REFUNDED'),
		{ 'message.send': 3, 'payout.freeze': 1, 'payment.refund': 1 },
		[yes('ask_now', { alternative: 'refund' })]],
	['denied_entry', 'ORDER-1-DENIED-CONTRADICT', rejected,
		{ 'message.send': 2, 'payout.freeze': 1 }, [no('ask_now')]],
	['unknown', 'ORDER-1-UNKNOWN', approved('NONE'), {}, [yes('ask')]],
];

before(async () => {
	instance = await start();
	o = orders(instance);
	for (const [, order] of types)
		told.set(order, (await o.begin(order)).runId);
});
after(() => instance?.stop());

// The next task of the order; two people sign where two are needed.
async function answer(runId, order, { step, ...decision }) {
	await o.inState(runId, 'WAITING_TASK', 90000);
	const task = await o.task(order);
	assert.equal(task.step, step, task.reason);
	assert.ok(task.reason && task.title && task.proposal.text);
	assert.doesNotMatch(task.title + task.reason + task.proposal.text +
		task.proposal.rejectText, /\{\{|undefined|\bnull\b|\(\)/);
	const hands = decision.approved ? task.approvalsNeeded : 1;
	for (const who of ['Ana', 'Ben'].slice(0, hands))
		await o.decide(task.taskId, decision, 200, who);
	return task;
}

describe('every type comes to its end', () => {
	for (const [type, order, end, effects, decisions = []] of types)
		test(`${type}: ${order}`, async () => {
			const runId = told.get(order);
			const asked = [];
			for (const decision of decisions) {
				if (asked.length)
					await until(`${order} asks again`, async () =>
						(await o.task(order))?.taskId !== asked.at(-1) &&
							await o.task(order), 30000);
				asked.push((await answer(runId, order, decision)).taskId);
			}
			const run = await o.end(runId, 90000);
			assert.deepEqual([run.issueType, run.outcome, run.result],
				[type, ...end], run.reason);
			assert.deepEqual(await o.effects(order), effects);
			assert.notEqual((await o.file(runId)).followUp, '');
			// What the KPIs count is what the ledger has.
			const kinds = (await o.audit(runId)).map((e) => e.kind);
			assert.equal(kinds.filter((k) => k === 'REFUND_EXECUTED').length,
				effects['payment.refund'] ?? 0);
			assert.doesNotMatch(run.reason, type === 'unknown' ? /\{\{/
				: /\{\{|unknown\b/);
		});
});

test('the audit holds, and nothing is held', async () => {
	await verifyAudit(instance.data);
	assert.deepEqual((await o.api.get('/v1/runs?state=HELD', 200)).body.data,
		[]);
});
