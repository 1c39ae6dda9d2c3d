// The query of the workflows: tokens such as "state:HELD amount>120",
// what they ask of the API, and what can be typed next.
import { RUN_STATES, parseMoney } from '../lib/words.js';

/**
 * @typedef {{ params: Record<string, string>, errors: string[] }} Parsed
 * @typedef {{ text: string, hint: string }} Completion
 */

/** What each token is called in the API, and what it says for itself. */
export const TOKENS = /** @type {const} */ ([
	['order:', 'order id, exact; end it with * for a beginning'],
	['state:', 'where it stands'],
	['step:', 'the step it is at'],
	['issue:', 'type of issue'],
	['adapter:', 'downstream system it waits for'],
	['outcome:', 'how it ended'],
	['open:', 'true or false'],
	['amount>', 'at least, in the major unit: amount>120.50'],
	['amount<', 'at most'],
	['age>', 'created longer ago than: age>2h'],
	['event:', 'event it belongs to'],
	['seller:', 'seller it belongs to'],
	['venue:', 'venue it belongs to'],
	['platform:', 'platform it belongs to'],
	['playbook:', 'playbook it goes by, or one version: triage@2'],
	['stuck:', 'one group of the Stuck page'],
	['run:', 'run id'],
	['task:', 'task id'],
	['key:', 'event key'],
]);

const DIRECT = /** @type {Record<string, string>} */ ({ state: 'state',
	step: 'step', issue: 'issue', adapter: 'adapter', outcome: 'outcome',
	event: 'event', seller: 'seller', venue: 'venue', platform: 'platform',
	playbook: 'playbook', stuck: 'stuck', open: 'open', run: 'run', task: 'task', key: 'eventKey', order: 'order' });

/** @param {string} text @returns {Parsed} */
export function parseQuery(text) {
	/** @type {Record<string, string>} */
	const params = {};
	/** @type {string[]} */
	const errors = [], free = [];
	for (const token of text.match(/\S+/g) || []) {
		const match = /^([a-z]+)([:<>]=?)(.*)$/i.exec(token);
		const key = match?.[1].toLowerCase() || '';
		const value = match?.[3] || '';
		if (!match || !(key in DIRECT) && key !== 'amount' &&
			key !== 'age') {
			free.push(token);
		} else if (!value) {
			continue;	// still being typed
		} else if (key === 'amount') {
			const minor = parseMoney(value);
			if (Number.isNaN(minor))
				errors.push(`“${value}” is no amount`);
			else
				params[match[2][0] === '<' ? 'amountMax' : 'amountMin'] =
					String(minor);
		} else if (key === 'age') {
			if (match[2][0] === '>' && /^\d+(s|m|h|d)$/.test(value))
				params.minAge = value;
			else
				errors.push('age> takes a span such as 30m, 2h or 3d');
		} else if (key === 'order' && value.endsWith('*')) {
			params.prefix = value.slice(0, -1);
		} else if (key === 'state') {
			const state = value.toUpperCase();
			if (state in RUN_STATES)
				params.state = state;
			else
				errors.push(`“${value}” is no state`);
		} else if (key === 'open' && !/^(true|false)$/i.test(value)) {
			errors.push('open: is true or false');
		} else {
			params[DIRECT[key]] = value;
		}
	}
	if (free.length === 1)
		params.q = free[0];
	else if (free.length > 1)
		errors.push(`More than one id: ${free.join(' ')}`);
	return { params, errors };
}

/** What looks like a filter and is none: it was asked for as an id.
 * @param {string} text */
export const strangers = (text) => (text.match(/\S+/g) || []).map((token) =>
	/^([a-z]+)[:<>]/i.exec(token)?.[0] || '').filter((key) => key && !TOKENS
	.some(([token]) => token.startsWith(key.slice(0, -1).toLowerCase())));

/** The same as a bulk takes it; null: it cannot mean more than one.
 * @param {Record<string, string>} params
 * @returns {import('../types.js').Filter | null} */
export function filterOf(params) {
	if (params.q || params.task || !Object.keys(params).length)
		return null;
	return Object.fromEntries(Object.entries(params).map(([key, value]) =>
		[key, key === 'open' ? value === 'true' : /^amountM/.test(key) ?
			Number(value) : value]));
}

/**
 * What may follow at the caret.
 * @param {string} text @param {number} caret
 * @param {Record<string, string[]>} known values seen or listed, by token key
 * @returns {{ from: number, list: Completion[] }}
 */
export function complete(text, caret, known) {
	const from = text.slice(0, caret).search(/\S*$/);
	const word = text.slice(from, caret);
	const match = /^([a-z]+):(.*)$/i.exec(word);
	if (!match)
		return { from, list: TOKENS.filter(([token]) =>
			token.startsWith(word.toLowerCase()) && token !== word)
			.map(([token, hint]) => ({ text: token, hint })) };
	const key = match[1].toLowerCase(), part = match[2].toLowerCase();
	const values = key === 'state' ? Object.keys(RUN_STATES) :
		key === 'open' ? ['true', 'false'] : known[key] || [];
	return { from, list: values.filter((v) => v.toLowerCase().includes(part) &&
		v.toLowerCase() !== part).slice(0, 14).map((v) => ({ text: `${key}:${v}`,
		hint: key === 'state' ? RUN_STATES[v].word : '' })) };
}
