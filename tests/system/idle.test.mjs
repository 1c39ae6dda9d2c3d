// What Mend costs while nothing happens, and how quick it is when something
// does: the time from a POST to the finished run of an idle instance, the
// processor time and the memory of processes that only wait. The figures are
// printed; the limits are wide, since the machine that tests is shared.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { processesOf, remove, root, sleep, temporaryFolder } from './dev.mjs';
import { start } from './instance.mjs';
import { orders } from './orders.mjs';

const TICK_MS = 10; // of the kernel's processor time, USER_HZ = 100

let instance, o;
const folder = temporaryFolder();
before(async () => {
	const conf = join(folder, 'conf');
	cpSync(join(root, 'conf'), conf, { recursive: true });
	const path = join(conf, 'playbooks/transfer_failed.json');
	const text = readFileSync(path, 'utf8').replace(
		/"initialInterval": "[^"]+"/g, '"initialInterval": "0"');
	assert.match(text, /"initialInterval": "0"/);
	writeFileSync(path, text);
	instance = await start({ env: { MEND_CONF: conf } });
	o = orders(instance);
});
after(async () => {
	await instance?.stop();
	remove(folder);
});

const cpuMs = (pid) => {
	const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
	const field = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return (Number(field[11]) + Number(field[12])) * TICK_MS;
};
const memory = (pid, key) => Number(readFileSync(
	`/proc/${pid}/smaps_rollup`, 'utf8')
	.match(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm'))[1]) / 1024;
const processes = () => processesOf(instance.data)
	.filter((p) => p.name.startsWith('mend'));

test('from the POST to the finished run', async (t) => {
	const took = [], whole = [];
	for (let i = 0; i < 20; i++) {
		const began = performance.now();
		const { runId } = await o.begin(`IDLE-${process.pid}-${i}`);
		const run = await o.end(runId);
		whole.push(performance.now() - began);
		assert.equal(run.outcome, 'RESOLVED_AUTOMATICALLY');
		took.push(Date.parse(run.closedAt) - Date.parse(run.createdAt));
	}
	const median = (list) => list.sort((a, b) => a - b)[list.length / 2];
	t.diagnostic(`median of 20 runs with two retries: ${median(took)} ms ` +
		`by the record, ${median(whole).toFixed()} ms as polled`);
	assert.ok(median(took) < 250, `${median(took)} ms`);
});

test('the idle engine leaves the processor alone', async (t) => {
	const engine = processes().find((p) => p.name === 'mendd');
	// What the runs above left to be written is written by then.
	await sleep(6000);
	const [before, began] = [cpuMs(engine.pid), performance.now()];
	await sleep(5000);
	const used = cpuMs(engine.pid) - before;
	const part = used / (performance.now() - began) * 100;
	t.diagnostic(`mendd used ${used} ms in 5 s: ${part.toFixed(2)} %`);
	assert.ok(part < 1, `${part} %`);
});

test('nobody holds much memory', (t) => {
	const most = {};
	for (const { name, pid } of processes()) {
		const [rss, share] = [memory(pid, 'Rss'), memory(pid, 'Pss')];
		if (rss > (most[name]?.rss ?? 0)) most[name] = { rss, share };
		assert.ok(rss < (name === 'mendd' ? 20 : 10), `${name}: ${rss} MiB`);
	}
	for (const [name, { rss, share }] of Object.entries(most))
		t.diagnostic(`${name}: at most ${rss.toFixed(1)} MiB, of which its ` +
			`share is ${share.toFixed(1)} MiB`);
	for (const name of ['mendd', 'mend-runs', 'mend-tasks', 'mend-reports'])
		assert.ok(most[name], name);
});
