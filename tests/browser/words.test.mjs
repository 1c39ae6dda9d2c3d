// The dashboard's pure parts: money, moments, ids, words, the query.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { duration, idParts, initials, money, relative }
	from '../../static/lib/format.js';
import { VERBS, actionWords, parseMoney, plain, ruleWords, sentence,
	thresholdWords, valueWords }
	from '../../static/lib/words.js';
import { complete, parseQuery, strangers, TOKENS }
	from '../../static/views/query.js';

test('money has the digits of its currency and loses nothing', () => {
	assert.equal(money(24000, 'USD'), '240.00 USD');
	assert.equal(money(5, 'EUR'), '0.05 EUR');
	assert.equal(money(0, 'GBP'), '0.00 GBP');
	assert.equal(money(-123456, 'USD'), '−1,234.56 USD');
	assert.equal(money(81689, 'JPY'), '81,689 JPY');
	assert.equal(money(10202, 'KWD'), '10.202 KWD');
	assert.equal(money(9007199254740991, 'USD'), '90,071,992,547,409.91 USD');
	assert.equal(money(100000000, 'JPY'), '100,000,000 JPY');
	assert.equal(money(null, 'USD'), '–');
	assert.equal(money(100, 'nonsense'), '1.00 nonsense');
	assert.equal(parseMoney('1,234.56'), 123456);
	assert.equal(parseMoney('12', 'JPY'), 12);
	for (const bad of ['', '1.234', '-1', '1e5', 'x'])
		assert.ok(Number.isNaN(parseMoney(bad)), bad);
});

test('lengths of time keep a unit until there are two of the next', () => {
	assert.equal(duration(95 * 60000), '95 min');
	assert.equal(duration(119000), '119 s');
	assert.equal(duration(36 * 3600000), '36 h');
	assert.equal(duration(49 * 3600000), '2 d');
	assert.equal(duration(0), '0 s');
	assert.equal(duration(125 * 60000, true), '2 h 5 min');
	assert.equal(duration(61000, true), '1 min 1 s');
	assert.equal(duration(12 * 60000 + 5000, true), '12 min');
	assert.equal(relative(1000, 1500), 'now');
	assert.equal(relative(0, 7200000), '2 h ago');
	assert.equal(relative(7200000, 0), 'in 2 h');
	assert.equal(relative(NaN, 0), '–');
});

test('ids show what tells them apart', () => {
	assert.deepEqual(idParts('ORDER-FAIL-1004'), ['ORDER-FAIL-', '1004']);
	assert.deepEqual(idParts('run_01m82empazffj8hq6ssdptnx0b'),
		['run_…', 'ptnx0b']);
	assert.deepEqual(idParts('42'), ['', '42']);
	assert.equal(initials('Ana Paula'), 'AP');
	assert.equal(initials('zoë'), 'Z');
	assert.equal(initials(''), '?');
});

test('names become words, other people\'s text stays', () => {
	assert.equal(sentence('transfer.lastError'), 'Transfer last error');
	assert.equal(sentence('refundableMinor'), 'Refundable');
	assert.equal(sentence('NOT_ACCEPTED'), 'Not accepted');
	assert.equal(sentence('eventAt'), 'Event');
	assert.equal(plain('seat_mismatch: decide about ORDER_A'),
		'Seat mismatch: decide about ORDER_A');
	assert.equal(valueWords('transfer.status', 'NOT_ACCEPTED'), 'Not accepted');
	assert.equal(valueWords('name', 'ABC_DEF'), 'ABC_DEF');
	assert.equal(valueWords('order.riskFlags', ['CARD_TESTING', 'NEW']),
		'Card testing, New');
	assert.equal(sentence('hold.holdId'), 'Hold id');
	assert.equal(sentence('related.orders.0.sameCard'),
		'Related orders same card');
	assert.equal(thresholdWords('policy duplicate.secondsApartAtMost'),
		'Policy: duplicate seconds apart at most');
	assert.deepEqual(ruleWords('exists', 'x', true), ['is known', '']);
	assert.deepEqual(ruleWords('in', 'transfer.status', ['NOT_ACCEPTED', 'OK']),
		['is one of', 'Not accepted, Ok']);
	assert.equal(valueWords('totalMinor', 500, 'USD'), '5.00 USD');
	assert.equal(valueWords('x', [1, null, true]), '1, –, Yes');
});

