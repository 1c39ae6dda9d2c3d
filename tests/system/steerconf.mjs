// A configuration of its own for the tests of steering: few steps, no pauses,
// and a peer that is this test: what it was asked is counted, and what it
// answers is for the test to say.
//
//   const peer = await startPeer();
//   peer.answer = (operation, order) => ({ status: 'DONE' })
//       | { http: 422 } | null (hangs up)
//   peer.count('pay', 'ORDER-1')
//   const conf = steerConf(folder, peer.port);
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { root } from './dev.mjs';

export function startPeer() {
	const asked = [];
	const peer = { asked, answer: () => ({ status: 'DONE' }) };
	const server = createServer((request, response) => {
		let text = '';
		request.setEncoding('utf8').on('data', (t) => text += t);
		request.on('end', () => {
			const [, operation, order] = request.url.split('/');
			asked.push({ operation, order,
				key: request.headers['idempotency-key'] });
			const body = peer.answer(operation, order);
			if (body === null) return request.socket.destroy();
			response.statusCode = body.http ?? 200;
			response.setHeader('Content-Type', 'application/json');
			response.end(JSON.stringify({ orderId: order, ...body }));
		});
	});
	peer.count = (operation, order) => asked.filter((a) =>
		a.operation === operation && (!order || a.order === order)).length;
	peer.stop = () => {
		server.close();
		server.closeAllConnections();
	};
	return new Promise((done) => server.listen(0, '127.0.0.1', () => {
		peer.port = server.address().port;
		done(peer);
	}));
}

// The calls that api.test.mjs leaves to steer.test.mjs, which says so at its end.
export const seenBySteer = [
	'POST /v1/runs/{runId}/settle 202', 'POST /v1/runs/{runId}/replay 201',
	'GET /v1/bulk 200', 'POST /v1/bulk 201', 'GET /v1/bulk/{bulkId} 200',
	'GET /v1/bulk/{bulkId}/items 200', 'POST /v1/bulk/{bulkId}/start 200',
	'POST /v1/bulk/{bulkId}/stop 200', 'GET /v1/stuck 200',
	'GET /v1/groups 200', 'POST /v1/webhooks/{source} 202',
	'POST /v1/playbooks/{name}/activate 200',
	'POST /v1/playbooks/{name}/rollback 200',
];

const effect = (path, more) => ({ kind: 'effect', method: 'POST',
	path: `/${path}/{{orderId}}`, timeout: '2s', require: ['orderId'],
	retry: { initialInterval: '100ms', maximumAttempts: 1 }, ...more });

const index = { amountMinor: 'request.amountMinor',
	currency: 'request.currency', eventRef: 'request.event',
	sellerRef: 'request.seller', venueRef: 'request.venue',
	platformRef: 'request.platform' };

const route = (way) => ({ name: way, when: { 'request.way': way },
	classify: { issueType: `steer_${way}`, tier: 1, confidence: 1 },
	route: `steer_${way}` });

const finish = { step: 'end', kind: 'finish', outcome: 'DONE',
	result: 'NONE', reason: 'all is done' };
const order = { orderId: '{{orderId}}' };

const playbooks = [
	{ playbook: 'intake', title: 'Intake', index, steps: [
		{ step: 'gather', kind: 'gather', reads: [
			{ as: 'order', operation: 'local.echo', with: order }] },
		{ step: 'classify', kind: 'choose', rules: [
			...['ask', 'wait', 'pay', 'walk', 'ping'].map(route),
			{ name: 'other', classify: { issueType: 'unknown', tier: 3,
				confidence: 1 }, route: 'triage' }] }] },
	{ playbook: 'triage', title: 'Triage', index, steps: [finish] },
	// A person pays back.
	{ playbook: 'steer_ask', title: 'Asks', index, steps: [
		{ step: 'tell', kind: 'call', operation: 'shop.tell', with: order,
			as: 'told' },
		{ step: 'ask', kind: 'task', title: 'Pay back {{orderId}}?',
			reason: 'money', role: 'agent', proposal: {
				text: 'Pay it back', rejectText: 'Leave it',
				action: { operation: 'shop.pay', with: order },
				amountMinor: 'request.amountMinor',
				currency: 'request.currency', payee: 'buyer',
				reversible: false },
			onApprove: 'end', onReject: 'left' },
		finish,
		{ ...finish, step: 'left', outcome: 'LEFT' }] },
	{ playbook: 'steer_wait', title: 'Waits', index, steps: [
		{ step: 'hear', kind: 'wait', signal: 'supplier_answer', for: '1h',
			onTimeout: 'end' },
		finish] },
	// Pays alone, by an operation that nobody can ask about.
	{ playbook: 'steer_pay', title: 'Pays', index, steps: [
		{ step: 'pay', kind: 'call', operation: 'shop.pay', with: order,
			as: 'paid', marks: 'REFUND_EXECUTED' },
		{ step: 'tell', kind: 'call', operation: 'shop.tell', with: order },
		finish] },
	// Asks a seller once for all his orders.
	{ playbook: 'steer_ping', title: 'Pings', index, steps: [
		{ step: 'ping', kind: 'call', operation: 'shop.ping', with: order,
			as: 'pinged', once: { key: 'seller:{{request.seller}}',
				for: '1h' } },
		finish] },
	// Two effects, then a wait: to be replayed from anywhere.
	{ playbook: 'steer_walk', title: 'Walks', index, steps: [
		{ step: 'first', kind: 'call', operation: 'shop.tell', with: order,
			as: 'first' },
		{ step: 'second', kind: 'call', operation: 'shop.send',
			with: { ...order, text: 'to {{first.word}}' }, as: 'second' },
		{ step: 'hear', kind: 'wait', signal: 'go', for: '1h',
			onTimeout: 'end' },
		finish] },
];

export function steerConf(folder, port, { more = [] } = {}) {
	const conf = join(folder, 'conf');
	for (const name of ['adapters', 'playbooks', 'policy'])
		mkdirSync(join(conf, name), { recursive: true });
	for (const name of ['nginx', 'openapi.json', 'adapters/local.json',
		'policy/policy.json'])
		cpSync(join(root, 'conf', name), join(conf, name),
			{ recursive: true });
	const shop = { adapter: 'shop', title: 'The peer of this test',
		kind: 'http', baseUrl: `http://127.0.0.1:${port}`, concurrency: 50,
		breaker: { failures: 200, window: 200, ratio: 1, open: '1s' },
		operations: {
			get: { kind: 'read', method: 'GET', path: '/get/{{orderId}}',
				timeout: '2s' },
			tell: effect('tell', { offers: 'keyed', keyRetention: '24h' }),
			send: effect('send', { offers: 'keyed', keyRetention: '24h',
				body: { text: '{{text}}' } }),
			ping: effect('ping', { offers: 'neither' }),
			pay: effect('pay', { offers: 'neither', effectScope: 'order' }),
		} };
	writeFileSync(join(conf, 'adapters/shop.json'), JSON.stringify(shop));
	for (const playbook of [...playbooks, ...more])
		writeFileSync(join(conf, `playbooks/${playbook.playbook}.json`),
			JSON.stringify(playbook));
	return conf;
}
