// `make bench`: measures, prints one table, writes build/bench.json.
//
// Ratios are taken within one run; absolute figures say as much about the
// machine and what else it does. A row that is below its floor is marked, but
// only what does not work at all fails. BENCH_LARGE=0 leaves a million open runs
// out. PART="w5 idle …" measures these parts alone; what is a ratio to the raw
// figures needs w5 beside it.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync }
	from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root, sleep } from '../system/dev.mjs';
import * as api from './lib/api.mjs';
import { history, rowsOf } from './lib/history.mjs';
import { configure, fixedPeer, instance, usage } from './lib/world.mjs';

const build = join(root, process.env.BUILD ?? 'build');
const program = join(build, 'tests/bench/engine_bench');
const PARTS = ['w5', 'open', 'full', 'dead', 'alone', 'nginx', 'http',
	'beside', 'idle', 'search'];
const wanted = process.env.PART?.split(/[\s,]+/).filter(Boolean) ?? [];
const unknown = wanted.filter((name) => !PARTS.includes(name));
if (unknown.length) {
	console.error(`no such part: ${unknown}; there are: ${PARTS.join(' ')}`);
	process.exit(2);
}
const asked = (...names) => !wanted.length ||
	names.some((name) => wanted.includes(name));
const rows = [];
const began = Date.now();

// floor: at least, or at most when it begins with "<".
function row(name, value, unit, floor = '', aim = '') {
	const limit = Number(String(floor).replace('<', ''));
	const below = floor !== '' && (String(floor).startsWith('<')
		? value > limit : value < limit);
	rows.push({ name, value, unit, floor, aim, below });
}

async function engine(what, env = {}) {
	const { stdout } = await promisify(execFile)(program, [what], {
		env: { ...process.env, BENCH_DIR: folder, ...env },
		timeout: 200000 });
	const lines = stdout.trim().split('\n').map((line) => JSON.parse(line));
	return Object.fromEntries(lines.map(({ name, value }) => [name, value]));
}

async function steps() {
	const w5 = await engine('w5');
	row('raw: steps, one update and one insert', w5.raw_steps_per_s, '/s');
	row('raw: W5 steps, exactly the rows', w5.raw_w5_steps_per_s, '/s');
	row('engine: W5 steps', w5.engine_w5_steps_per_s, '/s');
	row('engine / raw, W5', w5.engine_w5_ratio, 'x', 0.6, 0.75);
	row('engine / raw, processor time', w5.engine_w5_cpu_ratio, 'x');
	row('raw: one W5 alone', w5.raw_alone_ms, 'ms');
	row('engine: one W5 alone, in process', w5.engine_alone_ms, 'ms');
	return w5;
}

async function amongOpen() {
	const open = await engine('open');
	for (const [name, value] of Object.entries(open))
		if (!/growth|at_most/.test(name))
			row(name.replaceAll('_', ' '), value,
				/us/.test(name) ? 'us' : /mib/.test(name) ? 'MiB' : '/s');
	row('claim select, most open / fewest', open.claim_select_growth, 'x',
		'<1.2');
	row('parked select, most open / fewest', open.parked_select_growth, 'x',
		'<1.2');
	row('plans, most open / fewest', open.plans_at_most_open, 'x', 0.6);
	row('engine memory, most open / fewest', open.memory_growth, 'x', '<1.2');
}

// What the rest needs of the raw figures, if they are measured at all.
async function inProcess() {
	const w5 = asked('w5') ? await steps() : undefined;
	if (asked('open')) await amongOpen();
	if (asked('full')) {
		const full = await engine('full');
		row('others behind a full adapter / at rest', full.behind_full_adapter, 'x',
			0.9);
		row('  the same, processor time', full.behind_full_adapter_cpu, 'x');
	}
	if (asked('dead')) await besideDead();
	return w5;
}

// Two thousand runs that wait for systems that refuse, or swallow everything.
async function besideDead() {
	const peer = await fixedPeer(join(folder, 'lively'));
	try {
		const dead = await engine('dead', { BENCH_PEER: peer.port });
		row('calls of others beside dead adapters', dead.beside_dead_per_s,
			'/s');
		row('  / with nobody beside them', dead.beside_dead, 'x', 0.95);
	} finally {
		await peer.stop();
	}
}

async function overHttp(dev) {
	const before = usage(dev);
	const begun = performance.now();
	const rate = 5 * await api.batch(dev, 'HTTP', 2000);
	const took = performance.now() - begun;
	row('HTTP calls with durable intents, 200 in flight', rate, '/s', 2500,
		4000);
	// Where the time goes: what each of Mend's programs computed meanwhile.
	// The rest is the peer, the client, and the disk.
	for (const name of ['mendd', 'mend-runs', 'nginx']) {
		const cpu = (all) => all.filter((p) => p.name === name)
			.reduce((sum, p) => sum + p.cpu, 0);
		row(`  processor in ${name}`,
			(cpu(usage(dev)) - cpu(before)) * 1e5 / took, '% of a core');
	}
}