test('the button says what moves', () => {
	const task = (proposal, more = {}) => ({ title: 'seat_mismatch?',
		amountMinor: null, currency: null, proposal, ...more });
	const money_ = { amountMinor: 24000, currency: 'USD', payee: 'Ana P.' };
	assert.equal(actionWords(task({ ...money_,
		action: { operation: 'payment.refund' } })),
	'Refund 240.00 USD to Ana P.');
	assert.equal(actionWords(task({ ...money_,
		action: { operation: 'payment.authorize' } })),
	'Charge 240.00 USD from Ana P.');
	assert.equal(actionWords(task({ ...money_,
		action: { operation: 'payment.refund' } }), false), 'Refund to Ana P.');
	const does = (operation, amount) => actionWords(task({ ...money_,
		action: { operation } }), amount);
	assert.equal(does('inventory.buy'), 'Buy the seats for 240.00 USD');
	assert.equal(does('inventory.buy', false), 'Buy the seats');
	assert.equal(does('supplier.charge'), 'Charge 240.00 USD from Ana P.');
	assert.equal(does('supplier.charge', false), 'Charge Ana P.');
	assert.equal(does('order.unfreeze'), 'Release the order');
	assert.equal(does('message.send'), 'Send the message to Ana P.');
	assert.equal(does('acme.payOut'), 'Acme pay out 240.00 USD to Ana P.');
	assert.equal(actionWords(task({ action: null,
		text: 'Close the run. Nothing is sent.' })), 'Close the run');
	assert.equal(actionWords(task({ action: null, text: 'Call Ana P. and let ' +
		'the address be confirmed in the account, then close the run.' })),
	'Call Ana P. and let the address be confirmed in the account…');
	assert.equal(actionWords(task({})), 'Approve: Seat mismatch?');
});

test('whatever a playbook can do has a verb of its own', () => {
	const folder = new URL('../../conf/adapters/', import.meta.url);
	for (const file of readdirSync(folder)) {
		const { adapter, operations } = JSON.parse(readFileSync(
			new URL(file, folder), 'utf8'));
		for (const [name, { kind }] of Object.entries(operations))
			if (kind === 'effect' && adapter !== 'local')
				assert.ok(VERBS[`${adapter}.${name}`], `${adapter}.${name}`);
	}
});

test('a query becomes parameters, mistakes are named', () => {
	assert.deepEqual(parseQuery(
		'state:held issue:seat_mismatch amount>120.50 amount<200 ORDER-4'),
	{ params: { state: 'HELD', issue: 'seat_mismatch', amountMin: '12050',
		amountMax: '20000', q: 'ORDER-4' }, errors: [] });
	assert.deepEqual(parseQuery('order:ORDER-4*').params, { prefix: 'ORDER-4' });
	assert.deepEqual(parseQuery('order:A-1 open:true key:k').params,
		{ order: 'A-1', open: 'true', eventKey: 'k' });
	assert.deepEqual(parseQuery('state: step:').params, {});
	assert.deepEqual(strangers('foo:bar state:held amount>1 open:true A-1'),
		['foo:']);
	for (const bad of ['state:NOWHERE', 'amount>much', 'open:maybe', 'a b'])
		assert.equal(parseQuery(bad).errors.length, 1, bad);
});

test('completion offers keys, then values', () => {
	const known = { issue: ['seat_mismatch', 'supplier_silent'] };
	assert.deepEqual(complete('sta', 3, {}).list.map((c) => c.text),
		['state:']);
	assert.deepEqual(complete('open:true issue:s', 17, known),
		{ from: 10, list: [{ text: 'issue:seat_mismatch', hint: '' },
			{ text: 'issue:supplier_silent', hint: '' }] });
	assert.equal(complete('state:wait', 10, {}).list.length, 2);
	assert.equal(complete('', 0, {}).list.length, TOKENS.length);
});
