// Overload for a minute, held to what is promised: accepted requests within
// half a second, nine tenths of the peak, normal within five seconds.
import { test } from 'node:test';
import { overload } from '../system/overload.mjs';

test('ten times more than can be served, for a minute',
	{ timeout: 300000 }, (t) =>
		overload(t, { seconds: 60, calm: 10, p99Most: 500, share: 0.9 }));
