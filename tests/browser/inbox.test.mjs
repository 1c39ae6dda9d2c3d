// The inbox: deciding by mouse and by keyboard, taking back, being too late,
// claims, snoozing, selection, comments, and rows that do not jump.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { until } from '../system/dev.mjs';
import { browser, caseUrl, doubtful, focused, heading, newOrder, refundable,
	row }
	from './browser.mjs';

let b;
before(async () => { b = await browser(); });
afterEach(async () => b.finish());
after(async () => b?.stop());

const confirm = (page) => page.locator('.confirming');
const toast = (page, text) => page.locator('.toast', { hasText: text });
const state = async (task) => (await b.taskById(task.taskId)).state;

for (const width of [1440, 390])
	test(`approves by mouse at ${width} px; the money moves once`, async () => {
		const { task, orderId, run } = await b.asks(refundable());
		const page = await b.open('/ui/inbox', { width });
		await row(page, orderId).locator('a').click();
		await heading(page, orderId).waitFor();
		const words = await page.locator('.decision .primary').innerText();
		assert.match(words, /^Refund [\d,.]+ [A-Z]{3} to \S/);
		await page.locator('.decision .primary').click();
		assert.equal(await state(task), 'OPEN', 'one click decides nothing');
		await page.getByLabel('Exception to policy').check();
		await page.locator('.confirming textarea').fill('Venue said so');
		await page.locator('.confirming [type=submit]').click();
		await toast(page, 'Undo').waitFor();
		const decided = await b.taskById(task.taskId);
		assert.equal(decided.state, 'DECIDED');
		assert.equal(decided.approved, true);
		assert.equal(decided.decider, 'Ana');
		assert.equal(decided.notes, 'Venue said so');
		assert.equal(decided.reasonCode, 'policy_exception');
		assert.deepEqual((await b.effects(orderId))['payment.refund'],
			undefined, 'nothing moves while it can be undone');
		await b.end(run.runId);
		assert.equal((await b.effects(orderId))['payment.refund'], 1);
	});

test('approves by keyboard: a asks, Enter confirms, u undoes', async () => {
	const { task, orderId } = await b.asks(refundable());
	const page = await b.open(caseUrl(task));
	await heading(page, orderId).waitFor();
	await page.keyboard.press('a');
	await confirm(page).getByRole('heading', { name: /^Refund / }).waitFor();
	assert.equal(await state(task), 'OPEN');
	await page.keyboard.press('Escape');
	await confirm(page).waitFor({ state: 'detached' });
	assert.equal(await focused(page), 'case-title');
	await page.keyboard.press('a');
	await confirm(page).waitFor();
	await page.keyboard.press('Enter');
	await toast(page, 'Undo').waitFor();
	assert.equal(await state(task), 'DECIDED');
	const left = Number(/\((\d+) s\)/.exec(await toast(page, 'Undo')
		.innerText())[1]);
	const real = Date.parse((await b.taskById(task.taskId)).executeAt) -
		Date.now();
	assert.ok(Math.abs(left - real / 1000) < 2.5, `${left} s, ${real} ms`);
	await page.keyboard.press('u');
	await toast(page, 'is open again').waitFor();
	assert.equal(await state(task), 'OPEN');
	await heading(page, orderId).waitFor();
	await page.locator('.decision .primary:enabled').waitFor();
	await row(page, orderId).waitFor();
	assert.equal((await b.effects(orderId))['payment.refund'], undefined);
});

test('rejects with a reason; the next case opens on its heading', async () => {
	const one = await b.asks(refundable());
	const two = await b.asks(refundable());
	const page = await b.open(caseUrl(one.task));
	await heading(page, one.orderId).waitFor();
	const rows = page.locator('.row-link');
	await row(page, two.orderId).waitFor();
	const ids = await rows.evaluateAll((all) => all.map((a) => a.id));
	const next = ids[ids.indexOf(`row-${one.task.taskId}`) + 1];
	await page.keyboard.press('r');
	await confirm(page).waitFor();
	await page.keyboard.press('ArrowRight');
	assert.ok(await page.getByLabel('Evidence missing').isChecked());
	await page.keyboard.press('Enter');
	await toast(page, 'Rejected').waitFor();
	assert.match(page.url(), new RegExp(next.replace('row-', '')));
	await until('focus on the heading', async () =>
		await focused(page) === 'case-title');
	await row(page, one.orderId).waitFor({ state: 'detached' });
	const decided = await b.taskById(one.task.taskId);
	assert.equal(decided.approved, false);
	assert.equal(decided.reasonCode, 'evidence_missing');
	await b.end(one.run.runId);
	assert.equal((await b.effects(one.orderId))['payment.refund'], undefined);
});

