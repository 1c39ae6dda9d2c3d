// The list of workflows and one workflow: query, completion, paging, CSV, tabs,
// operator actions with a reason and a preview, and a very long audit.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { readFile } from 'node:fs/promises';
import { until } from '../system/dev.mjs';
import { browser, doubtful, focused, newOrder } from './browser.mjs';

let b;
before(async () => { b = await browser(); });
afterEach(async () => b.finish());
after(async () => b?.stop());

const query = (page) => page.getByRole('combobox', { name: 'Query' });
const cell = (page, orderId) => page.getByRole('link', { name: orderId });

test('completes tokens, filters, keeps the query in the URL', async () => {
	const orderId = doubtful();
	await b.asks(orderId);
	const done = await b.begin(newOrder());
	await b.end(done.runId);
	const page = await b.open('/ui/workflows');
	await cell(page, done.orderId).waitFor();
	await page.keyboard.press('f');
	await page.keyboard.type('sta');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
	await page.getByRole('option', { name: 'state:WAITING_TASK' }).waitFor();
	await page.keyboard.type('wait');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
	await page.waitForURL(/q=state%3AWAITING_/);
	await cell(page, done.orderId).waitFor({ state: 'detached' });
	await query(page).fill(`order:${orderId} issue:unknown`);
	await page.keyboard.press('Enter');
	await cell(page, orderId).waitFor();
	assert.equal(await page.locator('tbody tr').count(), 1);
	await page.reload();
	await cell(page, orderId).waitFor();
	assert.equal(await query(page).inputValue(),
		`order:${orderId} issue:unknown`);
	await query(page).fill('state:NOWHERE');
	await page.keyboard.press('Enter');
	await page.getByText('“NOWHERE” is no state').waitFor();
	await page.getByRole('link', { name: 'Closed' }).click();
	await cell(page, done.orderId).waitFor();
});

test('pages by key, forth and back', async () => {
	const items = Array.from({ length: 60 }, () => ({
		orderId: doubtful() }));
	await b.api.post('/v1/runs/batch', 200, { body: { items } });
	const page = await b.open('/ui/workflows');
	await page.locator('tbody tr').nth(49).waitFor();
	assert.equal(await page.locator('tbody tr').count(), 50);
	const first = await page.locator('tbody th').first().innerText();
	await page.getByRole('button', { name: 'Older' }).click();
	await page.waitForURL(/cursor=/);
	await until('another page', async () => await page.locator('tbody th')
		.first().innerText() !== first);
	await page.reload();
	await page.getByRole('button', { name: 'Newest' }).click();
	await until('the first page', async () => await page.locator('tbody th')
		.first().innerText() === first);
});

test('downloads the filter as CSV', async () => {
	const orderId = doubtful();
	await b.asks(orderId);
	const page = await b.open(`/ui/workflows?q=order:${orderId}`);
	await cell(page, orderId).waitFor();
	const [file] = await Promise.all([page.waitForEvent('download'),
		page.getByRole('button', { name: 'CSV' }).click()]);
	const lines = (await readFile(await file.path(), 'utf8')).split('\r\n');
	assert.equal(lines.length, 2);
	assert.match(lines[0], /^orderId,runId,issueType,state/);
	assert.ok(lines[1].startsWith(`${orderId},run_`));
});

test('j, k and Enter open a workflow', async () => {
	await b.asks(doubtful());
	const page = await b.open('/ui/workflows');
	await page.locator('tbody tr').first().waitFor();
	await page.keyboard.press('j');
	await page.keyboard.press('j');
	await page.keyboard.press('k');
	await page.keyboard.press('Enter');
	await page.waitForURL(/\/ui\/wf\/resolve-/);
	await page.getByRole('tab', { name: 'Case file', selected: true })
		.waitFor();
});

