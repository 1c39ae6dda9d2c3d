// Five thousand orders of one event that is cancelled.
import { test } from 'node:test';
import { cancelled } from '../system/cancelled.mjs';

test('an event is cancelled for five thousand orders', { timeout: 1200000 },
	(t) => cancelled(t, { count: 5000, kills: 5, rate: 200 }));
