// Deciding between ways: the alternatives side by side, the reasons and the
// form of the question itself, and what the server says of a field.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { remove, root, temporaryFolder, until } from '../system/dev.mjs';
import { accessible, browser, caseUrl, doubtful, heading }
	from './browser.mjs';

// The question of triage, with all that a question can have.
const question = {
	reasonCodes: {
		approve: ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((c) => ({
			code: `REASON_${c.toUpperCase()}`, label: `Reason ${c}` })),
		reject: [{ code: 'NOT_OURS', label: 'Not ours' }] },
	form: [
		{ name: 'checked', label: 'What did you check?', type: 'text',
			required: true, min: 5, help: 'A system and what it said' },
		{ name: 'fee', label: 'Fee', type: 'money', max: 5000 },
		{ name: 'told', label: 'The buyer was told', type: 'boolean' }],
	alternatives: [
		{ name: 'tell_venue', text: 'Leave it to the venue. Nothing is sent.',
			recommended: true, reversible: true, next: 'by_hand',
			cost: { amountMinor: 1250, currency: 'USD', bearer: 'seller' } },
		{ name: 'never', text: 'Not for this one', next: 'by_hand',
			when: { orderId: 'somebody else' } }],
	escalate: { after: '15m', role: 'supervisor' },
};

let b, folder;
before(async () => {
	folder = temporaryFolder();
	const conf = join(folder, 'conf');
	cpSync(join(root, 'conf'), conf, { recursive: true });
	const path = join(conf, 'playbooks/triage.json');
	const triage = JSON.parse(readFileSync(path, 'utf8'));
	Object.assign(triage.steps.find((s) => s.step === 'ask'), question);
	// Its own ways and what they lead to are not asked about here.
	triage.steps = triage.steps.filter((s) =>
		['ask', 'by_hand', 'rejected'].includes(s.step));
	writeFileSync(path, JSON.stringify(triage));
	b = await browser({ env: { MEND_CONF: conf } });
});
afterEach(async () => b.finish());
after(async () => {
	await b?.stop();
	remove(folder);
});

const confirm = (page) => page.locator('.confirming');
const way = (page, name) => page.getByRole('radio', { name });

async function openCase(options = {}) {
	const asked = await b.asks(doubtful());
	const page = await b.open(caseUrl(asked.task), options);
	await heading(page, asked.orderId).waitFor();
	return { ...asked, page };
}

test('ways stand side by side; a number key chooses, a asks', async () => {
	const { page, task, run } = await openCase();
	const cards = page.locator('.way');
	assert.equal(await cards.count(), 2);
	const [left, right] = [await cards.nth(0).boundingBox(),
		await cards.nth(1).boundingBox()];
	assert.ok(left.x + left.width <= right.x && left.y === right.y);
	const text = await cards.nth(1).innerText();
	assert.match(text, /Recommended/);
	assert.match(text, /Costs the seller 12\.50 USD/);
	assert.match(text, /Can be reversed/);
	await page.getByText('1 not offered').click();
	await page.getByText(/Never.*is somebody else/).waitFor();
	await page.getByText(/Goes to a higher role in \d+ min/).waitFor();
	assert.ok(await way(page, /Proposal/).isChecked());
	await page.keyboard.press('2');
	assert.ok(await way(page, /Tell venue/).isChecked());
	assert.equal((await b.taskById(task.taskId)).state, 'OPEN');
	await page.keyboard.press('a');
	await confirm(page).getByRole('heading',
		{ name: 'Leave it to the venue' }).waitFor();
	await page.keyboard.type('called the venue');
	await confirm(page).getByLabel('Fee in USD').fill('12.50');
	await confirm(page).getByLabel('The buyer was told').check();
	await confirm(page).getByRole('combobox', { name: 'Reason' })
		.selectOption('REASON_C');
	await confirm(page).locator('[type=submit]').click();
	await confirm(page).waitFor({ state: 'detached' });
	const decided = await b.taskById(task.taskId);
	assert.equal(decided.alternative, 'tell_venue');
	assert.equal(decided.reasonCode, 'REASON_C');
	assert.deepEqual(decided.form, { checked: 'called the venue', fee: 1250,
		told: true });
	await b.end(run.runId);
});

test('what the server says of a field stands beside it; nothing is lost',
	async () => {
		const { page, task } = await openCase({ expect: [/400|422/] });
		await page.keyboard.press('a');
		await page.keyboard.type('abc');
		await confirm(page).getByLabel('Fee in USD').fill('70.00');
		await confirm(page).locator('textarea').fill('my note');
		await confirm(page).locator('[type=submit]').click();
		const checked = confirm(page).getByLabel('What did you check?');
		await until('the field is marked', async () => await checked
			.getAttribute('aria-invalid') === 'true');
		const said = await checked.getAttribute('aria-describedby');
		assert.match(await page.locator(`#${said.split(' ').at(-1)}`)
			.innerText(), /at least 5/);
		assert.match(await confirm(page).locator('#form-fee-error').innerText(),
			/at most 5000/);
		assert.equal(await checked.inputValue(), 'abc');
		assert.equal(await confirm(page).locator('textarea').inputValue(),
			'my note');
		assert.equal((await b.taskById(task.taskId)).state, 'OPEN');
		await checked.fill('the gate list');
		await confirm(page).getByLabel('Fee in USD').fill('7');
		await confirm(page).locator('[type=submit]').click();
		await confirm(page).waitFor({ state: 'detached' });
		const decided = await b.taskById(task.taskId);
		assert.equal(decided.alternative, null);
		assert.deepEqual(decided.form, { checked: 'the gate list', fee: 700,
			told: false });
	});

test('rejecting asks no form, and takes the reasons of the question',
	async () => {
		const { page, task } = await openCase();
		await page.keyboard.press('r');
		await confirm(page).getByLabel('Not ours').waitFor();
		assert.equal(await confirm(page).locator('.form-field').count(), 0);
		await page.keyboard.press('Enter');
		await confirm(page).waitFor({ state: 'detached' });
		const decided = await b.taskById(task.taskId);
		assert.equal(decided.approved, false);
		assert.equal(decided.reasonCode, 'NOT_OURS');
	});

for (const width of [1440, 1024, 390])
	test(`ways and form at ${width} px, light and dark`, async () => {
		const { page } = await openCase({ width });
		for (const colorScheme of ['light', 'dark']) {
			await page.emulateMedia({ colorScheme });
			await accessible(page, `ways ${colorScheme} ${width}`);
			await page.locator('.decision .primary').click();
			await confirm(page).waitFor();
			await accessible(page, `form ${colorScheme} ${width}`);
			await page.keyboard.press('Escape');
			await confirm(page).waitFor({ state: 'detached' });
		}
	});