test('somebody was faster: says who, keeps the note', async () => {
	const { task, orderId } = await b.asks(refundable());
	const page = await b.open(caseUrl(task), { expect: [/409/] });
	await heading(page, orderId).waitFor();
	await page.keyboard.press('a');
	await page.locator('.confirming textarea').fill('I called the buyer');
	// Before the page can hear of it by polling.
	await page.route('**/v1/tasks/task_*', (route) =>
		route.request().method() === 'GET' ? undefined : route.continue());
	await b.decide(task.taskId, { approved: false, notes: 'Wrong seat',
		undoMs: 60000 }, 200, 'Bruno');
	await page.locator('.confirming [type=submit]').click();
	await page.getByText('Bruno was faster').waitFor();
	const text = await confirm(page).innerText();
	assert.match(text, /Rejected/);
	assert.match(text, /Wrong seat/);
	assert.equal(await page.locator('.confirming textarea').inputValue(),
		'I called the buyer');
	assert.equal((await b.taskById(task.taskId)).decider, 'Bruno');
});

test('a decision heard of by polling stops the confirmation', async () => {
	const { task, orderId } = await b.asks(refundable());
	const page = await b.open(caseUrl(task));
	await heading(page, orderId).waitFor();
	await page.keyboard.press('a');
	await confirm(page).waitFor();
	await b.decide(task.taskId, { approved: true, undoMs: 60000 }, 200,
		'Bruno');
	await page.getByText('Bruno was faster').waitFor();
	assert.equal(await page.locator('.confirming [type=submit]').count(), 0);
	await page.getByRole('button', { name: 'Close' }).click();
	await page.locator('.decided').getByText('Bruno').waitFor();
});

test('an answer that got lost is found again, not called a rival', async () => {
	const { task, orderId } = await b.asks(refundable());
	const page = await b.open(caseUrl(task), { expect: [/ERR_FAILED/] });
	await heading(page, orderId).waitFor();
	await page.route('**/decide', async (route) => {
		await route.fetch();
		await route.abort();
	}, { times: 1 });
	await page.keyboard.press('r');
	await page.locator('.confirming textarea').fill('seen by phone');
	await page.locator('.confirming [type=submit]').click();
	await toast(page, 'Rejected').getByRole('button', { name: /Undo/ })
		.waitFor();
	assert.equal((await b.taskById(task.taskId)).notes, 'seen by phone');
	assert.equal(await page.locator('.rival').count(), 0);
	await row(page, orderId).waitFor({ state: 'detached' });
});

test('after a reload a decision is still to be undone', async () => {
	const { task, orderId } = await b.asks(refundable());
	await b.decide(task.taskId, { approved: true, undoMs: 60000 });
	const page = await b.open('/ui/inbox?view=decided');
	await row(page, orderId).locator('a').click();
	await page.locator('.decided').getByText('Executes in').waitFor();
	await page.locator('.decided').getByRole('button', { name: 'Undo' })
		.click();
	await page.locator('.decision .primary:enabled').waitFor();
	assert.equal(await state(task), 'OPEN');
});

test('undo after the money moved is refused honestly', async () => {
	const { task, orderId, run } = await b.asks(refundable());
	const page = await b.open(caseUrl(task), { expect: [/409/] });
	await heading(page, orderId).waitFor();
	await page.keyboard.press('a');
	await confirm(page).waitFor();
	// The server is asked for a much shorter time than the page believes.
	await page.route('**/decide', async (route) => {
		const answer = await route.fetch({ postData: { ...route.request()
			.postDataJSON(), undoMs: 0 } });
		const body = await answer.json();
		await route.fulfill({ response: answer, json: { ...body,
			executeAt: new Date(Date.now() + 60000).toISOString(),
			undoable: true } });
	});
	await page.keyboard.press('Enter');
	await toast(page, 'Undo').waitFor();
	await b.end(run.runId);
	await page.keyboard.press('u');
	await toast(page, 'It could not be undone').waitFor();
	assert.equal((await b.effects(orderId))['payment.refund'], 1);
});

