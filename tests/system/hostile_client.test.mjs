// Clients that are slow, half gone, too many or against the rules: each is
// answered as HTTP says or closed in time, and through all of it a usual client
// is served as if nobody else were there.
//
// The crowd stays for the whole of the file, from addresses of its own; the
// cases that take a moment run meanwhile.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { sleep, until } from './dev.mjs';
import { start } from './instance.mjs';

const SLOW_HEADERS = 400, SLOW_BODIES = 300, IDLE = 10000;
const IDLE_AT_LEAST = 1000, OPEN_WITHIN_MS = 5000;
const PER_ADDRESS = 224; // requests at a time, by conf/nginx
const HEADER_TIMEOUT_MS = 10000; // client_header_timeout of nginx

let instance, port, usual;
const crowd = { headers: [], bodies: [], idle: [], began: 0 };

// A connection: text is what came, over resolves when the peer has closed it.
function open(from = '127.0.0.1') {
	const socket = connect({ host: '127.0.0.1', port, localAddress: from });
	const c = { socket, text: '', closed: false, error: null };
	c.over = new Promise((done) => socket.on('close', () => {
		c.closed = true;
		c.closedAt = Date.now();
		done(c);
	}));
	socket.on('error', (error) => c.error = error);
	socket.setEncoding('latin1').on('data', (t) => c.text += t);
	return c;
}

// Sends it and waits for the peer to close, or for what is to be seen.
async function say(bytes, { seen = null, within = 8000, half = false } = {}) {
	const c = open();
	c.socket.write(bytes, 'latin1');
	if (half) c.socket.end();
	await until(`an answer to ${JSON.stringify(bytes.slice(0, 200))}`,
		() => c.closed || (seen && seen.test(c.text)), within);
	c.socket.destroy();
	c.status = Number(/^HTTP\/1\.[01] (\d+)/.exec(c.text)?.[1] ?? 0);
	return c;
}

const CLOSE = 'Connection: close\r\n\r\n';
const get = (path, headers = 'Host: localhost\r\n', version = '1.1') =>
	`GET ${path} HTTP/${version}\r\n${headers}${CLOSE}`;
const post = (headers, body) => 'POST /v1/runs HTTP/1.1\r\n' +
	'Host: localhost\r\nContent-Type: application/json\r\n' +
	`${headers}${CLOSE}${body}`;
const orderBody = (name) => `{"orderId":"HOSTILE-${process.pid}-${name}"}`;

function holdProblem(c, status, what) {
	assert.equal(c.status, status, `${what}: ${c.text.slice(0, 300)}`);
	assert.match(c.text, /\r\nContent-Type: application\/problem\+json/,
		what);
	assert.match(c.text, new RegExp(`"status":${status}`), what);
}

// ---- the crowd ----

function slowHeaders() {
	for (let i = 0; i < SLOW_HEADERS; i++) {
		const c = open('127.0.0.2');
		c.socket.write('GET /v1/runs HTTP/1.1\r\nHost: localhost\r\nX-');
		crowd.headers.push(c);
	}
}

// Half of them go on, a byte at a time; the other half say nothing more.
function slowBodies() {
	for (let i = 0; i < SLOW_BODIES; i++) {
		const c = open('127.0.0.3');
		c.socket.write('POST /v1/runs HTTP/1.1\r\nHost: localhost\r\n' +
			'Content-Type: application/json\r\n' +
			'Content-Length: 500\r\n\r\n{');
		crowd.bodies.push(c);
	}
}

async function idle() {
	const end = Date.now() + OPEN_WITHIN_MS;
	while (crowd.idle.length < IDLE && Date.now() < end) {
		for (let i = 0; i < 200; i++) {
			const c = open('127.0.0.4');
			c.socket.write('GET /nothing HTTP/1.1\r\n' +
				'Host: localhost\r\n\r\n');
			crowd.idle.push(c);
		}
		await sleep(10);
	}
}

function drip() {
	return setInterval(() => {
		for (const c of crowd.headers)
			if (!c.closed) c.socket.write('x');
		for (const [i, c] of crowd.bodies.entries())
			if (!c.closed && i % 2 === 0) c.socket.write(' ');
	}, 1000);
}

