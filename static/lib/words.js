// The words and icons of the domain: every state has an icon and a word beside
// its colour, every field a label a person would say.
import { money, exact, minorDigits } from './format.js';

/**
 * @typedef {{ word: string, icon: string, tone: string }} Look
 */

/** @type {Record<string, Look>} */
export const RUN_STATES = {
	READY: { word: 'Ready', icon: 'ready', tone: 'blue' },
	RUNNING: { word: 'Running', icon: 'running', tone: 'blue' },
	BACKING_OFF: { word: 'Backing off', icon: 'backoff', tone: 'amber' },
	BLOCKED: { word: 'Blocked', icon: 'blocked', tone: 'orange' },
	WAITING_TASK: { word: 'Waiting for a person', icon: 'person',
		tone: 'violet' },
	WAITING_SIGNAL: { word: 'Waiting for a signal', icon: 'signal',
		tone: 'violet' },
	PAUSED: { word: 'Paused', icon: 'paused', tone: 'grey' },
	HELD: { word: 'Held', icon: 'held', tone: 'red' },
	CANCELING: { word: 'Canceling', icon: 'canceling', tone: 'grey' },
	COMPLETED: { word: 'Completed', icon: 'done', tone: 'green' },
	FAILED: { word: 'Failed', icon: 'failed', tone: 'red' },
	CANCELED: { word: 'Canceled', icon: 'canceled', tone: 'grey' },
	TIMED_OUT: { word: 'Timed out', icon: 'timeout', tone: 'red' },
};

/** @type {Record<string, Look>} */
export const TASK_STATES = {
	OPEN: { word: 'Open', icon: 'ready', tone: 'violet' },
	CLAIMED: { word: 'Claimed', icon: 'person', tone: 'violet' },
	DECIDED: { word: 'Decided', icon: 'clock', tone: 'blue' },
	DONE: { word: 'Done', icon: 'done', tone: 'green' },
	VOID: { word: 'Void: the facts moved', icon: 'canceled', tone: 'grey' },
	EXPIRED: { word: 'Expired', icon: 'timeout', tone: 'red' },
	CANCELED: { word: 'Canceled', icon: 'canceled', tone: 'grey' },
};

/** @type {Record<string, Look>} */
export const CALL_STATES = {
	INTENT: { word: 'About to send', icon: 'ready', tone: 'blue' },
	SENT: { word: 'In flight', icon: 'running', tone: 'blue' },
	OK: { word: 'OK', icon: 'done', tone: 'green' },
	FAILED: { word: 'Failed', icon: 'failed', tone: 'red' },
	UNKNOWN: { word: 'Unknown', icon: 'unknown', tone: 'amber' },
};

/** @type {Record<string, Look>} */
export const ADAPTER_STATES = {
	HEALTHY: { word: 'Healthy', icon: 'done', tone: 'green' },
	DEGRADED: { word: 'Degraded', icon: 'warning', tone: 'amber' },
	OPEN: { word: 'Open', icon: 'blocked', tone: 'red' },
	PAUSED: { word: 'Paused', icon: 'paused', tone: 'grey' },
};

/** @type {Record<string, Look>} */
export const BULK_STATES = {
	PREVIEW: { word: 'Preview: nothing has happened', icon: 'eyes', tone: 'violet' },
	RUNNING: { word: 'Running', icon: 'running', tone: 'blue' },
	STOPPED: { word: 'Stopped', icon: 'paused', tone: 'grey' },
	DONE: { word: 'Done', icon: 'done', tone: 'green' },
};

/** @type {Record<string, Look>} */
export const ITEM_STATES = {
	WAITING: { word: 'Waiting', icon: 'ready', tone: 'grey' },
	DONE: { word: 'Done', icon: 'done', tone: 'green' },
	SKIPPED: { word: 'Left out', icon: 'blocked', tone: 'amber' },
	FAILED: { word: 'Failed', icon: 'failed', tone: 'red' },
};

/** What does not move, and in which way. @type {Record<string, Look>} */
export const STUCK_KINDS = { ...RUN_STATES,
	UNKNOWN: { word: 'Outcome unknown', icon: 'unknown', tone: 'amber' },
	OVERDUE: { word: 'Overdue', icon: 'timeout', tone: 'red' } };

/** @param {Record<string, Look>} looks @param {string} state @returns {Look} */
export const look = (looks, state) => looks[state] ||
	{ word: sentence(state), icon: 'unknown', tone: 'grey' };

