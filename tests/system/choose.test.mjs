// A person chooses between ways and fills in a form: by the API, by the
// command line, in time and too late. What was said goes into the case file
// and the record, and the run goes on where the choice leads.
import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { remove, root, temporaryFolder, until } from './dev.mjs';
import { start } from './instance.mjs';
import { orders, verifyAudit } from './orders.mjs';

const folder = temporaryFolder();
const conf = join(folder, 'conf');
let instance, o, count = 0;

const finish = (step, result) => ({ step, kind: 'finish', outcome:
	'ESCALATED_APPROVED', result, reason: '{{decision.by}} decided' });
const told = { playbook: 'told', title: 'Tells the buyer', steps: [
	{ step: 'tell', kind: 'call', operation: 'message.send', with: {
		orderId: '{{orderId}}', to: 'buyer', template: 'note',
		text: '{{say}}' }, onFailure: 'failed', onUnknown: 'failed' },
	{ ...finish('end', 'TOLD'), reason: 'the buyer knows' },
	{ ...finish('failed', 'NOT_TOLD'), failed: true }] };
const intake = { playbook: 'intake', title: 'Asks at once', steps: [
	{ step: 'look', kind: 'gather', reads: [{ as: 'order', operation:
		'order.get' }], onFailure: 'hold' },
	{ step: 'ask', kind: 'task', title: 'Which way?', reason: 'a test',
		proposal: { text: 'Leave it', rejectText: 'Nothing happens' },
		evidence: ['order.orderId'],
		form: [{ name: 'why', label: 'Why', type: 'text',
			required: true }],
		reasonCodes: { approve: [{ code: 'fits', label: 'It fits' }],
			reject: [{ code: 'wrong', label: 'All wrong' }] },
		alternatives: [
			{ name: 'tell', text: 'Tell {{order.buyer.name}}', when:
				{ 'order.orderId': { exists: true } }, recommended: true,
			cost: { amountMinor: 0, currency: 'USD', bearer: 'mend' },
			form: [{ name: 'say', label: 'Text', type: 'text',
				required: true }, { name: 'row', label: 'Row', type:
				'number', min: 1 }, { name: 'day', label: 'Day',
				type: 'date' }], next: 'telling' },
			{ name: 'dear', text: 'Pay much', amountMinor: 300000,
				currency: 'USD' },
			{ name: 'never', text: 'Never', when:
				{ 'order.orderId': 'another' } },
		],
		escalate: { after: '1s', role: 'admin' },
		onApprove: 'left', onReject: 'no' },
	{ step: 'telling', kind: 'playbook', playbook: 'told', set:
		{ say: '{{decision.form.say}} {{decision.form.row}}' },
	as: 'telling' },
	{ ...finish('done', 'DONE'), reason: '{{telling.result}}: ' +
		'{{telling.reason}}' },
	finish('left', 'LEFT'), finish('no', 'NONE')] };

before(async () => {
	cpSync(join(root, 'conf'), conf, { recursive: true });
	const write = (p) => writeFileSync(join(conf, 'playbooks',
		`${p.playbook}.json`), JSON.stringify(p));
	write(intake);
	write(told);
	instance = await start({ env: { MEND_CONF: conf } });
	o = orders(instance);
});
after(async () => {
	await instance?.stop();
	remove(folder);
});

async function asked() {
	const order = `ORDER-${process.pid}-${++count}`;
	const run = await o.begin(order);
	await o.inState(run.runId, 'WAITING_TASK');
	return { order, run, task: await o.task(order) };
}
const decide = (task, body, status = 200) => o.api.post(
	`/v1/tasks/${task.taskId}/decide`, status, { actor: 'Ana', body });
const pointers = (answer) => answer.body.errors.map((e) => e.pointer).sort();

