// What was typed and not sent, by task: it outlives a refusal, a look at
// another case and a reload, but not the tab.
import { stored } from './stored.js';

const MOST = 100;

/** @template T
 * @typedef {import('../vendor/preact.js').Signal<Record<string, T>>} Drafts */

/** @type {Drafts<string>} */
export const notes = stored('notes', {}, 'sessionStorage');
/** @type {Drafts<string>} */
export const comments = stored('comments', {}, 'sessionStorage');
/** @type {Drafts<Record<string, string>>} */
export const forms = stored('forms', {}, 'sessionStorage');

/** Keeps a draft, and the newest of the others.
 * @template T
 * @param {Drafts<T>} all
 * @param {string} id @param {T | ''} draft '' forgets it */
export function keepDraft(all, id, draft) {
	const { [id]: _, ...rest } = all.value;
	const others = Object.entries(rest).slice(1 - MOST);
	all.value = Object.fromEntries(draft === '' ? others :
		[...others, [id, draft]]);
}
