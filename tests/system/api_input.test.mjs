// Input of every bad kind, and the headers that go with answers. Nothing of it
// may be taken, do harm, or be answered by anything but a problem with a
// pointer.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { client } from './client.mjs';
import { until } from './dev.mjs';
import { start } from './instance.mjs';
import { closed } from './orders.mjs';

let instance, api, taken;
const runs = async () => (await api.get('/v1/runs?limit=200', 200)).body.data;

before(async () => {
	instance = await start();
	api = client(instance.url);
	taken = (await api.post('/v1/runs', 201, { body: { orderId: 'IN-1-FAIL' } }))
		.body;
});
after(async () => instance?.stop());

const nested = (depth) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);
const bytes = (...parts) => Buffer.concat(parts.map((p) => Buffer.from(p)));

describe('bodies', () => {
	const broken = {
		'cut off': '{"orderId":"A"', 'two values': '{"orderId":"A"} {}',
		'no JSON': 'orderId=A', 'a comment': '{"orderId":"A"/**/}',
		'single quotes': "{'orderId':'A'}", 'a trailing comma':
			'{"orderId":"A",}',
		'duplicate keys': '{"orderId":"A","orderId":"B"}',
		'duplicate keys by escape': '{"orderId":"A","order\\u0049d":"B"}',
		'a NUL': '{"orderId":"A\\u0000B"}', 'a raw control character':
			'{"orderId":"A\nB"}',
		'a lone surrogate': '{"orderId":"\\ud800"}',
		'invalid UTF-8': bytes('{"orderId":"A', [0xff], '"}'),
		'overlong UTF-8': bytes('{"orderId":"', [0xc0, 0xaf], '"}'),
		'a leading zero': '{"orderId":"A","priority":01}',
		'NaN': '{"orderId":"A","priority":NaN}',
		'a huge number': '{"orderId":"A","event":{"n":1e999}}',
		'depth 100': `{"orderId":"A","event":${nested(100)}}`,
		'depth 100000': '['.repeat(30000),
	};
	for (const [what, raw] of Object.entries(broken))
		test(`with ${what}`, async () => {
			const { body } = await api.post('/workflows/start', 400, { raw });
			assert.equal(body.code, 'invalid_json');
		});

	const wrong = [
		['no object', '[]', ''], ['null', 'null', ''], ['nothing', '',
			'/orderId'],
		['no order id', '{}', '/orderId'],
		['a number for a string', '{"orderId":7}', '/orderId'],
		['null for a string', '{"orderId":null}', '/orderId'],
		['an empty order id', '{"orderId":""}', '/orderId'],
		['a 10 KB order id', JSON.stringify({ orderId: 'A'.repeat(10240) }),
			'/orderId'],
		['129 bytes of order id', JSON.stringify({ orderId:
			'A'.repeat(129) }), '/orderId'],
		['an order id with a leading dot', '{"orderId":".."}', '/orderId'],
		['an unknown field', '{"orderId":"A","oderId":"B"}', '/oderId'],
		['another case', '{"orderId":"A","OrderId":"B"}', '/OrderId'],
		['a pointer to escape', '{"orderId":"A","a/b~":1}', '/a~1b~0'],
		['an empty source', '{"orderId":"A","source":""}', '/source'],
		['a priority of 4', '{"orderId":"A","priority":4}', '/priority'],
		['a priority of 1.5', '{"orderId":"A","priority":1.5}', '/priority'],
		['a priority as text', '{"orderId":"A","priority":"1"}',
			'/priority'],
		['an event that is a list', '{"orderId":"A","event":[]}', '/event'],
		['a 10 KB event key', JSON.stringify({ orderId: 'A', eventKey:
			'k'.repeat(10240) }), '/eventKey'],
	];
	for (const [what, raw, pointer] of wrong)
		for (const path of ['/workflows/start', '/v1/runs'])
			test(`${path} with ${what}`, async () => {
				const { body } = await api.post(path, 400, { raw });
				assert.equal(body.errors[0].pointer, pointer);
				assert.ok(body.errors[0].detail);
			});

	test('too large', async () => {
		const raw = (n) => JSON.stringify({ orderId: 'A', event:
			{ x: 'x'.repeat(n) } });
		await api.post('/v1/runs', 413, { raw: raw(65536) });
		await api.post('/v1/runs', 413, { raw: raw(1000000) });
		await api.post('/v1/runs', 413, { raw: raw(9000000) });
		await api.post('/v1/runs/batch', 413, { raw: raw(1048577) });
		// The largest that the batch takes is read whole, then refused.
		await api.post('/v1/runs/batch', 400, { raw: raw(1000000) });
	});

	test('of another type', async () => {
		for (const type of ['text/plain', 'application/x-www-form-urlencoded',
			'application/jsonx', 'multipart/form-data'])
			await api.post('/v1/runs', 415, { raw: '{"orderId":"A"}', type });
		await api.post('/v1/runs', 200, { raw: '{"orderId":"IN-1-FAIL"}',
			type: 'Application/JSON ; charset=utf-8' });
	});

	test('of no known length', async () => {
		const answer = await fetch(`${instance.url}/v1/runs`, { method: 'POST',
			headers: { 'Content-Type': 'application/json' }, duplex: 'half',
			body: new Blob(['{"orderId":', '"IN-1-FAIL"}']).stream() });
		assert.equal(answer.status, 200);
	});
});

