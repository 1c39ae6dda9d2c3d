// mendctl dev: one line when ready, children that come back, an end that
// leaves nothing, and clear words when it cannot start.
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync,
	statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { spawnSync } from 'node:child_process';
import { cleanEnvironment, freePort, killAll, mendctl, processesOf, remove, root, sleep,
	start, temporaryFolder, until } from './dev.mjs';

const kinds = ['nginx', 'mend-runs', 'mend-tasks', 'mend-reports', 'mendd',
	'mend-sandbox'];
const folders = [];

function folder() {
	const path = temporaryFolder();
	folders.push(path);
	return path;
}

const gone = (data) => until(`nothing left of ${data}`,
	() => processesOf(data).length === 0, 5000);

// Refused: one line, the given exit code, nothing left behind.
function refused(args, expected, code = 1, env = {}) {
	const run = spawnSync(mendctl, ['dev', ...args], { cwd: root,
		env: cleanEnvironment(env), encoding: 'utf8', timeout: 20000 });
	assert.equal(run.status, code, run.stderr);
	assert.equal(run.stdout, '');
	assert.match(run.stderr, expected);
	return run.stderr;
}

after(() => folders.forEach((path) => {
	killAll(path);
	remove(path);
}));

describe('an instance', () => {
	let dev;

	before(async () => {
		dev = start(join(folder(), 'data'), await freePort(),
			['--no-samples']);
		await dev.ready();
	});
	after(() => dev.stop());

	test('says so in one line on stdout, and it is true', async () => {
		assert.equal(dev.out, `ready ${dev.url}/ui\n`);
		assert.equal((await fetch(`${dev.url}/readyz`)).status, 200);
		const page = await fetch(`${dev.url}/ui`);
		assert.equal(page.status, 200);
		assert.match(page.headers.get('content-type'), /text\/html/);
	});

	test('has every kind of child', () => {
		const names = new Set(processesOf(dev.data).map((p) => p.name));
		assert.deepEqual([...names].sort(), [...kinds].sort());
	});

	test('writes their output to DATA/log', () => {
		for (const kind of kinds)
			assert.ok(existsSync(join(dev.data, 'log', `${kind}.log`)));
	});

	test('keeps a log from growing for ever', async () => {
		const path = join(dev.data, 'log', 'big.log');
		writeFileSync(path, 'x'.repeat(9 * 1024 * 1024));
		await until('the log is cut', () => statSync(path).size === 0, 8000);
		assert.equal(statSync(`${path}.old`).size, 9 * 1024 * 1024);
	});

	test('listens on loopback only', () => {
		const hex = dev.port.toString(16).toUpperCase().padStart(4, '0');
		const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n')
			.filter((l) => l.includes(`:${hex} 00000000:0000 0A`));
		assert.ok(lines.length > 0);
		for (const line of lines)
			assert.match(line, /^ *\d+: 0100007F:/);
	});

	test('refuses a second one on its folder', async () => {
		const port = await freePort();
		refused(['--data', dev.data, '--port', String(port)],
			/^mendctl: dev: another mendctl dev \(pid \d+, port \d+\) uses .*\n$/);
		assert.ok(await dev.isReady());
	});

	test('refuses a port in use, and leaves its holder alone', async () => {
		const data = folder();
		refused(['--data', data, '--port', String(dev.port)],
			/^mendctl: dev: port \d+ is in use; .*\n$/);
		assert.ok(await dev.isReady());
		assert.deepEqual(processesOf(data), []);
	});

	for (const kind of kinds) {
		test(`starts ${kind} again when it is killed`, async () => {
			const old = processesOf(dev.data).filter(
				(p) => p.name === kind).map((p) => p.pid);
			const parents = () => processesOf(dev.data).filter((p) =>
				p.name === kind && p.parent === dev.pid);
			assert.equal(parents().length, 1);
			process.kill(parents()[0].pid, 'SIGKILL');
			// What the killed one left behind must not stay either.
			await until(`a new ${kind} and nothing of the old one`, () => {
				const now = parents();
				return now.length === 1 && !processesOf(dev.data)
					.some((p) => old.includes(p.pid));
			});
			await until('ready again', dev.isReady);
			await until('the notice', () => new RegExp(
				`^mend: ${kind} was killed by signal 9; starting it ` +
				'again in 0\\.\\d s$', 'm').test(dev.err));
		});
	}

	test('waits longer the more often a child dies', async () => {
		for (let i = 0; i < 3; i++) {
			const child = await until('mend-tasks runs',
				() => processesOf(dev.data).find((p) =>
					p.name === 'mend-tasks' && p.parent === dev.pid));
			process.kill(child.pid, 'SIGKILL');
			await until('it is noticed', () => !processesOf(dev.data)
				.some((p) => p.pid === child.pid));
			await sleep(30);
		}
		const pauses = [...dev.err.matchAll(
			/mend-tasks was killed .* in (\d+\.\d) s/g)].map((m) => +m[1]);
		assert.ok(pauses.at(-1) >= 0.4, `pauses: ${pauses}`);
		await until('ready again', dev.isReady);
	});
});

