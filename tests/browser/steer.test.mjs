// Steering one workflow: why it does not move, what can be done about it, and
// what each of that does before it is done.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { remove, temporaryFolder, until } from '../system/dev.mjs';
import { quickConf } from '../system/orders.mjs';
import { accessible, browser, doubtful, focused, refundable }
	from './browser.mjs';

// A refund whose answer does not come in time, and which nobody can look up.
let b, folder;
before(async () => {
	folder = temporaryFolder();
	const conf = quickConf(folder);
	const path = join(conf, 'adapters/payment.json');
	const payment = JSON.parse(readFileSync(path, 'utf8'));
	const { keyRetention, ...refund } = payment.operations.refund;
	payment.operations.refund = { ...refund, offers: 'neither',
		timeout: '300ms' };
	writeFileSync(path, JSON.stringify(payment));
	b = await browser({ env: { MEND_CONF: conf } });
});
afterEach(async () => b.finish());
after(async () => {
	await b?.stop();
	remove(folder);
});

const why = (page) => page.getByRole('region',
	{ name: 'Why it does not move' });
const dialog = (page) => page.getByRole('dialog');
const actions = async (id) => (await b.audit(id)).filter((e) =>
	e.kind === 'OPERATOR_ACTION').map((e) => e.data);

async function ask(page, name, reason) {
	await page.getByRole('button', { name, exact: true }).click();
	await dialog(page).getByRole('listitem').first().waitFor();
	await dialog(page).getByLabel('Reason').fill(reason);
}
const send = async (page) => {
	await dialog(page).locator('[type=submit]').click();
	await dialog(page).waitFor({ state: 'detached' });
};
const more = (page) => page.locator('.more summary').click();

// A run that holds a refund of unknown outcome.
async function unsure() {
	const asked = await b.asks(refundable());
	await b.steer(asked.orderId, { delayMs: 1500 });
	await b.decide(asked.task.taskId, { approved: true });
	const call = await until('a call of unknown outcome', async () => (await b
		.api.get(`/v1/runs/${asked.run.runId}/calls?limit=200`, 200)).body.data
		.find((c) => c.state === 'UNKNOWN'), 20000);
	await b.steer(asked.orderId, { delayMs: 0 });
	return { ...asked, call };
}

test('says in one sentence why it does not move, and when it will',
	async () => {
		const { orderId, task, run } = await b.asks(doubtful());
		const page = await b.open(`/ui/wf/resolve-${orderId}`);
		await why(page).waitFor();
		const text = await why(page).innerText();
		assert.match(text, new RegExp(`${orderId} is waiting for a person ` +
			'since .* at step “Ask.*”: a person must decide'));
		assert.match(text, /Next in \d+ (min|h)/);
		assert.doesNotMatch(text, /WAITING_TASK|\d{4}-\d\d-\d\d/);
		const { nextAt } = (await b.run(run.runId)).why;
		assert.equal(await why(page).locator('.why-next time').first()
			.getAttribute('datetime'), nextAt);
		await why(page).getByRole('link', { name: 'Open the case' }).click();
		await page.waitForURL(new RegExp(task.taskId));
	});

test('changes the priority, by keyboard', async () => {
	const { orderId, run } = await b.asks(doubtful());
	const page = await b.open(`/ui/wf/resolve-${orderId}`);
	await page.locator('.more summary').focus();
	await page.keyboard.press('Enter');
	await page.keyboard.press('Escape');
	assert.equal(await page.locator('.more[open]').count(), 0);
	assert.equal(await focused(page), 'SUMMARY');
	await page.keyboard.press('Enter');
	await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	await dialog(page).getByText('Now: Normal.').waitFor();
	await dialog(page).getByLabel('Urgent').check();
	await dialog(page).getByLabel('Reason').fill('doors in an hour');
	await page.keyboard.press('Control+Enter');
	await dialog(page).waitFor({ state: 'detached' });
	assert.equal(await focused(page), 'SUMMARY');
	await until('urgent', async () => (await b.run(run.runId)).priority === 0);
	assert.equal((await actions(run.runId)).at(-1).reason, 'doors in an hour');
});

