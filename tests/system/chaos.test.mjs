// A thousand things said at random to a hundred orders, in the middle of calls,
// waits and commits: cancels, signals, further events, comments, pauses, claims,
// decisions, undos, and a world that moves. Whatever was answered with 2xx is on
// record and had its effect, nothing is stuck, and no money moves twice or
// without a trace. MEND_SEED plays the same choices again.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { remove, sleep, temporaryFolder, until } from './dev.mjs';
import { start } from './instance.mjs';
import { closed, orders, query, quickConf, random, verifyAudit }
	from './orders.mjs';

const ORDERS = 100, ACTIONS = 1000, SPEAKERS = 8, BUDGET_MS = 45000;
const seed = Number(process.env.MEND_SEED ?? Date.now() % 1000000);
const chance = random(seed);

let instance, o;
const folder = temporaryFolder();
const data = join(folder, 'data');
before(async () => {
	// Enough of the sandbox's workers, so that slow orders hold up nobody.
	instance = await start({ data, env: { MEND_CONF: quickConf(folder),
		MEND_SANDBOX_WORKERS: '32' } });
	o = orders(instance);
});
after(async () => {
	await instance?.stop();
	remove(folder);
});

const words = ['', '-FAIL', '-FAIL', '-FAIL', '-FAIL', '-FAIL',
	'-SLOW-FAIL', '-FLAKY', '-FLAKY-FAIL', '-FLAKY-FAIL', '-SUPPLIER',
	'-SUPPLIER-ANSWERS', '-PAYMENT', '-PAYMENT-FAIL', '-VIP-FAIL', '-DOWN-FAIL',
	'-UNKNOWN', '-DISPUTE', '-SUPPLIER-FLAKY', '-VIP-FAIL'];
const ids = Array.from({ length: ORDERS }, (_, i) =>
	`CHAOS-${i}${words[i % words.length]}`);
const people = ['Ana', 'Ben', 'Cleo'];

const current = new Map(); // order: its latest run
const said = []; // what was answered with 2xx: { runId, verb, token }
const tally = {};
const paused = []; // orders, so that a resume mostly finds one

async function speak(orderId, verb, path, body, actor, token) {
	const { status, body: answer, text } = await o.api.call('POST', path,
		{ body, actor });
	tally[`${verb} ${status}`] = (tally[`${verb} ${status}`] ?? 0) + 1;
	assert.ok(status < 500 || status === 503, `${path}: ${status} ${text}`);
	if (status >= 400) {
		// A refusal says why.
		assert.ok(answer.detail || answer.errors?.length, text);
		return null;
	}
	const runId = answer.runId ?? current.get(orderId);
	said.push({ orderId, runId, verb, token, taskId: answer.taskId });
	return answer;
}

async function begin(orderId, token) {
	const answer = await speak(orderId, 'event', '/v1/runs', { orderId,
		eventKey: token, source: 'chaos' }, null, token);
	if (!answer) return;
	current.set(orderId, answer.runId);
	said.at(-1).runId = answer.runId;
	if (answer.created) said.at(-1).verb = 'start';
}

async function onTask(orderId, verb, make) {
	const { body: task } = await o.api.call('GET',
		`/workflows/resolve-${orderId}/task`);
	if (!task?.taskId) return;
	await speak(orderId, verb, `/v1/tasks/${task.taskId}/${verb}`,
		make(task), chance.of(people));
}

// Where reasons stand to choose from, one is given.
const judgement = ({ proposal }, approved) => ({ approved, reasonCode:
	proposal.reasonCodes?.[approved ? 'approve' : 'reject']?.[0].code });

const operate = (verb) => (orderId, token) => speak(orderId, verb,
	`/v1/runs/${current.get(orderId)}/${verb}`, { reason: token },
	chance.of(people), token);

const verbs = [
	[12, operate('comment')],
	[10, async (orderId, token) => {
		if (await operate('pause')(orderId, token)) paused.push(orderId);
	}],
	[12, (orderId, token) => operate('resume')(paused.length > 0 ?
		paused.splice(chance.below(paused.length), 1)[0] : orderId, token)],
	[5, operate('retry')],
	[3, operate('cancel')],
	[6, begin],
	[10, (orderId, token) => speak(orderId, 'signal', `/v1/runs/` +
		`${current.get(orderId)}/signals/` +
		chance.of(['supplier_answer', 'nobody_waits']), { token }, null,
	token)],
	[30, (orderId) => onTask(orderId, 'decide', (task) => ({
		...judgement(task, chance() < 0.75),
		undoMs: chance.of([0, 300, 3000, 10000]),
		...(chance() < 0.5 && { version: task.version }) }))],
	[14, (orderId) => onTask(orderId, 'undo', () => ({}))],
	[4, (orderId) => onTask(orderId, 'claim', () => ({}))],
	[2, (orderId) => o.steer(orderId, { transferStatus: 'ACCEPTED' })],
	[2, (orderId) => o.steer(orderId, { dispute: chance() < 0.5 })],
	[3, (orderId) => o.steer(orderId, { failNext: 1 + chance.below(3) })],
];
const bag = verbs.flatMap(([weight, act]) => Array(weight).fill(act));

