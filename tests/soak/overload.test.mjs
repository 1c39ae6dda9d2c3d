// Overload for a minute, held to what is promised: accepted requests within
// half a second, nine tenths of the peak, normal within five seconds. Where
// others work on the same processors when it begins, requests wait for those
// too, and the half second is stretched by as much.
import { availableParallelism, loadavg } from 'node:os';
import { test } from 'node:test';
import { overload } from '../system/overload.mjs';

const shared = Math.max(1, loadavg()[0] / availableParallelism());

test('ten times more than can be served, for a minute',
	{ timeout: 300000 }, (t) => overload(t, { seconds: 60, calm: 10,
		p99Most: 500 * shared, share: 0.9 }));
