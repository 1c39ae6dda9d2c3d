// Disks that fill up, a halted data folder, a damaged file: what clients, the
// engine and the operator see. Writes are refused in words, reads go on, and
// once it is mended everything goes on: by itself after a full disk, by
// `mendctl halted --release` after a disk error.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync,
	statfsSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { client } from './client.mjs';
import { freePort, killAll, processesOf, remove, root, sleep,
	start as startDev, temporaryFolder, until } from './dev.mjs';
import { start } from './instance.mjs';
import { ctl, orders, quickConf, verifyAudit } from './orders.mjs';

const build = process.env.BUILD ?? 'build';
const folder = temporaryFolder();
after(() => {
	killAll(folder);
	remove(folder);
});

// Answered as a problem of this code, and told so to whoever asks again.
function refusedAs(answer, status, code) {
	assert.equal(answer.status, status, answer.text);
	assert.match(answer.headers.get('content-type'),
		/^application\/problem\+json/);
	assert.equal(answer.body.code, code);
}

const engineOf = (data) => processesOf(data).find((p) => p.name === 'mendd');

async function readsGoOn(o, run) {
	const { api } = o;
	await api.get('/livez', 200);
	await api.get('/v1/runs', 200);
	await api.get('/v1/tasks', 200);
	await api.get(`/v1/runs/${run.runId}`, 200);
	assert.ok((await o.audit(run.runId)).length > 0);
}

describe('a full disk', () => {
	const mount = join(folder, 'small');
	const filler = join(mount, 'filler');
	let mounted, instance, o;

	before(async () => {
		mkdirSync(mount);
		mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m',
			'none', mount]).status === 0;
		if (!mounted) return;
		instance = await start({ data: join(mount, 'data'),
			env: { MEND_CONF: quickConf(folder) } });
		o = orders(instance);
	});
	after(async () => {
		await instance?.stop();
		if (mounted) spawnSync('umount', ['-l', mount]);
	});

	// To the last block; a little of it may be freed by others meanwhile.
	function fill() {
		const fd = openSync(filler, 'a');
		const some = Buffer.alloc(4096, 'x');
		try {
			for (;;) writeSync(fd, some);
		} catch (error) {
			assert.equal(error.code, 'ENOSPC');
		} finally {
			closeSync(fd);
		}
	}

	test('refuses writes with 507, reads go on, and it mends by itself',
		{ timeout: 60000 }, async (t) => {
		if (!mounted) {
			t.skip('no right to mount a small file system');
			return;
		}
		const first = await o.asks('ORDER-1-FAIL').catch(async () =>
			({ run: await o.begin('ORDER-2') }));
		const engine = engineOf(instance.data).pid;
		let refused;
		for (let i = 0; !refused; i++) {
			fill();
			const answer = await o.api.call('POST', '/v1/runs',
				{ body: { orderId: `ORDER-FULL-${i}` } });
			assert.ok(i < 500, 'it never filled up');
			if (answer.status >= 400) refused = answer;
		}
		refusedAs(refused, 507, 'disk_full');
		for (let i = 0; i < 5; i++) {
			fill();
			refusedAs(await o.api.call('POST', '/v1/runs',
				{ body: { orderId: `ORDER-MORE-${i}` } }), 507,
			'disk_full');
			await readsGoOn(o, first.run);
			await sleep(100);
		}
		assert.equal((await ctl(instance.data, ['halted'])).out,
			'not halted\n');
		assert.equal(engineOf(instance.data)?.pid, engine,
			'the engine lives on');
		assert.ok(statfsSync(mount).bavail < 64);
		rmSync(filler);
		const run = await until('writes are taken again', async () => {
			const answer = await o.api.call('POST', '/v1/runs',
				{ body: { orderId: 'ORDER-AFTER' } });
			return answer.status === 201 && answer.body;
		});
		await o.rest(run.runId);
		await o.api.get('/readyz', 200);
		await verifyAudit(instance.data);
	});
});

