// Playbooks: the list, a version's steps as a graph, the way a run has taken.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { remove, root, temporaryFolder, until } from '../system/dev.mjs';
import { layers, NODE } from '../../static/lib/layers.js';
import { accessible, browser, doubtful, newOrder } from './browser.mjs';

let b;
before(async () => { b = await browser(); });
afterEach(async () => b.finish());
after(async () => b?.stop());

test('every playbook in force is drawn without two steps on one place',
	async () => {
		const { data } = (await b.api.get('/v1/playbooks', 200)).body;
		assert.ok(data.length >= 10);
		for (const { name } of data) {
			const graph = (await b.api.get(`/v1/playbooks/${name}/graph`, 200))
				.body;
			const edges = graph.edges.filter((e) => e.from !== e.to);
			const drawing = layers(graph.nodes.map((n) => n.step), edges);
			assert.equal(drawing.lines.length, edges.length);
			const places = [...drawing.places.values()];
			assert.equal(places.length, graph.nodes.length);
			for (const p of places) {
				assert.ok(p.x - NODE.width / 2 >= 0 && p.y < drawing.height &&
					p.x + NODE.width / 2 <= drawing.width, name);
				for (const q of places)
					assert.ok(p === q || p.y !== q.y ||
						Math.abs(p.x - q.x) >= NODE.width,
					`${name}: ${p.id} over ${q.id}`);
			}
			for (const { from, to, back } of drawing.lines)
				assert.equal(drawing.places.get(from).y >
					drawing.places.get(to).y, back, `${name}: ${from} to ${to}`);
		}
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
	const { nodes } = (await b.api.get('/v1/playbooks/transfer_failed/graph',
		200)).body;
	assert.equal(await page.locator('.node').count(),
		nodes.length);
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

test('a new version is in force, and the run on the old one stays seen',
	async () => {
		const { run } = await b.asks(doubtful());
		const folder = temporaryFolder();
		try {
			const conf = join(folder, 'conf');
			cpSync(join(root, 'conf'), conf, { recursive: true });
			const path = join(conf, 'playbooks', `${run.playbook ??
				(await b.run(run.runId)).playbook}.json`);
			const playbook = JSON.parse(readFileSync(path, 'utf8'));
			writeFileSync(path, JSON.stringify({ ...playbook,
				title: 'Another title' }));
			const how = await b.ctl(['activate', conf]);
			assert.equal(how.code, 0, how.err);
		} finally {
			remove(folder);
		}
		const page = await b.open('/ui/playbooks');
		const row = page.getByRole('row', { name: /^Triage/ });
		await row.getByText('v2', { exact: true }).waitFor();
		await row.getByRole('link', { name: /^v1: \d+ runs?$/ }).click();
		await page.waitForURL(/version=1/);
		await page.getByText(/not in force/).waitFor();
		await page.getByLabel('Version').selectOption('2');
		await page.waitForURL(/version=2/);
		await page.getByText('Another title').waitFor();
		// Back to the one before, and forth again.
		const [{ activatedBy: before }] = (await b.api.get(
			'/v1/playbooks/triage', 200)).body.versions;
		await page.getByRole('button', { name: 'Roll back to v1…' }).click();
		const dialog = page.getByRole('dialog');
		await dialog.getByText('go by v1, not by v2').waitFor();
		await dialog.getByText(/keeps its version: \d+ open runs? on v1/)
			.waitFor();
		await accessible(page, 'the rollback dialog');
		await dialog.getByRole('button', { name: 'Put v1 in force' }).click();
		await dialog.getByText('Reason is needed').waitFor();
		await dialog.getByLabel('Reason').fill('a bad title');
		await dialog.getByRole('button', { name: 'Put v1 in force' }).click();
		await page.locator('.toast', { hasText: 'v1 is in force' }).waitFor();
		const { versions } = (await b.api.get('/v1/playbooks/triage', 200)).body;
		assert.deepEqual(versions.map((v) => [v.version, v.active,
			v.activatedBy]), [[2, false, before], [1, true, 'Ana']]);
		const [entry] = (await b.api.get('/v1/audit?limit=1000', 200)).body.data
			.filter((e) => e.data.triage === 1 && e.data.reason);
		assert.deepEqual([entry.actor, entry.data.reason],
			['Ana', 'a bad title']);
		await page.goto(`${b.url}/ui/playbooks`);
		await row.getByRole('button', { name: /^Roll back to v2/ }).waitFor();
		// Its runs, and where they can go.
		await page.goto(`${b.url}/ui/playbooks/triage?version=1`);
		await page.getByRole('button', { name: /^Move \d+ open runs?…$/ }).click();
		await dialog.locator('[name=to]').selectOption('2');
		await dialog.getByLabel('Reason').fill('the new title');
		await dialog.getByRole('button', { name: 'Preview' }).click();
		await page.waitForURL(/\/ui\/bulk\/bulk_/);
		await page.getByRole('button', { name: /^Move \d+ workflows?$/ }).click();
		await page.locator('.wf-title .state', { hasText: /^Done$/ }).waitFor();
		await page.locator('tbody tr', { hasText: 'version 1 to 2' }).first()
			.waitFor();
		await until('it has moved', async () => (await b.run(run.runId))
			.playbookVersion === 2);
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
		await page.getByText(/What you see is from \d\d:\d\d:\d\d\./).waitFor();
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