const nasty = ["'; DROP TABLE run; --", '" OR 1=1 --', '%', '_%', '\\',
	'<script>alert(1)</script>', '{{7*7}}', '${jndi:ldap://x}', '../../etc',
	'ünïcödé', '😀', '\u202e', "A' UNION SELECT * FROM audit --"];

describe('SQL, HTML and worse', () => {
	test('in an order id is refused', async () => {
		for (const orderId of nasty)
			await api.post('/v1/runs', 400, { body: { orderId } });
	});

	test('in other text is text', async () => {
		for (const [i, text] of nasty.entries()) {
			const event = { [text]: text, deep: [text] };
			const run = (await api.post('/v1/runs', 201, { body: { orderId:
				`IN-nasty-${i}`, eventKey: text, event } })).body;
			await api.post('/v1/runs', 400, { body: { orderId: 'A',
				source: text } });
			const found = (await api.get(`/v1/runs?eventKey=${
				encodeURIComponent(text)}`, 200)).body.data;
			assert.deepEqual(found.map((r) => r.runId), [run.runId]);
			await api.post(`/v1/runs/${run.runId}/comment`, 202,
				{ body: { reason: text } });
			const audit = (await api.get(`/v1/runs/${run.runId}/audit`, 200));
			assert.ok(audit.text.includes(JSON.stringify(text).slice(1, -1)));
		}
	});

	test('in queries and paths finds nothing and breaks nothing', async () => {
		for (const text of nasty) {
			const t = encodeURIComponent(text);
			for (const name of ['order', 'prefix', 'run', 'task', 'step', 'issue',
				'outcome'])
				assert.deepEqual((await api.get(`/v1/runs?${name}=${t}`, 200))
					.body.data, [], `${name}=${text}`);
			await api.get(`/v1/runs/${t}`, 404);
			await api.get(`/v1/tasks/${t}`, 404);
			await api.get(`/v1/playbooks/${t}`, 404);
			await api.get(`/workflows/resolve-${t}/audit`, 404);
			await api.post(`/v1/runs/${taken.runId}/signals/${t}`,
				400, { body: {} });
		}
		assert.ok((await runs()).length > nasty.length);
	});
});

describe('queries', () => {
	for (const query of ['unknown=1', 'limit=0', 'limit=201', 'limit=x',
		'limit=', 'limit=1&limit=2', 'limit=1e1', 'limit=-1', 'state=NONE',
		'state=ready', 'open=yes', 'minAge=2', 'minAge=-1h', 'minAge=', 'amountMin=-1', 'amountMin=1.5',
		'amountMax=99999999999999999999', 'cursor=', 'cursor=x',
		'cursor=t5', 'cursor=rzz', 'cursor=r1;', 'q=', 'q=%', 'q=%ff',
		'q=%00', `order=${'A'.repeat(129)}`])
		test(`?${query.slice(0, 40)}`, async () => {
			const { body } = await api.get(`/v1/runs?${query}`, 400);
			assert.match(body.errors[0].pointer, /^\?/);
		});

	test('on calls that have none', async () => {
		await api.get(`/v1/runs/${taken.runId}?x=1`, 400);
		await api.get('/v1/me?x=1', 400);
		await api.post('/v1/runs?x=1', 400, { body: { orderId: 'A' } });
		await api.get('/v1/tasks?view=none', 400);
		await api.get('/v1/tasks?cursor=r5', 400);
	});

	test('that are too long', async () => {
		const { body } = await api.get(`/v1/runs?q=${'A'.repeat(20000)}`, 414);
		assert.equal(body.code, 'too_large');
		await api.get(`/v1/runs/${'A'.repeat(7000)}`, 400);
	});
});

