// What the whole page knows: who acts, and how many tasks each view holds.
import { signal } from '../vendor/preact.js';
import { actorName } from './prefs.js';

/** Tasks per view, from whichever answer came last. */
export const counts = signal(/** @type {Record<string, number>} */ ({}));

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
