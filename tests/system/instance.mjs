// A whole instance for the tests of one file: a free port, a temporary folder,
// `mendctl dev` until it is ready; stop() ends it and removes the folder.
//
//   const instance = await start({ env: { MEND_DEV_ROLE: 'agent' } });
//   … instance.url, instance.data, instance.logs(), instance.pid …
//   await instance.stop();
//
// MEND_TEST_URL names an instance that runs already (and stays), for working
// on a test by hand.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, remove, root, start as startDev, temporaryFolder }
	from './dev.mjs';

const running = new Set();

// A test file that dies must not leave processes behind.
process.on('exit', () => {
	for (const dev of running) dev.child.kill('SIGTERM');
});

function readLogs(data) {
	const folder = join(data, 'log');
	let names = [];
	try {
		names = readdirSync(folder);
	} catch {
		// It never came so far.
	}
	return names.map((name) => `---- ${name}\n` +
		readFileSync(join(folder, name), 'utf8')).join('\n');
}

export async function start({ args = [], env = {}, samples = false,
	within = 20000, data: given = null } = {}) {
	if (process.env.MEND_TEST_URL)
		return { url: process.env.MEND_TEST_URL, data: null, pid: null,
			logs: () => '', stop: async () => {}, foreign: true };

	const folder = given ? null : temporaryFolder();
	const data = given ?? join(folder, 'data');
	const options = samples ? args : ['--no-samples', ...args];
	// A build in another folder (BUILD=) has no ../static and ../conf.
	const dev = startDev(data, await freePort(), options, {
		MEND_STATIC: join(root, 'static'), MEND_CONF: join(root, 'conf'),
		...env });
	running.add(dev);
	const end = async (signal) => {
		const how = await dev.stop(signal);
		running.delete(dev);
		return how;
	};
	try {
		await dev.ready(within);
	} catch (error) {
		await end('SIGTERM');
		error.message += `\n${readLogs(data)}`;
		if (folder) remove(folder);
		throw error;
	}
	return {
		url: dev.url,
		port: dev.port,
		data,
		pid: dev.pid,
		child: dev.child,
		logs: () => readLogs(data),
		// Ends it, but leaves the folder for another start({ data }).
		kill: (signal = 'SIGKILL') => end(signal),
		stop: async () => {
			const how = await end('SIGTERM');
			if (folder) remove(folder);
			return how;
		},
		foreign: false,
	};
}
