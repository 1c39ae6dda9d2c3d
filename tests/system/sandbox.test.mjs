// The sandbox from outside: stories, effects done once, faults in their
// sequence, and a ledger that agrees with the state after any crash.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { start } from './instance.mjs';

let instance;
before(async () => {
	instance = await start();
});
after(async () => instance?.stop());

// Every test has orders of its own; the words come last.
let count = 0;
const newOrder = (words = '') => `SB-${process.pid}-${++count}${words}`;
const newKey = () => `key-${++count}`;

async function call(path, options = {}) {
	const answer = await fetch(`${instance.url}/sandbox/${path}`, options);
	const text = await answer.text();
	let body = text;
	try {
		body = JSON.parse(text);
	} catch {
		// Some answers are meant to be no JSON.
	}
	return { status: answer.status, body, text, headers: answer.headers };
}

const post = (path, body = {}, key = undefined) => call(path, {
	method: 'POST',
	headers: {
		'Content-Type': 'application/json',
		...(key ? { 'Idempotency-Key': key } : {}),
	},
	body: JSON.stringify(body),
});

async function get(path, status = 200) {
	const answer = await call(path);
	assert.equal(answer.status, status, `${path}: ${answer.text}`);
	return answer.body;
}

async function ledger(order, operation = undefined) {
	const { data } = await get(`ledger?orderId=${order}&limit=1000`);
	return data.filter((l) => !operation || l.operation === operation);
}

async function refundBody(order, share = 1) {
	const { refundableMinor, currency } = await get(`payments/${order}`);
	return {
		amountMinor: Math.floor(refundableMinor / share),
		currency,
		reason: 'test',
	};
}

const steer = async (order, world) => {
	const answer = await post(`world/${order}`, world);
	assert.equal(answer.status, 200, answer.text);
	return answer.body;
};

// ---- stories ---------------------------------------------------------------

test('every system answers for any order and names it', async () => {
	const order = newOrder();
	for (const path of [`orders/${order}`, `orders/${order}/event`,
		`transfers/${order}`, `suppliers/${order}`, `payments/${order}`,
		`payments/${order}/refund-quote`, `world/${order}`]) {
		const first = await get(path);
		assert.equal(first.orderId, order, path);
		assert.deepEqual(await get(path), first, path);
	}
	assert.deepEqual(await ledger(order), []);
});

test('systems agree about one order', async () => {
	const id = newOrder('-VIP');
	const order = await get(`orders/${id}`);
	const event = await get(`orders/${id}/event`);
	const payment = await get(`payments/${id}`);
	const transfer = await get(`transfers/${id}`);
	const { ticketMinor, feesMinor, deliveryMinor } = order.price;
	assert.equal(order.totalMinor, ticketMinor + feesMinor + deliveryMinor);
	assert.ok(order.vip && order.totalMinor >= 100000);
	assert.equal(payment.capturedMinor, order.totalMinor);
	assert.equal(payment.currency, order.currency);
	assert.equal(order.eventId, event.eventId);
	assert.equal(transfer.recipientEmail, order.buyer.email);
	assert.equal(order.listed.seats.length, order.quantity);
	assert.equal(transfer.opensAt, order.delivery.transferOpensAt);
});

test('stories show where they should', async () => {
	const words = {};
	for (const word of ['SEAT', 'CANCELLED', 'DISPUTE', 'CONTRADICT',
		'UNKNOWN', 'DOORS', 'LOCKED', 'SUPPLIER', 'PAYMENT']) {
		words[word] = newOrder(`-${word}`);
	}
	const seat = await get(`orders/${words.SEAT}`);
	assert.notDeepEqual(seat.delivered.seats, seat.listed.seats);
	const event = await get(`orders/${words.CANCELLED}/event`);
	assert.equal(event.status, 'CANCELLED');
	const disputed = await get(`orders/${words.DISPUTE}`);
	assert.equal(disputed.dispute.status, 'OPEN');
	assert.equal(disputed.payout.state, 'FROZEN');
	const supplier = await get(`suppliers/${words.CONTRADICT}`);
	const transfer = await get(`transfers/${words.CONTRADICT}`);
	assert.equal(supplier.transferStatus, 'ACCEPTED');
	assert.equal(transfer.status, 'FAILED');
	const fine = await get(`transfers/${words.UNKNOWN}`);
	assert.equal(fine.status, 'ACCEPTED');
	const doors = await get(`orders/${words.DOORS}/event`);
	const away = Date.parse(doors.doorsAt) - Date.now();
	assert.ok(Math.abs(away - 7200000) < 60000, doors.doorsAt);
	const locked = await get(`transfers/${words.LOCKED}`);
	assert.equal(locked.status, 'LOCKED');
	assert.equal((await get(`transfers/${words.SUPPLIER}`)).status,
		'PENDING');
	const declined = await get(`payments/${words.PAYMENT}`);
	assert.equal(declined.status, 'DECLINED');
	assert.equal(declined.refundableMinor, 0);
});