// Until no open run is like that, with something said to those that still are;
// at the end of the time they are named.
async function none(within, what, like, say = () => {}) {
	let rows;
	await until(what, async () => {
		await sleep(200);
		rows = await query(data, `SELECT public_id, order_id, state, step,
			phase, reason, due_ms, last_error, lease FROM run
			WHERE closed_ms IS NULL AND ${like()}`);
		await say(rows);
		return rows.length === 0;
	}, within).catch((error) => {
		error.message += `\n${JSON.stringify(rows, null, 1)}`;
		throw error;
	});
}

// A question that is put to somebody else in an hour is at rest.
const rest = (within, what) => none(within, what, () => `(lease IS NOT NULL
	OR state NOT IN ('WAITING_TASK', 'HELD', 'PAUSED') OR state =
	'WAITING_TASK' AND due_ms < ${Date.now() + 60000})`);

test('a thousand words at random', async (t) => {
	t.diagnostic(`MEND_SEED=${seed}`);
	const began = Date.now();
	for (const [i, orderId] of ids.entries())
		await begin(orderId, `first-${i}`);
	assert.equal(current.size, ORDERS);
	let next = 0;
	await Promise.all(Array.from({ length: SPEAKERS }, async () => {
		while (next < ACTIONS && Date.now() - began < BUDGET_MS) {
			const n = next++;
			// Each keeps to its pace, so that the words meet every moment
			// of the runs, and not only the first second.
			await sleep(Math.max(0, began + n * 38 - Date.now()));
			await chance.of(bag)(chance.of(ids), `word-${n}`);
		}
	}));
	t.diagnostic(`${next} actions in ${Date.now() - began} ms: ` +
		JSON.stringify(tally));
	assert.ok(next > ACTIONS / 2, `only ${next}`);
	await rest(60000, 'everything at rest');
});

test('what waits says for whom, and only people paused', async () => {
	const rows = await query(data, `SELECT r.public_id, r.state, r.reason,
		r.due_ms, r.step, r.paused_state, r.wait_task_id, t.state AS task,
		(SELECT count(*) FROM inbox i WHERE i.run_id = r.id AND consumed_ms
			IS NULL AND kind NOT IN ('signal', 'event', 'comment')) AS unread
		FROM run r LEFT JOIN task t ON t.run_id = r.id AND t.closed_ms IS NULL
		WHERE r.closed_ms IS NULL`);
	for (const row of rows) {
		const text = JSON.stringify(row);
		assert.ok(row.reason, text);
		assert.equal(row.unread, 0, text);
		if (row.state === 'WAITING_TASK')
			assert.ok(row.wait_task_id && ['OPEN', 'CLAIMED']
				.includes(row.task), text);
		else
			assert.equal(row.due_ms, null, text);
		if (row.state !== 'PAUSED') continue;
		const audit = await o.audit(row.public_id);
		assert.equal(audit.findLast((e) => ['PAUSED', 'RESUMED']
			.includes(e.kind)).kind, 'PAUSED', text);
	}
});

