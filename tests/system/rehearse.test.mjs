// A rehearsal ends as the engine did: orders of many stories go through the
// shipped playbooks, and are then played again from their record.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { cleanEnvironment, mendctl, root, until } from './dev.mjs';
import { start } from './instance.mjs';

const stories = ['', 'FAIL', 'PAYMENT', 'SEAT', 'DUPLICATE', 'FRAUD', 'DISPUTE',
	'UNKNOWN', 'CANCELLED', 'DENIED'];
const orders = stories.flatMap((story) => [1, 2].map((n) =>
	`ORDER-${n}${story && '-'}${story}`));
let instance;

function json(args) {
	const run = spawnSync(mendctl, [...args, '--json'], { cwd: root,
		encoding: 'utf8', maxBuffer: 1 << 26,
		env: cleanEnvironment({ MEND_DATA: instance.data }) });
	assert.equal(run.status, 0, `${args.join(' ')}\n${run.stderr}`);
	return JSON.parse(run.stdout);
}

async function post(path, body) {
	const answer = await fetch(instance.url + path, { method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body) });
	return { status: answer.status, body: await answer.json() };
}

// Approves for the first of each story and rejects for the second; what wants
// a reason gets the first one that it offers, what wants more is rejected.
async function decide(run) {
	const { taskId } = await (await fetch(
		`${instance.url}/workflows/${run.workflowId}/task`)).json();
	const said = { taskId, approved: run.orderId.startsWith('ORDER-1'),
		notes: '', decider: run.orderId };
	for (let tries = 0; tries < 4; tries++) {
		const { status, body } = await post(
			`/workflows/${run.workflowId}/task/decision`, said);
		if (status < 400 || status === 409) return;
		const reason = /expected one of: (\w+)/.exec(body.detail);
		if (reason) said.reasonCode = reason[1];
		else if (said.approved) said.approved = false;
		else assert.fail(JSON.stringify(body));
	}
}

before(async () => {
	instance = await start();
	for (const orderId of orders)
		assert.equal((await post('/workflows/start', { orderId })).status, 200);
	await until('all closed', async () => {
		const { data } = json(['list', '--limit', '1000', '--open']);
		for (const run of data.filter((r) => r.state === 'WAITING_TASK'))
			await decide(run);
		return data.length === 0;
	}, 120000);
});
after(() => instance?.stop());

test('every run goes the same way again', () => {
	const result = json(['playbook', 'backtest', 'triage']);
	assert.deepEqual(result.groups, []);
	assert.deepEqual([result.runs, result.same, result.other,
		result.notReproducible], [orders.length, orders.length, 0, 0]);
	// And it was worth it: more than one playbook, people and money.
	const data = json(['list', '--limit', '1000']).data;
	assert.ok(new Set(data.map((r) => r.playbook)).size >= 4);
	assert.ok(result.tasks.before > 4);
	assert.ok(result.effects.some((e) => e.beforeMinor > 0));
});
