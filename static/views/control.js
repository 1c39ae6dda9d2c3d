// Pausing, resuming and probing an adapter or one of its operations: what each
// does in words, with a reason, and an end that is never forgotten.
import { refreshAll } from '../lib/poll.js';
import { post, seg } from '../lib/api.js';
import { announce } from '../lib/notices.js';
import { plural } from '../lib/format.js';
import { sentence } from '../lib/words.js';
import { openDialog } from '../ui/dialog.js';
import { REASON } from './steer.js';

/** @typedef {import('../types.js').Adapter} Adapter */

/** How long something stands still. @type {import('../ui/dialog.js').Field} */
export const EXPIRY = { name: 'for', label: 'Ends by itself after',
	kind: 'select', value: '1h', options: [['15m', '15 minutes'],
		['1h', '1 hour'], ['4h', '4 hours'], ['24h', '24 hours'],
		['168h', '7 days']] };

/** @type {Record<string, (name: string, a: Adapter) => string[]>} */
const PREVIEWS = {
	pause: (name, a) => [
		`No call of ${name} leaves until somebody resumes it, or it ends.`,
		'Calls in flight are still answered and written down.',
		`Workflows that need it wait as Blocked, the most urgent first${a.queue ?
			`; ${plural(a.queue, 'waits', 'wait')} already` : ''}.`],
	resume: (name, a) => [`Calls of ${name} leave again, at its pace${a.queue ?
		`: ${plural(a.queue, 'workflow waits', 'workflows wait')} for it` : ''}.`],
	probe: (name) => [`One call of ${name} leaves although it is open or ` +
		'paused. If it is answered, an open breaker closes.',
	'Nothing is made up: the next workflow that waits for it is the probe.'],
};

/** @param {'pause'|'resume'|'probe'} verb @param {Adapter} adapter
 * @param {import('../types.js').AdapterOperation} [operation] */
export function control(verb, adapter, operation) {
	const name = operation ? `${adapter.name}.${operation.name}` : adapter.name;
	openDialog({
		title: `${sentence(verb)} ${name}`, confirm: `${sentence(verb)} ${name}`,
		tone: verb === 'pause' ? 'danger' : 'accent',
		lines: PREVIEWS[verb](name, adapter),
		fields: [...verb === 'pause' ? [EXPIRY] : [], REASON],
		submit: async ({ reason, for: span }) => {
			await post(`/v1/adapters/${seg(adapter.name)}${operation ?
				`/operations/${seg(operation.name)}` : ''}/${verb}`, { reason,
				...verb === 'pause' && { for: span } });
			announce(`${sentence(verb)} ${name}: done`);
			refreshAll();
		},
	});
}
