// Playbooks: the list, a version's steps as a graph, the way a run has taken.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { root } from '../system/dev.mjs';
import { graphOf, wayTaken } from '../../static/lib/steps.js';
import { layers, NODE } from '../../static/lib/layers.js';
import { accessible, browser, doubtful, newOrder } from './browser.mjs';

let b;
before(async () => { b = await browser(); });
afterEach(async () => b.finish());
after(async () => b?.stop());

const folder = join(root, 'conf/playbooks');
const shipped = readdirSync(folder).filter((n) => n.endsWith('.json'))
	.map((n) => JSON.parse(readFileSync(join(folder, n), 'utf8')));

const leads = (graph, from, to) => graph.edges.find((e) => e.from === from &&
	e.to === to)?.labels;

test('steps lead where the playbook says, by default to the next', () => {
	const graph = graphOf({ steps: [
		{ step: 'try', kind: 'repeat', next: 'end', onExhausted: 'ask',
			stop: [{ name: 'too_late', next: 'ask' }], steps: [
				{ step: 'look', kind: 'gather' },
				{ step: 'send', kind: 'call', onFailure: 'ask' }] },
		{ step: 'ask', kind: 'task', onReject: 'pick', onVoid: 'hold',
			alternatives: [{ name: 'replace', next: 'pick' }] },
		{ step: 'end', kind: 'finish' },
		{ step: 'pick', kind: 'choose', rules: [{ name: 'a', next: 'end' },
			{ name: 'b', route: 'triage' }] }] });
	assert.deepEqual(leads(graph, 'try', 'look'), ['a round']);
	assert.deepEqual(leads(graph, 'look', 'send'), ['read']);
	assert.deepEqual(leads(graph, 'send', 'try'), ['done']);
	assert.deepEqual(leads(graph, 'try', 'end'), ['done']);
	assert.deepEqual(leads(graph, 'try', 'ask'),
		['Too late', 'attempts used up']);
	assert.deepEqual(leads(graph, 'ask', 'end'), ['approved']);
	assert.deepEqual(leads(graph, 'ask', 'pick'), ['rejected', 'Replace']);
	assert.deepEqual(leads(graph, 'pick', 'playbook:triage'), ['B']);
	assert.equal(graph.edges.some((e) => e.from === 'end'), false);
	assert.equal(graph.edges.some((e) => e.to === 'hold'), false);
});

test('every shipped playbook is drawn without two steps on one place', () => {
	assert.ok(shipped.length >= 5);
	for (const playbook of shipped) {
		const graph = graphOf(playbook);
		const ids = graph.nodes.map((n) => n.id);
		const drawing = layers(ids, graph.edges);
		assert.equal(drawing.lines.length, graph.edges.length);
		const places = [...drawing.places.values()];
		assert.equal(places.length, ids.length);
		for (const p of places) {
			assert.ok(p.x - NODE.width / 2 >= 0 && p.x + NODE.width / 2 <=
				drawing.width && p.y < drawing.height, playbook.playbook);
			for (const q of places)
				assert.ok(p === q || p.y !== q.y ||
					Math.abs(p.x - q.x) >= NODE.width,
				`${playbook.playbook}: ${p.id} over ${q.id}`);
		}
		for (const { from, to, back } of drawing.lines)
			assert.equal(drawing.places.get(from).y > drawing.places.get(to).y,
				back, `${playbook.playbook}: ${from} to ${to}`);
	}
});

test('the way taken goes through the rounds of a repeat', () => {
	const at = (s) => `2026-05-01T10:00:${String(s).padStart(2, '0')}Z`;
	const graph = graphOf({ steps: [
		{ step: 'try', kind: 'repeat', next: 'end', onExhausted: 'ask',
			steps: [{ step: 'look', kind: 'gather' },
				{ step: 'send', kind: 'call' }] },
		{ step: 'ask', kind: 'task' }, { step: 'end', kind: 'finish' }] });
	const call = (step, s) => ({ step, intentAt: at(s) });
	const way = wayTaken(graph, 'mine', { playbook: 'mine', step: 'ask' },
		[{ at: at(1), kind: 'ROUTED', data: { playbook: 'intake' } },
			{ at: at(5), kind: 'ROUTED', data: { playbook: 'mine' } }],
		[call('send', 2), call('look', 6), call('send', 7), call('look', 8),
			call('send', 9)], [{ step: 'ask', createdAt: at(10) }]);
	assert.deepEqual(way.steps, ['try', 'look', 'send', 'try', 'look', 'send',
		'try', 'ask']);
	assert.ok(way.edges.has('send try') && way.edges.has('try ask'));
});