for (const width of [1440, 390])
	test(`pauses, resumes and cancels at ${width} px`, async () => {
		const orderId = doubtful();
		const { run } = await b.asks(orderId);
		const page = await b.open(`/ui/wf/resolve-${orderId}`, { width });
		const act = async (name, reason, state) => {
			await page.locator('.wf-actions').getByRole('button', { name })
				.click();
			const dialog = page.getByRole('dialog');
			await dialog.getByRole('listitem').first().waitFor();
			await dialog.getByRole('textbox').fill(reason);
			await dialog.locator('[type=submit]').click();
			await dialog.waitFor({ state: 'detached' });
			await page.locator('.wf-title .state', { hasText: state }).waitFor();
		};
		await act('Pause', 'the venue asks to wait', 'Paused');
		assert.equal((await b.run(run.runId)).state, 'PAUSED');
		await act('Resume', 'goes on', 'Waiting for a person');
		await act('Cancel', 'sold elsewhere', 'Canceled');
		assert.equal((await b.run(run.runId)).state, 'CANCELED');
		assert.deepEqual(await page.locator('.wf-actions button')
			.allInnerTexts(), ['Replay from a step']);
		const reasons = (await b.audit(run.runId)).filter((e) =>
			e.kind === 'OPERATOR_ACTION').map((e) => e.data.reason);
		assert.deepEqual(reasons, ['the venue asks to wait', 'goes on',
			'sold elsewhere']);
	});

