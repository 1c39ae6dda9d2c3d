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

// ---- the systems that came later ---------------------------------------------

const wait = (ms) => new Promise((done) => setTimeout(done, ms));
// Polls until what is read fits.
async function comes(what, read, fits, within = 8000) {
	const end = Date.now() + within;
	for (;;) {
		const seen = await read();
		if (fits(seen))
			return seen;
		assert.ok(Date.now() < end, `${what}: ${JSON.stringify(seen)}`);
		await wait(100);
	}
}
const effect = async (path, body = {}, status = 200) => {
	const answer = await post(path, body, newKey());
	assert.equal(answer.status, status, `${path}: ${answer.text}`);
	return answer.body;
};

test('later systems answer for any order, and name it', async () => {
	const order = newOrder();
	for (const path of ['disputes', 'payouts', 'official', 'scans', 'messages'])
		assert.equal((await get(`${path}/${order}`)).orderId, order, path);
	assert.equal((await get(`orders/${order}/related`)).count, 0);
	const { status, body } = await post(`inventory/${order}/search`);
	assert.deepEqual([status, body.orderId], [200, order]);
	assert.deepEqual(await ledger(order), []);
});

test('later stories show where they should', async () => {
	const read = (path, words) => get(`${path}/${newOrder(`-${words}`)}`);
	const order = (words) => read('orders', words);
	const partial = await order('PARTIAL');
	assert.equal(partial.delivered.quantity, partial.quantity - 1);
	assert.equal(partial.delivered.seats.length, partial.quantity - 1);
	assert.equal((await read('transfers', 'PARTIAL')).status, 'PARTIAL');
	for (const words of ['CANNOT', 'NOSTOCK'])
		assert.equal((await read('suppliers', words)).status,
			'CANNOT_FULFIL');
	assert.equal((await order('DELIVERY')).delivery.problem,
		'STATIC_BARCODE');
	assert.equal((await order('ROTATING')).delivery.problem,
		'ROTATING_BARCODE');
	assert.equal((await order('UNREACHABLE')).buyer.emailStatus, 'BOUNCED');
	assert.equal((await order('FRAUD')).risk.level, 'HIGH');
	assert.equal((await order('')).risk.level, 'LOW');
	assert.equal((await order('RESOLD')).resold, true);
	const refunded = newOrder('-REFUNDED');
	assert.equal((await get(`payments/${refunded}`)).refundableMinor, 0);
	assert.equal((await get(`orders/${refunded}`)).status, 'REFUNDED');
	const wrong = newOrder('-WRONGMAIL');
	assert.notEqual((await get(`transfers/${wrong}`)).recipientEmail,
		(await get(`orders/${wrong}`)).buyer.email);
	assert.equal((await read('scans', 'DENIED')).status, 'REFUSED');
	assert.equal((await read('scans', 'DENIED-CONTRADICT')).status,
		'SCANNED');
	assert.equal((await order('DENIED')).reported.kind, 'DENIED_ENTRY');
	assert.equal((await read('disputes', 'DISPUTE')).status, 'OPEN');
	assert.equal((await read('payouts', 'DISPUTE')).state, 'FROZEN');
});

test('the organiser confirms, or knows of nothing', async () => {
	assert.equal((await get(`official/${newOrder('-CANCELLED')}`)).status,
		'CANCELLED');
	const order = newOrder('-CANCELLED-CONTRADICT');
	assert.equal((await get(`official/${order}`)).status, 'ON');
	assert.equal((await get(`orders/${order}/event`)).status, 'CANCELLED');
	assert.equal((await get(`suppliers/${order}`)).transferStatus, undefined);
});