test('a transfer is accepted on the second retry', async () => {
	const order = newOrder();
	const first = await post(`transfers/${order}/retry`, {}, newKey());
	assert.equal(first.body.status, 'FAILED');
	assert.equal((await get(`orders/${order}`)).delivered, null);
	const second = await post(`transfers/${order}/retry`,
		{ recipientEmail: 'new@example.com' }, newKey());
	assert.equal(second.status, 200);
	assert.equal(second.body.status, 'ACCEPTED');
	assert.equal(second.body.recipientEmail, 'new@example.com');
	assert.ok(second.body.acceptedAt);
	const { delivered, listed, status } = await get(`orders/${order}`);
	assert.deepEqual(delivered.seats, listed.seats);
	assert.equal(status, 'DELIVERED');
	const third = await post(`transfers/${order}/retry`, {}, newKey());
	assert.equal(third.status, 409);
	assert.equal(third.body.code, 'ALREADY_ACCEPTED');
	assert.equal((await ledger(order, 'transfer.retry')).length, 2);
});

test('with FAIL a transfer is never accepted', async () => {
	const order = newOrder('-FAIL');
	for (let i = 1; i <= 5; i++) {
		const { body } = await post(`transfers/${order}/retry`);
		assert.equal(body.status, 'FAILED');
		assert.equal(body.attempts, i);
		assert.ok(body.lastError);
	}
});

test('a locked transfer refuses until it opens', async () => {
	const order = newOrder('-LOCKED');
	const { opensAt } = await get(`transfers/${order}`);
	const wait = Date.parse(opensAt) - Date.now();
	assert.ok(wait > 10000 && wait <= 20000, `${wait} ms`);
	const retry = await post(`transfers/${order}/retry`);
	assert.equal(retry.status, 409);
	assert.equal(retry.body.code, 'TRANSFER_LOCKED');
	assert.deepEqual(await ledger(order), []);
});

test('a silent supplier answers the second ping, or never', async () => {
	const ping = { channel: 'email', text: 'Where are the tickets?' };
	const answering = newOrder('-SUPPLIER-ANSWERS');
	const silent = newOrder('-SUPPLIER');
	for (const order of [answering, silent]) {
		const first = await post(`suppliers/${order}/ping`, ping);
		assert.equal(first.body.status, 'SILENT');
		assert.equal(first.body.answer, null);
	}
	ping.channel = 'phone';
	const second = await post(`suppliers/${answering}/ping`, ping);
	assert.equal(second.body.status, 'ANSWERED');
	assert.ok(second.body.answer && second.body.lastAnswerAt);
	assert.deepEqual(second.body.messages.map((m) => m.from),
		['support', 'support', 'seller']);
	assert.equal((await get(`transfers/${answering}`)).status, 'ACCEPTED');
	const never = await post(`suppliers/${silent}/ping`, ping);
	assert.equal(never.body.status, 'SILENT');
	assert.equal(never.body.pings, 2);
});

