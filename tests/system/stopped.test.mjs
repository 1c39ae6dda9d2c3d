// A program that is stopped, or killed, while it holds the turnstile: the
// engine says who it is and goes on, others are told to come again, readers
// read, and once the turn is free all goes on by itself. At last a program dies
// at each of the calls that a start takes. The program strikes itself
// (killpoint.c), in the sync of its commit, so that the moment is no chance.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { remove, temporaryFolder, until } from './dev.mjs';
import { start } from './instance.mjs';
import { closed, orders, query, quickConf, verifyAudit } from './orders.mjs';
import { buildLibrary, controlFile, modes } from './struck.mjs';

const SIGKILL = 9, SIGSTOP = 19, POINTS = 100;
const folder = temporaryFolder();
const data = join(folder, 'data');
const taken = new Map(); // order: its run, as it was answered with 2xx
let instance, o, control, struck = 0;

before(async () => {
	control = controlFile(join(folder, 'control'), 'mend-runs', SIGSTOP);
	// Many workers, since one that dies again and again is started more slowly.
	instance = await start({ data, env: { MEND_CONF: quickConf(folder),
		MEND_WORKERS: '24', LD_PRELOAD: buildLibrary(), KILLPOINT_FILE: control.path } });
	o = orders(instance);
});
after(async () => {
	const { victim } = control.read();
	if (victim && isStopped(victim)) process.kill(victim, 'SIGKILL');
	await instance?.stop();
	remove(folder);
});

function isStopped(pid) {
	try {
		return /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
	} catch {
		return false;
	}
}

// Who holds WRITE, as the kernel says.
function holders() {
	const { ino } = statSync(join(data, 'mend.db-write'));
	return readFileSync('/proc/locks', 'utf8').split('\n')
		.filter((line) => line.includes('FLOCK') && !line.includes('->') &&
			line.includes(`:${ino} `))
		.map((line) => Number(line.trim().split(/\s+/)[4]));
}

async function post(path, body) {
	const began = Date.now();
	try {
		const answer = await fetch(instance.url + path, { method: 'POST',
			signal: AbortSignal.timeout(30000),
			body: JSON.stringify(body), headers: {
				'Content-Type': 'application/json', 'X-Mend-Actor': 'Ana' } });
		const text = await answer.text();
		return { status: answer.status, headers: answer.headers, text,
			body: JSON.parse(text), ms: Date.now() - began };
	} catch (error) {
		return { status: 0, text: `${error}`, ms: Date.now() - began };
	}
}

const begin = (orderId) => post('/v1/runs',
	{ orderId, eventKey: `event-${orderId}` });

// Says it until it is taken.
const insist = (orderId) => until(`${orderId} is taken`, async () => {
	const answer = await begin(orderId);
	if (![200, 201].includes(answer.status)) return false;
	taken.set(orderId, answer.body.runId);
	return answer;
}, 30000);

// Stops who next commits a start; what its client is told comes later.
async function stopHolder(orderId) {
	control.put('signal', SIGSTOP);
	control.arm({ at: 1, only: 'fdatasync' });
	const answer = begin(orderId);
	const pid = await until('a worker is stopped', () => {
		const { victim } = control.read();
		return victim && isStopped(victim) && victim;
	});
	struck++;
	assert.deepEqual(holders(), [pid], 'it holds the turnstile');
	return { pid, answer };
}

async function reads(runId) {
	for (const path of [`/v1/runs/${runId}`, '/v1/runs?limit=5', '/v1/tasks',
		`/v1/runs/${runId}/audit`, '/readyz', '/livez']) {
		const began = Date.now();
		const answer = await fetch(instance.url + path,
			{ signal: AbortSignal.timeout(10000) });
		await answer.text();
		assert.equal(answer.status, 200, path);
		assert.ok(Date.now() - began < 2000, `${path}: ${Date.now() - began}`);
	}
}

// What must hold while `pid` holds the turn, for some waits of the engine.
async function whileStopped(pid, asked, times) {
	await reads(asked.run.runId);
	const decided = await post(`/v1/tasks/${asked.task.taskId}/decide`,
		{ approved: true });
	assert.equal(decided.status, 503, decided.text);
	assert.ok(decided.ms < 4500, `${decided.ms} ms`);
	assert.match(decided.headers.get('content-type'),
		/^application\/problem\+json/);
	assert.ok(Number(decided.headers.get('retry-after')) > 0);
	assert.equal(decided.body.code, 'busy');
	await until('the engine names the holder', () => [...instance.logs()
		.matchAll(/turn not given in time .*holder: (\d+) mend-runs/g)]
		.filter(([, holder]) => Number(holder) === pid).length >= times, 20000);
	await reads(asked.run.runId);
	assert.ok(isStopped(pid));
	assert.deepEqual(holders(), [pid]);
}

