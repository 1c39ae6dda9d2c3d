// Putting another version of a playbook in force: asked of the server first, so
// that what it changes, or why it cannot be, is read before anything is sent.
import { refreshAll } from '../lib/poll.js';
import { post, seg, offline } from '../lib/api.js';
import { playbookHref } from '../lib/route.js';
import { toast, toastError } from '../lib/notices.js';
import { plural } from '../lib/format.js';
import { issueWord, sentence } from '../lib/words.js';
import { hasRole } from '../lib/session.js';
import { openDialog } from '../ui/dialog.js';
import { RATE, makeBulk } from './bulk.js';
import { REASON } from './steer.js';

/** @typedef {import('../types.js').Version} Version */

/** The one that was in force before; null: none was.
 * @param {Version[]} versions */
export const earlier = (versions) => versions.filter((v) => !v.active &&
	v.activatedAt).sort((a, b) => String(a.activatedAt) < String(b.activatedAt) ?
	1 : -1)[0] || null;

/** Why this person cannot do it now; empty: he can.
 * @param {'rollback'|'activate'} verb */
export function cannot(verb) {
	const role = verb === 'rollback' ? 'supervisor' : 'admin';
	return offline.value ? 'Offline: nothing can be sent' : hasRole(role) ? '' :
		`This needs the role ${role}`;
}

/** @param {string[]} steps @param {string} word */
const stepWords = (steps, word) => steps.length ? [`${word}: ${steps
	.map(sentence).join(', ')}.`] : [];

/** @param {any} change */
function changeWords({ from, to, versions, steps }) {
	const running = versions.filter((/** @type {Version} */ v) => v.openRuns);
	const kept = running.map((/** @type {Version} */ v) =>
		`${plural(v.openRuns, 'open run')} on v${v.version}`);
	const lines = [...stepWords(steps.added, 'Steps that it has more'),
		...stepWords(steps.removed, 'Steps that it has not'),
		...stepWords(steps.changed, 'Steps that say another thing')];
	return [`Workflows that are routed here from now on go by v${to}${from ?
		`, not by v${from}` : ''}.`, kept.length ? `What is under way keeps its ` +
		`version: ${kept.join(', ')}.` : 'No run is under way.',
	...lines.length ? lines : ['Its steps are the same.'],
	'The next “mendctl activate” goes by the files again: change the file, too.'];
}

/** @param {string} name @param {'rollback'|'activate'} verb
 * @param {number} version */
export async function askActivate(name, verb, version) {
	const url = `/v1/playbooks/${seg(name)}/${verb}`;
	let change;
	try {
		change = await post(url, { version, preview: true });
	} catch (error) {
		toastError(`v${version} cannot be put in force`, error);
		return;
	}
	openDialog({
		title: `${verb === 'rollback' ? 'Roll back' : 'Put in force'}: ${issueWord(
			name)} v${version}`,
		confirm: `Put v${version} in force`, tone: 'danger',
		lines: changeWords(change), fields: [REASON],
		submit: async ({ reason }) => {
			await post(url, { version, reason, ...change.from &&
				{ from: change.from } });
			toast({ tone: 'good', text: `${issueWord(name)}: v${version} is in ` +
				'force', href: playbookHref(name), hrefText: 'Open' });
			refreshAll();
		},
	});
}

/** Open runs of one version onto another, as many at once.
 * @param {Version} from @param {Version[]} versions */
export function askMove(from, versions) {
	const others = versions.filter((v) => v.version !== from.version);
	openDialog({
		title: `Move ${plural(from.openRuns, 'open run')} of ${issueWord(from
			.name)} v${from.version}`,
		confirm: 'Preview',
		lines: ['A run moves when the step it stands in is there too, at the ' +
			'same place and of the same kind.',
		'Nothing happens yet: the preview says how many move, and which stay ' +
			'and why.'],
		fields: [{ name: 'to', label: 'Onto', kind: 'select', value: String(others
			.find((v) => v.active)?.version || others[0]?.version),
		options: others.map((v) => [String(v.version), `v${v.version}${v.active ?
			', in force' : ''}`]) }, RATE, REASON],
		submit: ({ to, rate, reason }) => makeBulk({ operation: 'migrate', reason,
			filter: { playbook: `${from.name}@${from.version}`, open: true },
			playbook: from.name, version: Number(to),
			ratePerSecond: Number(rate) }),
	});
}
