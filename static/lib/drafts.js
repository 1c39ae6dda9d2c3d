// What was typed and not sent, by task: it outlives a refusal, a look at
// another case and a reload, but not the tab.
import { signal, effect } from '../vendor/preact.js';

const MOST = 100;

/** @template T @param {string} key
 * @returns {import('../vendor/preact.js').Signal<Record<string, T>>} */
function drafts(key) {
	/** @type {Record<string, T>} */
	let value = {};
	try {
		value = JSON.parse(sessionStorage.getItem(`mend.${key}`) || '{}');
	} catch {
		// Unreadable: nothing was typed.
	}
	const all = signal(value);
	effect(() => {
		const text = JSON.stringify(all.value);
		try {
			sessionStorage.setItem(`mend.${key}`, text);
		} catch {
			// Not kept beyond this page.
		}
	});
	return all;
}

export const notes = /** @type {typeof drafts<string>} */ (drafts)('notes');
export const comments = /** @type {typeof drafts<string>} */ (drafts)(
	'comments');
export const forms = /** @type {typeof drafts<Record<string, string>>} */ (
	drafts)('forms');

/** Keeps a draft, and the newest of the others.
 * @template T
 * @param {import('../vendor/preact.js').Signal<Record<string, T>>} all
 * @param {string} id @param {T | ''} draft '' forgets it */
export function keepDraft(all, id, draft) {
	const { [id]: _, ...rest } = all.value;
	const others = Object.entries(rest).slice(1 - MOST);
	all.value = Object.fromEntries(draft === '' ? others :
		[...others, [id, draft]]);
}