describe('paths and methods', () => {
	test('that there are not', async () => {
		for (const path of ['/v1', '/v1/', '/v1/run', '/v1/runs/', '/v1/runs/a/b',
			'/v1/runs//audit', '/workflows', '/workflows/', '/none',
			'/workflows/resolve-A/none', '/v1/tasks/', '/v2/runs',
			'/.git/config', '/.problem/404', '/v1/%2e%2e/runs']) {
			const { body } = await api.get(path, 404);
			assert.equal(body.code, 'no_route', path);
		}
	});

	test('with another method', async () => {
		const allow = async (method, path) => {
			const answer = await api.call(method, path);
			assert.equal(answer.status, 405, `${method} ${path}`);
			return answer.headers.get('allow');
		};
		for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS'])
			assert.equal(await allow(method, '/v1/runs'), 'GET, HEAD, POST');
		assert.equal(await allow('GET', '/workflows/start'), 'POST');
		assert.equal(await allow('POST', '/v1/me'), 'GET, HEAD');
		assert.equal(await allow('POST', `/v1/runs/${taken.runId}`),
			'GET, HEAD');
		await allow('POST', '/ui');
	});

	test('with bad actors, keys and versions', async () => {
		const body = { orderId: 'IN-1-FAIL' };
		const at = async (headers) => (await api.post('/v1/runs', 400,
			{ body, headers })).body.errors[0].pointer;
		assert.equal(await at({ 'X-Mend-Actor': 'a'.repeat(96) }),
			'X-Mend-Actor');
		assert.equal(await at({ 'X-Mend-Actor': '%ff' }), 'X-Mend-Actor');
		assert.equal(await at({ 'X-Mend-Actor': '%0a' }), 'X-Mend-Actor');
		assert.equal(await at({ 'Idempotency-Key': 'k'.repeat(200) }),
			'Idempotency-Key');
		for (const tag of ['1', 'W/"1"', '"x"', '"0"', '"-1"'])
			await api.post('/v1/tasks/task_none/claim', 400, { body: {},
				headers: { 'If-Match': tag } });
	});

	test('garbage on the wire', async () => {
		for (const text of ['GARBAGE\r\n\r\n', 'GET /v1/runs HTTP/1.1\r\n\r\n',
			'POST /v1/runs HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n',
			'GET /\u0000 HTTP/1.1\r\nHost: a\r\n\r\n']) {
			const { hostname, port } = new URL(instance.url);
			const socket = connect(port, hostname);
			let answer = '';
			socket.setEncoding('utf8').on('data', (t) => answer += t);
			socket.end(text);
			await new Promise((done) => socket.on('close', done));
			assert.match(answer, /"code":"bad_request"/);
		}
	});
});

describe('headers', () => {
	test('ETags: the same until something changes', async () => {
		const paths = ['/v1/runs?order=IN-1-FAIL', '/v1/tasks', '/v1/playbooks',
			'/v1/me'];
		// Nothing that was begun above moves any more.
		await until('all rest', async () => (await api.get('/v1/runs', 200))
			.body.data.every((r) => ['WAITING_TASK', ...closed]
				.includes(r.state)), 60000);
		for (const path of paths) {
			const etag = (await api.get(path, 200)).headers.get('etag');
			assert.match(etag, /^(W\/)?"[0-9a-f]{32}"$/);
			const known = { headers: { 'If-None-Match': etag } };
			const answer = await api.get(path, 304, known);
			assert.equal(answer.text, '');
			assert.equal(answer.headers.get('etag').replace('W/', ''),
				etag.replace('W/', ''));
			await api.get(path, 304, { headers: { 'If-None-Match':
				`"x", W/${etag.replace('W/', '')}` } });
			await api.get(path, 200, { headers: { 'If-None-Match': '"x"' } });
		}
	});

	test('safety on every kind of answer', async () => {
		for (const path of ['/v1/runs', '/none', '/v1/none', '/ui',
			'/ui/wf/resolve-A', '/static/index.html', '/livez']) {
			const { headers } = await fetch(instance.url + path);
			assert.equal(headers.get('x-content-type-options'), 'nosniff');
			assert.equal(headers.get('x-frame-options'), 'DENY');
			assert.match(headers.get('content-security-policy'),
				/default-src 'none'.*frame-ancestors 'none'/);
			assert.match(headers.get('x-request-id'), /^[0-9a-f]{32}$/);
			assert.equal(headers.get('server'), 'nginx');
		}
		const page = await fetch(`${instance.url}/ui/wf/resolve-A`);
		assert.match(page.headers.get('content-security-policy'),
			/require-trusted-types-for 'script'; trusted-types 'none'/);
		assert.equal(page.headers.get('cache-control'), 'no-cache');
		assert.ok(page.headers.get('etag'));
	});

	test('other sites and names are turned away', async () => {
		await api.post('/v1/runs', 403, { body: { orderId: 'IN-1-FAIL' },
			headers: { 'Sec-Fetch-Site': 'cross-site' } });
		await api.post('/v1/runs', 403, { body: { orderId: 'IN-1-FAIL' },
			headers: { Origin: 'http://evil.example.com' } });
		const { hostname, port } = new URL(instance.url);
		const socket = connect(port, hostname);
		let answer = '';
		socket.setEncoding('utf8').on('data', (t) => answer += t);
		socket.write('GET /v1/runs HTTP/1.1\r\nHost: evil.example.com\r\n' +
			'Connection: close\r\n\r\n');
		await new Promise((done) => socket.on('close', done));
		assert.match(answer, /^HTTP\/1.1 421 [^]*"code":"host"/);
	});
});

test('none of it was taken, and all is well', async () => {
	const orders = new Set((await runs()).map((r) => r.orderId));
	for (const order of orders) assert.match(order, /^IN-(1-FAIL|nasty-\d+)$/);
	await api.get('/readyz', 200);
	assert.doesNotMatch(instance.logs(), /worker ended|failed request/);
});