/** Views of the inbox, in the order they stand. */
export const VIEWS = /** @type {const} */ ([
	['all', 'All open', 'inbox'],
	['mine', 'Mine', 'person'],
	['unclaimed', 'Unclaimed', 'ready'],
	['due', 'Due < 1 h', 'clock'],
	['event', 'Event < 24 h', 'ticket'],
	['second', 'Second approval', 'eyes'],
	['high', 'High value', 'money'],
	['snoozed', 'Snoozed', 'snooze'],
	['decided', 'Decided by me', 'done'],
]);

/** Why a person decided as they did; sent as reasonCode. */
export const APPROVE_REASONS = /** @type {const} */ ([
	['evidence_confirms', 'Evidence confirms it'],
	['policy_exception', 'Exception to policy'],
	['goodwill', 'Goodwill'],
	['other', 'Other'],
]);
export const REJECT_REASONS = /** @type {const} */ ([
	['wrong_remedy', 'Wrong remedy'],
	['evidence_missing', 'Evidence missing'],
	['amount_wrong', 'Amount wrong'],
	['possible_fraud', 'Possible fraud'],
	['buyer_declined', 'Buyer declined'],
	['other', 'Other'],
]);

/** @param {string | null | undefined} code */
export function reasonWord(code) {
	const pair = [...APPROVE_REASONS, ...REJECT_REASONS]
		.find(([name]) => name === code);
	return pair ? pair[1] : sentence(code || '');
}

/** "transfer.lastError", "seat_mismatch" -> "Transfer last error", …
 * @param {string} name */
export function sentence(name) {
	const words = name.replace(/Minor\b/g, '').replace(/\.\d+(?=\.)/g, '')
		.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/[._\-/]+/g, ' ')
		.trim().toLowerCase().replace(/\b([a-z]+)( \1)+\b/g, '$1');
	const text = words.charAt(0).toUpperCase() + words.slice(1);
	return text.replace(/\b(vip|sla|url|json)\b/gi, (w) => w.toUpperCase())
		.replace(/^Id$/, 'ID').replace(/ at$/, '');
}

/** @type {Record<string, string>} */
const ISSUES = { vip: 'VIP', triage: 'Triage', unknown: 'Unknown' };
/** @param {string | null | undefined} type */
export const issueWord = (type) => type ?
	ISSUES[type.toLowerCase()] || sentence(type) : 'Not classified yet';

/** What an operation does, as a verb that moves something.
 * @type {Record<string, string>} */
export const VERBS = {
	'payment.refund': 'Refund',
	'payment.authorize': 'Charge',
	'payment.void': 'Void the payment',
	'supplier.charge': 'Charge',
	'inventory.buy': 'Buy the seats',
	'inventory.hold': 'Hold the seats',
	'inventory.release': 'Give the seats back',
	'order.accept': 'Keep the order as it is',
	'order.cancel': 'Cancel the order',
	'order.deliveryMethod': 'Switch the delivery method',
	'order.freeze': 'Freeze the order',
	'order.unfreeze': 'Release the order',
	'payout.freeze': 'Freeze the payout',
	'payout.release': 'Release the payout',
	'transfer.send': 'Send the tickets',
	'transfer.retry': 'Resend the transfer',
	'transfer.revoke': 'Take the transfer back',
	'transfer.cancel': 'Cancel the transfer',
	'dispute.submit': 'Submit the evidence',
	'supplier.ping': 'Ping the seller',
	'message.send': 'Send the message',
	'supplier.source': 'Buy a replacement',
};

/** How the amount and the payee follow the verb; null: left out.
 * @type {Record<string, { amount: string | null, payee: string | null }>} */
const FOLLOWS = {
	'payment.refund': { amount: ' ', payee: ' to ' },
	'payment.authorize': { amount: ' ', payee: ' from ' },
	'supplier.charge': { amount: ' ', payee: ' from ' },
	'inventory.buy': { amount: ' for ', payee: null },
	'order.unfreeze': { amount: null, payee: null },
	'supplier.ping': { amount: null, payee: ': ' },
};
/** Of operations that nobody wrote down here, these move money. */
const MOVES = /refund|authorize|charge|purchase|buy|pay/;

/** @type {Record<string, string>} */
export const OPERATORS = { eq: 'is', ne: 'is not', in: 'is one of', lt: '<',
	lte: '≤', gt: '>', gte: '≥', exists: 'is known', prefix: 'starts with',
	within: 'within', olderThan: 'older than', notIn: 'is none of' };

/** Words on the button that moves money: "Refund 240.00 USD to Ana P."
 * @param {import('../types.js').Task} task
 * @param {boolean} [amount] false where the amount stands beside it */
