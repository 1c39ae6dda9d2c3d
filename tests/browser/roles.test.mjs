// What a role may not do is said beforehand, not after the click.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { browser, caseUrl, heading, newOrder, refundable } from './browser.mjs';

let b;
before(async () => { b = await browser({ env: { MEND_DEV_ROLE: 'agent' } }); });
afterEach(async () => b.finish());
after(async () => b?.stop());

test('above the limit an agent may reject, not approve', async () => {
	const { task, orderId } = await b.asks(newOrder('-FAIL-VIP-DOORS'));
	assert.ok(task.amountMinor > 50000);
	const page = await b.open(caseUrl(task));
	await heading(page, orderId).waitFor();
	await page.locator('.hindrance', { hasText:
		/Above your limit of 500\.00 [A-Z]{3}/ }).waitFor();
	assert.ok(await page.locator('.decision .primary').isDisabled());
	await page.keyboard.press('a');
	assert.equal(await page.locator('.confirming').count(), 0);
	await page.keyboard.press('r');
	await page.locator('.confirming').waitFor();
	await page.keyboard.press('Enter');
	await page.locator('.toast', { hasText: 'Undo' }).waitFor();
	assert.equal((await b.taskById(task.taskId)).approved, false);
});

test('an agent cannot take a case over from another', async () => {
	const { task, orderId } = await b.asks(refundable());
	await b.api.post(`/v1/tasks/${task.taskId}/claim`, 200,
		{ body: {}, actor: 'Bruno' });
	const page = await b.open(caseUrl(task));
	await heading(page, orderId).waitFor();
	await page.locator('.hindrance', { hasText: 'Bruno holds this case' })
		.waitFor();
	for (const name of [/^Take over/, /^Snooze/, /^Reject/])
		assert.ok(await page.locator('.decision').getByRole('button', { name })
			.isDisabled());
});

test('an agent looks at adapters, and a supervisor stops them', async () => {
	const page = await b.open('/ui/adapters');
	const row = page.getByRole('row', { name: /^scan/ });
	await row.waitFor();
	for (const button of [row.getByRole('button', { name: 'Pause' }),
		row.getByRole('button', { name: 'Probe' }),
		page.getByRole('button', { name: 'Pull a switch' })]) {
		await page.locator('.me', { hasText: 'agent' }).waitFor();
		assert.ok(await button.isDisabled());
		assert.equal(await button.getAttribute('title'),
			'This needs the role supervisor');
	}
	await b.api.post('/v1/adapters/scan/pause', 403, { body: {
		reason: 'not mine to do', for: '1h' } });
});

test('who may only look is offered nothing that would be refused', async () => {
	const { task, orderId } = await b.asks(refundable());
	const page = await b.open('/ui/playbooks');
	await page.route('**/v1/me', async (route) => {
		const answer = await route.fetch();
		await route.fulfill({ response: answer, json: { ...await answer.json(),
			role: 'viewer' } });
	});
	await page.goto(b.url + caseUrl(task));
	await heading(page, orderId).waitFor();
	await page.locator('.hindrance', { hasText: 'role' }).waitFor();
	for (const name of [/^Refund/, /^Reject/, /^Claim/, /^Snooze/, /^Comment$/])
		assert.ok(await page.locator('.case').getByRole('button', { name })
			.isDisabled(), String(name));
	for (const key of ['a', 'r', 'c', 's'])
		await page.keyboard.press(key);
	assert.equal(await page.locator('dialog, .confirming, .toast').count(), 0);
	assert.equal((await b.taskById(task.taskId)).state, 'OPEN');
});