async function ends(orderId, done) {
	const run = await o.end(taken.get(orderId), 30000);
	assert.deepEqual(await o.effects(orderId), done, run.reason);
	return run;
}

for (const [name, signal, times] of [['goes on', 'SIGCONT', 2],
	['is killed', 'SIGKILL', 1]])
	test(`the stopped holder of the turn ${name}`, async (t) => {
		const asked = await o.asks(`ASKED-${signal}-FAIL`);
		const { orderId, task } = asked;
		taken.set(orderId, asked.run.runId);
		// Out and unanswered when the turn is gone.
		const slow = `SLOW-${signal}`;
		await o.steer(slow, { delayMs: 700 });
		await insist(slow);
		await until('a call is out', async () => (await o.api.get(`/v1/runs/${
			taken.get(slow)}/calls?limit=50`, 200)).body.data
			.some((c) => c.state === 'SENT'));
		const { pid, answer } = await stopHolder(`HELD-UP-${signal}`);
		await whileStopped(pid, asked, times);
		const freed = Date.now();
		process.kill(pid, signal);
		const first = await answer;
		if (signal === 'SIGCONT') {
			assert.equal(first.status, 201, first.text);
			taken.set(`HELD-UP-${signal}`, first.body.runId);
		} else {
			assert.ok(first.status >= 500, first.text);
			await insist(`HELD-UP-${signal}`);
		}
		const decided = await until('the decision is taken', async () => {
			const said = await post(`/v1/tasks/${task.taskId}/decide`,
				{ approved: true });
			return said.status === 200 && said;
		});
		t.diagnostic(`written again ${Date.now() - freed} ms after`);
		assert.ok(Date.now() - freed < 2000, decided.text);
		await ends(`HELD-UP-${signal}`, { 'transfer.retry': 2 });
		await ends(slow, { 'transfer.retry': 2 });
		await ends(orderId, { 'transfer.retry': 3, 'payment.refund': 1,
			'message.send': 1 });
	});

test(`a program dies at its calls: ${POINTS} of them`, async (t) => {
	control.put('signal', SIGKILL);
	control.arm({ at: 0 });
	await insist('DIES-0');
	const { calls } = control.read();
	let lost = 0, deaths = 0;
	for (let i = 1; i <= POINTS; i++) {
		// Every other one near the end: about when the answer leaves.
		const part = i % 2 ? calls : Math.ceil(calls / 5);
		control.arm({ at: calls - part + 1 +
			Math.floor(i * 0.6180339887498949 % 1 * part),
		mode: modes[i % modes.length] });
		const first = await begin(`DIES-${i}`);
		if (first.status === 201) taken.set(`DIES-${i}`, first.body.runId);
		else lost++;
		deaths += control.read().victim !== 0;
		control.arm({ at: 0 });
		const again = await insist(`DIES-${i}`);
		if (first.status === 201)
			assert.equal(again.body.runId, first.body.runId, 'was lost');
	}
	t.diagnostic(`${deaths} deaths at ${calls} calls, ${lost} answers lost`);
	assert.ok(deaths > POINTS * 0.8, `${deaths} deaths`);
	assert.ok(lost > 0 && lost < POINTS, `${lost} lost`);
	struck += deaths;
	for (let i = 0; i <= POINTS; i++)
		await ends(`DIES-${i}`, { 'transfer.retry': 2 });
});

test('what was taken is there, once, and nothing is held', async () => {
	assert.ok(struck >= POINTS * 0.8 + 2, `${struck} were struck`);
	for (const [orderId, runId] of taken) {
		const runs = await query(data, `SELECT public_id, state FROM run
			WHERE order_id = '${orderId}'`);
		assert.equal(runs.length, 1, orderId);
		assert.equal(runs[0].public_id, runId);
		assert.ok(closed.includes(runs[0].state), runs[0].state);
	}
	const keys = (await o.ledger()).map((l) => l.idempotencyKey);
	assert.equal(new Set(keys).size, keys.length, 'a key has two effects');
	await verifyAudit(data);
	assert.deepEqual(await query(data, 'PRAGMA integrity_check'),
		[{ integrity_check: 'ok' }]);
	assert.doesNotMatch(instance.logs(),
		/row and state disagree|plan refused|bug in the use|held run/);
});
