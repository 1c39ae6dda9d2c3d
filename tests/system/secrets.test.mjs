// Secrets of adapters come from files, go into the headers of their requests,
// and nowhere else: not into the database, the logs, any answer or any output,
// not even when the peer repeats them. And calls go only where they may.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync,
	statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { client } from './client.mjs';
import { mendctl, remove, root, temporaryFolder, until } from './dev.mjs';
import { start } from './instance.mjs';

const FIRST = 'hush-4f9d0c77-first', SECOND = 'hush-81ab2e55-second';
const folder = temporaryFolder();
const conf = join(folder, 'conf'), credentials = join(folder, 'credentials');
const seen = []; // what the peer was sent as Authorization
let instance, api, peer;

// Stands before the sandbox, and repeats what it should keep to itself.
async function forward(request, response) {
	const { authorization = '' } = request.headers;
	seen.push(authorization);
	const answer = await fetch(`${instance.url}/sandbox${request.url}`);
	const body = { ...await answer.json(), echoed: authorization,
		note: `you sent ${authorization}` };
	response.writeHead(answer.status, { 'Content-Type': 'application/json' });
	response.end(JSON.stringify(body));
}

function change(name, edit) {
	const file = join(conf, 'adapters', `${name}.json`);
	const adapter = JSON.parse(readFileSync(file, 'utf8'));
	edit(adapter);
	writeFileSync(file, JSON.stringify(adapter));
}

const put = (text) => {
	writeFileSync(join(credentials, 'new'), `${text}\n`);
	renameSync(join(credentials, 'new'), join(credentials, 'order_token'));
};

before(async () => {
	peer = createServer((request, response) => forward(request, response)
		.catch(() => response.destroy()));
	await new Promise((done) => peer.listen(0, '127.0.0.1', done));
	cpSync(join(root, 'conf'), conf, { recursive: true });
	mkdirSync(credentials);
	put(FIRST);
	change('order', (a) => {
		a.baseUrl = `http://127.0.0.1:${peer.address().port}/orders`;
		a.credential = 'order_token';
		a.headers = { Authorization: 'Bearer {{credential}}' };
	});
	// A name that turns out to be this machine, and may not.
	change('supplier', (a) => {
		a.baseUrl = `http://localhost:${peer.address().port}/suppliers`;
	});
	instance = await start({ env: { MEND_CONF: conf,
		MEND_CREDENTIALS_DIR: credentials } });
	api = client(instance.url);
});
after(async () => {
	await instance?.stop();
	peer?.close();
	peer?.closeAllConnections();
	remove(folder);
});

let count = 0;
const startRun = async (words = '') => (await api.post('/v1/runs', 201,
	{ body: { orderId: `HUSH-${process.pid}-${++count}${words}` } })).body;
const settled = (id) => until(`${id} at rest`, async () => {
	const run = (await api.get(`/v1/runs/${id}`, 200)).body;
	return ['COMPLETED', 'WAITING_TASK', 'WAITING_SIGNAL', 'HELD']
		.includes(run.state) ? run : null;
}, 30000);
const engine = () => Number(spawnSync('cat', [join(instance.data,
	'engine.lock')], { encoding: 'utf8' }).stdout);
const ctl = (...args) => {
	const { stdout, stderr } = spawnSync(mendctl, [...args, '--data',
		instance.data, '--conf', conf], { encoding: 'utf8' });
	return stdout + stderr;
};

// Every file of the data folder, byte by byte.
function files(at) {
	return readdirSync(at).flatMap((name) => {
		const path = join(at, name);
		const st = statSync(path);
		return st.isDirectory() ? files(path) : st.isFile() ? [path] : [];
	});
}

async function outputs(run) {
	const all = { list: ctl('list'), adapters: ctl('adapters', '--json'),
		check: ctl('check'), export: ctl('audit', 'export') };
	for (const what of ['show', 'trace', 'why'])
		all[what] = ctl(what, run.runId, '--json') + ctl(what, run.runId);
	for (const part of ['', '/casefile', '/audit', '/calls', '/tasks', '/why'])
		all[`api${part}`] = (await api.get(`/v1/runs/${run.runId}${part}`,
			200)).text;
	for (const path of ['/v1/adapters', '/v1/adapters/order', '/v1/audit',
		'/metrics', '/readyz'])
		all[path] = (await api.get(path, 200)).text;
	for (const path of files(instance.data))
		all[path] = readFileSync(path, 'latin1');
	return all;
}

async function nowhere(run) {
	for (const [where, text] of Object.entries(await outputs(run))) {
		for (const secret of [FIRST, SECOND])
			assert.ok(!text.includes(secret), `${secret} in ${where}`);
	}
}

test('a secret is sent, and told nowhere though the peer repeats it',
	async () => {
		const run = await startRun();
		await settled(run.runId);
		assert.ok(seen.length > 0);
		assert.ok(seen.every((a) => a === `Bearer ${FIRST}`));
		const { casefile = null } = (await api.get(
			`/v1/runs/${run.runId}/casefile`, 200)).body;
		// What it repeated is there, and the secret in it is not.
		const text = JSON.stringify(casefile ?? (await api.get(
			`/v1/runs/${run.runId}/casefile`, 200)).body);
		assert.match(text, new RegExp(`Bearer \\*{${FIRST.length}}`));
		await nowhere(run);
	});

test('another one is read on reload', async () => {
	put(SECOND);
	process.kill(engine(), 'SIGHUP');
	await until('the new one', async () => {
		seen.length = 0;
		await settled((await startRun()).runId);
		return seen.length > 0 && seen.every((a) => a === `Bearer ${SECOND}`);
	}, 30000);
	await nowhere(await startRun());
});

test('without its secret an adapter is not called, and says why', async () => {
	rmSync(join(credentials, 'order_token'));
	process.kill(engine(), 'SIGHUP');
	const blocked = await until('a run that waits', async () => {
		const { runId } = await startRun();
		return until('at rest or blocked', async () => {
			const run = (await api.get(`/v1/runs/${runId}`, 200)).body;
			if (run.state === 'BLOCKED') return run;
			return ['COMPLETED', 'WAITING_TASK'].includes(run.state)
				? 'not yet' : null;
		}, 30000).then((run) => run === 'not yet' ? null : run);
	}, 30000);
	assert.match(blocked.reason, /order: its credential order_token is not there/);
	assert.ok(blocked.dueAt);
	put(SECOND);
	process.kill(engine(), 'SIGHUP');
	await settled(blocked.runId);
});

test('a name that turns out to be this machine is not called', async () => {
	const run = await startRun('-SUPPLIER');
	await settled(run.runId);
	const { data } = (await api.get(`/v1/runs/${run.runId}/calls`, 200)).body;
	const calls = data.filter((c) => c.adapter === 'supplier');
	assert.ok(calls.length > 0);
	for (const call of calls) {
		assert.equal(call.class, 'PERMANENT');
		assert.match(call.error, /HOST_REFUSED.*private address/);
	}
});