async function throughNginx(dev, w5) {
	const starts = await api.starts(dev, 64, 4000);
	// All share one write turn: what the starts take, the steps cannot.
	const topology = w5 && 1 / (1 / w5.raw_starts_per_s +
		5 / w5.raw_w5_steps_per_s);
	if (w5) {
		row('raw: starts, a transaction each', w5.raw_starts_per_s, '/s');
		row('raw: W5 of that topology', topology, '/s');
	}
	row('starts, 64 clients, acknowledged', starts.rate, '/s');
	row('  their p99', starts.p99, 'ms');
	row('  refused or failed', starts.refused + starts.failed, '', '<0');
	row('W5 through nginx, 64 clients', starts.w5, '/s', 900, 1700);
	if (w5)
		row('  / raw of that topology', starts.w5 / topology, 'x', 0.6);
	const few = await api.starts(dev, 16, 2000);
	row('starts, 16 clients, p99 / p50', few.p99 / few.p50, 'x', '<10');
	row('W5 through the batch call', await api.batch(dev, 'W5', 6000), '/s',
		4500, 6000);
	const memory = await api.memory(dev, 10000);
	row('engine memory before 10,000 starts', memory.before, 'MiB');
	row('engine memory after them', memory.after, 'MiB');
}

async function beside(dev) {
	const s = await api.saturated(dev);
	row('engine still saturated at the end', Number(s.busy), '', 1);
	row('engine beside 4 writing clients / alone', s.keeps, 'x', 0.65);
	row('start p99, engine saturated', s.p99, 'ms', '<30');
	row('start max, engine saturated', s.max, 'ms', '<100');
	row('  as it comes back to 110,000 starts', s.back.max, 'ms');
	row('read p99, engine saturated', s.reads.p99, 'ms', '<10');
	row('write-ahead log', s.wal, 'MiB', '<64');
	const reads = await api.reads(dev);
	row('indexed reads, 16 clients', reads.read, '/s');
	row('  / static file', reads.read / reads.file, 'x', 0.25);
}

// One row a program, with the memory of all its processes.
function programs(processes) {
	const sums = new Map();
	for (const { name, mib } of processes) {
		const [count, sum] = sums.get(name) ?? [0, 0];
		sums.set(name, [count + 1, sum + mib]);
	}
	for (const [name, [count, sum]] of sums)
		row(`  ${name}, ${count} of them`, sum, 'MiB');
}

const FEW = 2000, MANY = 250000;
async function searches(conf) {
	const found = await history(folder, conf, FEW, MANY);
	const worst = found.reduce((a, b) => a.growth > b.growth ? a : b);
	row('audit rows', rowsOf(MANY), '');
	for (const { name, ms } of found)
		row(`  ${name}, p50`, ms, 'ms');
	row(`most slowed, ${worst.name}`, worst.growth, 'x', '<1.5');
}

async function alone(dev, w5) {
	const one = await api.latency(dev, 'W5', 200);
	// Seen by asking again and again: up to one answer late.
	row('idle W5, POST to closed, p50', one.p50, 'ms', '<3.5');
	if (w5) {
		const raw = w5.raw_alone_ms + 1000 / w5.raw_starts_per_s;
		row('raw: one W5 alone, with its start', raw, 'ms');
		row('idle W5 / raw', one.p50 / raw, 'x');
	}
	row('idle W5, POST to closed, p99', one.p99, 'ms', '<12');
	row('idle W5 with the nudge off, p50', await api.unnudged(dev), 'ms',
		'<1012');
	const story = await api.latency(dev, 'TF', 60);
	row('idle transfer_failed, waits 0, p50', story.p50, 'ms', '<50');
	row('idle transfer_failed, waits 0, p99', story.p99, 'ms');
}

async function idle(dev) {
	// The seal over what was written comes within a minute.
	await sleep(62000);
	const idle = await api.idle(dev, 30);
	row('idle: engine', idle.engine, '% of a core', '<0.1');
	row('idle: all processes', idle.all, '% of a core');
	row('idle: all processes, memory', idle.mib, 'MiB', '<80');
	programs(idle.processes);
}

async function whole(w5) {
	const conf = join(folder, 'conf');
	const peer = await fixedPeer(join(folder, 'peer'));
	configure(conf, peer.port);
	const dev = await instance(folder, conf);
	try {
		if (asked('alone')) await alone(dev, w5);
		if (asked('nginx')) await throughNginx(dev, w5);
		if (asked('http')) await overHttp(dev);
		if (asked('beside')) await beside(dev);
		if (asked('idle')) await idle(dev);
	} finally {
		await dev.stop();
		await peer.stop();
	}
	if (asked('search')) await searches(conf);
}

function show() {
	const number = (v) => v === '' ? '' : typeof v === 'string' ? v
		: v >= 100 ? Math.round(v).toLocaleString('en') : v.toFixed(2);
	for (const r of rows)
		console.log(`${r.name.padEnd(48)} ${number(r.value).padStart(9)} ` +
			`${r.unit.padEnd(12)} ${r.floor === '' ? '' : `floor ${r.floor}`}` +
			`${r.aim ? `, aim ${r.aim}` : ''}${r.below ? '  BELOW' : ''}`
				.trimEnd());
	writeFileSync(join(build, 'bench.json'), JSON.stringify({
		at: new Date().toISOString(), cores: cpus().length,
		load: loadavg(), seconds: (Date.now() - began) / 1000, rows,
	}, null, '\t'));
	console.log(`${rows.filter((r) => r.below).length} below their floor; ` +
		`${Math.round((Date.now() - began) / 1000)} s, load ` +
		`${loadavg()[0].toFixed(1)} on ${cpus().length} cores`);
}

mkdirSync(join(build, 'bench'), { recursive: true });
const folder = realpathSync(mkdtempSync(join(build, 'bench', 'run-')));
try {
	const w5 = await inProcess();
	if (asked('alone', 'nginx', 'http', 'beside', 'idle', 'search'))
		await whole(w5);
} finally {
	show();
	rmSync(folder, { recursive: true, force: true });
}
