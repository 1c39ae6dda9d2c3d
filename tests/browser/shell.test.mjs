// The frame: search, palette, keys, theme, deep links, freshness, offline, and
// text of strangers that stays text.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { until } from '../system/dev.mjs';
import { browser, caseUrl, doubtful, focused, heading, refundable, row }
	from './browser.mjs';

let b;
before(async () => { b = await browser(); });
afterEach(async () => b.finish());
after(async () => b?.stop());

test('/ and /ui lead to the inbox; unknown pages say so', async () => {
	const page = await b.open('/', { actor: '' });
	await page.waitForURL(/\/ui\/inbox$/);
	await page.goto(`${b.url}/ui`);
	await page.waitForURL(/\/ui\/inbox$/);
	await page.goto(`${b.url}/ui/nowhere`);
	await page.getByText('There is no such page').waitFor();
});

test('search opens an exact hit of any kind', async () => {
	const orderId = doubtful();
	const { task, run } = await b.asks(orderId);
	const page = await b.open('/ui/inbox', { expect: [/404/] });
	const detail = new RegExp(`/ui/wf/resolve-${orderId}`);
	await row(page, orderId).waitFor();
	for (const [text, where] of [[orderId, detail],
		[`resolve-${orderId}`, detail], [run.runId, detail],
		[task.taskId, new RegExp(`task=${task.taskId}`)]]) {
		await page.keyboard.press('/');
		await page.keyboard.type(text);
		await page.keyboard.press('Enter');
		await page.waitForURL(where);
	}
	await page.keyboard.press('Escape');
	await page.keyboard.press('/');
	await page.keyboard.type('NO-SUCH-ORDER');
	await page.keyboard.press('Enter');
	await page.waitForURL(/workflows\?q=NO-SUCH-ORDER/);
	await page.getByText('No workflow matches').waitFor();
});

test('search offers what begins so', async () => {
	const orderId = doubtful();
	await b.asks(orderId);
	const page = await b.open('/ui/workflows');
	await page.getByRole('combobox', { name: 'Search any id' })
		.fill(orderId.slice(0, -3));
	const option = page.getByRole('option', { name: new RegExp(orderId) });
	await option.waitFor();
	await page.keyboard.press('ArrowDown');
	assert.equal(await page.getByRole('option').first()
		.getAttribute('aria-selected'), 'true');
	await option.click();
	await page.waitForURL(new RegExp(`/ui/wf/resolve-${orderId}`));
});

test('g and a letter go; the palette lists what is valid', async () => {
	const { task, orderId } = await b.asks(refundable());
	const page = await b.open(caseUrl(task));
	await heading(page, orderId).waitFor();
	await page.keyboard.press('Control+k');
	const palette = page.getByRole('dialog', { name: 'Commands' });
	await palette.getByRole('option', { name: /^Refund / }).waitFor();
	await page.keyboard.type('claim');
	await page.keyboard.press('Enter');
	await page.getByText('hold this case').waitFor();
	await page.keyboard.press('g');
	await page.keyboard.press('w');
	await page.waitForURL(/\/ui\/workflows/);
	await page.keyboard.press('g');
	await page.keyboard.press('i');
	await page.waitForURL(/\/ui\/inbox/);
	await page.keyboard.press('?');
	const help = page.getByRole('dialog', { name: 'Keys' });
	await help.getByText('Next case').waitFor();
	await help.getByLabel('Single-key shortcuts').uncheck();
	await page.keyboard.press('Escape');
	await help.waitFor({ state: 'detached' });
	await page.keyboard.press('g');
	await page.keyboard.press('w');
	await page.keyboard.press('?');
	await page.keyboard.press('Control+k');
	await palette.waitFor();
	assert.match(page.url(), /inbox/);
	assert.equal(await help.count(), 0);
	await page.reload();
	assert.equal(await page.evaluate(() =>
		localStorage.getItem('mend.singleKeys')), 'false');
});

test('keys typed into a field are text', async () => {
	const { task, orderId } = await b.asks(refundable());
	const page = await b.open(caseUrl(task));
	await heading(page, orderId).waitFor();
	await page.keyboard.press('m');
	await page.keyboard.type('arcsjkx?');
	assert.equal(await page.getByRole('textbox', { name: 'Comment' })
		.inputValue(), 'arcsjkx?');
	assert.equal(await page.locator('.confirming, dialog').count(), 0);
});

