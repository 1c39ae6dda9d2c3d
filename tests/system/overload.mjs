// Ten times more requests than can be served, and what must hold meanwhile;
// shared by the short test here and the long one of tests/soak.
//
// The flood comes from one address, as one client gone wild does. A second
// client, from another address, starts runs at its own slow pace through all of
// it, and these runs must finish: neither it nor any of the engine's own calls
// may be shed with the flood.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { remove, root, sleep, temporaryFolder } from './dev.mjs';
import { start } from './instance.mjs';

const build = process.env.BUILD ?? 'build';
const run = promisify(execFile);
const MODERATE = 32; // clients that keep every worker busy
const CLIENTS = 1500;

// Retries without a pause, so that runs of the second client end at once.
function quickPlaybooks() {
	const folder = temporaryFolder();
	const conf = join(folder, 'conf');
	cpSync(join(root, 'conf'), conf, { recursive: true });
	const path = join(conf, 'playbooks/transfer_failed.json');
	writeFileSync(path, readFileSync(path, 'utf8').replace(
		/"initialInterval": "[^"]+"/g, '"initialInterval": "0"'));
	return { folder, conf };
}

async function flood(port, clients, rate, seconds, word) {
	// Less urgent than what it is to measure: clients are elsewhere.
	const { stdout } = await run('nice', ['-n', '10',
		join(root, build, 'tests/system/flood'), String(port),
		String(clients), String(rate), String(seconds), word]);
	const said = JSON.parse(stdout);
	said.good = Object.entries(said.status).reduce((sum, [status, n]) =>
		sum + (status[0] === '2' ? n : 0), 0);
	said.goodRate = said.good / said.seconds;
	return said;
}

// Another client, at another address.
function otherClient(port) {
	const agent = new Agent({ keepAlive: true, localAddress: '127.0.0.2' });
	const call = (method, path, body) => new Promise((done) => {
		const began = performance.now();
		const sent = request({ host: '127.0.0.1', port, path, method, agent,
			headers: body ? { 'Content-Type': 'application/json' } : {},
		}, (answer) => {
			let text = '';
			answer.setEncoding('utf8').on('data', (t) => text += t)
				.on('end', () => done({ text,
					status: answer.statusCode,
					ms: performance.now() - began }));
		});
		sent.on('error', (error) => done({ status: 0, text: `${error}`,
			ms: performance.now() - began }));
		sent.end(body && JSON.stringify(body));
	});
	return { call, close: () => agent.destroy() };
}

function holdAnswers(what, said) {
	for (const status of Object.keys(said.status))
		assert.match(status, /^(200|201|429|503)$/, `${what} ${status}`);
	for (const bad of ['reset', 'malformed', 'unanswered'])
		assert.equal(said[bad], 0, `${what}: ${bad} ${said[bad]}`);
}

// Starts runs all the while; ends when told to.
async function usual(client, over) {
	const answers = [], sandbox = [];
	for (let i = 0; !over(); i++) {
		const began = Date.now();
		answers.push({ began, ...await client.call('POST', '/v1/runs',
			{ orderId: `USUAL-${process.pid}-${i}` }) });
		sandbox.push(await client.call('GET',
			`/sandbox/orders/USUAL-${process.pid}-${i}`));
		await sleep(250);
	}
	return { answers, sandbox };
}

async function backToNormal(client, within) {
	const end = Date.now() + within;
	for (let quiet = 0; quiet < 10;) {
		const answer = quiet % 2
			? await client.call('POST', '/v1/runs',
				{ orderId: `AFTER-${process.pid}-${Date.now()}` })
			: await client.call('GET', '/v1/runs?limit=5');
		quiet = [200, 201].includes(answer.status) &&
			answer.ms < within / 10 ? quiet + 1 : 0;
		assert.ok(Date.now() < end, `not normal after ${within} ms: ` +
			`${answer.status} in ${answer.ms.toFixed()} ms`);
	}
}

function ask(data, sql) {
	const asked = spawnSync('sqlite3', ['-readonly', '-json',
		join(data, 'mend.db'), sql], { encoding: 'utf8' });
	assert.equal(asked.status, 0, asked.stderr);
	return JSON.parse(asked.stdout || '[]');
}

// The engine's own calls that left while it lasted: to the sandbox, through the
// same nginx. What is shed of them is tried again and hides behind that, so the
// attempts are counted, and what runs remember of errors is looked at.
function holdCalls(t, data, from, to, least) {
	const calls = ask(data, 'SELECT adapter, operation, state, class, ' +
		'attempt, error, count(*) AS n FROM call WHERE ' +
		`sent_ms BETWEEN ${from} AND ${to} AND (answered_ms <= ${to} OR ` +
		`sent_ms < ${to - 10000}) GROUP BY 1, 2, 3, 4, 5, 6`);
	const sum = (rows) => rows.reduce((all, { n }) => all + n, 0);
	const bad = calls.filter((c) => c.state !== 'OK' || c.attempt !== 1);
	t.diagnostic(`${sum(calls)} calls of the engine, ${sum(bad)} not answered ` +
		'well at once');
	assert.ok(sum(calls) >= 20, `${sum(calls)} calls of the engine`);
	assert.deepEqual(ask(data, "SELECT last_error, count(*) AS n FROM run " +
		"WHERE last_error GLOB '*HTTP 429*' OR last_error GLOB '*HTTP 50[23]*' " +
		'GROUP BY 1'), [], 'calls of the engine were shed');
	assert.ok(sum(calls) - sum(bad) >= least * sum(calls), JSON.stringify(bad));
}

async function closedAt(client, answer) {
	const { runId } = JSON.parse(answer.text);
	for (let i = 0; i < 100; i++) {
		const { status, text } = await client.call('GET',
			`/v1/runs/${runId}`);
		const at = status === 200 && JSON.parse(text).closedAt;
		if (at) return Date.parse(at);
		await sleep(200);
	}
	return Infinity;
}

// Of the runs that were begun well before the end, how many finished in it?
async function finishedMeanwhile(client, answers, end, seconds) {
	const early = answers.filter((a) => a.status === 201 &&
		a.began < end - seconds * 500);
	assert.ok(early.length >= 3, `${early.length} runs begun`);
	let finished = 0;
	for (const answer of early.slice(0, 40))
		finished += await closedAt(client, answer) <= end;
	return finished / Math.min(early.length, 40);
}

// p99Most is for a machine of our own: where others work on the same processors
// when it begins, requests wait for those too, and it is stretched by as much.
// taken, finished and calls: the least share of another client's starts that
// are taken, of its runs that finish, of the engine's calls that went well.
export async function overload(t, { seconds, calm, p99Most, share,
	taken: takenLeast = 0.9, finished: finishedLeast = 0.5,
	calls: callsLeast = 1 }) {
	const shared = Math.max(1, loadavg()[0] / availableParallelism());
	const made = spawnSync('make', ['-s', `BUILD=${build}`,
		`${build}/tests/system/flood`], { cwd: root, encoding: 'utf8' });
	assert.equal(made.status, 0, made.stderr);
	const { folder, conf } = quickPlaybooks();
	const instance = await start({ env: { MEND_CONF: conf } });
	const { port } = instance;
	const client = otherClient(port);
	t.after(async () => {
		client.close();
		await instance.stop();
		remove(folder);
	});

	await flood(port, MODERATE, 0, 1, 'WARM');
	const before = await flood(port, MODERATE, 0, calm, 'BEFORE');
	let over = false;
	const going = usual(client, () => over);
	const began = Date.now();
	const offered = Math.ceil(before.goodRate * 10);
	const said = await flood(port, CLIENTS, offered, seconds, 'FLOOD');
	const end = Date.now();
	over = true;
	const { answers, sandbox } = await going;
	await backToNormal(client, 5000);
	const after = await flood(port, MODERATE, 0, calm, 'AFTER');

	t.diagnostic(`peak ${before.goodRate.toFixed()} good answers a second ` +
		`before, ${after.goodRate.toFixed()} after`);
	t.diagnostic(`${(said.offered / seconds).toFixed()} a second offered: ` +
		`${said.goodRate.toFixed()} good ones a second, p50 ` +
		`${said.p50} ms, p99 ${said.p99} ms, ${JSON.stringify(said)}`);
	holdAnswers('before', before);
	holdAnswers('overload', said);
	assert.ok(said.status[503] > 0, 'nothing was shed: no overload');
	assert.ok(said.p99 < p99Most * shared, `p99 ${said.p99} ms, at most ` +
		`${p99Most} times ${shared}`);
	const peak = Math.min(before.goodRate, after.goodRate);
	assert.ok(said.goodRate >= share * peak,
		`${said.goodRate} good answers a second, peak ${peak}`);

	const taken = answers.filter((a) => a.status === 201).length;
	t.diagnostic(`another client: ${taken} of ${answers.length} taken`);
	assert.ok(taken >= takenLeast * answers.length, JSON.stringify(answers[0]));
	const shed = sandbox.filter((a) => a.status !== 200);
	assert.deepEqual(shed, [], 'the sandbox was shed');
	holdCalls(t, instance.data, began, end, callsLeast);
	const finished = await finishedMeanwhile(client, answers, end, seconds);
	t.diagnostic(`${(finished * 100).toFixed()} % of its runs finished ` +
		'within the overload');
	assert.ok(finished >= finishedLeast, `${finished}`);
}