test('a declined card recovers, or not, by its story', async () => {
	const authorize = async (order) => {
		const { totalMinor, currency } = await get(`orders/${order}`);
		return post(`payments/${order}/authorize`,
			{ amountMinor: totalMinor, currency }, newKey());
	};
	const soft = newOrder('-PAYMENT');
	const first = await authorize(soft);
	assert.equal(first.status, 402);
	assert.equal(first.body.code, 'INSUFFICIENT_FUNDS');
	assert.equal(first.body.orderId, soft);
	const second = await authorize(soft);
	assert.equal(second.body.status, 'AUTHORIZED');
	assert.equal((await authorize(soft)).status, 409);
	assert.equal((await ledger(soft)).length, 1);

	for (const [words, code] of [['-PAYMENT-STOLEN', 'STOLEN_CARD'],
		['-PAYMENT-FAIL', 'INSUFFICIENT_FUNDS']]) {
		const order = newOrder(words);
		for (let i = 0; i < 4; i++) {
			const { status, body } = await authorize(order);
			assert.equal(status, 402);
			assert.equal(body.code, code);
		}
		assert.deepEqual(await ledger(order), []);
		assert.equal((await get(`payments/${order}`)).attempts, 4);
	}
});

// ---- effects ---------------------------------------------------------------

test('50 equal refunds at once are one refund', async () => {
	const order = newOrder();
	const body = await refundBody(order), key = newKey();
	const answers = await Promise.all(Array.from({ length: 50 },
		() => post(`payments/${order}/refund`, body, key)));
	const replayed = answers.filter(
		(a) => a.headers.get('idempotent-replayed') === 'true');
	assert.deepEqual(new Set(answers.map((a) => a.status)), new Set([200]));
	assert.equal(new Set(answers.map((a) => a.text)).size, 1);
	assert.equal(replayed.length, 49);
	const lines = await ledger(order);
	assert.equal(lines.length, 1);
	assert.equal(lines[0].amountMinor, body.amountMinor);
	assert.equal(lines[0].currency, body.currency);
	assert.equal(lines[0].idempotencyKey, key);
	assert.equal(lines[0].adapter, 'payment');
	assert.equal((await get(`payments/${order}`)).refundedMinor,
		body.amountMinor);
});

test('a key belongs to its body, whatever the spelling', async () => {
	const order = newOrder(), key = newKey();
	const body = await refundBody(order, 4);
	const path = `payments/${order}/refund`;
	const first = await post(path, body, key);
	const { amountMinor, currency, reason } = body;
	const again = await post(path, { reason, currency, amountMinor }, key);
	assert.equal(again.text, first.text);
	const other = await post(path, { ...body, amountMinor: 1 }, key);
	assert.equal(other.status, 422);
	assert.equal((await ledger(order)).length, 1);
	// The same key elsewhere is another key.
	const elsewhere = await post(`transfers/${order}/retry`, {}, key);
	assert.equal(elsewhere.status, 200);
	assert.equal(elsewhere.headers.get('idempotent-replayed'), null);
});

test('without a key every request is an effect', async () => {
	const order = newOrder();
	const body = { to: 'buyer', template: 'apology' };
	for (let i = 0; i < 3; i++) {
		assert.equal((await post(`messages/${order}`, body)).status,
			200);
	}
	const lines = await ledger(order, 'message.send');
	assert.equal(lines.length, 3);
	assert.ok(lines.every((l) => l.idempotencyKey === null &&
		l.amountMinor === null && l.currency === null));
	const { contacts } = await get(`orders/${order}`);
	assert.equal(contacts.filter((c) => c.to === 'buyer').length, 3);
});

test('refunds never exceed what is refundable', async () => {
	const order = newOrder();
	const path = `payments/${order}/refund`;
	const whole = await refundBody(order), tenth = await refundBody(order, 10);
	const above = await post(path,
		{ ...whole, amountMinor: whole.amountMinor + 1 }, newKey());
	assert.equal(above.status, 409);
	assert.equal(above.body.code, 'ABOVE_REFUNDABLE');
	const answers = await Promise.all(Array.from({ length: 30 },
		() => post(path, tenth, newKey())));
	const good = answers.filter((a) => a.status === 200).length;
	assert.equal(good, Math.floor(whole.amountMinor / tenth.amountMinor));
	assert.ok(answers.every((a) => [200, 409].includes(a.status)));
	const { refundedMinor, refundableMinor } =
		await get(`payments/${order}`);
	assert.equal(refundedMinor, good * tenth.amountMinor);
	assert.equal(refundedMinor + refundableMinor, whole.amountMinor);
	const sum = (await ledger(order)).reduce((n, l) => n + l.amountMinor, 0);
	assert.equal(sum, refundedMinor);
});

