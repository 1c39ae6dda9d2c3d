// A small event; tests/soak has a large one.
import { test } from 'node:test';
import { cancelled } from './cancelled.mjs';

test('an event is cancelled for a hundred orders', { timeout: 300000 }, (t) =>
	cancelled(t, { count: 100, kills: 2, rate: 20 }));