// A usual client: one request after the other, each must succeed.
function begin() {
	const client = { done: 0, failed: [], slowest: 0, stop: false };
	client.ended = (async () => {
		while (!client.stop) {
			const began = Date.now();
			try {
				const answer = await fetch(
					`${instance.url}/v1/runs?limit=1`);
				await answer.text();
				if (answer.status !== 200)
					client.failed.push(answer.status);
			} catch (error) {
				client.failed.push(`${error.cause ?? error}`);
			}
			client.slowest = Math.max(client.slowest,
				Date.now() - began);
			client.done++;
			await sleep(50);
		}
	})();
	return client;
}

let dripping;
before(async () => {
	instance = await start();
	({ port } = instance);
	crowd.began = Date.now();
	usual = begin();
	slowHeaders();
	slowBodies();
	dripping = drip();
	await idle();
});
after(async () => {
	clearInterval(dripping);
	usual.stop = true;
	for (const c of [...crowd.headers, ...crowd.bodies, ...crowd.idle])
		c.socket.destroy();
	await instance?.stop();
});

// ---- what is fine, though few clients do it ----

test('a chunked body', async () => {
	const [a, b] = [orderBody('CHUNKED').slice(0, 9),
		orderBody('CHUNKED').slice(9)];
	const chunk = (text) => `${text.length.toString(16)}\r\n${text}\r\n`;
	const c = await say(post('Transfer-Encoding: chunked\r\n',
		`${chunk(a)}${chunk(b)}0\r\n\r\n`));
	assert.equal(c.status, 201, c.text);
	assert.match(c.text, /"orderId":"HOSTILE-\d+-CHUNKED"/);
});

test('a body that waits for 100 Continue', async () => {
	const body = orderBody('EXPECT');
	const c = open();
	c.socket.write(post(`Content-Length: ${body.length}\r\n` +
		'Expect: 100-continue\r\n', ''));
	await until('100 Continue', () => c.text.startsWith('HTTP/1.1 100 '));
	c.socket.write(body);
	await c.over;
	assert.match(c.text, /\r\n\r\nHTTP\/1\.1 201 /);
});

test('pipelined requests are answered in order', async () => {
	const some = Array.from({ length: 20 }, (_, i) => i % 2
		? 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n'
		: 'GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n');
	const c = await say(some.join('') + get('/livez'));
	const statuses = [...c.text.matchAll(/HTTP\/1\.1 (\d+)/g)]
		.map((m) => Number(m[1]));
	assert.deepEqual(statuses, [...some.map((_, i) => i % 2 ? 200 : 404),
		200]);
});

test('HTTP/1.0, absolute form, an address as host', async () => {
	const old = await say('GET /livez HTTP/1.0\r\n\r\n');
	assert.equal(old.status, 200, old.text);
	assert.doesNotMatch(old.text, /chunked/);
	for (const path of [`http://127.0.0.1:${port}/livez`,
		'http://localhost/livez'])
		assert.equal((await say(get(path))).status, 200, path);
	for (const host of ['[::1]:8090', '127.0.0.1', 'mend.internal'])
		assert.equal((await say(get('/livez', `Host: ${host}\r\n`)))
			.status, 200, host);
});

// ---- what is refused ----

test('a foreign host is not served, in no form', async () => {
	for (const bytes of [get('/v1/runs', 'Host: evil.example\r\n'),
		get('/ui', 'Host: 127.0.0.1.evil.example\r\n'),
		get('http://evil.example/v1/runs'),
		'GET http://evil.example/v1/me HTTP/1.0\r\n\r\n'])
		holdProblem(await say(bytes), 421, bytes);
});

test('what is no HTTP request is refused', async () => {
	const bad = {
		'no Host': get('/livez', ''),
		'two Hosts': get('/livez', 'Host: a\r\nHost: b\r\n'),
		'a Host with a space': get('/livez', 'Host: a b\r\n'),
		'two lengths': post('Content-Length: 2\r\nContent-Length: 3\r\n',
			'{}'),
		'a length that is none': post('Content-Length: -2\r\n', '{}'),
		'a length and chunks': post('Content-Length: 2\r\n' +
			'Transfer-Encoding: chunked\r\n', '0\r\n\r\n'),
		'a chunk without a size': post('Transfer-Encoding: chunked\r\n',
			'zz\r\n{}\r\n0\r\n\r\n'),
		'NUL in the path': get('/v1/runs/\0'),
		'a broken escape': get('/v1/runs/%zz'),
		'headers of 64 KB': get('/livez', 'Host: localhost\r\n' +
			`X-Much: ${'x'.repeat(8000)}\r\n`.repeat(8)),
		'one header of 20 KB': get('/livez', 'Host: localhost\r\n' +
			`X-Much: ${'x'.repeat(20000)}\r\n`),
	};
	for (const [what, bytes] of Object.entries(bad))
		holdProblem(await say(bytes), 400, what);
	holdProblem(await say(get(`/v1/runs?q=${'x'.repeat(20000)}`)), 414,
		'a long path');
	// TLS to a plain port, and noise: an answer or none, but it ends.
	for (const bytes of ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
		'\0\0\0\0\r\n\r\n', `${'A'.repeat(5000)}\r\n\r\n`])
		assert.ok([0, 400].includes((await say(bytes)).status));
});

