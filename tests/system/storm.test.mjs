// A short storm; tests/soak has the whole one.
import { test } from 'node:test';
import { storm } from './storm.mjs';

test('six hundred events in six seconds, in bad weather', { timeout: 240000 },
	(t) => storm(t, { events: 600, seconds: 6, downMs: 3000, rate: 150,
		slack: 90000, mayDiffer: 0.02 }));
