// Overload in short: the form of the answers, and that Mend goes on. Limits are
// wide, since the machine that tests is shared; tests/soak has the long one.
import { test } from 'node:test';
import { overload } from './overload.mjs';

test('ten times more than can be served', { timeout: 120000 }, (t) =>
	overload(t, { seconds: 8, calm: 3, p99Most: 10000, share: 0.2,
		taken: 0.5, finished: 0.1, calls: 0.9 }));
