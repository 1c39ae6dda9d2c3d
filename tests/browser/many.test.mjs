// Steering many: adapters and their switches, what is stuck, one operation on
// all that match, and a decision for a whole group.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { until } from '../system/dev.mjs';
import { accessible, browser, doubtful, newOrder, refundable } from './browser.mjs';

let b;
before(async () => { b = await browser(); });
afterEach(async () => b.finish());
after(async () => b?.stop());

const dialog = (page) => page.getByRole('dialog');
const adapter = async (name) => (await b.api.get('/v1/adapters', 200)).body
	.data.find((a) => a.name === name);

async function say(page, reason) {
	await dialog(page).getByRole('listitem').first().waitFor();
	await dialog(page).getByLabel(/^(Reason|Why for all)/).last().fill(reason);
	await dialog(page).locator('[type=submit]').click();
	await dialog(page).waitFor({ state: 'detached' });
}
const control = (name, verb, more = {}) => b.api.post(
	`/v1/adapters/${name}/${verb}`, 200, { body: { reason: 'by a test', ...more },
		actor: 'Ola' });

// So many orders that an adapter holds up; ends with the function given back.
async function blocked(count) {
	await control('supplier', 'pause', { for: '1h' });
	const runs = [];
	for (let i = 0; i < count; i++)
		runs.push(await b.begin(newOrder('-SUPPLIER')));
	for (const { runId } of runs)
		await b.inState(runId, 'BLOCKED');
	return runs;
}
const free = () => control('supplier', 'resume');

test('pauses an adapter with an end, shows by whom, resumes it', async () => {
	const page = await b.open('/ui/inbox');
	await page.keyboard.press('g');
	await page.keyboard.press('a');
	await page.waitForURL(/\/ui\/adapters$/);
	const row = page.getByRole('row', { name: /^scan/ });
	await row.getByText('Healthy').waitFor();
	await row.getByRole('button', { name: 'Pause' }).click();
	await dialog(page).getByText(/No call of scan leaves/).waitFor();
	await dialog(page).getByLabel('Ends by itself after').selectOption('4h');
	await say(page, 'their maintenance');
	await row.getByText('Paused').waitFor();
	const paused = await adapter('scan');
	assert.equal(paused.pausedBy, 'Ana');
	assert.equal(paused.reason, 'their maintenance');
	const left = Date.parse(paused.expiresAt) - Date.now();
	assert.ok(left > 3.9 * 3600000 && left <= 4 * 3600000, `${left} ms`);
	assert.match(await row.innerText(), /by\s+Ana, for (4 h|3 h 59 min)/);
	await row.getByRole('button', { name: 'Probe' }).click();
	await dialog(page).getByText(/One call of scan leaves/).waitFor();
	await page.keyboard.press('Escape');
	await row.getByRole('button', { name: 'Resume' }).click();
	await say(page, 'they are back');
	await until('resumed', async () => (await adapter('scan')).pausedBy === null);
	await row.getByText('Paused').waitFor({ state: 'detached' });
});

test('pauses one operation alone, by keyboard and address', async () => {
	const page = await b.open('/ui/adapters?adapter=payment');
	const row = page.getByRole('row', { name: /^payment\.refund/ });
	await row.waitFor();
	await row.getByRole('button', { name: 'Pause' }).focus();
	await page.keyboard.press('Enter');
	await say(page, 'double refunds');
	await row.getByText('Paused').waitFor();
	assert.equal((await adapter('payment')).pausedBy, null);
	await row.getByRole('button', { name: 'Resume' }).click();
	await say(page, 'all good');
	await page.keyboard.press('k');
	await page.waitForURL(/adapter=order/);
});

test('after a dialog the focus is where it was', async () => {
	const page = await b.open('/ui/adapters');
	const row = page.getByRole('row', { name: /^dispute/ });
	const here = () => page.evaluate(() => document.activeElement?.textContent);
	await row.getByRole('button', { name: 'Pause' }).focus();
	await page.keyboard.press('Enter');
	await dialog(page).waitFor();
	await page.keyboard.press('Escape');
	await dialog(page).waitFor({ state: 'detached' });
	assert.equal(await here(), 'Pause dispute');
	for (const [verb, next] of [['Pause', 'Resume'], ['Resume', 'Pause']]) {
		await page.keyboard.press('Enter');
		await dialog(page).getByRole('heading', { name: verb }).waitFor();
		await say(page, 'by keys alone');
		await row.getByRole('button', { name: next }).waitFor();
		assert.equal(await here(), `${next} dispute`);
	}
});

test('pulls a kill switch and lifts it', async () => {
	const page = await b.open('/ui/adapters');
	await page.getByRole('button', { name: 'Pull a switch' }).click();
	await dialog(page).getByLabel('What stops').selectOption('event');
	await dialog(page).getByLabel('Its name').fill('EVT-4711');
	await say(page, 'called off');
	const item = page.getByRole('listitem').filter({ hasText: 'EVT-4711' });
	await item.getByText('called off').waitFor();
	const { data } = (await b.api.get('/v1/switches', 200)).body;
	assert.ok(data.some((s) => s.kind === 'event' && s.name === 'EVT-4711'));
	await item.getByRole('button', { name: 'Lift' }).click();
	await say(page, 'on again');
	await item.waitFor({ state: 'detached' });
});

