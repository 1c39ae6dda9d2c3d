// What the whole page knows: who acts, and how many tasks each view holds.
import { signal } from '../vendor/preact.js';
import { actorName } from './prefs.js';

/** Tasks per view, from whichever answer came last. */
export const counts = signal(/** @type {Record<string, number>} */ ({}));

/** Whether a task asks somebody something now. The API's view "all" is every
 * task that is not closed: also snoozed ones, and decided ones on their way.
 * @param {import('../types.js').Task} task @param {number} now */
export const isAsked = (task, now) =>
	(task.state === 'OPEN' || task.state === 'CLAIMED') &&
	!(task.snoozedUntil && Date.parse(task.snoozedUntil) > now);

/** @param {import('../types.js').TaskList} list @param {number} now
 * @param {boolean} whole whether it is the list of all tasks */
export function takeCounts(list, now, whole) {
	const { all, snoozed } = list.counts;
	counts.value = { ...counts.value, ...list.counts, all: whole && !list.hasMore ?
		list.data.filter((task) => isAsked(task, now)).length :
		Math.max(0, all - snoozed) };
}

/** @param {{ groups: import('../types.js').StuckGroup[] }} found */
export function takeStuck({ groups }) {
	counts.value = { ...counts.value, stuck: groups.reduce((sum, g) =>
		sum + g.count, 0) };
}

/** Who this browser acts as, and under which limits. */
export const me = signal(/** @type {import('../types.js').Me | null} */ (null));

const ROLES = ['viewer', 'agent', 'supervisor', 'admin'];
/** Whether this person's role is at least that one. @param {string} role */
export const hasRole = (role) => !me.value ||
	ROLES.indexOf(me.value.role) >= ROLES.indexOf(role);

/** The server tells people apart by name alone, without regard to case.
 * @param {string | null | undefined} name */
export const isMe = (name) => Boolean(name) &&
	String(name).toLowerCase() === myName().toLowerCase();

export const myName = () => actorName.value || me.value?.actor || 'dev';