test('an event that was put off gets a new date and new barcodes', async () => {
	const order = newOrder('-POSTPONED'), never = newOrder('-POSTPONED-FAIL');
	const first = await get(`official/${order}`);
	assert.deepEqual([first.status, first.newStartsAt], ['POSTPONED', null]);
	assert.equal((await get(`transfers/${order}`)).barcodes, 'VOID');
	await get(`official/${never}`);
	const moved = await comes('a new date', () => get(`official/${order}`),
		(e) => e.status === 'RESCHEDULED', 25000);
	assert.ok(moved.newStartsAt > moved.startsAt);
	assert.equal((await get(`transfers/${order}`)).barcodes, 'REISSUED');
	assert.equal((await get(`official/${never}`)).status, 'POSTPONED');
});

test('one word about an event counts for all of its orders', async () => {
	const [one, other] = [newOrder(), newOrder()];
	const { eventId } = await get(`orders/${one}/event`);
	const told = await post(`events/${eventId}`, { status: 'CANCELLED' });
	assert.equal(told.status, 200, told.text);
	assert.equal((await get(`orders/${one}/event`)).status, 'CANCELLED');
	assert.equal((await get(`official/${one}`)).status, 'CANCELLED');
	assert.equal((await get(`events/${eventId}`)).status, 'CANCELLED');
	const elsewhere = await get(`orders/${other}/event`);
	if (elsewhere.eventId !== eventId)
		assert.equal(elsewhere.status, 'ON');
	// The marketplace and the organiser may be made to differ.
	await post(`events/${eventId}`, { status: 'POSTPONED',
		officialStatus: 'ON' });
	assert.equal((await get(`orders/${one}/event`)).status, 'POSTPONED');
	assert.equal((await get(`official/${one}`)).status, 'ON');
	await post(`events/${eventId}`, { status: null });
	assert.equal((await get(`orders/${one}/event`)).status, 'ON');
	assert.equal((await post(`events/${eventId}`, { status: 'OFF' })).status,
		400);
});

test('a replacement is held, bought once and delivered', async () => {
	const order = newOrder('-CANNOT');
	const found = await effect(`inventory/${order}/search`, {});
	assert.equal(found.count, 3);
	assert.ok(found.best.sameSection && found.best.pricePercent <= 120);
	const hold = await effect(`inventory/${order}/holds`,
		{ offerId: found.best.offerId });
	assert.equal(hold.priceMinor, found.best.priceMinor);
	const path = `inventory/${order}/holds/${hold.holdId}`;
	const body = { amountMinor: hold.priceMinor, currency: hold.currency };
	assert.equal((await effect(`${path}/buy`, { ...body,
		amountMinor: 1 }, 409)).code, 'PRICE_CHANGED');
	const key = newKey();
	const bought = await post(`${path}/buy`, body, key);
	assert.equal(bought.body.status, 'BOUGHT', bought.text);
	assert.deepEqual((await post(`${path}/buy`, body, key)).body,
		bought.body);
	assert.equal((await get(`inventory/${order}/purchases/${key}`))
		.purchaseId, bought.body.purchaseId);
	await effect(`${path}/buy`, body, 409);
	assert.equal((await effect(`${path}/release`)).status, 'BOUGHT');
	const lines = await ledger(order, 'inventory.buy');
	assert.deepEqual(lines.map((l) => l.amountMinor), [hold.priceMinor]);
	await effect(`transfers/${order}/send`, {});
	const { delivered, listed } = await comes('the tickets',
		() => get(`orders/${order}`), (o) => o.delivered);
	assert.equal(delivered.section, listed.section);
	assert.notDeepEqual(delivered.seats, listed.seats);
	assert.equal(delivered.quantity, listed.quantity);
});