test('claims, is told of others, returns with a comment', async () => {
	const { task, orderId } = await b.asks(refundable());
	const page = await b.open(caseUrl(task));
	await heading(page, orderId).waitFor();
	await page.keyboard.press('c');
	await page.getByText('hold this case').waitFor();
	assert.equal((await b.taskById(task.taskId)).claimedBy, 'Ana');
	const other = await b.open(caseUrl(task), { actor: 'Bruno' });
	await other.locator('.hindrance', { hasText: 'Ana holds this case' })
		.waitFor();
	assert.ok(await other.locator('.decision .primary').isDisabled());
	await other.keyboard.press('a');
	assert.equal(await confirm(other).count(), 0);
	await page.keyboard.press('c');
	const dialog = page.getByRole('dialog');
	await dialog.getByRole('button', { name: 'Return to the queue' }).click();
	await dialog.getByText('is needed').waitFor();
	await dialog.getByRole('textbox').fill('Waiting for the venue');
	await page.keyboard.press('Control+Enter');
	await dialog.waitFor({ state: 'detached' });
	await other.locator('.decision .primary:enabled').waitFor();
	const audit = await b.audit(task.runId);
	assert.ok(audit.some((e) => e.kind === 'TASK_RETURNED' &&
		e.message.includes('Waiting for the venue')));
});

test('snoozes, finds it again, wakes it', async () => {
	const { task, orderId } = await b.asks(doubtful());
	const page = await b.open(caseUrl(task));
	await heading(page, orderId).waitFor();
	await page.keyboard.press('s');
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('4 hours').check();
	await dialog.getByRole('button', { name: 'Snooze' }).click();
	await row(page, orderId).waitFor({ state: 'detached' });
	const until_ = Date.parse((await b.taskById(task.taskId)).snoozedUntil);
	assert.ok(Math.abs(until_ - Date.now() - 4 * 3600000) < 60000);
	await page.getByRole('link', { name: /Snoozed/ }).click();
	await row(page, orderId).locator('a').click();
	await page.getByRole('button', { name: /^Wake/ }).click();
	await until('awake', async () => (await b.taskById(task.taskId))
		.snoozedUntil === null);
});

test('four eyes: two people, and no one twice', async () => {
	const { task, orderId, run } = await b.asks(newOrder('-FAIL-VIP-DOORS'));
	assert.equal(task.approvalsNeeded, 2);
	const page = await b.open(caseUrl(task));
	await heading(page, orderId).waitFor();
	await page.keyboard.press('a');
	await confirm(page).getByText('second person').waitFor();
	await page.keyboard.press('Enter');
	await toast(page, 'Signed, 1 of 2').waitFor();
	const again = await b.open(caseUrl(task));
	await again.locator('.hindrance', { hasText: 'You have signed' }).waitFor();
	assert.ok(await again.locator('.decision .primary').isDisabled());
	const second = await b.open(caseUrl(task), { actor: 'Bruno' });
	await second.locator('.decision .primary:enabled').waitFor();
	await second.keyboard.press('a');
	await confirm(second).waitFor();
	await second.keyboard.press('Enter');
	await toast(second, 'Undo').waitFor();
	await b.end(run.runId);
	assert.equal((await b.effects(orderId))['payment.refund'], 1);
});