test('the theme switches and stays', async () => {
	const page = await b.open('/ui/inbox');
	const ground = () => page.evaluate(() =>
		getComputedStyle(document.body).backgroundColor);
	const light = await ground();
	await page.getByRole('button', { name: 'Theme: system' }).click();
	await page.getByRole('button', { name: 'Theme: light' }).click();
	await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
	const dark = await ground();
	assert.notEqual(dark, light);
	await page.reload();
	await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
	assert.equal(await ground(), dark);
});

test('the name is asked, sent and kept', async () => {
	const { task, orderId } = await b.asks(doubtful());
	const page = await b.open(caseUrl(task), { actor: '' });
	await heading(page, orderId).waitFor();
	await page.getByTitle('You act under this name').click();
	await page.getByRole('dialog').getByLabel('Name').fill('Zoë Ångström');
	await page.keyboard.press('Enter');
	await page.getByRole('dialog').waitFor({ state: 'detached' });
	await page.keyboard.press('c');
	await until('claimed', async () => (await b.taskById(task.taskId))
		.claimedBy === 'Zoë Ångström');
});

test('deep links and reload keep view, case and tab', async () => {
	const { task, orderId } = await b.asks(refundable());
	const page = await b.open(caseUrl(task, 'unclaimed'));
	await heading(page, orderId).waitFor();
	await page.reload();
	await heading(page, orderId).waitFor();
	assert.equal(await page.locator('.view-link[aria-current]').innerText()
		.then((t) => t.split('\n')[0]), 'Unclaimed');
	await page.goto(`${b.url}/ui/wf/resolve-${orderId}?tab=audit`);
	await page.getByRole('tab', { name: 'Audit', selected: true }).waitFor();
	await page.getByRole('tab', { name: 'Story' }).click();
	await page.waitForURL(/tab=story/);
	await page.reload();
	await page.getByRole('tab', { name: 'Story', selected: true }).waitFor();
	await page.goto(`${b.url}/ui/workflows?q=order:${orderId}`);
	await page.getByRole('link', { name: orderId }).waitFor();
	assert.equal(await page.locator('tbody tr').count(), 1);
});

test('back and forward move between cases and screens', async () => {
	const { task, orderId } = await b.asks(refundable());
	const page = await b.open('/ui/inbox', { width: 390 });
	await row(page, orderId).locator('a').click();
	await heading(page, orderId).waitFor();
	assert.equal(await page.locator('.queue').isVisible(), false);
	await page.goBack();
	await row(page, orderId).waitFor();
	await page.goForward();
	await heading(page, orderId).waitFor();
	await page.getByRole('link', { name: 'Queue' }).click();
	await row(page, orderId).waitFor();
	assert.ok(task.taskId);
});

test('HTML in an order and in a note is text', async () => {
	const { task, orderId, run } = await b.asks(doubtful());
	const evil = '<img src=x onerror=alert(1)><script>alert(2)</script>';
	await b.api.post(`/v1/runs/${run.runId}/comment`, 202,
		{ body: { reason: evil }, actor: '<i>Eve</i>' });
	const page = await b.open(caseUrl(task));
	page.on('dialog', () => assert.fail('a script ran'));
	const poisoned = (text) => text.replaceAll('"name":"',
		`"name":${JSON.stringify(evil).slice(0, -1)}`);
	await page.route('**/casefile*', async (route) => {
		const answer = await route.fetch();
		await route.fulfill({ response: answer,
			body: poisoned(await answer.text()) });
	});
	await page.reload();
	await heading(page, orderId).waitFor();
	await page.locator('.comments li', { hasText: evil }).waitFor();
	await page.locator('.case-sub', { hasText: evil }).waitFor();
	await page.goto(`${b.url}/ui/wf/resolve-${orderId}`);
	await page.locator('.card', { hasText: evil }).first().waitFor();
	await page.getByRole('tab', { name: 'Story' }).click();
	await page.locator('.beat', { hasText: evil }).waitFor();
	assert.equal(await page.locator('main img, main script, main i').count(),
		0);
});