test('lists the versions in force and opens one by keyboard', async () => {
	const { run } = await b.asks(doubtful());
	const page = await b.open('/ui/inbox');
	await page.locator('.row').first().waitFor();
	await page.keyboard.press('g');
	await page.keyboard.press('p');
	await page.waitForURL(/\/ui\/playbooks$/);
	const row = page.getByRole('row', { name: new RegExp(
		`^${run.playbook ?? 'Triage'}`, 'i') }).first();
	await row.waitFor();
	assert.match(await row.innerText(), /v1/);
	assert.equal(await page.title(), 'Playbooks · Mend');
	await row.getByRole('link').first().focus();
	await page.keyboard.press('Enter');
	await page.locator('.node').first().waitFor();
	await page.getByText('1 open run on this version').waitFor();
});

test('a step is chosen by its node and by the links beside', async () => {
	const page = await b.open('/ui/playbooks/transfer_failed');
	await page.locator('.node').first().waitFor();
	const { playbook } = (await b.api.get('/v1/playbooks/transfer_failed', 200))
		.body;
	assert.equal(await page.locator('.node').count(),
		graphOf(playbook).nodes.length);
	await page.locator('.node', { hasText: 'Ask refund' }).focus();
	await page.keyboard.press('Enter');
	await page.waitForURL(/step=ask_refund/);
	const detail = page.getByRole('complementary', { name: 'Step' });
	await detail.getByRole('heading', { name: 'Ask refund' }).waitFor();
	await detail.getByRole('link', { name: 'Assess' }).first().click();
	await page.waitForURL(/step=assess/);
	await page.reload();
	await detail.getByRole('heading', { name: 'Assess' }).waitFor();
});

test("a run's tab shows the way it has taken", async () => {
	const { orderId, run } = await b.asks(newOrder('-FAIL-DOORS'));
	const page = await b.open(`/ui/wf/resolve-${orderId}`);
	await page.getByRole('tab', { name: 'Playbook' }).click();
	const now = (await b.run(run.runId)).step;
	const current = page.locator('.node.current.lit');
	await current.waitFor();
	assert.equal(await current.count(), 1);
	assert.match(await current.textContent(), new RegExp(
		`${now.replaceAll('_', ' ')}\\s*, taken, here now$`, 'i'));
	const lit = await page.locator('.node.lit').count();
	assert.ok(lit > 1 && lit < await page.locator('.node').count());
	assert.ok(await page.locator('.line.lit').count() >= 1);
});

test('errors keep what is shown; a name that is not there says so',
	async () => {
		const page = await b.open('/ui/playbooks', { expect: [/50[023]|404/] });
		await page.locator('tbody tr').first().waitFor();
		await page.route('**/v1/playbooks', (r) => r.fulfill({ status: 503,
			contentType: 'application/problem+json', json: { title:
				'The database is busy', status: 503, requestId: 'req_1' } }));
		await page.keyboard.press('Control+k');
		await page.keyboard.type('ask everything');
		await page.keyboard.press('Enter');
		await page.getByText('What you see is from before.').waitFor();
		assert.ok(await page.locator('tbody tr').count() >= 5);
		await page.goto(`${b.url}/ui/playbooks/nobody`);
		await page.getByText('There is no such version of nobody').waitFor();
	});

for (const width of [1440, 1024, 390])
	test(`playbooks at ${width} px, light and dark`, async () => {
		const { orderId } = await b.asks(doubtful());
		const page = await b.open('/ui/playbooks', { width });
		for (const [path, ready] of [['/ui/playbooks', 'tbody tr'],
			['/ui/playbooks/transfer_failed', '.node'],
			[`/ui/wf/resolve-${orderId}?tab=playbook`, '.node.lit']])
			for (const colorScheme of ['light', 'dark']) {
				await page.emulateMedia({ colorScheme });
				await page.goto(b.url + path);
				await page.locator(ready).first().waitFor();
				assert.equal(await page.evaluate(() => document.querySelector(
					'main').scrollWidth - document.querySelector('main')
					.clientWidth), 0, `${path} is too wide`);
				await accessible(page, `${path} ${colorScheme} ${width}`);
			}
	});
