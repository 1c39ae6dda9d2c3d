// Every screen for everybody: axe finds nothing in light and dark, nothing is
// wider than a narrow window, targets are large enough, focus can be seen.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { accessible, browser, caseUrl, heading, newOrder, refundable }
	from './browser.mjs';

let b, refund, seat, closed;
before(async () => {
	b = await browser();
	refund = await b.asks(refundable());
	seat = await b.asks('ORDER-1-SEAT-UNREACHABLE');
	closed = await b.begin(newOrder());
	await b.end(closed.runId);
});
afterEach(async () => b.finish());
after(async () => b?.stop());

// Name, address, what must be there, what is done before.
const screens = () => [
	['inbox', '/ui/inbox', '.row'],
	['empty view', '/ui/inbox?view=snoozed', '.empty'],
	['case', caseUrl(refund.task), '#case-title'],
	['case with seats', caseUrl(seat.task), '.seats'],
	['approve', caseUrl(refund.task), '#case-title', async (page) => {
		await page.keyboard.press('a');
		await page.locator('.confirming').waitFor();
	}],
	['snooze', caseUrl(refund.task), '#case-title', async (page) => {
		await page.keyboard.press('s');
		await page.getByRole('dialog').waitFor();
	}],
	['workflows', '/ui/workflows', 'tbody tr'],
	['completion', '/ui/workflows', 'tbody tr', async (page) => {
		await page.keyboard.press('f');
		await page.getByRole('option').first().waitFor();
	}],
	['case file', `/ui/wf/resolve-${seat.orderId}`, '.card'],
	['story', `/ui/wf/resolve-${seat.orderId}?tab=story`, '.beat'],
	['calls', `/ui/wf/resolve-${seat.orderId}?tab=calls`, '.call',
		(page) => page.locator('.call').first().click()],
	['audit', `/ui/wf/resolve-${seat.orderId}?tab=audit`, '.audit-row',
		(page) => page.locator('.audit-row').first().click()],
	['timeline', `/ui/wf/resolve-${seat.orderId}?tab=timeline`, '.time-bar'],
	['raw', `/ui/wf/resolve-${seat.orderId}?tab=raw`, '.raw pre'],
	['way', `/ui/wf/resolve-${seat.orderId}?tab=playbook`, '.node.lit'],
	['stuck', '/ui/stuck', '.empty'],
	['adapters', '/ui/adapters?adapter=payment', '.operations'],
	['groups', '/ui/groups', 'tbody tr'],
	['playbooks', '/ui/playbooks', 'tbody tr'],
	['playbook', '/ui/playbooks/intake', '.node'],
	['closed', `/ui/wf/resolve-${closed.orderId}`, '.card'],
	['palette', '/ui/inbox', '.row', async (page) => {
		await page.keyboard.press('Control+k');
		await page.getByRole('dialog').waitFor();
	}],
	['keys', '/ui/inbox', '.row', async (page) => {
		await page.keyboard.press('?');
		await page.getByRole('dialog').waitFor();
	}],
];

// Pixels that stick out to the right, of the page or of its content.
const excess = (page) => page.evaluate(() => {
	const root = document.scrollingElement;
	const main = document.querySelector('main');
	return Math.max(root.scrollWidth - root.clientWidth,
		main.scrollWidth - main.clientWidth);
});

const small = (page) => page.evaluate(() => [...document.querySelectorAll(
	'button, select, summary, label, [role=tab], .view-link, .rail-link, ' +
	'.chip-link, .row-link')]
	.filter((e) => e.checkVisibility({ visibilityProperty: true }))
	.map((e) => [e.getBoundingClientRect(), e.className || e.tagName])
	.filter(([r]) => r.width > 0 && (r.height < 24 || r.width < 24))
	.map(([r, n]) => `${n} ${r.width}x${r.height}`));

for (const width of [1440, 1024, 390, 320])
	test(`every screen at ${width} px, light and dark`, async () => {
		const page = await b.open('/ui/inbox', { width });
		for (const [name, path, ready, act] of screens()) {
			await page.emulateMedia({ colorScheme: 'light' });
			await page.goto(b.url + path);
			await page.locator(ready).first().waitFor();
			await act?.(page);
			assert.equal(await excess(page), 0, `${name} is too wide`);
			assert.deepEqual(await small(page), [], `${name}: targets`);
			if (width === 1024 || width === 320)
				continue;
			await accessible(page, `${name} light ${width}`);
			await page.emulateMedia({ colorScheme: 'dark' });
			await accessible(page, `${name} dark ${width}`);
		}
	});

test('focus can be seen and is not covered', async () => {
	const page = await b.open(caseUrl(refund.task));
	await heading(page, refund.orderId).waitFor();
	for (let i = 0; i < 45; i++) {
		await page.keyboard.press('Tab');
		const bad = await page.evaluate(() => {
			const e = document.activeElement;
			if (!e || e === document.body)
				return '';
			const style = getComputedStyle(e);
			const parent = getComputedStyle(e.closest('.chip, label') ?? e);
			const r = e.getBoundingClientRect();
			const top = document.elementFromPoint(r.x + Math.min(r.width / 2, 40),
				r.y + Math.min(r.height / 2, 12));
			const name = `${e.tagName}.${e.className}`;
			if (style.outlineStyle === 'none' && parent.outlineStyle === 'none')
				return `${name}: no outline`;
			if (!top || !(e.contains(top) || top.contains(e)))
				return `${name}: covered by ${top?.className}`;
			return '';
		});
		assert.equal(bad, '');
	}
});

test('the case is announced and the list says how it goes', async () => {
	const page = await b.open(caseUrl(refund.task));
	await heading(page, refund.orderId).waitFor();
	assert.equal(await page.locator('h1').count(), 1);
	assert.equal(await page.locator('[role=status][aria-live=polite]').count(),
		1);
	await page.keyboard.press('c');
	await page.locator('[aria-live=polite]', { hasText: 'You have claimed' })
		.waitFor();
	for (const landmark of ['banner', 'main', 'search'])
		await page.getByRole(landmark).first().waitFor();
});