export function actionWords(task, amount = true) {
	const p = task.proposal || {};
	const operation = p.action?.operation || '';
	const verb = VERBS[operation] || (operation ? sentence(operation) : '');
	const minor = p.amountMinor ?? task.amountMinor;
	const { amount: before, payee: to } = FOLLOWS[operation] ||
		(!VERBS[operation] && MOVES.test(operation) ? FOLLOWS['payment.refund'] :
			{ amount: null, payee: ' to ' });
	const sum = amount && before !== null && minor !== null && minor !==
		undefined ? `${before}${money(minor, p.currency || task.currency)}` : '';
	// "Charge Ana P." without the sum, "Charge 12.00 USD from Ana P." with it.
	if (verb)
		return `${verb}${sum}${!p.payee || to === null ? '' : !sum &&
			to === ' from ' ? ` ${p.payee}` : `${to}${p.payee}`}`;
	// The point of "M. Alvarez" ends no sentence.
	const first = (p.text || '').split(/(?<=[^\s.]{2}[.!?])\s/)[0]
		.replace(/\.$/, '');
	if (first && first.length <= 70)
		return first;
	// What is too long for a button ends where its first thought does.
	const thought = /^(.{12,68})(?=\s\(|[;,:]\s)/s.exec(first)?.[1];
	return thought ? `${thought}…` : `Approve: ${plain(task.title)}`;
}

/** A fact of the case file, named in a sentence. */
const FACT = /\b(?:order|event|transfer|supplier|payment|quote|classification)(?:\.[a-z][A-Za-z]*)+/g;

/** Somebody's sentence with our names made readable: "seat_mismatch: decide"
 * -> "Seat mismatch: decide". @param {string | null | undefined} text */
export function plain(text) {
	const words = (text || '').replace(/\b[a-z]+(?:_[a-z]+)+\b/g, (name) =>
		name.replaceAll('_', ' ')).replace(FACT, (name) =>
		sentence(name).toLowerCase()).replace(/([?!])\.(?=\s|$)/g, '$1');
	return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "payment.get" -> "Payment": where a fact was read.
 * @param {string | null | undefined} operation */
export const sourceWord = (operation) =>
	sentence((operation || '').replace(/\.get$/, '')) || '–';

/** Fields whose values are names of ours, not other people's text. */
const CODE_FIELD = new RegExp('(status|state|class|code|method|outcome|' +
	'result|kind|reason|choice|level|flags|required|barcode)$', 'i');

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** @param {unknown} v */
export const isTime = (v) => typeof v === 'string' && ISO.test(v) &&
	!Number.isNaN(Date.parse(v));

/** Any fact of a case file as text.
 * @param {string} field @param {any} v @param {string | null} [currency]
 * @returns {string} */
export function valueWords(field, v, currency) {
	if (v === null || v === undefined || v === '')
		return '–';
	if (typeof v === 'boolean')
		return v ? 'Yes' : 'No';
	if (typeof v === 'number')
		return /Minor$/.test(field) ? money(v, currency || '') :
			v.toLocaleString('en', { maximumFractionDigits: 6 });
	if (isTime(v))
		return exact(Date.parse(v));
	if (Array.isArray(v))
		return v.length ? v.map((x) => valueWords(field, x, currency)).join(', ') :
			'None';
	if (typeof v === 'object')
		return Object.entries(v).map(([k, x]) =>
			`${sentence(k)}: ${valueWords(k, x, currency)}`).join(' · ') || '–';
	if (CODE_FIELD.test(field) && /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(v))
		return sentence(v);
	return String(v);
}

/** A rule over a fact: "is one of Failed, Not accepted", "is known".
 * @param {string} operator @param {string} field @param {any} expected
 * @param {string | null} [currency] @returns {[string, string]} the relation
 *	and what it is to */
export const ruleWords = (operator, field, expected, currency) =>
	operator === 'exists' ? [expected === false ? 'is not known' : 'is known',
		''] : [OPERATORS[operator] || operator,
		valueWords(field, expected, currency)];

/** Where a threshold stands: "policy duplicate.secondsApartAtMost".
 * @param {string} from */
export const thresholdWords = (from) => plain(from).replace(/^(Policy) (\S+)$/,
	(_, word, name) => `${word}: ${sentence(name).toLowerCase()}`);

/** "120.50" in a currency -> minor units; NaN when it is no amount.
 * @param {string} text @param {string} [currency] */
export function parseMoney(text, currency = 'USD') {
	const match = /^(\d{1,12})(?:\.(\d{1,3}))?$/.exec(text.replace(/,/g, ''));
	const digits = minorDigits(currency);
	if (!match || (match[2] || '').length > digits)
		return NaN;
	return Number(match[1] + (match[2] || '').padEnd(digits, '0'));
}
