// What this browser remembers for this person: theme, name, shortcuts.
import { effect } from '../vendor/preact.js';
import { stored } from './stored.js';

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