test('holds run out, are given back, and may come to nothing', async () => {
	const order = newOrder('-CANNOT'), gone = newOrder('-CANNOT-FAIL');
	const hold = async (id) => {
		const { best } = await effect(`inventory/${id}/search`, {});
		return effect(`inventory/${id}/holds`, { offerId: best.offerId });
	};
	const [late, given, lost] = [await hold(order), await hold(order),
		await hold(gone)];
	const release = `inventory/${order}/holds/${given.holdId}/release`;
	assert.equal((await effect(release)).status, 'RELEASED');
	assert.equal((await effect(release)).status, 'RELEASED');
	assert.equal((await ledger(order, 'inventory.release')).length, 1);
	await steer(order, { expireHolds: true });
	assert.equal((await effect(`inventory/${order}/holds/${late.holdId}/buy`,
		{}, 409)).code, 'HOLD_EXPIRED');
	assert.equal((await effect(`inventory/${gone}/holds/${lost.holdId}/buy`,
		{}, 409)).code, 'OFFER_GONE');
	assert.equal((await effect(`inventory/${gone}/holds/${given.holdId}/buy`,
		{}, 409)).code, 'NO_SUCH_HOLD');
	const none = newOrder('-NOSTOCK');
	assert.deepEqual((await effect(`inventory/${none}/search`)).offers, []);
	const vip = await effect(`inventory/${newOrder('-CANNOT-VIP')}/search`);
	assert.ok(vip.best.pricePercent > 120);
	const cheap = await effect(`inventory/${order}/search`, { maxMinor: 1 });
	assert.deepEqual([cheap.count, cheap.best], [0, null]);
});

test('a buyer who is asked answers by himself', async () => {
	const [yes, no, lost, mute] = ['', '-REFUSES', '-UNREACHABLE',
		'-UNREACHABLE-FAIL'].map(newOrder);
	const ask = (order, channel) => effect(`messages/${order}`, { to: 'buyer',
		template: 'ask_replacement', text: 'Would these do?', channel });
	const list = (order) => get(`messages/${order}`);
	for (const order of [yes, no])
		assert.equal((await ask(order)).status, 'SENT');
	assert.equal((await ask(lost)).status, 'BOUNCED');
	assert.equal((await list(yes)).buyerChoice, null);
	const said = await comes('an answer', () => list(yes),
		(m) => m.lastFromBuyerAt);
	assert.equal(said.buyerChoice, 'ACCEPT');
	assert.deepEqual(said.messages.map((m) => m.from), ['support', 'buyer']);
	assert.equal((await comes('a refusal', () => list(no),
		(m) => m.lastFromBuyerAt)).buyerChoice, 'REFUND');
	assert.equal((await list(lost)).lastFromBuyerAt, null);
	await ask(lost, 'phone');
	await ask(mute, 'phone');
	assert.match((await comes('an answer', () => list(lost),
		(m) => m.lastFromBuyerAt)).verifiedEmail, /@/);
	assert.equal((await list(mute)).lastFromBuyerAt, null);
	// What is merely told is not answered; a new question waits anew.
	await effect(`messages/${yes}`, { to: 'buyer', text: 'Thank you.' });
	assert.equal((await list(yes)).buyerChoice, 'ACCEPT');
	await ask(yes);
	const again = await list(yes);
	assert.equal(again.buyerChoice, null);
	assert.equal(again.messages.filter((m) => m.from === 'buyer').length, 1);
	await steer(yes, { buyerAnswer: 'Keep them.', buyerChoice: 'KEEP' });
	assert.equal((await list(yes)).buyerChoice, 'KEEP');
});

test('a reminder helps, a wrong address is corrected', async () => {
	const order = newOrder('-NOTACCEPTED'), deaf = newOrder('-NOTACCEPTED-FAIL');
	for (const id of [order, deaf]) {
		assert.equal((await get(`transfers/${id}`)).status, 'NOT_ACCEPTED');
		await effect(`messages/${id}`, { to: 'buyer', text: 'They wait.' });
	}
	await comes('acceptance', () => get(`transfers/${order}`),
		(t) => t.status === 'ACCEPTED');
	assert.equal((await get(`transfers/${deaf}`)).status, 'NOT_ACCEPTED');
	const wrong = newOrder('-WRONGMAIL');
	const { buyer } = await get(`orders/${wrong}`);
	assert.equal((await effect(`transfers/${wrong}/revoke`)).status,
		'REVOKED');
	assert.equal((await effect(`transfers/${wrong}/send`,
		{ recipientEmail: buyer.email })).status, 'PENDING');
	const sent = await comes('acceptance', () => get(`transfers/${wrong}`),
		(t) => t.status === 'ACCEPTED');
	assert.equal(sent.recipientEmail, buyer.email);
	await effect(`transfers/${wrong}/revoke`, {}, 409);
});