test('j, k, Enter, x and Escape move, open, select', async () => {
	for (let i = 0; i < 3; i++)
		await b.asks(doubtful());
	const page = await b.open('/ui/inbox');
	await page.locator('.row').nth(2).waitFor();
	const ids = await page.locator('.row-link').evaluateAll((all) =>
		all.map((a) => a.id));
	await page.keyboard.press('j');
	assert.equal(await focused(page), ids[0]);
	await page.keyboard.press('j');
	assert.equal(await focused(page), ids[1]);
	await page.keyboard.press('x');
	await page.keyboard.press('j');
	await page.keyboard.press('x');
	await page.getByText('2 selected').waitFor();
	await page.keyboard.press('k');
	await page.keyboard.press('Enter');
	await page.locator('#case-title').waitFor();
	assert.match(page.url(), new RegExp(ids[1].replace('row-', '')));
	await until('focus', async () => await focused(page) === 'case-title');
	await page.keyboard.press('j');
	await page.waitForURL(new RegExp(ids[2].replace('row-', '')));
	await page.keyboard.press('Escape');
	await page.getByText('2 selected').waitFor({ state: 'detached' });
	await page.keyboard.press('Escape');
	await page.waitForURL(/\/ui\/inbox$/);
	await page.getByRole('button', { name: /Open .* Enter/ }).waitFor();
});

test('claims a selection and says what became of each', async () => {
	const one = await b.asks(doubtful());
	const two = await b.asks(doubtful());
	const page = await b.open('/ui/inbox', { actor: 'Carla' });
	await page.getByLabel(`Select ${one.orderId}`).check();
	await page.getByLabel(`Select ${two.orderId}`).check();
	await page.locator('.bulk').getByRole('button', { name: 'Claim' }).click();
	await toast(page, '2 of 2 claimed').waitFor();
	assert.equal((await b.taskById(two.task.taskId)).claimedBy, 'Carla');
	await page.getByRole('link', { name: /^Mine/ }).click();
	await row(page, one.orderId).waitFor();
});

test('a comment is written and read', async () => {
	const { task, orderId } = await b.asks(doubtful());
	const page = await b.open(caseUrl(task));
	await heading(page, orderId).waitFor();
	await page.keyboard.press('m');
	await page.keyboard.type('Buyer <b>is</b> at the door');
	await page.keyboard.press('Control+Enter');
	await page.locator('.comments li', { hasText:
		'Buyer <b>is</b> at the door' }).waitFor();
});

test('what was typed outlives Escape, other cases and a reload', async () => {
	const { task, orderId } = await b.asks(doubtful());
	const other = await b.asks(doubtful());
	const page = await b.open(caseUrl(task));
	const box = page.getByRole('textbox', { name: 'Comment' });
	await heading(page, orderId).waitFor();
	await page.keyboard.press('m');
	await page.keyboard.type('half a comment');
	await page.keyboard.press('Escape');
	assert.equal(await focused(page), 'Comments');
	assert.equal(await heading(page, orderId).count(), 1, 'the case stays open');
	await page.keyboard.press('r');
	await page.locator('.confirming textarea').fill('half a note');
	await page.keyboard.press('Escape');
	await row(page, other.orderId).locator('a').click();
	await heading(page, other.orderId).waitFor();
	assert.equal(await box.inputValue(), '', 'each case has its own');
	await page.goto(b.url + caseUrl(task));
	await heading(page, orderId).waitFor();
	assert.equal(await box.inputValue(), 'half a comment');
	await page.keyboard.press('r');
	assert.equal(await page.locator('.confirming textarea').inputValue(),
		'half a note');
	await page.keyboard.press('Escape');
	await page.keyboard.press('m');
	await page.keyboard.press('Control+Enter');
	await page.locator('.comments li', { hasText: 'half a comment' }).waitFor();
	assert.equal(await box.inputValue(), '', 'what was sent is no draft');
});

test('many quick decisions do not bury the queue', async () => {
	const all = [];
	for (let i = 0; i < 4; i++)
		all.push(await b.asks(refundable()));
	const page = await b.open(caseUrl(all[0].task));
	for (const { task, orderId } of all) {
		await row(page, orderId).locator('a').click();
		await heading(page, orderId).waitFor();
		await page.keyboard.press('a');
		await confirm(page).waitFor();
		await page.keyboard.press('Enter');
		await confirm(page).waitFor({ state: 'detached' });
		await until('decided', async () => await state(task) === 'DECIDED');
	}
	await toast(page, '2 more can be undone').waitFor();
	assert.equal(await page.locator('.toast.undo').count(), 2);
	await toast(page, all[3].orderId).getByRole('button', { name: /Undo/ })
		.click();
	await heading(page, all[3].orderId).waitFor();
	await until('focus', async () => await focused(page) === 'case-title');
	await toast(page, '1 more can be undone').waitFor();
});