test('nothing is refunded over an open chargeback', async () => {
	const order = newOrder();
	const path = `payments/${order}/refund`, key = newKey();
	const body = await refundBody(order, 2);
	await steer(order, { dispute: true });
	const refused = await post(path, body, key);
	assert.equal(refused.status, 409);
	assert.equal(refused.body.code, 'DISPUTE_OPEN');
	const payment = await get(`payments/${order}`);
	assert.equal(payment.refundableMinor, 0);
	assert.equal(payment.disputedMinor, payment.capturedMinor);
	// A refusal does not use up the key.
	await steer(order, { dispute: false });
	assert.equal((await post(path, body, key)).status, 200);

	const story = newOrder('-DISPUTE');
	const { currency } = await get(`payments/${story}`);
	const other = await post(`payments/${story}/refund`,
		{ amountMinor: 1, currency, reason: 'x' }, newKey());
	assert.equal(other.status, 409);
	assert.deepEqual(await ledger(story), []);
});

test('bodies are checked', async () => {
	const order = newOrder();
	const { currency } = await get(`payments/${order}`);
	for (const [path, body, status] of [
		[`payments/${order}/refund`, {}, 400],
		[`payments/${order}/refund`, { amountMinor: 0, currency }, 400],
		[`payments/${order}/refund`, { amountMinor: -5, currency }, 400],
		[`payments/${order}/refund`, { amountMinor: 1.5, currency },
			400],
		[`payments/${order}/refund`, { amountMinor: 1,
			currency: 'XXX' }, 409],
		[`suppliers/${order}/ping`, { channel: 'pigeon' }, 400],
		[`messages/${order}`, { to: 'nobody', template: 'x' }, 400],
		[`messages/${order}`, { to: 'buyer' }, 400],
		[`transfers/${order}/retry`, { extra: 1 }, 400],
		[`world/${order}`, { transferStatus: 'LOST' }, 400],
		[`world/${order}`, { colour: 'red' }, 400],
		['nowhere/x', {}, 404],
	]) {
		const answer = await post(path, body, newKey());
		assert.equal(answer.status, status,
			`${path} ${JSON.stringify(body)}: ${answer.text}`);
	}
	assert.deepEqual(await ledger(order), []);
	const long = await post(`transfers/${order}/retry`, {}, 'k'.repeat(300));
	assert.equal(long.status, 400);
});

test('look-ups tell what was answered under a key', async () => {
	const order = newOrder(), declined = newOrder('-PAYMENT');
	const refund = await refundBody(order, 2);
	for (const [path, body, lookup, status] of [
		[`transfers/${order}/retry`, {}, `transfers/${order}/retries`, 200],
		[`payments/${order}/refund`, refund, `payments/${order}/refunds`,
			200],
		[`suppliers/${order}/ping`, { channel: 'email', text: 'x' },
			`suppliers/${order}/pings`, 200],
		[`messages/${order}`, { to: 'buyer', template: 't', text: 'x' },
			`messages/${order}/sent`, 200],
		[`payments/${declined}/authorize`, { amountMinor: 100,
			currency: (await get(`payments/${declined}`)).currency },
			`payments/${declined}/authorizations`, 402],
	]) {
		const key = newKey();
		await get(`${lookup}/${key}`, 404);
		const done = await post(path, body, key);
		assert.equal(done.status, status, done.text);
		assert.deepEqual(await get(`${lookup}/${key}`, status), done.body);
	}
});

test('the ledger pages in order', async () => {
	const order = newOrder('-FAIL');
	for (let i = 0; i < 5; i++) {
		await post(`transfers/${order}/retry`, {}, `page-${i}`);
	}
	const keys = [];
	let after = 0;
	for (let page = 0; after !== null; page++) {
		assert.ok(page < 4);
		const list = await get(
			`ledger?orderId=${order}&limit=2&after=${after}`);
		keys.push(...list.data.map((l) => l.idempotencyKey));
		after = list.nextAfter;
	}
	assert.deepEqual(keys, [0, 1, 2, 3, 4].map((i) => `page-${i}`));
	const all = await get('ledger?limit=3');
	assert.equal(all.data.length, 3);
});

// ---- faults ----------------------------------------------------------------

