// Twenty thousand events in a minute, over all types, with the transfer system
// down for half of it.
import { test } from 'node:test';
import { storm } from '../system/storm.mjs';

test('twenty thousand events in a minute, in bad weather',
	{ timeout: 1200000 }, (t) => storm(t, { events: 20000, seconds: 60,
		downMs: 30000, rate: 250, slack: 0, mayDiffer: 0.01 }));