test('retries one of what is stuck as a canary, then the group', async () => {
	const runs = await blocked(3);
	const page = await b.open('/ui/inbox');
	await page.keyboard.press('g');
	await page.keyboard.press('s');
	await page.waitForURL(/\/ui\/stuck$/);
	const group = page.locator('.stuck-group', { hasText: 'supplier' });
	await group.getByText('Blocked').waitFor();
	assert.match(await group.innerText(), /^3\b/);
	assert.doesNotMatch(await group.innerText(), /#/);
	await page.getByRole('link', { name: /^Stuck , 3 open|^Stuck.*3/ })
		.waitFor();
	await group.getByRole('link', { name: 'Look at all 3' }).click();
	await page.waitForURL(/q=stuck%3ABLOCKED\./);
	await page.locator('tbody tr').first().waitFor();
	assert.deepEqual((await page.locator('tbody th').allInnerTexts()).sort(),
		runs.map((r) => r.orderId).sort());
	await page.goBack();
	await group.getByRole('button', { name: 'Retry one' }).click();
	await say(page, 'one first');
	await page.locator('.toast', { hasText: 'is retried' }).waitFor();
	const asked = (await Promise.all(runs.map(({ runId }) => b.audit(runId))))
		.filter((a) => a.some((e) => e.kind === 'OPERATOR_ACTION'));
	assert.equal(asked.length, 1, 'one and no other');
	await group.getByRole('button', { name: 'Retry all 3' }).click();
	await say(page, 'and now all');
	await page.waitForURL(/\/ui\/bulk\/bulk_/);
	await page.getByText('Preview: nothing has happened').waitFor();
	await free();
	for (const { runId } of runs)
		await b.api.post(`/v1/runs/${runId}/cancel`, 202, { body: {
			reason: 'the test is over' } }).catch(() => {});
});

test('all that match: preview, start, a result per item', async () => {
	const mine = [];
	for (let i = 0; i < 3; i++)
		mine.push(await b.asks(doubtful()));
	await b.operate(mine[0].run.runId, 'pause');
	await b.inState(mine[0].run.runId, 'PAUSED');
	const page = await b.open('/ui/workflows');
	const all = page.getByRole('button', { name: 'All that match…' });
	await all.waitFor();
	assert.ok(await all.isDisabled(), 'not without a filter');
	await page.goto(`${b.url}/ui/workflows?q=issue%3Aunknown+open%3Atrue`);
	await page.locator('tbody tr').first().waitFor();
	await all.click();
	await dialog(page).getByText('Matches: issue unknown, open.').waitFor();
	await dialog(page).locator('[name=operation]').selectOption('pause');
	await say(page, 'the desk is closed');
	await page.waitForURL(/\/ui\/bulk\/bulk_/);
	await page.getByText('Preview: nothing has happened').waitFor();
	const id = /bulk_\w+/.exec(page.url())[0];
	const preview = (await b.api.get(`/v1/bulk/${id}`, 200)).body;
	assert.ok(preview.waiting >= 2 && preview.skipped >= 1);
	await page.locator('.bulk-reasons li').first().waitFor();
	assert.equal((await b.run(mine[1].run.runId)).state, 'WAITING_TASK');
	await page.getByRole('button', { name: /^Pause \d+ workflows$/ }).click();
	await page.locator('.wf-title').getByText('Done', { exact: true }).waitFor();
	for (const { run } of mine)
		await b.inState(run.runId, 'PAUSED');
	const row = page.getByRole('row', { name: mine[1].orderId.slice(0, 4) })
		.filter({ hasText: mine[1].orderId });
	await row.getByText('Done').waitFor();
	await page.getByRole('link', { name: 'Left out' }).click();
	await page.waitForURL(/items=SKIPPED/);
	await page.getByRole('row').filter({ hasText: mine[0].orderId })
		.getByText('Left out').waitFor();
	await page.getByRole('row').filter({ hasText: mine[1].orderId })
		.waitFor({ state: 'detached' });
});

test('all that was done to many stands in one list', async () => {
	const { run } = await b.asks(doubtful());
	for (let i = 0; i < 4; i++)
		await b.asks(doubtful());
	const make = async (more) => (await b.api.post('/v1/bulk', 201, { actor:
		'Ben', body: { operation: 'priority', priority: 1, reason: 'by hand',
		filter: { runIds: [run.runId] }, ...more } })).body;
	await make();
	const stopped = await make({ preview: false, ratePerSecond: 1, filter: {
		issue: 'unknown', open: true } });
	assert.ok(stopped.total > 4);
	await b.api.post(`/v1/bulk/${stopped.bulkId}/stop`, 200, { body: {} });
	const page = await b.open('/ui/inbox');
	await page.locator('.row').first().waitFor();
	await page.keyboard.press('g');
	await page.keyboard.press('b');
	await page.waitForURL(/\/ui\/bulk$/);
	const rows = page.locator('tbody tr');
	await rows.first().waitFor();
	const first = await rows.first().innerText();
	assert.match(first, /Priority: \d+ workflows/);
	assert.match(first, /Stopped/);
	assert.match(first, /\d+ left: it can go on/);
	assert.match(first, /Ben/);
	assert.match(await rows.nth(1).innerText(),
		/Preview[^]*would do 1[^]*by hand/);
	await rows.first().getByRole('link').click();
	await page.getByRole('button', { name: /^Go on with \d+ workflow/ }).click();
	await page.locator('.wf-title .state', { hasText: /Running|Done/ }).waitFor();
	await page.getByRole('link', { name: 'Many at once' }).click();
	await page.waitForURL(/\/ui\/bulk$/);
	for (const path of ['/ui/stuck', '/ui/groups', '/ui/workflows']) {
		await page.goto(b.url + path);
		await page.getByRole('link', { name: 'Many at once' }).click();
		await page.waitForURL(/\/ui\/bulk$/);
	}
	await page.goto(`${b.url}/ui/bulk?cursor=b1`);
	await page.getByText('Nothing was done to many at once').waitFor();
});

test('decides once for all of an event', async () => {
	const { run, task } = await b.asks(doubtful());
	const { eventRef } = await b.run(run.runId);
	assert.ok(eventRef);
	const page = await b.open('/ui/groups?by=event');
	const row = page.getByRole('row').filter({ hasText: eventRef });
	await row.getByRole('button', { name: 'Approve all' }).click();
	await dialog(page).getByText(/One of them, .* asks/).waitFor();
	await say(page, 'all by hand');
	await page.waitForURL(/\/ui\/bulk\/bulk_/);
	assert.equal((await b.taskById(task.taskId)).state, 'OPEN');
	await page.getByText(/^Approves what each proposes: evidence confirms/)
		.waitFor();
	await page.getByText(`Event ${eventRef}, issue unknown, open`).waitFor();
	await page.getByRole('button', { name: /^Approve \d+ workflows?$/ }).click();
	await page.locator('.wf-title').getByText('Done', { exact: true }).waitFor();
	const decided = await b.taskById(task.taskId);
	assert.equal(decided.approved, true);
	assert.equal(decided.decider, 'Ana');
});

test('a group of several issues is never approved as one', async () => {
	const mixed = async () => (await b.api.get('/v1/groups?by=platform', 200))
		.body.data.find((g) => g.issueTypes.length > 1 && g.waitingTask > 1);
	for (let i = 0; i < 12 && !await mixed(); i++)
		await b.asks(i % 2 ? doubtful() : refundable());
	const group = await mixed();
	assert.ok(group);
	const page = await b.open('/ui/groups?by=platform');
	const row = page.getByRole('row').filter({ hasText: group.ref });
	await row.getByRole('button', { name: 'Approve these' }).waitFor();
	assert.equal(await row.getByRole('button', { name: /\ball\b/ }).count(), 0);
	const most = Math.max(...group.issueTypes.map((i) => i.count));
	assert.match(await row.locator('.adapter-actions').innerText(),
		new RegExp(`^\\w.*, ${most}:`));
});

test('an error keeps what was shown', async () => {
	const page = await b.open('/ui/adapters', { expect: [/503/] });
	await page.getByRole('row', { name: /^scan/ }).waitFor();
	await page.route('**/v1/adapters', (r) => r.fulfill({ status: 503,
		contentType: 'application/problem+json', json: { title:
			'The database is busy', status: 503, requestId: 'req_1' } }));
	await page.getByText(/What you see is from \d\d:\d\d:\d\d\./).first()
		.waitFor();
	await page.getByRole('row', { name: /^scan/ }).waitFor();
});

for (const width of [1440, 1024, 390])
	test(`the screens of many at ${width} px, light and dark`, async () => {
		const runs = await blocked(2);
		const bulk = (await b.api.post('/v1/bulk', 201, { body: {
			operation: 'retry', filter: { runIds: runs.map((r) => r.runId) },
			reason: 'to look at', preview: true } })).body;
		const page = await b.open('/ui/stuck', { width });
		for (const [path, ready] of [['/ui/stuck', '.stuck-group'],
			['/ui/adapters?adapter=supplier', '.operations'],
			['/ui/groups?by=seller', 'h1'],
			['/ui/bulk', 'tbody tr'],
			[`/ui/bulk/${bulk.bulkId}`, 'tbody tr']])
			for (const colorScheme of ['light', 'dark']) {
				await page.emulateMedia({ colorScheme });
				await page.goto(b.url + path);
				await page.locator(ready).first().waitFor();
				assert.equal(await page.evaluate(() => document.querySelector(
					'main').scrollWidth - document.querySelector('main')
					.clientWidth), 0, `${path} is too wide`);
				await accessible(page, `${path} ${colorScheme} ${width}`);
			}
		await free();
		for (const { runId } of runs)
			await b.api.call('POST', `/v1/runs/${runId}/kill`, { body: {
				reason: 'the test is over' } });
	});