test('is ready in under three seconds', async () => {
	const from = Date.now();
	const dev = start(folder(), await freePort(), ['--no-samples']);
	await dev.ready();
	const took = Date.now() - from;
	await dev.stop();
	// A busy test machine gets three times that.
	assert.ok(took < 9000, `took ${took} ms`);
});

test('two run side by side', async () => {
	const one = start(folder(), await freePort(), ['--no-samples']);
	const two = start(folder(), await freePort(), ['--no-samples']);
	await Promise.all([one.ready(), two.ready()]);
	await one.stop();
	assert.ok(await two.isReady());
	assert.deepEqual(processesOf(one.data), []);
	await two.stop();
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
	test(`${signal} ends all within five seconds`, async () => {
		const dev = start(folder(), await freePort(), ['--no-samples']);
		await dev.ready();
		const from = Date.now();
		const how = await dev.stop(signal);
		assert.ok(Date.now() - from < 5500);
		assert.deepEqual(how, { code: 0, signal: null });
		assert.deepEqual(processesOf(dev.data), []);
		assert.ok(!existsSync(join(dev.data, 'dev.lock')));
	});
}

test('a signal before it is ready ends all too', async () => {
	const dev = start(folder(), await freePort(), ['--no-samples']);
	await until('children', () => processesOf(dev.data).length > 0);
	const how = await dev.stop();
	assert.equal(how.code, 0);
	assert.deepEqual(processesOf(dev.data), []);
});

test('a stopped child does not keep it from ending', async () => {
	const dev = start(folder(), await freePort(), ['--no-samples']);
	await dev.ready();
	const engine = processesOf(dev.data).find((p) => p.name === 'mendd');
	process.kill(engine.pid, 'SIGSTOP');
	const from = Date.now();
	await dev.stop();
	assert.ok(Date.now() - from < 6000);
	await gone(dev.data);
});

test('its own death by SIGKILL leaves nothing', async () => {
	const dev = start(folder(), await freePort(), ['--no-samples']);
	await dev.ready();
	await dev.stop('SIGKILL');
	await gone(dev.data);
	const again = start(dev.data, dev.port, ['--no-samples']);
	await again.ready();
	await again.stop();
});

test('a start cleans up what a killed instance could not', async () => {
	const dev = start(folder(), await freePort(), ['--no-samples']);
	await dev.ready();
	const master = processesOf(dev.data).find(
		(p) => p.name === 'nginx' && p.parent === dev.pid);
	// Both at once: nobody is left to end nginx's workers.
	process.kill(dev.pid, 'SIGSTOP');
	process.kill(master.pid, 'SIGKILL');
	await dev.stop('SIGKILL');
	assert.ok(processesOf(dev.data).some((p) => p.name === 'nginx'),
		'the workers are there, or this test shows nothing');
	const again = start(dev.data, dev.port, ['--no-samples']);
	await again.ready();
	await again.stop();
	await gone(dev.data);
});

test('a restart goes on with the same data', async () => {
	const data = folder();
	let dev = start(data, await freePort(), ['--no-samples']);
	await dev.ready();
	const answer = await fetch(`${dev.url}/workflows/start`, {
		method: 'POST', body: JSON.stringify({ orderId: 'ORDER-77' }),
		headers: { 'Content-Type': 'application/json' } });
	const { runId } = await answer.json();
	await dev.stop();
	dev = start(data, await freePort());
	await dev.ready();
	const run = await (await fetch(`${dev.url}/v1/runs/${runId}`)).json();
	assert.equal(run.orderId, 'ORDER-77');
	await sleep(300);
	const list = await (await fetch(`${dev.url}/v1/runs`)).json();
	assert.equal(list.data.length, 1, 'no samples into a used database');
	await dev.stop();
});

test('an empty database is fed samples, with words what to try', async () => {
	const dev = start(folder(), await freePort());
	await dev.ready();
	await until('hints', () => dev.err.includes('Ctrl-C'), 20000);
	assert.match(dev.err, /fed 24 sample events/);
	assert.match(dev.err, /curl .*\/workflows\/start/);
	assert.match(dev.err, /curl .*\/casefile/);
	assert.equal(dev.out, `ready ${dev.url}/ui\n`);
	const list = await (await fetch(`${dev.url}/v1/runs?limit=200`)).json();
	assert.equal(list.data.length, 24);
	await dev.stop();
});

test('works in folders of any name', async () => {
	for (const name of ['with space', '$x;{y}\'"@', 'long-'.repeat(22)]) {
		const data = join(folder(), name);
		const dev = start(data, await freePort(), ['--no-samples']);
		await dev.ready();
		assert.equal((await fetch(`${dev.url}/ui`)).status, 200);
		assert.equal((await fetch(`${dev.url}/static/icon.svg`)).status,
			200);
		assert.equal((await fetch(`${dev.url}/v1/runs`)).status, 200);
		await dev.stop();
		assert.deepEqual(processesOf(data), []);
	}
});

test('gets along without /usr/sbin in PATH', async () => {
	const dev = start(folder(), await freePort(), ['--no-samples'],
		{ PATH: '/usr/bin:/bin' });
	await dev.ready();
	await dev.stop();
});

describe('tells in one line why it cannot start', () => {
	test('a folder it cannot create', async () => {
		const file = join(folder(), 'file');
		writeFileSync(file, '');
		refused(['--data', join(file, 'data'), '--port',
			String(await freePort())],
			/^mendctl: dev: cannot create .*: Not a directory\n$/);
	});

	test('a folder it cannot write to', {
		skip: process.getuid() === 0 && 'root may write everywhere',
	}, async () => {
		const data = folder();
		chmodSync(data, 0o555);
		refused(['--data', data, '--port', String(await freePort())],
			/^mendctl: dev: cannot write to .*: Permission denied\n$/);
	});

	test('a port that somebody else has', async () => {
		const server = createServer();
		await new Promise((done) => server.listen(0, '127.0.0.1', done));
		refused(['--data', folder(), '--port',
			String(server.address().port)], /port \d+ is in use/);
		server.close();
	});

	test('a port that is none', () => {
		refused(['--port', '70000', '--data', folder()],
			/--port: 70000 is not within 1 to 65535/, 2);
		refused(['--port', '80x', '--data', folder()], /is no number/, 2);
	});

	test('a program that is missing', async () => {
		const lonely = join(folder(), 'bin');
		mkdirSync(lonely);
		copyFileSync(mendctl, join(lonely, 'mendctl'));
		const run = spawnSync(join(lonely, 'mendctl'), ['dev', '--data',
			folder(), '--port', String(await freePort())], { cwd: root,
			env: cleanEnvironment(), encoding: 'utf8' });
		assert.equal(run.status, 1);
		assert.match(run.stderr,
			/^mendctl: dev: mendd is not built: .*\n$/);
	});

	test('a fault in the configuration, and nothing is started', async () => {
		const conf = join(folder(), 'conf');
		const data = folder();
		cpSync(join(root, 'conf'), conf, { recursive: true });
		writeFileSync(join(conf, 'playbooks', 'triage.json'), '{"nam": 1}');
		const words = refused(['--data', data, '--conf', conf, '--port',
			String(await freePort())],
			/faults? in .*; nothing was started\n$/);
		assert.match(words, /^playbooks\/triage\.json:\//m);
		assert.deepEqual(processesOf(data), []);
	});

	test('a halted data folder', async () => {
		const data = folder();
		const env = cleanEnvironment();
		spawnSync(mendctl, ['migrate', '--data', data], { cwd: root, env });
		writeFileSync(join(data, 'mend.db-halted'), 'now test disk\n');
		refused(['--data', data, '--port', String(await freePort())],
			/is halted: now test disk/, 5);
	});

	test('an option it does not know', () => {
		refused(['--prot', '1'], /unknown option --prot/, 2);
	});
});
