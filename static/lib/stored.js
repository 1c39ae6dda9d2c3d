// What this browser remembers, each a signal; one that refuses storage, or
// holds what cannot be read, just forgets.
import { signal, effect } from '../vendor/preact.js';

/**
 * @template T
 * @param {string} key
 * @param {T} initial
 * @param {'localStorage'|'sessionStorage'} where for good, or for this tab
 * @returns {import('../vendor/preact.js').Signal<T>}
 */
export function stored(key, initial, where = 'localStorage') {
	let value = initial;
	try {
		const text = window[where].getItem(`mend.${key}`);
		if (text !== null)
			value = JSON.parse(text);
	} catch {
		// Unreadable: the default stands.
	}
	const kept = signal(value);
	effect(() => {
		const text = JSON.stringify(kept.value);
		try {
			window[where].setItem(`mend.${key}`, text);
		} catch {
			// Not kept beyond this page.
		}
	});
	return kept;
}
