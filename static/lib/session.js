// What the whole page knows: who acts, and how many tasks each view holds.
import { signal } from '../vendor/preact.js';
import { actorName } from './prefs.js';

/** Tasks per view, from whichever answer came last. */
export const counts = signal(/** @type {Record<string, number>} */ ({}));

/** Who this browser acts as, and under which limits. */
export const me = signal(/** @type {import('../types.js').Me | null} */ (null));

export const myName = () => actorName.value || me.value?.actor || 'dev';
