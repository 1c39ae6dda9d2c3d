// What this browser remembers for this person: theme, name, shortcuts. Each
// preference is a signal; a browser that refuses storage just forgets.
import { signal, effect } from '../vendor/preact.js';

/**
 * @template T
 * @param {string} key
 * @param {T} initial
 * @returns {import('../vendor/preact.js').Signal<T>}
 */
function stored(key, initial) {
	let value = initial;
	try {
		const text = localStorage.getItem(`mend.${key}`);
		if (text !== null)
			value = JSON.parse(text);
	} catch {
		// Unreadable: the default stands.
	}
	const pref = signal(value);
	effect(() => {
		const text = JSON.stringify(pref.value);
		try {
			localStorage.setItem(`mend.${key}`, text);
		} catch {
			// Not kept beyond this page.
		}
	});
	return pref;
}

/** @type {import('../vendor/preact.js').Signal<'system'|'light'|'dark'>} */
export const theme = stored('theme', 'system');
/** Who acts; self-asserted while there is no sign-in. Empty: the server's. */
export const actorName = stored('actor', '');
export const singleKeys = stored('singleKeys', true);

effect(() => {
	if (theme.value === 'system')
		delete document.documentElement.dataset.theme;
	else
		document.documentElement.dataset.theme = theme.value;
});

export function nextTheme() {
	const order = /** @type {const} */ (['system', 'light', 'dark']);
	theme.value = order[(order.indexOf(theme.value) + 1) % 3];
	return theme.value;
}