test('a missing ticket comes when the seller is persuaded', async () => {
	const ping = { channel: 'email', text: 'The last ticket?' };
	const [persuaded, empty] = [newOrder('-PARTIAL-ANSWERS'),
		newOrder('-PARTIAL')];
	for (const id of [persuaded, empty]) {
		await effect(`suppliers/${id}/ping`, ping);
		await effect(`suppliers/${id}/ping`, { ...ping, channel: 'phone' });
	}
	const { delivered, quantity } = await get(`orders/${persuaded}`);
	assert.equal(delivered.quantity, quantity);
	assert.match((await get(`suppliers/${empty}`)).answer, /all that I have/);
	assert.equal((await get(`transfers/${empty}`)).status, 'PARTIAL');
});

test('a seller knows of pings about whichever order', async () => {
	const seen = new Map();
	for (let i = 0; i < 12; i++) {
		const id = newOrder('-SUPPLIER');
		const { seller } = await get(`suppliers/${id}`);
		if (!seen.has(seller.id)) {
			await effect(`suppliers/${id}/ping`, { channel: 'email' });
			seen.set(seller.id, id);
		} else {
			assert.ok(seller.pings > 0 && seller.lastPingAt);
			assert.equal(seller.lastChannel, 'email');
		}
	}
	assert.ok(seen.size < 12);
});

test('frozen, nothing leaves; cancelled, nothing is delivered', async () => {
	const order = newOrder('-CANNOT');
	const { best } = await effect(`inventory/${order}/search`);
	const { holdId } = await effect(`inventory/${order}/holds`,
		{ offerId: best.offerId });
	assert.equal((await effect(`orders/${order}/freeze`)).frozen, true);
	assert.equal((await get(`payouts/${order}`)).state, 'FROZEN');
	await effect(`transfers/${order}/send`, {}, 409);
	await effect(`inventory/${order}/holds/${holdId}/buy`, {}, 409);
	await effect(`orders/${order}/unfreeze`);
	assert.equal((await get(`payouts/${order}`)).state, 'HELD');
	assert.equal((await effect(`orders/${order}/cancel`)).status,
		'CANCELLED');
	assert.equal((await get(`orders/${order}`)).status, 'CANCELLED');
	await effect(`orders/${newOrder('-UNKNOWN')}/cancel`, {}, 409);
});

test('disputes, payouts and delivery methods have rules of their own',
	async () => {
		const disputed = newOrder('-DISPUTE'), plain = newOrder();
		const evidence = { evidence: { proof: 'accepted' } };
		assert.ok((await effect(`disputes/${disputed}/evidence`, evidence))
			.evidenceSubmittedAt);
		await effect(`disputes/${disputed}/evidence`, evidence, 409);
		await effect(`disputes/${plain}/evidence`, evidence, 409);
		await effect(`payouts/${disputed}/release`, {}, 409);
		await steer(disputed, { disputeStatus: 'LOST' });
		assert.equal((await get(`disputes/${disputed}`)).status, 'LOST');
		assert.equal((await effect(`payouts/${plain}/freeze`)).state, 'FROZEN');
		await steer(plain, { payoutState: 'PAID' });
		await effect(`payouts/${plain}/freeze`, {}, 409);
		const pdf = newOrder('-DELIVERY'), rotating = newOrder('-ROTATING');
		await effect(`orders/${pdf}/delivery-method`, { method: 'PDF' });
		assert.equal((await get(`orders/${pdf}`)).delivery.problem, null);
		assert.equal((await effect(`orders/${rotating}/delivery-method`,
			{ method: 'PDF' }, 409)).code, 'BARCODE_ROTATES');
		await effect(`orders/${newOrder('-DELIVERY-FAIL')}/delivery-method`,
			{ method: 'PDF' }, 409);
	});