describe('a halted data folder', () => {
	let instance, o;

	before(async () => {
		const conf = join(folder, 'halted');
		mkdirSync(conf);
		instance = await start({ env: { MEND_CONF: quickConf(conf) } });
		o = orders(instance);
	});
	after(() => instance?.stop());

	test('writes nothing, says why, and goes on when released',
		{ timeout: 60000 }, async () => {
		const { data } = instance;
		const latch = join(data, 'mend.db-halted');
		const reason = '2026-01-01T00:00:00.000Z test[1] COMMIT: disk I/O error';
		const early = await o.begin('ORDER-EARLY');
		await o.rest(early.runId);
		// Work for the engine that falls due while it may not write.
		await o.steer('ORDER-DURING', { delayMs: 1500 });
		const during = await o.begin('ORDER-DURING');
		const engine = engineOf(data).pid;

		writeFileSync(latch, `${reason}\n`);
		await sleep(200);
		const wal = statSync(join(data, 'mend.db-wal')).mtimeMs;
		const audited = (await o.audit(during.runId)).length;
		for (let i = 0; i < 3; i++) {
			refusedAs(await o.api.call('POST', '/v1/runs',
				{ body: { orderId: `ORDER-NO-${i}` } }), 503, 'halted');
			await readsGoOn(o, early);
			const ready = await o.api.call('GET', '/readyz');
			assert.equal(ready.status, 503);
			assert.equal(ready.body.halted, true);
			assert.equal(ready.body.haltReason, reason);
			await sleep(700);
		}
		const shown = await ctl(data, ['halted']);
		assert.equal(shown.code, 5);
		assert.equal(shown.out, `halted: ${reason}\n`);
		assert.equal(statSync(join(data, 'mend.db-wal')).mtimeMs, wal,
			'nothing is written');
		assert.equal((await o.audit(during.runId)).length, audited);
		assert.equal(engineOf(data)?.pid, engine, 'the engine lives on');

		const released = await ctl(data, ['halted', '--release']);
		assert.equal(released.code, 0, released.err);
		await until('ready again', async () =>
			(await o.api.call('GET', '/readyz')).status === 200);
		await o.rest((await o.begin('ORDER-LATER')).runId);
		await o.rest(during.runId);
		assert.equal(engineOf(data)?.pid, engine);
		await verifyAudit(data);
	});
});

// Who meets the damage opens the file anew and cannot: what stopped it all is
// known, and is what is told.
describe('a halted file that cannot be opened', () => {
	test('is told as halted, with the reason, by every worker',
		{ timeout: 60000 }, async () => {
		const instance = await start();
		try {
			const { api } = orders(instance);
			const path = join(instance.data, 'mend.db');
			await api.get('/v1/runs', 200);
			const reason = '2026-01-01T00:00:00.000Z test[1] read: damaged';
			writeFileSync(`${path}-halted`, `${reason}\n`);
			for (const part of ['', '-wal', '-shm'])
				renameSync(path + part, `${path}${part}.aside`);
			writeFileSync(path, Buffer.alloc(8192, 0x5a));
			for (let i = 0; i < 12; i++) {
				const answer = await api.call('GET', '/v1/runs');
				refusedAs(answer, 503, 'halted');
				assert.match(JSON.stringify(answer.body), /read: damaged/);
			}
		} finally {
			await instance.stop();
		}
	});
});