test('who comes back finds the row he left by', async () => {
	const page = await b.open('/ui/workflows');
	await page.locator('tbody tr').nth(2).waitFor();
	for (let i = 0; i < 3; i++)
		await page.keyboard.press('j');
	const id = await focused(page);
	assert.match(id, /^run-run_/);
	await page.keyboard.press('Enter');
	await page.waitForURL(/\/ui\/wf\//);
	await until('focus', async () => await focused(page) === 'main');
	await page.goBack();
	await until('the row', async () => await focused(page) === id);
	await page.keyboard.press('k');
	await until('the one above', async () => /^run-/.test(await focused(page)) &&
		await focused(page) !== id);
});

test('retries now what backs off', async () => {
	const orderId = newOrder('-FAIL');
	await b.steer(orderId, { failNext: 40 });
	const run = await b.begin(orderId);
	await b.inState(run.runId, ['BACKING_OFF', 'HELD', 'WAITING_TASK']);
	const page = await b.open(`/ui/wf/resolve-${orderId}`, { expect: [/409/] });
	const retry = page.getByRole('button', { name: 'Retry now' });
	await retry.waitFor();
	await until('it can be retried or is over', async () =>
		await retry.isEnabled() || ['WAITING_TASK'].includes((await b.run(
			run.runId)).state));
	if (await retry.isDisabled())
		return;
	await retry.click();
	await page.getByRole('dialog').getByText('nothing happens twice').waitFor();
	await page.getByRole('dialog').getByRole('textbox').fill('now, please');
	await page.keyboard.press('Control+Enter');
	await until('answered', async () => (await page.getByRole('dialog')
		.count()) === 0 || (await page.locator('dialog .error-bar').count()));
});

test('every tab by keyboard; open case leads to the inbox', async () => {
	const orderId = doubtful();
	const { task } = await b.asks(orderId);
	const page = await b.open(`/ui/wf/resolve-${orderId}`);
	await page.getByText('Listed').first().waitFor();
	await page.locator('.card').nth(4).waitFor();
	await page.keyboard.press('2');
	await page.locator('.beat', { hasText: 'Classified as unknown' })
		.waitFor();
	await page.keyboard.press('3');
	await page.locator('.call', { hasText: 'order.get' }).first().click();
	await page.getByText('Idempotency key').first().waitFor();
	await page.keyboard.press('4');
	await page.getByRole('row').first().click();
	await page.getByRole('complementary', { name: 'Entry' }).waitFor();
	await page.getByRole('tab', { name: 'Audit' }).focus();
	await page.keyboard.press('ArrowRight');
	await page.getByRole('tab', { name: 'Timeline', selected: true })
		.waitFor();
	await page.keyboard.press('6');
	await page.locator('.node.current').waitFor();
	await page.keyboard.press('7');
	await page.locator('.raw pre', { hasText: task.runId }).waitFor();
	await page.getByRole('tab', { name: 'Raw' }).focus();
	await page.keyboard.press('ArrowRight');
	await page.getByRole('tab', { name: 'Case file', selected: true })
		.waitFor();
	await page.getByRole('link', { name: 'Open the case' }).click();
	await page.waitForURL(new RegExp(task.taskId));
});

test('a timeline has a bar for every call and one for the question',
	async () => {
		const { orderId, run } = await b.asks(doubtful());
		const { body } = await b.api.get(`/v1/runs/${run.runId}/calls?limit=200`,
			200);
		const page = await b.open(`/ui/wf/resolve-${orderId}?tab=timeline`);
		await page.locator('.time-bar.task').waitFor();
		assert.equal(await page.locator('.time-bar.call').count(),
			body.data.length);
		assert.match(await page.locator('.time-bar.call').first()
			.getAttribute('title'), /^\w+\.\w+, ok after /);
		assert.equal(await page.locator('.time-row').last().locator(
			'.time-bar.task').count(), 1);
	});

test('the raw run is taken away as it is', async () => {
	const { orderId, run } = await b.asks(doubtful());
	const page = await b.open(`/ui/wf/resolve-${orderId}?tab=raw`);
	await page.locator('.raw pre').waitFor();
	const [file] = await Promise.all([page.waitForEvent('download'),
		page.getByRole('button', { name: 'Download' }).click()]);
	assert.equal(file.suggestedFilename(), `${run.runId}.json`);
	const saved = JSON.parse(await readFile(await file.path(), 'utf8'));
	assert.equal(saved.runId, run.runId);
	assert.ok(saved.caseFile.order);
});

test('an earlier run stays reachable', async () => {
	const { orderId, run, task } = await b.asks(doubtful());
	await b.decide(task.taskId, { approved: false });
	await b.end(run.runId);
	await b.asks(orderId);
	const page = await b.open(`/ui/wf/resolve-${orderId}`);
	await page.getByLabel('Run').selectOption(run.runId);
	await page.waitForURL(new RegExp(run.runId));
	await page.getByText('An earlier run.').waitFor();
});

test('10,000 audit entries: few rows drawn, quick to the end', async () => {
	const orderId = newOrder();
	const run = await b.begin(orderId);
	await b.end(run.runId);
	const page = await b.open('/ui/workflows');
	const total = 10000;
	await page.route('**/v1/runs/*/audit?*', (route) => {
		const url = new URL(route.request().url());
		const from = Number(url.searchParams.get('after') ?? 0);
		const limit = Number(url.searchParams.get('limit') ?? 50);
		const data = Array.from({ length: Math.max(0, Math.min(limit,
			total - from)) }, (_, i) => ({ seq: from + i + 1, actor: 'mend',
			at: new Date(1700000000000 + (from + i) * 1000).toISOString(),
			kind: 'CALL_RESULT', message: `entry number ${from + i + 1}`,
			data: { n: from + i + 1 } }));
		return route.fulfill({ json: { data, nextCursor: null,
			hasMore: from + data.length < total } });
	});
	await page.goto(`${b.url}/ui/wf/resolve-${orderId}?tab=audit`);
	await page.getByText('10,000 entries').waitFor({ timeout: 60000 });
	assert.ok(await page.getByRole('row').count() < 80);
	await page.getByRole('grid').focus();
	const began = Date.now();
	await page.keyboard.press('End');
	await page.getByText('entry number 10000', { exact: true }).waitFor();
	await page.keyboard.press('Enter');
	await page.getByRole('complementary', { name: 'Entry' })
		.getByText('#10000').waitFor();
	await page.getByRole('searchbox', { name: 'Filter the audit' })
		.fill('entry 9999');
	await page.getByText(/^1 of 10,000/).waitFor();
	assert.ok(Date.now() - began < 5000, `${Date.now() - began} ms`);
	assert.ok(await page.getByRole('row').count() < 80);
});

test('a workflow that is not there says so', async () => {
	const page = await b.open('/ui/wf/resolve-NOBODY', { expect: [/404/] });
	await page.getByText('There is no workflow resolve-NOBODY').waitFor();
});