test('FLAKY reads fail every second time', async () => {
	const order = newOrder('-FLAKY');
	const statuses = [];
	for (const system of ['orders', 'transfers', 'payments', 'orders']) {
		const answer = await call(`${system}/${order}`);
		statuses.push(answer.status);
		assert.equal(answer.body.orderId, order);
	}
	assert.deepEqual(statuses, [200, 503, 200, 503]);
});

test('FLAKY effects: refused, done but denied, replayed', async () => {
	const order = newOrder('-FLAKY');
	const key = newKey(), body = await refundBody(order, 3);
	const path = `payments/${order}/refund`;
	assert.equal((await post(path, body, key)).status, 503);
	assert.equal((await ledger(order)).length, 0);
	assert.equal((await post(path, body, key)).status, 500);
	assert.equal((await ledger(order)).length, 1);
	const third = await post(path, body, key);
	assert.equal(third.status, 200);
	assert.equal(third.body.amountMinor, body.amountMinor);
	assert.equal((await ledger(order)).length, 1);
	assert.equal((await post(path, body, key)).status, 503);
});

test('FLAKY effects without a key are done twice', async () => {
	const order = newOrder('-FLAKY');
	const body = { to: 'buyer', template: 't' }, statuses = [];
	for (let i = 0; i < 3; i++) {
		statuses.push((await post(`messages/${order}`, body)).status);
	}
	assert.deepEqual(statuses, [503, 500, 200]);
	assert.equal((await ledger(order)).length, 2);
});

test('DOWN refuses six requests to the transfer system', async () => {
	const order = newOrder('-DOWN');
	const statuses = [];
	for (let i = 0; i < 8; i++) {
		const answer = i % 2 ? await post(`transfers/${order}/retry`)
			: await call(`transfers/${order}`);
		statuses.push(answer.status);
	}
	assert.deepEqual(statuses, [503, 503, 503, 503, 503, 503, 200, 200]);
	await get(`payments/${order}`);
	assert.equal((await ledger(order)).length, 1);
});

test('GARBAGE is a page, half an answer, a stranger, then right', async () => {
	const order = newOrder('-GARBAGE');
	const reads = [];
	for (let i = 0; i < 5; i++) {
		reads.push(await call(`transfers/${order}`));
	}
	assert.ok(reads.every((r) => r.status === 200));
	assert.match(reads[0].headers.get('content-type'), /^text\/html/);
	assert.match(reads[0].text, /^<!doctype html>/);
	assert.throws(() => JSON.parse(reads[1].text));
	assert.ok(reads[1].text.startsWith(`{"orderId":"${order}"`));
	assert.equal(reads[2].body.status, reads[3].body.status);
	assert.notEqual(reads[2].body.orderId, order);
	assert.equal(reads[3].body.orderId, order);
	assert.deepEqual(reads[4].body, reads[3].body);
});

test('SLOW answers late and holds nobody up', async () => {
	const slow = newOrder('-SLOW');
	const body = { to: 'buyer', template: 't' };
	const began = Date.now();
	const late = Promise.all(Array.from({ length: 8 },
		() => post(`messages/${slow}`, body)));
	await new Promise((done) => setTimeout(done, 200));
	const other = newOrder();
	const quick = Date.now();
	assert.equal((await post(`messages/${other}`, body)).status, 200);
	assert.ok(Date.now() - quick < 700, 'waited for the slow ones');
	// They are done although nobody has heard of it.
	assert.equal((await ledger(slow)).length, 8);
	await late;
	assert.ok(Date.now() - began >= 1500);
});

test('the world can be steered and given back', async () => {
	const order = newOrder();
	const doorsAt = new Date(Date.now() + 3600000).toISOString();
	await steer(order, { transferStatus: 'NOT_ACCEPTED',
		supplierAnswer: 'I sold them twice', eventStatus: 'POSTPONED',
		supplierStatus: 'CANNOT_FULFIL', paymentStatus: 'DECLINED',
		doorsAt });
	assert.equal((await get(`transfers/${order}`)).status, 'NOT_ACCEPTED');
	const supplier = await get(`suppliers/${order}`);
	assert.equal(supplier.status, 'CANNOT_FULFIL');
	assert.equal(supplier.answer, 'I sold them twice');
	const event = await get(`orders/${order}/event`);
	assert.equal(event.status, 'POSTPONED');
	assert.equal(event.doorsAt, doorsAt);
	assert.ok(event.startsAt > doorsAt);
	assert.equal((await get(`payments/${order}`)).status, 'DECLINED');
	const world = await steer(order, { transferStatus: null,
		eventStatus: null, doorsAt: null });
	assert.equal(world.transferStatus, null);
	assert.equal(world.supplierStatus, 'CANNOT_FULFIL');
	assert.equal((await get(`transfers/${order}`)).status, 'FAILED');
	assert.equal((await get(`orders/${order}/event`)).status, 'ON');
});

