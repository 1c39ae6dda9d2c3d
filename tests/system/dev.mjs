// Starts `mendctl dev` for the tests of the supervisor itself and looks at the
// processes it has. Processes are found by where their stderr goes, so that
// other instances on the machine are never touched.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync,
	rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const mendctl = join(root, process.env.BUILD ?? 'build', 'mendctl');

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export async function until(what, probe, within = 10000) {
	const end = Date.now() + within;
	for (;;) {
		const value = await probe();
		if (value) return value;
		if (Date.now() > end)
			throw new Error(`not within ${within} ms: ${what}`);
		await sleep(20);
	}
}

export function temporaryFolder() {
	return realpathSync(mkdtempSync(join(tmpdir(), 'mend-dev-')));
}

export function remove(folder) {
	rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

// Below the range from which the system takes ports for what connects to
// somewhere: one of those could be gone before the instance has it, or while
// the instance starts again.
export async function freePort() {
	for (;;) {
		const port = 11000 + Math.floor(Math.random() * 21000);
		const server = createServer();
		const free = await new Promise((done) => server
			.on('error', () => done(false))
			.listen(port, '127.0.0.1', () => server.close(() => done(true))));
		if (free) return port;
	}
}

// Settings of the caller's shell must not leak into the instance.
export function cleanEnvironment(more = {}) {
	const env = Object.fromEntries(Object.entries(process.env)
		.filter(([name]) => !name.startsWith('MEND_')));
	return { ...env, ...more };
}

function link(path) {
	try {
		return readlinkSync(path);
	} catch {
		return '';
	}
}

function commandOf(pid) {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
	} catch {
		return '';
	}
}

// State and parent; null when there is no such process (any more).
function status(pid) {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
		const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		return { state: fields[0], parent: Number(fields[1]) };
	} catch {
		return null;
	}
}

// [{pid, parent, name}] of an instance's living children and grandchildren.
export function processesOf(data) {
	const found = [];
	for (const pid of readdirSync('/proc')) {
		if (!/^\d+$/.test(pid)) continue;
		if (!link(`/proc/${pid}/fd/2`).startsWith(`${data}/log/`))
			continue;
		const how = status(pid);
		if (!how || how.state === 'Z' || how.state === 'X') continue;
		const exe = link(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '');
		found.push({ pid: Number(pid), parent: how.parent,
			name: exe.slice(exe.lastIndexOf('/') + 1) });
	}
	return found;
}

// After a test that failed: nothing of a folder's instances stays.
export function killAll(folder) {
	for (const pid of readdirSync('/proc')) {
		if (/^\d+$/.test(pid) && Number(pid) !== process.pid &&
			(link(`/proc/${pid}/fd/2`).startsWith(`${folder}/`) ||
				commandOf(pid).includes(`${folder}/`)))
			process.kill(Number(pid), 'SIGKILL');
	}
}

export function start(data, port, args = [], env = {}, program = mendctl) {
	const child = spawn(program, ['dev', '--port', String(port), '--data',
		data, ...args], { cwd: root, env: cleanEnvironment(env),
		stdio: ['ignore', 'pipe', 'pipe'] });
	const instance = { child, pid: child.pid, port, data, out: '', err: '',
		url: `http://127.0.0.1:${port}` };
	child.stdout.setEncoding('utf8').on('data', (t) => instance.out += t);
	child.stderr.setEncoding('utf8').on('data', (t) => instance.err += t);
	instance.ended = new Promise((done) => child.on('close',
		(code, signal) => done({ code, signal })));
	instance.isReady = async () => {
		try {
			return (await fetch(`${instance.url}/readyz`)).status === 200;
		} catch {
			return false;
		}
	};
	instance.ready = async (within = 15000) => {
		let over;
		instance.ended.then((how) => over = how);
		await until('the ready line', () => {
			if (over)
				throw new Error(`ended: ${JSON.stringify(over)} ` +
					instance.err);
			return instance.out.includes('\n');
		}, within);
		return instance;
	};
	instance.stop = async (signal = 'SIGTERM') => {
		child.kill(signal);
		return instance.ended;
	};
	return instance;
}