test('a link brings the row of its case into sight', async () => {
	const all = [];
	while (all.length < 12)
		all.push(await b.asks(doubtful()));
	const last = all.at(-1);
	const page = await b.open(caseUrl(last.task), { width: 1024 });
	await heading(page, last.orderId).waitFor();
	await until('in sight', () => row(page, last.orderId).evaluate((e) => {
		const r = e.getBoundingClientRect();
		return r.top >= 0 && r.bottom < innerHeight + 4;
	}));
});

test('after snoozing by keys the next case has the focus', async () => {
	const { task, orderId } = await b.asks(doubtful());
	await b.asks(doubtful());
	const page = await b.open(caseUrl(task));
	await heading(page, orderId).waitFor();
	await page.keyboard.press('s');
	await page.getByRole('dialog').waitFor();
	await page.keyboard.press('Control+Enter');
	await heading(page, orderId).waitFor({ state: 'detached' });
	await page.locator('#case-title').waitFor();
	await until('focus', async () => await focused(page) === 'case-title');
});

test('snoozing past the due time is said before it is done', async () => {
	const { task, orderId } = await b.asks(refundable());
	const left = Date.parse(task.dueAt) - Date.now();
	assert.ok(left > 16 * 60000 && left < 4 * 3600000, `due in ${left}`);
	const page = await b.open(caseUrl(task));
	await heading(page, orderId).waitFor();
	await page.keyboard.press('s');
	const dialog = page.getByRole('dialog');
	await dialog.getByText(/It is due in \d+ (min|h)/).waitFor();
	const choice = (name) => dialog.locator('.choice', { hasText: name });
	assert.match(await choice('4 hours').innerText(), /after it is due/);
	assert.doesNotMatch(await choice('15 minutes').innerText(), /after/);
	await page.keyboard.press('Escape');
	await dialog.waitFor({ state: 'detached' });
});

test('new rows wait behind a button; the first stays where it is', async () => {
	await b.asks(doubtful());
	const page = await b.open('/ui/inbox');
	await page.locator('.row').first().waitFor();
	const before_ = await page.locator('.row-link').evaluateAll((all) =>
		all.map((a) => a.id));
	const { orderId } = await b.asks(refundable());
	await page.getByRole('button', { name: /1 new/ }).waitFor();
	assert.deepEqual(await page.locator('.row-link').evaluateAll((all) =>
		all.map((a) => a.id)), before_);
	await page.getByRole('button', { name: /1 new/ }).click();
	await row(page, orderId).waitFor();
});

test('opening a case is recorded once, passing over it is not', async () => {
	const { task, orderId } = await b.asks(doubtful());
	const page = await b.open(caseUrl(task), { actor: 'Dora' });
	await heading(page, orderId).waitFor();
	await until('CASE_OPENED', async () => (await b.audit(task.runId))
		.some((e) => e.kind === 'CASE_OPENED' && e.actor === 'Dora'));
	const other = await b.open(caseUrl(task), { actor: 'Emil' });
	await other.getByText('Dora is viewing').waitFor();
});

test('the engine re-reads: a moved fact makes a new question', async () => {
	const { task, orderId, run } = await b.asks(refundable());
	const page = await b.open(caseUrl(task));
	await heading(page, orderId).waitFor();
	await b.steer(orderId, { dispute: true });
	await page.keyboard.press('a');
	await confirm(page).waitFor();
	await page.keyboard.press('Enter');
	await toast(page, 'Undo').waitFor();
	await until('void', async () => await state(task) === 'VOID', 30000);
	const next = await until('a new task', async () => b.task(orderId), 30000);
	const after_ = await b.open(caseUrl(next));
	await heading(after_, orderId).waitFor();
	if (next.supersedes)
		await after_.getByText('Changed since the last decision').waitFor();
	assert.equal((await b.effects(orderId))['payment.refund'], undefined);
	assert.ok(run.runId);
});
