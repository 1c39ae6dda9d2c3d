// The one ticking "now" of the page, on the server's clock. Countdowns to a
// moment the server named must not depend on how well this machine is set.
import { signal } from '../vendor/preact.js';

let offset = 0;

export const serverNow = () => Date.now() + offset;

/** Moves once a second while the page is visible. */
export const now = signal(serverNow());

/** @param {string | null} date the Date header of an answer, whole seconds */
export function learnServerTime(date) {
	const at = date ? Date.parse(date) : NaN;
	if (Number.isNaN(at))
		return;
	// The header is cut to the second: half of it is the best guess.
	const seen = at + 500 - Date.now();
	offset = Math.abs(seen) > 2000 ? seen : 0;
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

function tick() {
	clearTimeout(timer);
	if (document.visibilityState === 'hidden')
		return;
	now.value = serverNow();
	timer = setTimeout(tick, 1000 - (serverNow() % 1000));
}

document.addEventListener('visibilitychange', tick);
tick();

/** @param {string | null | undefined} at RFC 3339 @returns {number} or NaN */
export const ms = (at) => (at ? Date.parse(at) : NaN);
