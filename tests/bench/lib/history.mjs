// Lists and searches over few runs and over years of them. The clients ask one
// by one, through nginx; what counts is how much slower the same question gets.
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
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

async function ask(folder, conf) {
	const dev = await instance(folder, conf);
	const took = {};
	try {
		for (const [name, path] of Object.entries(questions)) {
			await load(dev, 1, 20, 'GET', path);
			const { p50, good } = await load(dev, 1, 300, 'GET', path);
			if (good !== 300) throw new Error(`${path}: not answered`);
			took[name] = p50;
		}
	} finally {
		await dev.stop();
	}
	return took;
}

const fill = (folder, before, runs) => promisify(execFile)(program, ['history',
	join(folder, 'data/mend.db'), before, runs, ENTRIES].map(String));

export async function history(under, conf, few, many) {
	const folder = join(under, 'history');
	mkdirSync(folder);
	await (await instance(folder, conf)).stop(); // makes the database
	await fill(folder, 0, few);
	const before = await ask(folder, conf);
	await fill(folder, few, many - few);
	const after = await ask(folder, conf);
	return Object.keys(questions).map((name) => ({ name, ms: after[name],
		growth: after[name] / before[name] }));
}
export const rowsOf = (runs) => runs * ENTRIES;