test('failNext and delayMs', async () => {
	const order = newOrder();
	await steer(order, { failNext: 2, delayMs: 300 });
	const body = { to: 'buyer', template: 't' };
	const began = Date.now();
	assert.equal((await post(`messages/${order}`, body)).status, 503);
	assert.ok(Date.now() - began >= 300);
	await steer(order, { delayMs: 0 });
	await get(`orders/${order}`, 503);
	await get(`orders/${order}`, 200);
	assert.deepEqual(await ledger(order), []);
});

// ---- crashes ---------------------------------------------------------------

// Workers are the processes under this instance whose parent has their name.
function workers() {
	const all = new Map();
	for (const pid of readdirSync('/proc').filter((p) => /^\d+$/.test(p))) {
		try {
			const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
			const [, name, rest] = stat.match(/\((.*)\) (.*)$/s);
			all.set(Number(pid),
				{ name, parent: Number(rest.split(' ')[1]) });
		} catch {
			// It ended between the two.
		}
	}
	const isOurs = (pid) => pid === instance.pid ||
		(all.has(pid) && isOurs(all.get(pid).parent));
	return [...all].filter(([pid, { name, parent }]) =>
		name === 'mend-sandbox' && all.get(parent)?.name === name &&
		isOurs(pid)).map(([pid]) => pid);
}

test('kill -9 of workers leaves ledger and state in agreement', async (t) => {
	if (instance.foreign) {
		return t.skip('not our processes');
	}
	const orders = Array.from({ length: 4 }, () => newOrder());
	const jobs = [];
	for (const order of orders) {
		const body = await refundBody(order, 40);
		// Long enough to be hit between the commit and the answer.
		await steer(order, { delayMs: 30 });
		for (let i = 0; i < 30; i++) {
			jobs.push({ order, body, key: `${order}-r${i}` });
		}
	}
	let killed = 0, going = true, unanswered = 0;
	const killer = (async () => {
		// Whoever dies often is started ever later: not too many.
		while (going && killed < 24) {
			for (const pid of workers().filter(() =>
				Math.random() < 0.2)) {
				process.kill(pid, 'SIGKILL');
				killed++;
			}
			await new Promise((done) => setTimeout(done, 20));
		}
	})();
	// A client that repeats until it knows, as the engine does.
	const settle = async ({ order, body, key }) => {
		for (let i = 0; i < 400; i++) {
			const answer = await post(`payments/${order}/refund`, body,
				key).catch(() => ({ status: 0 }));
			if (answer.status === 200) {
				return;
			}
			unanswered++;
			await new Promise((done) => setTimeout(done, 25));
		}
		assert.fail(`never answered: ${key}`);
	};
	try {
		const queue = [...jobs];
		await Promise.all(Array.from({ length: 12 }, async () => {
			while (queue.length) {
				await settle(queue.shift());
			}
		}));
	} finally {
		going = false;
		await killer;
	}
	assert.ok(killed > 5, `${killed} killed`);
	assert.ok(unanswered > 0, 'no request was hit');
	// Those that died last are being replaced.
	await new Promise((done) => setTimeout(done, 500));
	for (const order of orders) {
		const lines = await ledger(order, 'payment.refund');
		const keys = new Set(lines.map((l) => l.idempotencyKey));
		assert.equal(lines.length, 30);
		assert.equal(keys.size, 30);
		const sum = lines.reduce((n, l) => n + l.amountMinor, 0);
		assert.equal((await get(`payments/${order}`)).refundedMinor, sum);
		for (const key of keys) {
			await get(`payments/${order}/refunds/${key}`);
		}
	}
});
