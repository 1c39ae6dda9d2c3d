// A whole instance whose engine is ours: nginx, programs and sandbox run under
// `mendctl dev` all the while; the engine is started by the test itself, with
// killpoint.so preloaded, and dies at the very call that was asked for.
//
//   const world = await startWorld();
//   const { engine } = world;
//   engine.arm({ at: 17, mode: 'half' });   // its 17th call from now
//   await engine.spawn();
//   const { struck, where } = await engine.ended;
//   await world.stop();
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, mkdirSync, openSync, readdirSync, readFileSync,
	readSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cleanEnvironment, freePort, mendctl, remove, root, start as startDev,
	temporaryFolder, until } from './dev.mjs';
import { orders, quickConf } from './orders.mjs';

const build = process.env.BUILD ?? 'build';
const library = join(root, build, 'tests/system/killpoint.so');

// A test file that dies must not leave processes behind.
const running = new Set();
process.on('exit', () => {
	for (const { engine, dev } of running) {
		if (engine.alive) engine.child.kill('SIGKILL');
		dev.child.kill('SIGTERM');
	}
});

// In the order of killpoint.c.
export const functions = ['write', 'pwrite', 'fdatasync', 'fsync', 'ftruncate',
	'send', 'recv', 'connect', 'close', 'unlink', 'flock'];
export const modes = ['before', 'after', 'half'];
const at = { at: 0, mode: 8, signal: 16, only: 24, program: 32, calls: 48,
	victim: 56, function: 64, readyNs: 72, seen: 80 };
const SIZE = at.seen + 8 * functions.length;

export function buildLibrary() {
	const made = spawnSync('make', ['-s', `BUILD=${build}`,
		`${build}/tests/system/killpoint.so`], { cwd: root,
		encoding: 'utf8' });
	assert.equal(made.status, 0, made.stderr);
	return library;
}

// What killpoint.so and the test say to each other, in a file both have open.
export function controlFile(path, program, signal) {
	const start = Buffer.alloc(SIZE);
	start.writeBigInt64LE(BigInt(signal), at.signal);
	start.writeBigInt64LE(-1n, at.only);
	start.write(program, at.program);
	writeFileSync(path, start);
	const fd = openSync(path, 'r+');
	const put = (name, value) => {
		const bytes = Buffer.alloc(8);
		bytes.writeBigInt64LE(BigInt(value));
		writeSync(fd, bytes, 0, 8, at[name]);
	};
	const all = Buffer.alloc(SIZE);
	const read = () => {
		readSync(fd, all, 0, SIZE, 0);
		return Object.fromEntries(Object.entries(at)
			.filter(([name]) => !['program', 'seen'].includes(name))
			.map(([name, from]) => [name,
				Number(all.readBigInt64LE(from))]));
	};
	const seen = () => {
		readSync(fd, all, 0, SIZE, 0);
		return Object.fromEntries(functions.map((name, i) => [name,
			Number(all.readBigInt64LE(at.seen + 8 * i))]));
	};
	// The number last: until then nothing is due.
	const arm = ({ at: number, mode = 'before', only = null }) => {
		put('at', 0);
		put('victim', 0);
		put('mode', modes.indexOf(mode));
		put('only', only ? functions.indexOf(only) : -1);
		put('calls', 0);
		put('at', number);
	};
	return { path, arm, read, seen, put, close: () => closeSync(fd) };
}

// As quickConf, and quicker still; pings time out when their order is slow, and
// adapters take only a few calls at a time. What is sent again after a death may
// be refused once more by a flaky system: it is tried as often as it takes.
export function sharpConf(folder) {
	const conf = quickConf(folder);
	const quicker = (name, edit) => {
		const path = join(conf, name);
		const text = readFileSync(path, 'utf8');
		const changed = edit(text);
		writeFileSync(path, changed);
		return changed !== text;
	};
	const change = (name, edit) => assert.ok(quicker(name, edit), name);
	// Not every playbook repeats or waits, but some do.
	const some = { playbooks: 0, adapters: 0 };
	for (const kind of Object.keys(some))
		for (const name of readdirSync(join(conf, kind)))
			some[kind] += quicker(`${kind}/${name}`, (text) => text
				.replace(/"initialInterval": ?"250ms"/g,
					'"initialInterval": "30ms"')
				.replace(/"maximumInterval": ?"2s"/g,
					'"maximumInterval": "150ms"')
				.replace(/"maximumAttempts": ?8/g,
					'"maximumAttempts": 40')
				.replace(/"for": ?"1s"/g, '"for": "200ms"'));
	assert.ok(some.playbooks > 1 && some.adapters > 4, JSON.stringify(some));
	const adapter = (name, edit) => change(`adapters/${name}.json`, (text) => {
		const json = JSON.parse(text);
		edit(json);
		return JSON.stringify(json);
	});
	adapter('supplier', (json) => {
		json.operations.ping.timeout = '70ms';
		json.operations.ping.visibleWithin = '60ms';
	});
	adapter('transfer', (json) => json.concurrency = 4);
	// In the soak one person approves more than anybody may in a day.
	change('policy/policy.json', (text) => text.replace(
		/"dailyCapMinor": \d+/, '"dailyCapMinor": 1000000000000'));
	return conf;
}