describe('a task with several ways', () => {
	test('shows them side by side, and why one is not there', async () => {
		const { task } = await asked();
		const { alternatives, notOffered, form, reasonCodes } = task.proposal;
		assert.deepEqual(alternatives.map((a) => [a.name, a.recommended,
			a.amountMinor, a.approvalsNeeded]), [
			['proposal', false, null, 1], ['tell', true, null, 1],
			['dear', false, 300000, 2]]);
		assert.match(alternatives[1].text, /^Tell \w/);
		assert.equal(alternatives[1].cost.bearer, 'mend');
		assert.deepEqual(notOffered.map((a) => [a.name, a.result,
			a.why[0].field]), [['never', false, 'order.orderId']]);
		assert.equal(form[0].name, 'why');
		assert.equal(reasonCodes.reject[0].code, 'wrong');
	});

	test('tells every fault of a decision at its place', async () => {
		const { task } = await asked();
		assert.deepEqual(pointers(await decide(task, { approved: true }, 400)),
			['/form/why', '/reasonCode']);
		assert.deepEqual(pointers(await decide(task, { approved: true,
			alternative: 'tell', reasonCode: 'fits', form: { row: 0, day:
				'tomorrow', colour: 'red' } }, 400)),
		['/form/colour', '/form/day', '/form/row', '/form/say']);
		assert.deepEqual(pointers(await decide(task, { approved: true,
			alternative: 'never', reasonCode: 'fits' }, 400)),
		['/alternative']);
		await decide(task, { approved: true, form: 'x' }, 400);
	});

	test('goes the way that was chosen, with what was filled in',
		async () => {
			const { order, run, task } = await asked();
			const decided = (await decide(task, { approved: true, digest:
				task.digest, alternative: 'tell', reasonCode: 'fits', form:
				{ say: 'hello', row: 12 } })).body;
			assert.equal(decided.alternative, 'tell');
			assert.deepEqual(decided.form, { say: 'hello', row: 12 });
			assert.deepEqual(decided.decisions[0].form, decided.form);
			const end = await o.end(run.runId);
			assert.equal(end.result, 'DONE');
			assert.equal(end.reason, 'TOLD: the buyer knows');
			assert.equal((await o.effects(order))['message.send'], 1);
			const { decision, telling } = await o.file(run.runId);
			assert.deepEqual(decision.form, { say: 'hello', row: 12 });
			assert.deepEqual([decision.alternative, decision.reasonCode,
				decision.by], ['tell', 'fits', 'Ana']);
			assert.equal(telling.outcome, 'ESCALATED_APPROVED');
			const entry = (await o.audit(run.runId)).find((e) =>
				e.kind === 'TASK_DECIDED');
			assert.deepEqual([entry.data.alternative, entry.data.form],
				['tell', { say: 'hello', row: 12 }]);
		});

	test('and by the command line', async () => {
		const { order, run } = await asked();
		const ctl = (...args) => o.ctl(['task', 'decide', order, '--as',
			'ana', ...args]);
		const refused = await ctl('--approve', '--alternative', 'tell',
			'--reason-code', 'fits', '--form', 'row=many');
		assert.equal(refused.code, 2, refused.err);
		assert.match(refused.err, /is required|a number/);
		assert.equal((await ctl('--approve', '--form', 'row')).code, 2);
		const shown = await o.ctl(['task', 'show', order]);
		for (const words of [/dear/, /--alternative/, /fits/, /NOT OFFERED|Not offered/])
			assert.match(shown.out, words);
		const done = await ctl('--approve', '--alternative', 'tell',
			'--reason-code', 'fits', '--form', 'row=3', '--form',
			'say=a=b c');
		assert.equal(done.code, 0, done.err);
		await o.end(run.runId);
		assert.deepEqual((await o.file(run.runId)).decision.form,
			{ row: 3, say: 'a=b c' });
	});

	test('a rejection gives its reason', async () => {
		const { run, task } = await asked();
		await decide(task, { approved: false, reasonCode: 'fits' }, 400);
		await decide(task, { approved: false, reasonCode: 'wrong' });
		assert.equal((await o.end(run.runId)).result, 'NONE');
		assert.equal((await o.file(run.runId)).decision.reasonCode, 'wrong');
	});

	test('is raised to a higher role, once', async () => {
		const { run, task } = await asked();
		assert.equal(task.role, 'agent');
		assert.ok(task.escalatesAt);
		const raised = await until('it is raised', async () => {
			const now = await o.taskById(task.taskId);
			return now.role === 'admin' && now;
		});
		assert.ok(raised.escalatedAt);
		assert.equal(raised.state, 'OPEN');
		const entries = (await o.audit(run.runId)).filter((e) =>
			e.kind === 'TASK_ESCALATED');
		assert.deepEqual(entries.map((e) => [e.data.from, e.data.to]),
			[['agent', 'admin']]);
		await verifyAudit(instance.data);
	});
});