test('a twin names its twin', async () => {
	const order = newOrder('-DUPLICATE'), similar = newOrder('-DUPLICATE-FAIL');
	const [twin] = (await get(`orders/${order}/related`)).orders;
	const [back] = (await get(`orders/${twin.orderId}/related`)).orders;
	assert.equal(back.orderId, order);
	const [a, b] = [await get(`orders/${order}`),
		await get(`orders/${twin.orderId}`)];
	assert.deepEqual([a.buyer, a.totalMinor, a.listed],
		[b.buyer, b.totalMinor, b.listed]);
	assert.ok(twin.sameSeats && twin.sameTotal);
	const [other] = (await get(`orders/${similar}/related`)).orders;
	assert.ok(!other.sameSeats && !other.sameTotal);
});

test('a locked transfer stays so with FAIL, and can be sent when it opened',
	async () => {
		const order = newOrder('-LOCKED');
		await effect(`transfers/${order}/send`, {}, 409);
		await comes('the opening', () => get(`transfers/${order}`),
			(t) => t.status === 'PENDING', 25000);
		await effect(`transfers/${order}/send`);
		await comes('acceptance', () => get(`transfers/${order}`),
			(t) => t.status === 'ACCEPTED');
	});

test('a storm hits one adapter, and its load is counted', async () => {
	const load = async (name) => (await get('load')).adapters
		.find((a) => a.adapter === name);
	const storm = async (body) => {
		const answer = await post('storm', body);
		assert.equal(answer.status, 200, answer.text);
	};
	const order = newOrder();
	const many = (n, path) => Promise.all(Array.from({ length: n },
		() => call(`${path}/${order}`)));
	const codes = (answers) => answers.map((a) => a.status);
	await get(`scans/${order}`);
	await post('load');
	await storm({ adapter: 'scan', errorRate: 0.5 });
	const half = codes(await many(200, 'scans'));
	const bad = half.filter((s) => s === 503).length;
	assert.ok(bad > 50 && bad < 150, `${bad} of 200`);
	assert.ok(!codes(await many(20, 'payouts')).includes(503));
	let seen = await load('scan');
	assert.deepEqual([seen.requests, seen.failed, seen.inFlight],
		[200, bad, 0]);
	assert.ok(seen.peakPerSecond > 0 && seen.peakPerSecond <= 200);
	assert.ok(seen.peakInFlight >= 1 && seen.peakInFlight <= 16);

	await storm({ adapter: 'scan', throttlePerSecond: 5 });
	const throttled = (await many(60, 'scans'))
		.filter((a) => a.status === 429);
	assert.ok(throttled.length >= 60 - 5 * 4, `${throttled.length}`);
	assert.equal(throttled[0].headers.get('retry-after'), '1');

	await storm({ adapter: 'scan', downMs: 60000 });
	assert.deepEqual(new Set(codes(await many(5, 'scans'))), new Set([503]));
	const began = Date.now();
	await storm({ adapter: 'scan', delayMs: 300 });
	assert.deepEqual(codes(await many(1, 'scans')), [200]);
	assert.ok(Date.now() - began >= 300);
	await storm({});
	seen = await load('scan');
	assert.deepEqual([seen.errorRate, seen.downMs, seen.throttlePerSecond,
		seen.delayMs], [0, 0, 0, 0]);
	assert.equal((await post('storm', { adapter: 'moon' })).status, 400);
	assert.equal((await post('storm', { errorRate: 2 })).status, 400);
});