test('kill says apart from cancel what it leaves', async () => {
	const { orderId, run } = await b.asks(doubtful());
	const page = await b.open(`/ui/wf/resolve-${orderId}`);
	await page.getByRole('button', { name: 'Cancel' }).click();
	await dialog(page).getByText(/compensations run/).waitFor();
	await page.keyboard.press('Escape');
	await more(page);
	await ask(page, 'Kill', 'stuck in a loop');
	await dialog(page).getByText(/compensations do not run/).waitFor();
	await dialog(page).getByText(/goes on blocking/).waitFor();
	assert.match(await dialog(page).locator('[type=submit]').getAttribute(
		'class'), /danger/);
	await send(page);
	await page.locator('.wf-title .state', { hasText: 'Canceled' }).waitFor();
	assert.equal((await b.run(run.runId)).state, 'CANCELED');
	assert.equal((await actions(run.runId)).at(-1).action, 'kill');
});

test('a reason is needed before anything is sent', async () => {
	const { orderId, run } = await b.asks(doubtful());
	const page = await b.open(`/ui/wf/resolve-${orderId}`);
	await page.getByRole('button', { name: 'Pause' }).click();
	await dialog(page).locator('[type=submit]').click();
	await dialog(page).getByText('Reason is needed').waitFor();
	assert.equal((await b.run(run.runId)).state, 'WAITING_TASK');
});

test('replays a closed run from a step, as a new one', async () => {
	const { orderId, run } = await b.asks(doubtful());
	await b.operate(run.runId, 'cancel');
	await b.end(run.runId);
	const page = await b.open(`/ui/wf/resolve-${orderId}`);
	await page.getByRole('button', { name: 'Replay from a step' }).click();
	await dialog(page).getByText(/takes its recorded answer/).waitFor();
	await dialog(page).locator('[name=step]').selectOption('ask');
	await dialog(page).getByLabel('Reason').fill('cancelled by mistake');
	await send(page);
	await page.waitForURL((url) => /^run_/.test(url.searchParams.get('run')) &&
		url.searchParams.get('run') !== run.runId);
	const next = new URL(page.url()).searchParams.get('run');
	await b.inState(next, 'WAITING_TASK');
	await page.locator('.wf-title .state', { hasText: 'Waiting for a person' })
		.waitFor();
});

for (const happened of [true, false])
	test(`settles a refund of unknown outcome: ${happened}`, async () => {
		const { orderId, run, call } = await unsure();
		const page = await b.open(`/ui/wf/resolve-${orderId}`);
		const settle = page.getByRole('group', { name: /^Settle payment.refund/ });
		await settle.waitFor();
		await settle.getByRole('button', { name: happened ? 'It happened' :
			'It did not happen' }).click();
		await dialog(page).getByText('Mend takes your word').waitFor();
		assert.equal(await dialog(page).getByText('it can happen twice')
			.count(), happened ? 0 : 1);
		await dialog(page).getByLabel('Reason').fill('seen at the processor');
		await send(page);
		const settled = await until('settled', async () => (await b.api.get(
			`/v1/runs/${run.runId}/calls?limit=200`, 200)).body.data.find((c) =>
			c.callId === call.callId && ['OK', 'FAILED'].includes(c.state)));
		// What did not happen may be sent anew; what did is not.
		assert.equal(settled.attempt === 1 && settled.state === 'OK', happened);
		await settle.waitFor({ state: 'detached' });
		const [word] = (await actions(run.runId)).filter((a) =>
			a.action === 'settle');
		assert.equal(word.happened, happened);
		assert.equal(word.reason, 'seen at the processor');
	});

for (const width of [1440, 1024, 390])
	test(`the header at ${width} px, light and dark`, async () => {
		const { orderId } = await unsure();
		const page = await b.open(`/ui/wf/resolve-${orderId}`, { width });
		for (const colorScheme of ['light', 'dark']) {
			await page.emulateMedia({ colorScheme });
			await page.locator('.settle').waitFor();
			if (!await page.locator('.more[open]').count())
				await more(page);
			assert.equal(await page.evaluate(() => {
				const box = document.querySelector('.more .menu')
					.getBoundingClientRect();
				return box.left >= 0 && box.right <= innerWidth;
			}), true, 'the menu can be seen');
			await accessible(page, `header ${colorScheme} ${width}`);
		}
	});
