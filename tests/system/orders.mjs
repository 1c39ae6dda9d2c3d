// What the tests of whole runs say over and over: report an order, wait until
// its run rests, look at its task, its audit and what the outside really did.
//
//   const { begin, rest, task, effects } = orders(instance);
//   const run = await begin('ORDER-7-FAIL');
//   await rest(run.runId);              // closed, or nothing more by itself
//   effects('ORDER-7-FAIL')             // { 'transfer.retry': 3 }
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, mendctl, root, until } from './dev.mjs';
import { client } from './client.mjs';

export const closed = ['COMPLETED', 'FAILED', 'CANCELED', 'TIMED_OUT'];

// A small generator, so that one seed gives the same choices again.
export function random(seed) {
	let state = seed >>> 0;
	const next = () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = Math.imul(state ^ (state >>> 15), state | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
	next.below = (n) => Math.floor(next() * n);
	next.of = (list) => list[next.below(list.length)];
	return next;
}

const change = (path, edit) => writeFileSync(path,
	edit(readFileSync(path, 'utf8')));

// A seller is asked about every order, and not once for all of his, so that
// orders don't meet.
export function askAboutEach(conf) {
	for (const name of ['ping_seller', 'ask_seller'])
		change(join(conf, `playbooks/${name}.json`), (text) =>
			JSON.stringify(JSON.parse(text, (key, value) =>
				key === 'once' ? undefined : !Array.isArray(value) ? value :
				value.filter((v) => v.name !== 'asked_for_another_order'))));
}

// A copy of conf/ with shorter pauses than the ones that ship, so that much
// happens in little time; attempts and limits are the same.
export function quickConf(folder) {
	const conf = join(folder, 'conf');
	cpSync(join(root, 'conf'), conf, { recursive: true });
	for (const kind of ['playbooks', 'adapters'])
		for (const name of readdirSync(join(conf, kind)))
			change(join(conf, kind, name), (text) => text
				.replace(/"initialInterval": "(1s|500ms)"/g,
					'"initialInterval": "250ms"')
				.replace(/"maximumInterval": "\d+s"/g,
					'"maximumInterval": "2s"')
				.replace(/"for": "3s"/g, '"for": "1s"'));
	// How long people have to answer in the sandbox, who take two seconds.
	change(join(conf, 'policy/policy.json'), (text) => text
		.replace(/"(acceptWithin|answerWithin)": "\d+s"/g, '"$1": "3s"'));
	askAboutEach(conf);
	for (const name of readdirSync(join(conf, 'adapters')))
		change(join(conf, 'adapters', name), (text) => {
			const adapter = JSON.parse(text);
			if (adapter.kind === 'http')
				adapter.breaker = { failures: 20, window: 100, ratio: 0.5,
					open: '500ms' };
			return JSON.stringify(adapter);
		});
	return conf;
}

export function ctl(data, args, env = {}) {
	return new Promise((done) => {
		const child = spawn(mendctl, [...args, '--data', data],
			{ cwd: root, env: cleanEnvironment(env) });
		const how = { out: '', err: '' };
		child.stdout.setEncoding('utf8').on('data', (t) => how.out += t);
		child.stderr.setEncoding('utf8').on('data', (t) => how.err += t);
		child.on('close', (code) => done({ ...how, code }));
	});
}

// One row of the database, read as a backup tool would read it.
export function query(data, sql) {
	return new Promise((done, fail) => {
		const child = spawn('sqlite3', ['-readonly', '-json',
			'-cmd', '.timeout 5000', `${data}/mend.db`, sql]);
		let out = '', err = '';
		child.stdout.setEncoding('utf8').on('data', (t) => out += t);
		child.stderr.setEncoding('utf8').on('data', (t) => err += t);
		child.on('error', fail);
		child.on('close', () => err ? fail(new Error(err))
			: done(out ? JSON.parse(out) : []));
	});
}

export async function verifyAudit(data) {
	const { code, out, err } = await ctl(data, ['audit', 'verify']);
	assert.equal(code, 0, `audit verify: ${out}${err}`);
	return out;
}

export function orders(instance) {
	const api = client(instance.url);

	async function sandbox(method, path, body) {
		const response = await fetch(`${instance.url}/sandbox${path}`, {
			method, body: body && JSON.stringify(body),
			headers: body ? { 'Content-Type': 'application/json' } : {} });
		const text = await response.text();
		assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
		return JSON.parse(text);
	}

	const begin = async (orderId, more = {}) => (await api.post('/v1/runs',
		201, { body: { orderId, ...more } })).body;
	const run = async (id) => (await api.get(`/v1/runs/${id}`, 200)).body;
	const task = async (orderId) => (await api.get(
		`/workflows/resolve-${orderId}/task`, 200)).body;
	const taskById = async (id) => (await api.get(`/v1/tasks/${id}`, 200))
		.body;
	const tasks = async (id) => (await api.get(`/v1/runs/${id}/tasks`, 200))
		.body.data;
	const file = async (id) => (await api.get(`/v1/runs/${id}/casefile`, 200))
		.body.caseFile;

	async function audit(id) {
		const all = [];
		let cursor = '';
		do {
			const { body } = await api.get(`/v1/runs/${id}/audit?limit=200` +
				(cursor && `&cursor=${cursor}`), 200);
			all.push(...body.data);
			cursor = body.nextCursor;
		} while (cursor);
		return all;
	}

	async function ledger(orderId) {
		const all = [];
		let after = '';
		do {
			const page = await sandbox('GET', `/ledger?limit=1000` +
				(orderId ? `&orderId=${encodeURIComponent(orderId)}` : '') +
				(after && `&after=${after}`));
			all.push(...page.data);
			after = page.nextAfter;
		} while (after);
		return all;
	}

	// { operation: how often it really happened }
	async function effects(orderId) {
		const count = {};
		for (const { operation } of await ledger(orderId))
			count[operation] = (count[operation] ?? 0) + 1;
		return count;
	}

	async function inState(id, states, within = 30000) {
		const wanted = [].concat(states);
		let last;
		return until(`${id} is ${wanted.join(' or ')}`, async () => {
			last = await run(id);
			return wanted.includes(last.state) && last;
		}, within).catch((error) => {
			error.message += `: ${JSON.stringify(last)}`;
			throw error;
		});
	}

	const rest = (id, within) => inState(id,
		['WAITING_TASK', 'HELD', 'PAUSED', ...closed], within);
	const end = (id, within) => inState(id, closed, within);

	// A run that asks a person.
	async function asks(orderId, within = 30000) {
		const started = await begin(orderId);
		await inState(started.runId, 'WAITING_TASK', within);
		return { orderId, run: started, task: await task(orderId) };
	}

	const decide = async (taskId, body, status = 200, actor = 'Ana') =>
		(await api.post(`/v1/tasks/${taskId}/decide`, status,
			{ body, actor })).body;
	const undo = async (taskId, status = 200, actor = 'Ana') =>
		(await api.post(`/v1/tasks/${taskId}/undo`, status,
			{ body: {}, actor })).body;
	const operate = async (id, verb, status = 202) => (await api.post(
		`/v1/runs/${id}/${verb}`, status,
		{ body: { reason: `${verb} by a test` }, actor: 'Ola' })).body;
	const signal = async (id, name, body = {}) => (await api.post(
		`/v1/runs/${id}/signals/${name}`, 202, { body })).body;
	const steer = (orderId, body) => sandbox('POST', `/world/${orderId}`,
		body);

	return { api, sandbox, begin, run, task, taskById, tasks, file, audit,
		ledger, effects, inState, rest, end, asks, decide, undo, operate,
		signal, steer, ctl: (args, env) => ctl(instance.data, args, env) };
}
