// What is measured through the API of a whole instance.
import { execFile } from 'node:child_process';
import { renameSync, statSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root, sleep, until } from '../../system/dev.mjs';
import { engineOf, rssMib, usage } from './world.mjs';

const run = promisify(execFile);
const agent = new Agent({ keepAlive: true });
const program = join(root, process.env.BUILD ?? 'build', 'tests/bench/load');
const at = (sorted, part) =>
	sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];

function call(dev, method, path, body) {
	const text = body && JSON.stringify(body);
	return new Promise((done, fail) => {
		const sent = request({ agent, port: dev.port, host: '127.0.0.1',
			method, path, headers: text ? {
				'Content-Type': 'application/json',
				'Content-Length': Buffer.byteLength(text) } : {} },
		(answer) => {
			let got = '';
			answer.on('data', (part) => got += part);
			answer.on('end', () => done({ status: answer.statusCode,
				body: JSON.parse(got) }));
		});
		sent.on('error', fail);
		sent.end(text);
	});
}

export async function load(dev, clients, amount, method, path, body = '') {
	const { stdout } = await run(program, [dev.port, clients, amount, method,
		path, body].map(String));
	return JSON.parse(stdout);
}

const drained = (dev, within = 120000) => until('all runs closed',
	async () => (await call(dev, 'GET',
		'/v1/runs?open=true&limit=1')).body.data.length === 0, within);

// One run after the other, each from its POST until it is seen closed.
export const latency = (dev, prefix, count) => load(dev, 1, count, 'FOLLOW',
	'/workflows/start', `{"orderId":"${prefix}-L%s-%d"}`);

// The same when nobody tells the engine: it has to look by itself.
export async function unnudged(dev) {
	const socket = join(dev.data, 'run/engine.sock');
	renameSync(socket, `${socket}.off`);
	try {
		return (await latency(dev, 'W5', 10)).p50;
	} finally {
		renameSync(`${socket}.off`, socket);
	}
}

export async function starts(dev, clients, count) {
	const begun = performance.now();
	const result = await load(dev, clients, count, 'POST',
		'/workflows/start', '{"orderId":"W5-%s-%d"}');
	await drained(dev);
	return { ...result, w5: count / (performance.now() - begun) * 1000,
		rate: result.good / result.seconds };
}

let batches = 0;
export async function batch(dev, prefix, count, wait = true) {
	const begun = performance.now();
	for (let from = 0; from < count; from += 1000) {
		const items = Array.from({ length: Math.min(1000, count - from) },
			(_, i) => ({ orderId:
				`${prefix}-B${process.pid}-${batches}-${from + i}` }));
		const { status } = await call(dev, 'POST', '/v1/runs/batch',
			{ items });
		if (status !== 200) throw new Error(`batch: ${status}`);
	}
	batches++;
	if (wait) await drained(dev);
	return count / (performance.now() - begun) * 1000;
}

export async function memory(dev, count) {
	const engine = engineOf(dev);
	await batch(dev, 'W5', 1000);
	const before = rssMib(engine);
	await batch(dev, 'W5', count);
	return { before, after: rssMib(engine) };
}

async function closed(dev) {
	const { body } = await call(dev, 'GET', '/v1/runs?limit=1&state=COMPLETED');
	return body.data[0]?.runId;
}

// How many runs are open; the closed ones are counted once a minute only.
async function openRuns(dev) {
	const answer = await fetch(`http://127.0.0.1:${dev.port}/metrics`);
	const lines = [...(await answer.text()).matchAll(
		/mend_runs\{state="(\w+)"\} (\d+)/g)];
	const over = ['COMPLETED', 'FAILED', 'CANCELED', 'TIMED_OUT'];
	return lines.filter(([, state]) => !over.includes(state))
		.reduce((sum, [, , count]) => sum + Number(count), 0);
}

// So many runs wait when the engine goes on; it is stopped while it sleeps.
async function pile(dev, count) {
	const engine = engineOf(dev);
	await drained(dev);
	await sleep(100);
	process.kill(engine, 'SIGSTOP');
	await batch(dev, 'W5', count, false);
	process.kill(engine, 'SIGCONT');
}

const startsBeside = (dev, name, amount) => load(dev, 4, amount, 'POST',
	'/workflows/start', `{"orderId":"W5-${name}%s-%d"}`);

// What the engine does meanwhile, in closed runs a millisecond.
async function closing(dev, meanwhile) {
	const before = await openRuns(dev), begun = performance.now();
	const result = await meanwhile();
	const closed = before + (result?.good ?? 0) - await openRuns(dev);
	return { closed, took: performance.now() - begun, result };
}

// Clients beside an engine that has more to do than it can. Each client's part
// is compared with what the engine does alone just before. It is not measured
// while the engine comes back: then it brings home in one turn what was written
// without it, which is told by itself.
const ROUNDS = 5;
export async function saturated(dev) {
	const ratios = [], writes = [];
	await pile(dev, 110000);
	const back = await startsBeside(dev, 'R', '1s');
	const known = await closed(dev);
	for (let i = 0; i < ROUNDS; i++) {
		const alone = await closing(dev, () => sleep(1000));
		const rate = alone.closed / alone.took;
		const beside = await closing(dev,
			() => startsBeside(dev, `S${i}`, '1s'));
		const seconds = beside.result.seconds * 1000;
		// Before its first start and after its last one it was alone.
		ratios.push((beside.closed - rate * (beside.took - seconds)) /
			seconds / rate);
		writes.push(beside.result);
	}
	const wal = statSync(join(dev.data, 'mend.db-wal')).size / (1 << 20);
	const reads = await load(dev, 4, '2s', 'GET', `/v1/runs/${known}`);
	const busy = (await call(dev, 'GET',
		'/v1/runs?open=true&limit=1')).body.data.length > 0;
	await drained(dev);
	return { keeps: ratios.sort((a, b) => a - b)[ROUNDS >> 1], back,
		p99: Math.max(...writes.map((w) => w.p99)),
		max: Math.max(...writes.map((w) => w.max)), reads, wal, busy };
}

// An indexed read beside a static file of its size.
export async function reads(dev) {
	const known = await closed(dev);
	const read = await load(dev, 16, '2s', 'GET', `/v1/runs/${known}`);
	const file = await load(dev, 16, '2s', 'GET', '/static/index.html');
	return { read: read.good / read.seconds, file: file.good / file.seconds };
}

export async function idle(dev, forSeconds) {
	const before = usage(dev);
	await sleep(forSeconds * 1000);
	const after = usage(dev);
	const cores = (name) => after
		.filter((p) => !name || p.name === name)
		.reduce((sum, p) => sum + p.cpu - before
			.find(({ pid }) => pid === p.pid).cpu, 0) / forSeconds;
	return { engine: cores('mendd') * 100, all: cores() * 100,
		mib: after.reduce((sum, p) => sum + p.mib, 0), processes: after };
}