test('methods that nobody serves', async () => {
	for (const method of ['FOO', 'DELETE', 'PATCH', 'OPTIONS'])
		holdProblem(await say(`${method} /v1/runs HTTP/1.1\r\n` +
			`Host: localhost\r\n${CLOSE}`), 405, method);
	for (const method of ['TRACE', 'CONNECT']) {
		const c = await say(`${method} /v1/runs HTTP/1.1\r\n` +
			`Host: localhost\r\n${CLOSE}`);
		assert.ok(c.status === 405 || c.status === 400, c.text);
	}
});

test('a body beyond the limit, declared or chunked', async () => {
	const much = 300 * 1024;
	holdProblem(await say(post(`Content-Length: ${much}\r\n`, '')), 413,
		'declared');
	const c = await say(post('Transfer-Encoding: chunked\r\n',
		`${much.toString(16)}\r\n${' '.repeat(much)}\r\n0\r\n\r\n`));
	holdProblem(c, 413, 'chunked');
});

test('a header cannot pass for another parameter', async () => {
	const me = await say(get('/v1/me', 'Host: localhost\r\n' +
		'X_Mend_Actor: eve\r\nX-Mend_Actor: eve\r\n' +
		'Request-Method: POST\r\nProxy: http://evil.example\r\n'));
	assert.equal(me.status, 200, me.text);
	assert.doesNotMatch(me.text, /eve/);
});

test('clients that are half or wholly gone', async () => {
	const body = orderBody('GONE');
	for (let i = 0; i < 20; i++) {
		const c = open();
		c.socket.write(post(`Content-Length: ${body.length}\r\n`, body));
		await sleep(i);
		c.socket.resetAndDestroy();
	}
	const half = await say(get('/livez'), { half: true });
	assert.ok(half.closed && [0, 200].includes(half.status), half.text);
});

// ---- the crowd again ----

test('the idle ones are kept, within what there is', async (t) => {
	await until('the idle to be answered', () => crowd.idle.filter((c) =>
		c.text.startsWith('HTTP/1.1 404') || c.closed).length ===
		crowd.idle.length, 10000);
	const kept = crowd.idle.filter((c) => !c.closed).length;
	t.diagnostic(`${kept} of ${crowd.idle.length} idle connections kept`);
	assert.ok(kept >= IDLE_AT_LEAST, `${kept}`);
});

test('one address holds at most its share by slow bodies', async () => {
	const shed = crowd.bodies.filter((c) => c.text.includes(' 503 '));
	assert.ok(shed.length >= SLOW_BODIES - PER_ADDRESS, `${shed.length} shed`);
	for (const c of shed.slice(0, 5)) {
		assert.match(c.text, /\r\nRetry-After: /);
		assert.match(c.text, /problem\+json/);
	}
});

test('slow ones are closed in time', async () => {
	const left = () => crowd.began + HEADER_TIMEOUT_MS + 8000 - Date.now();
	await until('the slow headers to be closed', () =>
		crowd.headers.every((c) => c.closed), Math.max(left(), 1000));
	const first = Math.min(...crowd.headers.map((c) => c.closedAt));
	assert.ok(first - crowd.began >= HEADER_TIMEOUT_MS - 1500,
		'closed before its time');
	const silent = crowd.bodies.filter((c, i) => i % 2 === 1);
	await until('the silent bodies to be ended', () => silent.every((c) =>
		c.closed || /^HTTP\/1\.1 (408|503)/.test(c.text)),
	Math.max(left(), 1000));
});

test('the usual client was served through all of it', (t) => {
	t.diagnostic(`${usual.done} requests, the slowest ${usual.slowest} ms`);
	assert.deepEqual(usual.failed, []);
	assert.ok(usual.done >= 20, `${usual.done}`);
	assert.ok(usual.slowest < 5000, `${usual.slowest} ms`);
});
