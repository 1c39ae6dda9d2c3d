// A real Chromium before a real instance. Every page collects what must never
// happen (errors on the console, exceptions, violations of the content policy)
// and finish() fails the test that made one.
//
//   const b = await browser();                  // in before()
//   const page = await b.open('/ui/inbox', { width: 390, theme: 'dark' });
//   await b.finish();                           // in afterEach()
//   await b.stop();                             // in after()
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { start } from '../system/instance.mjs';
import { orders } from '../system/orders.mjs';

const axeSource = readFileSync(createRequire(import.meta.url)
	.resolve('axe-core/axe.min.js'), 'utf8');

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser',
	'/usr/bin/google-chrome'].find((path) => existsSync(path));

export const WITHIN = 15000;

export const SIZES = { 1440: 900, 1024: 768, 390: 844, 320: 640 };

export async function browser({ env = {}, instance: options = {} } = {}) {
	const instance = await start({ env, ...options });
	let chrome;
	try {
		chrome = await chromium.launch({ executablePath, args: ['--headless',
			'--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
			'--disable-background-networking', '--disable-component-update',
			'--disable-sync'] });
	} catch (error) {
		await instance.stop();
		throw error;
	}
	const contexts = new Set();
	let faults = [];

	async function open(path, { width = 1440, theme = 'light', actor = 'Ana',
		expect = [], prefs = {}, ...more } = {}) {
		const context = await chrome.newContext({ colorScheme: theme,
			viewport: { width, height: SIZES[width] ?? 900 },
			reducedMotion: 'reduce', locale: 'en-GB', ...more });
		contexts.add(context);
		await context.addInitScript((stored) => {
			for (const [key, value] of Object.entries(stored))
				if (localStorage.getItem(`mend.${key}`) === null)
					localStorage.setItem(`mend.${key}`,
						JSON.stringify(value));
			addEventListener('securitypolicyviolation', (e) => console.error(
				`policy violated: ${e.violatedDirective} ${e.blockedURI}`));
		}, { ...(actor ? { actor } : {}), ...prefs });
		const page = await context.newPage();
		page.setDefaultTimeout(WITHIN);
		const fault = (text) => expect.some((e) => e.test(text)) ||
			faults.push(`${path}: ${text}`);
		page.on('pageerror', (error) => fault(`exception: ${error.stack}`));
		page.on('console', (m) => ['error', 'warning'].includes(m.type()) &&
			fault(`console ${m.type()}: ${m.text()} ${m.location().url}`));
		await page.goto(instance.url + path);
		return page;
	}

	async function finish() {
		for (const context of contexts)
			await context.close();
		contexts.clear();
		const seen = faults;
		faults = [];
		if (seen.length)
			seen.push(...instance.logs()
				.match(/(refused|failed) request=.*/g) ?? []);
		assert.deepEqual(seen, []);
	}

	async function stop() {
		await chrome.close();
		await instance.stop();
	}

	return { instance, url: instance.url, open, finish, stop,
		...orders(instance) };
}

// Fails with every rule that axe says is broken, and where.
export async function accessible(page, where) {
	await page.evaluate(axeSource);
	const { violations } = await page.evaluate(() => globalThis.axe.run(
		document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa',
			'wcag22aa', 'best-practice'] }));
	assert.deepEqual(violations.map((v) => `${where}: ${v.id}: ${v.help}: ` +
		v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${
			n.any[0]?.message ?? ''}`).join(' | ')), []);
}

let count = 0;
// An order nobody had before; the words choose the sandbox's story.
export const newOrder = (words = '') =>
	`WEB-${process.pid % 10000}${String(++count).padStart(3, '0')}${words}`;

// A refund that is asked for at once, below the limit of four eyes.
export const refundable = () => newOrder('-FAIL-DOORS');

// What nobody can classify: a person is asked what to do, at once.
export const doubtful = () => newOrder('-UNKNOWN');

// The open case panel; its heading.
export const heading = (page, orderId) =>
	page.locator('#case-title', { hasText: orderId });

export const row = (page, orderId) =>
	page.locator('.row', { hasText: orderId });

export const caseUrl = (task, view = 'all') =>
	`/ui/inbox?view=${view}&task=${task.taskId}`;

export const focused = (page) => page.evaluate(() => {
	const a = document.activeElement;
	return a && (a.id || a.getAttribute('aria-label') || a.tagName);
});