test('each word is on record, and was heard', async () => {
	const record = new Map();
	const audits = async (runId) => {
		if (!record.has(runId)) record.set(runId, await o.audit(runId));
		return record.get(runId);
	};
	const find = {
		start: (e) => e.kind === 'RECEIVED',
		event: (e, token) => e.kind === 'JOINED' && e.data.eventKey === token,
		comment: (e, token) => e.kind === 'COMMENT' && e.data.text === token,
	};
	for (const verb of ['pause', 'resume', 'retry', 'cancel'])
		find[verb] = (e, token) => e.kind === 'OPERATOR_ACTION' &&
			e.data.reason === token && e.data.action === verb;
	const later = (audit, seq, ...names) => audit.some((e) => e.seq > seq &&
		names.includes(e.kind));

	for (const { runId, verb, token } of said) {
		if (!find[verb]) continue;
		const audit = await audits(runId);
		const entry = audit.find((e) => find[verb](e, token));
		assert.ok(entry, `${verb} ${token} of ${runId} is not on record`);
		const run = await o.run(runId);
		const text = `${verb} ${token}: ${JSON.stringify(run)}\n` + audit.map(
			(e) => `${e.seq} ${e.kind} ${e.message}`).join('\n');
		const over = later(audit, entry.seq, 'CANCELING', 'CLOSED');
		if (verb === 'cancel')
			assert.ok(run.state === 'CANCELED' || (later(audit, entry.seq,
				'CANCELING') && later(audit, entry.seq, 'HELD')), text);
		if (verb === 'pause')
			assert.ok(over || run.state === 'PAUSED' ||
				later(audit, entry.seq, 'PAUSED', 'RESUMED'), text);
		if (verb === 'resume' && run.state === 'PAUSED')
			assert.ok(later(audit, entry.seq, 'RESUMED', 'PAUSED'), text);
		if (verb === 'event')
			assert.ok(run.state === 'CANCELED' ||
				['PAUSED', 'HELD'].includes(run.state) ||
				audit.some((e) => e.seq > entry.seq && e.kind === 'ROUTED' &&
					e.data.playbook === 'intake'), text);
	}

	// Those that carry no word of their own are counted.
	const counted = { signal: ['SIGNAL_RECEIVED'], undo: ['DECISION_UNDONE'],
		decide: ['TASK_DECIDED', 'TASK_SIGNED'], claim: ['TASK_CLAIMED'] };
	// Who claims what he has claimed stays at it, which is no new entry.
	const renewals = (verb, mine) => verb !== 'claim' ? 0 :
		mine.length - new Set(mine.map((s) => s.runId)).size;
	for (const [verb, names] of Object.entries(counted)) {
		const mine = said.filter((s) => s.verb === verb);
		const runs = new Set(current.values());
		for (const s of said) runs.add(s.runId);
		let count = 0;
		for (const runId of runs)
			count += (await audits(runId)).filter((e) =>
				names.includes(e.kind)).length;
		assert.ok(count <= mine.length &&
			count >= mine.length - renewals(verb, mine),
			`${verb}: ${count} entries of ${mine.length}`);
	}
});

test('money moved once at most, and never without a trace', async (t) => {
	const ledger = await o.ledger();
	const keys = ledger.map((l) => l.idempotencyKey);
	assert.equal(new Set(keys).size, keys.length, 'a key has two effects');
	const results = await query(data, `SELECT json_extract(a.data,
		'$.idempotencyKey') AS key, r.order_id FROM audit a JOIN run r
		ON r.id = a.run_id WHERE a.kind = 'CALL_RESULT'
		AND json_extract(a.data, '$.class') = 'OK'`);
	const heard = new Set(results.map((r) => r.key));
	const refunded = ledger.filter((l) => l.operation === 'payment.refund');
	t.diagnostic(`${ledger.length} effects, ${refunded.length} refunds`);
	assert.ok(refunded.length > 0);
	assert.equal(new Set(refunded.map((l) => l.orderId)).size,
		refunded.length, 'an order was refunded twice');
	for (const line of refunded)
		assert.ok(heard.has(line.idempotencyKey), JSON.stringify(line));
	// And the other way: what Mend says was refunded was.
	const claimed = await query(data, `SELECT r.order_id FROM audit a
		JOIN run r ON r.id = a.run_id WHERE a.kind = 'REFUND_EXECUTED'`);
	assert.deepEqual(claimed.map((c) => c.order_id).sort(),
		refunded.map((l) => l.orderId).sort());
	// Nobody is refunded against the last word of a person.
	const against = await query(data, `SELECT r.order_id FROM task t
		JOIN run r ON r.id = t.run_id JOIN call c ON c.run_id = r.id
		AND c.step = t.step AND c.visit = t.visit AND c.name = ''
		WHERE c.purpose = 'effect' AND (t.approved IS NOT 1
			OR t.approval_count < t.approvals_needed)`);
	assert.deepEqual(against, []);
});

test('an inbox keeps nothing of a run that ended', async () => {
	assert.deepEqual(await query(data, `SELECT r.public_id, r.state, i.kind,
		i.received_ms - r.closed_ms AS after_ms FROM inbox i
		JOIN run r ON r.id = i.run_id WHERE i.consumed_ms IS NULL
		AND r.closed_ms IS NOT NULL AND i.kind <> 'signal'
		AND i.received_ms <= r.closed_ms`), []);
});

// An event that came to a paused run, and was not read, begins the order's next
// run when that one is cancelled: it is cancelled as well, and each only once.
test('what is left can be cancelled, and then all is closed', async () => {
	const told = new Set();
	await none(30000, 'all are closed', () => 'true', async (rows) => {
		for (const { public_id: runId } of rows) {
			if (told.has(runId)) continue;
			const { status, text } = await o.api.call('POST',
				`/v1/runs/${runId}/cancel`,
				{ body: { reason: 'the end' }, actor: 'Ola' });
			// The next run may end by itself before it is told.
			assert.ok([202, 409].includes(status), text);
			told.add(runId);
		}
	});
	assert.ok(told.size > 0);
	assert.deepEqual(await query(data, `SELECT public_id FROM task
		WHERE closed_ms IS NULL`), []);
	await verifyAudit(data);
	assert.doesNotMatch(instance.logs(), /row and state disagree|plan refused/);
});