// A sync that fails is told to one program only, and the pages are lost: it
// stops all of them, whoever it was.
describe('a sync that fails', () => {
	const order = join(folder, 'bad-disk');
	let instance, o;

	before(async () => {
		const conf = join(folder, 'sync');
		const library = join(build, 'tests/system/bad_disk.so');
		mkdirSync(conf);
		const made = spawnSync('make', ['-s', `BUILD=${build}`, library],
			{ cwd: root, encoding: 'utf8' });
		assert.equal(made.status, 0, made.stderr);
		instance = await start({ env: { MEND_CONF: quickConf(conf),
			LD_PRELOAD: join(root, library), MEND_BAD_DISK: order } });
		o = orders(instance);
	});
	after(() => instance?.stop());

	for (const [program, file, why] of [
		['mend-runs', 'mend.db-wal', 'COMMIT'],
		['mendd', 'mend.db-wal', 'COMMIT'],
		['mendd', 'mend.db', 'checkpoint'],
	]) test(`for ${program}, of ${file}, stops everybody until released`,
		{ timeout: 90000 }, async () => {
		const { data } = instance;
		const name = `ORDER-${program}-${why}`;
		const early = await o.begin(`${name}-EARLY`);
		await o.rest(early.runId);
		writeFileSync(order, `${program} ${file}\n`);
		const accepted = [];
		await until('the latch is set', async () => {
			const answer = await o.api.call('POST', '/v1/runs',
				{ body: { orderId: `${name}-${accepted.length}` } });
			if (answer.status === 201) accepted.push(answer.body.runId);
			else refusedAs(answer, answer.status,
				answer.body.code === 'halted' ? 'halted' : 'io');
			return (await ctl(data, ['halted'])).code === 5;
		}, 30000);
		rmSync(order);
		if (program === 'mend-runs') assert.deepEqual(accepted, []);
		const shown = await ctl(data, ['halted']);
		assert.match(shown.out, new RegExp(`${program}\\[\\d+\\] ${why}`));
		for (let i = 0; i < 6; i++) {
			refusedAs(await o.api.call('POST', '/v1/runs',
				{ body: { orderId: `${name}-NO-${i}` } }), 503, 'halted');
			const ready = await o.api.call('GET', '/readyz');
			assert.equal(ready.status, 503);
			assert.equal(`halted: ${ready.body.haltReason}\n`, shown.out);
			await readsGoOn(o, early);
		}
		const released = await ctl(data, ['halted', '--release']);
		assert.equal(released.code, 0, released.err);
		// Everybody, also who saw it and each of its workers.
		await until('all write again', async () => {
			for (let i = 0; i < 20; i++) {
				const answer = await o.api.call('POST', '/v1/runs',
					{ body: { orderId: `${name}-LATER` } });
				if (answer.status >= 400) return false;
			}
			return true;
		}, 30000);
		await o.rest((await o.begin(`${name}-LAST`)).runId);
		for (const runId of accepted) await o.rest(runId);
		await until('ready again', async () =>
			(await o.api.call('GET', '/readyz')).status === 200);
		await verifyAudit(data);
	});
});

describe('a damaged file', () => {
	test('is refused in words, at once, and nothing runs hot',
		{ timeout: 60000 }, async () => {
		const data = join(folder, 'damaged');
		const instance = await start({ data });
		await orders(instance).begin('ORDER-1');
		await instance.kill('SIGTERM');
		const path = join(data, 'mend.db');
		const good = readFileSync(path);
		for (const [at, count] of [[0, 4096], [100, 200],
			[4096, good.length - 4096]]) {
			const bad = Buffer.from(good);
			bad.fill(0x5a, at, Math.min(at + count, bad.length));
			writeFileSync(path, bad);
			rmSync(`${path}-wal`, { force: true });
			rmSync(`${path}-halted`, { force: true });
			const dev = startDev(data, await freePort(), ['--no-samples']);
			let how;
			dev.ended.then((end) => how = end);
			await until('an end', () => how).catch(() => dev.stop());
			assert.ok(how.code > 0, JSON.stringify(how));
			assert.match(dev.err,
				/malformed|not a database|corrupt|damaged|schema/);
			assert.ok(dev.err.split('\n').length < 10, dev.err);
			assert.deepEqual(processesOf(data), []);
		}
	});

	test('found while it runs halts the folder; no process dies of it',
		{ timeout: 60000 }, async () => {
		const data = join(folder, 'struck');
		const instance = await start({ data });
		const { api, begin, rest } = orders(instance);
		await rest((await begin('ORDER-1')).runId);
		const path = join(data, 'mend.db');
		const pids = () => processesOf(data).map((p) => p.pid).sort();
		const all = pids();
		await until('the WAL is copied', () => statSync(path).size > 65536,
			30000);
		const fd = openSync(path, 'r+');
		const size = statSync(path).size;
		writeSync(fd, Buffer.alloc(size - 4096, 0x5a), 0, size - 4096, 4096);
		closeSync(fd);
		// Pages in caches may be good for a while.
		await until('somebody has met it', async () => {
			await api.call('GET', '/v1/runs');
			await client(instance.url).call('POST', '/v1/runs',
				{ body: { orderId: `ORDER-${Date.now()}` } });
			return (await ctl(data, ['halted'])).code === 5;
		}, 30000);
		refusedAs(await api.call('POST', '/v1/runs',
			{ body: { orderId: 'ORDER-NO' } }), 503, 'halted');
		const kept = await ctl(data, ['halted', '--release']);
		assert.notEqual(kept.code, 0);
		assert.match(kept.err, /not sound/);
		await sleep(1500);
		assert.deepEqual(pids(), all, 'all of them live');
		await instance.stop();
	});
});
