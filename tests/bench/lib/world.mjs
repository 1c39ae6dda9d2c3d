// Where the API is measured: an instance of Mend on a configuration of its own
// (Mend's, and before its intake the routes of what is measured), and a peer
// that gives every call the same answer at once.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync }
	from 'node:fs';
import { join } from 'node:path';
import { freePort, processesOf, root, start, until }
	from '../../system/dev.mjs';

const five = ['one', 'two', 'three', 'four', 'five'];

const playbook = (name, operation) => ({
	playbook: name, title: 'Five steps',
	steps: [...five.map((step) => ({ step, kind: 'call', operation })),
		{ step: 'end', kind: 'finish', outcome: 'RESOLVED_AUTOMATICALLY',
			result: 'NONE', reason: 'Five steps were taken' }],
});

const fixed = (port) => ({
	adapter: 'fixed', title: 'Answers at once', kind: 'http',
	baseUrl: `http://127.0.0.1:${port}`, concurrency: 200,
	operations: { get: { kind: 'read', method: 'GET',
		path: '/{{orderId}}' } },
});

// Every wait becomes one of a millisecond.
function hurry(json) {
	return JSON.parse(JSON.stringify(json), (key, value) =>
		['initialInterval', 'maximumInterval'].includes(key) ? '1ms' : value);
}

export function configure(conf, port) {
	cpSync(join(root, 'conf'), conf, { recursive: true });
	const write = (path, json) =>
		writeFileSync(join(conf, path), JSON.stringify(json));
	for (const name of readdirSync(join(conf, 'playbooks'))) {
		const path = join('playbooks', name);
		write(path, hurry(JSON.parse(
			readFileSync(join(conf, path), 'utf8'))));
	}
	const path = join(conf, 'playbooks/intake.json');
	const intake = JSON.parse(readFileSync(path, 'utf8'));
	intake.steps.unshift({ step: 'measured', kind: 'choose', rules: [
		{ name: 'w5', when: { orderId: { prefix: 'W5-' } }, route: 'w5' },
		{ name: 'w5http', when: { orderId: { prefix: 'HTTP-' } },
			route: 'w5http' },
		{ name: 'other', next: intake.steps[0].step }] });
	write('playbooks/intake.json', intake);
	write('playbooks/w5.json', playbook('w5', 'local.echo'));
	write('playbooks/w5http.json', playbook('w5http', 'fixed.get'));
	write('adapters/fixed.json', fixed(port));
}

// nginx again, for nothing else answers with less work.
export async function fixedPeer(folder) {
	const port = await freePort();
	mkdirSync(folder, { recursive: true });
	const temps = ['client_body', 'proxy', 'fastcgi', 'scgi', 'uwsgi']
		.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
	writeFileSync(join(folder, 'nginx.conf'), `daemon off; pid ${folder}/pid;
error_log ${folder}/error.log; worker_processes 1;
events { worker_connections 2048; }
http { access_log off; ${temps} keepalive_requests 1000000;
server { listen 127.0.0.1:${port}; location / {
default_type application/json; return 200 '{"ok":true}'; } } }`);
	const child = spawn('nginx', ['-e', `${folder}/error.log`, '-c',
		join(folder, 'nginx.conf')], { stdio: 'ignore' });
	await until('the fixed peer', async () => {
		try {
			return (await fetch(`http://127.0.0.1:${port}/x`)).ok;
		} catch {
			return false;
		}
	});
	return { port, stop: () => new Promise((done) => {
		child.on('close', done).kill('SIGTERM');
	}) };
}

export async function instance(folder, conf, env = {}) {
	const dev = start(join(folder, 'data'), await freePort(),
		['--no-samples'], { MEND_STATIC: join(root, 'static'),
			MEND_CONF: conf, ...env });
	await dev.ready(30000);
	return dev;
}

function field(pid, file, name) {
	const text = readFileSync(`/proc/${pid}/${file}`, 'utf8');
	return Number(text.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))[1]);
}

// In nanoseconds: the other place counts in hundredths of a second, and one of
// these is all that an idle engine may take in ten.
const seconds = (pid) => readdirSync(`/proc/${pid}/task`).reduce((sum, task) =>
	sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1')
		.split(' ')[0]) / 1e9, 0);

// Every process of an instance: its own memory in MiB (shared pages by their
// share), seconds of processor so far.
export function usage(dev) {
	return [{ pid: dev.pid, name: 'mendctl' }, ...processesOf(dev.data)]
		.map(({ pid, name }) => ({ pid, name, cpu: seconds(pid),
			mib: field(pid, 'smaps_rollup', 'Pss') / 1024 }));
}

export const engineOf = (dev) => processesOf(dev.data)
	.find(({ name }) => name === 'mendd').pid;
export const rssMib = (pid) => field(pid, 'status', 'RssAnon') / 1024;