test('a slow answer shows a skeleton, a quick one does not', async () => {
	const page = await b.open('/ui/inbox');
	await page.getByRole('heading', { name: 'All open' }).waitFor();
	let answer;
	const asked = new Promise((done) => answer = done);
	await page.route('**/v1/runs?limit=50', async (route) => {
		await asked;
		await route.continue();
	});
	await page.getByRole('link', { name: 'Workflows' }).click();
	await page.locator('.skeleton').waitFor();
	answer();
	await page.locator('.skeleton').waitFor({ state: 'detached' });
});

test('an error keeps the old rows, names the request, retries', async () => {
	const { orderId } = await b.asks(doubtful());
	const page = await b.open('/ui/inbox', { expect: [/500/] });
	await row(page, orderId).waitFor();
	let broken = true;
	await page.route('**/v1/tasks?*', (route) => broken ? route.fulfill({
		status: 500, contentType: 'application/problem+json',
		body: JSON.stringify({ type: 'about:blank', title: 'The disk is on fire',
			status: 500, detail: 'no water', requestId: 'req-4711' }) }) :
		route.continue());
	const bar = page.locator('.error-bar');
	await bar.getByText('The disk is on fire').waitFor();
	await bar.getByText('req-4711').waitFor();
	await row(page, orderId).waitFor();
	await page.locator('.freshness.stale').waitFor();
	broken = false;
	await bar.getByRole('button', { name: 'Retry' }).click();
	await bar.waitFor({ state: 'detached' });
	await page.locator('.freshness.live').waitFor();
});

test('offline disables writes and says so', async () => {
	const { task, orderId } = await b.asks(refundable());
	const page = await b.open(caseUrl(task), { expect: [/ERR_INTERNET/] });
	await heading(page, orderId).waitFor();
	await page.context().setOffline(true);
	await page.locator('.freshness.off').waitFor();
	await page.locator('.hindrance', { hasText: 'Offline' }).waitFor();
	assert.ok(await page.locator('.decision .primary').isDisabled());
	await page.keyboard.press('a');
	assert.equal(await page.locator('.confirming').count(), 0);
	await page.context().setOffline(false);
	await page.locator('.decision .primary:enabled').waitFor();
	await page.locator('.freshness.live').waitFor();
});

test('an engine that is down is told', async () => {
	const page = await b.open('/ui/inbox', { expect: [/503/] });
	await page.locator('.freshness.live').waitFor();
	await page.route('**/readyz', (route) => route.fulfill({ status: 503,
		json: { status: 'not_ready', database: 'ok', engine: 'down',
			halted: false } }));
	await page.locator('.freshness', { hasText: 'Engine down' }).waitFor();
});

test('an answer that does not come is not called live', async () => {
	const { orderId } = await b.asks(doubtful());
	const page = await b.open('/ui/inbox');
	await row(page, orderId).waitFor();
	await page.locator('.freshness.live').waitFor();
	await page.route('**/v1/tasks?**', () => {});
	await page.locator('.freshness.stale', { hasText: 'no answer yet' })
		.waitFor();
	await row(page, orderId).waitFor();
	await page.unroute('**/v1/tasks?**');
	await page.locator('.freshness.live').waitFor();
});

test('polls by ETag: unchanged lists are not sent again', async () => {
	const page = await b.open('/ui/inbox');
	const answers = [];
	page.on('response', (r) => /\/v1\/tasks\?/.test(r.url()) &&
		answers.push(r.status()));
	await until('a 304', () => answers.includes(304));
});

test('focus follows the screen; the skip link works', async () => {
	const page = await b.open('/ui/inbox');
	await page.getByRole('heading', { name: 'All open' }).waitFor();
	await page.keyboard.press('Tab');
	await page.getByRole('link', { name: 'Skip to the content' }).waitFor();
	await page.keyboard.press('g');
	await page.keyboard.press('w');
	await page.getByRole('heading', { name: 'Workflows' }).waitFor();
	await until('focus', async () => await focused(page) === 'main');
});

test('a server that is gone: stale, old rows, live again', async () => {
	const { orderId } = await b.asks(doubtful());
	const page = await b.open('/ui/inbox', { expect: [/ERR_|50[234]/] });
	await row(page, orderId).waitFor();
	await b.instance.kill('SIGTERM');
	await page.locator('.freshness.stale', { hasText: 'retrying in' })
		.waitFor();
	await row(page, orderId).waitFor();
});
