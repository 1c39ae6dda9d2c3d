// Lists and searches over few runs and over years of them. The clients ask one
// by one, through nginx; what counts is how much slower the same question gets.
// Both databases stand side by side and are asked in turn: an answer takes a
// fifth of a millisecond, and minutes later the machine is another one.
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../system/dev.mjs';
import { load } from './api.mjs';
import { instance } from './world.mjs';

const program = join(root, process.env.BUILD ?? 'build',
	'tests/bench/engine_bench');
const ENTRIES = 20;
const known = 'HIST-00000042';
const runId = `run_${'42'.padStart(26, '0')}`;

const questions = {
	'newest runs': '/v1/runs?limit=50',
	'by state': '/v1/runs?state=CANCELED&limit=50',
	'by issue type': '/v1/runs?issue=seat_mismatch&limit=50',
	'by outcome': '/v1/runs?outcome=CANCELED&limit=50',
	'by amount': '/v1/runs?amountMin=1100&amountMax=1149&limit=50',
	'by age': '/v1/runs?minAge=1h&limit=50',
	'open ones': '/v1/runs?open=true&limit=50',
	'by order': `/v1/runs?order=${known}`,
	'by prefix, few': '/v1/runs?prefix=HIST-0000004',
	'by prefix, many': '/v1/runs?prefix=HIST-&limit=50',
	'one run': `/v1/runs/${runId}`,
	'its audit': `/v1/runs/${runId}/audit`,
	'audit of a workflow': `/workflows/resolve-${known}/audit`,
	'audit of the system': '/v1/audit?limit=50',
	tasks: '/v1/tasks',
};

// The best of many short turns: what others on the machine took is not ours.
const TURNS = 40;
const ASKED = 30;

async function ask(all) {
	const took = {};
	for (const [name, path] of Object.entries(questions)) {
		took[name] = all.map(() => Infinity);
		for (let turn = 0; turn < TURNS; turn++)
			for (const [i, dev] of all.entries()) {
				await load(dev, 1, 10, 'GET', path);
				const { p50, good } = await load(dev, 1, ASKED,
					'GET', path);
				if (good !== ASKED)
					throw new Error(`${path}: not answered`);
				took[name][i] = Math.min(took[name][i], p50);
			}
	}
	return took;
}

// All that is begun from here on runs on the first core: on which of two a
// worker happens to be woken makes an answer half as slow again, and may stay so
// for all turns.
const FIRST = '0', ALL = `0-${cpus().length - 1}`;
const beginOn = (cores) => promisify(execFile)('taskset',
	['-a', '-p', '-c', cores, String(process.pid)]);

const fill = (folder, before, runs) => promisify(execFile)(program, ['history',
	join(folder, 'data/mend.db'), before, runs, ENTRIES].map(String));

// A database of its own; made by an instance that has stopped again.
async function made(folder, conf) {
	mkdirSync(folder);
	await (await instance(folder, conf)).stop();
}

export async function history(under, conf, few, many) {
	const folders = ['few', 'many'].map((name) =>
		join(under, `history-${name}`));
	const all = [];
	for (const folder of folders) await made(folder, conf);
	await fill(folders[0], 0, few);
	await fill(folders[1], 0, few);
	await fill(folders[1], few, many - few);
	try {
		await beginOn(FIRST);
		for (const folder of folders)
			all.push(await instance(folder, conf));
		const took = await ask(all);
		return Object.entries(took).map(([name, [before, after]]) =>
			({ name, ms: after, growth: after / before }));
	} finally {
		for (const dev of all) await dev.stop();
		await beginOn(ALL);
	}
}
export const rowsOf = (runs) => runs * ENTRIES;