// Beside mendctl stand the programs, but for an engine that does nothing.
function programs(folder) {
	const bin = join(folder, 'bin');
	mkdirSync(bin);
	copyFileSync(mendctl, join(bin, 'mendctl'));
	for (const name of ['mend-runs', 'mend-tasks', 'mend-reports',
		'mend-sandbox'])
		symlinkSync(join(dirname(mendctl), name), join(bin, name));
	writeFileSync(join(bin, 'mendd'), '#!/bin/sh\nexec sleep 1000000\n',
		{ mode: 0o755 });
	return join(bin, 'mendctl');
}

function struckEngine(data, url, conf, control) {
	const log = join(data, 'log', 'engine.log');
	const mono = () => process.hrtime.bigint();
	const engine = { control, child: null, alive: false, ended: null,
		deaths: 0, starts: [], began: 0n };
	// How long the start took, once it has said that it is ready.
	engine.note = () => {
		const { readyNs } = control.read();
		if (readyNs === 0 || engine.noted) return;
		engine.noted = true;
		engine.starts.push(Number(BigInt(readyNs) - engine.began) / 1e6);
	};
	engine.spawn = () => {
		assert.ok(!engine.alive);
		control.put('readyNs', 0);
		engine.noted = false;
		const fd = openSync(log, 'a');
		engine.began = mono();
		const child = spawn(join(dirname(mendctl), 'mendd'), [], {
			cwd: data, stdio: ['ignore', fd, fd],
			env: cleanEnvironment({ MEND_DATA: data, MEND_CONF: conf,
				MEND_SANDBOX_URL: `${url}/sandbox`,
				NOTIFY_SOCKET: '@killpoint-nobody',
				LD_PRELOAD: library, KILLPOINT_FILE: control.path }) });
		closeSync(fd);
		Object.assign(engine, { child, alive: true });
		engine.ended = new Promise((done) => child.on('exit',
			(code, signal) => {
				const { victim, function: where } = control.read();
				engine.note();
				engine.alive = false;
				const struck = signal === 'SIGKILL' &&
					victim === child.pid;
				if (struck) engine.deaths++;
				done({ code, signal, struck,
					where: functions[where] });
			}));
	};
	engine.ready = (within = 20000) => until('the engine is ready', () => {
		engine.note();
		return engine.noted || !engine.alive;
	}, within);
	engine.stop = async (signal = 'SIGKILL') => {
		if (!engine.alive) return;
		control.put('at', 0);
		engine.child.kill(signal);
		await engine.ended;
	};
	return engine;
}

export async function startWorld() {
	buildLibrary();
	const folder = temporaryFolder();
	const data = join(folder, 'data');
	const conf = sharpConf(folder);
	const dev = startDev(data, await freePort(), ['--no-samples'], {
		MEND_STATIC: join(root, 'static'), MEND_CONF: conf },
	programs(folder));
	const control = controlFile(join(folder, 'control'), 'mendd', 9);
	const engine = struckEngine(data, dev.url, conf, control);
	const world = { folder, data, dev, engine, url: dev.url,
		o: orders({ url: dev.url, data }) };
	running.add(world);
	world.logs = () => readFileSync(join(data, 'log', 'engine.log'), 'utf8');
	world.stop = async () => {
		await engine.stop();
		await dev.stop();
		running.delete(world);
		control.close();
		remove(folder);
	};
	try {
		// The engine refuses to start until the database is there.
		await until('nginx answers', async () => (await fetch(
			`${dev.url}/readyz`).catch(() => null))?.status === 503, 20000);
		engine.spawn();
		await dev.ready();
		await engine.ready();
		assert.ok(engine.alive, 'the engine does not stay up');
	} catch (error) {
		await world.stop();
		throw error;
	}
	return world;
}
