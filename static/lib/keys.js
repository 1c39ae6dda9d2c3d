// Keyboard commands. Components register the ones that are valid now; the
// palette and the `?` overlay read the same list, so they cannot disagree.
// Single-key commands never fire while typing, and can be switched off.
import { signal, useLayoutEffect, useRef } from '../vendor/preact.js';
import { singleKeys } from './prefs.js';

/**
 * @typedef {{ key: string, label: string, group: string,
 *	run: (event?: KeyboardEvent) => void, disabled?: string | false,
 *	hidden?: boolean, icon?: string }} Command
 *	key: "j", "g i", "Mod+k", "Enter"; "" has none and stands in the palette
 *	disabled: why it cannot be done now
 */

/** @type {import('../vendor/preact.js').Signal<{ list: Command[] }[]>} */
const layers = signal([]);

/** All commands valid now; inner screens win over the shell. */
export function commands() {
	/** @type {Map<string, Command>} */
	const found = new Map();
	for (const layer of [...layers.value].reverse())
		for (const command of layer.list)
			if (!found.has(command.key || command.label))
				found.set(command.key || command.label, command);
	return [...found.values()];
}

/** @param {Command[]} list valid while the component is mounted */
export function useKeys(list) {
	const layer = useRef({ list }).current;
	layer.list = list;
	// With the screen, not after it: what can be seen can be pressed.
	useLayoutEffect(() => {
		layers.value = [...layers.value, layer];
		return () => {
			layers.value = layers.value.filter((other) => other !== layer);
		};
	}, []);
}

/** @param {EventTarget | null} target */
const editable = (target) => target instanceof HTMLElement &&
	(target.isContentEditable || target instanceof HTMLSelectElement ||
	target instanceof HTMLTextAreaElement || (target instanceof
	HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type)));

/** Enter and Space on these are the browser's. @param {EventTarget | null} t */
const interactive = (t) => t instanceof Element &&
	t.closest('a,button,input,select,textarea,summary,[role=tab],dialog') !== null;

let prefix = '';
/** @type {ReturnType<typeof setTimeout> | undefined} */
let prefixTimer;

/** @param {KeyboardEvent} event */
function nameOf(event) {
	if (event.ctrlKey || event.metaKey)
		return `Mod+${event.key.toLowerCase()}`;
	return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

addEventListener('keydown', (event) => {
	if (event.defaultPrevented || event.isComposing || event.altKey)
		return;
	const modified = event.ctrlKey || event.metaKey;
	// Shift makes signs such as ? and / on some keyboards; else it is not ours.
	if (!modified && event.shiftKey &&
		(event.key.length > 1 || /[a-z]/i.test(event.key)))
		return;
	if (document.querySelector('dialog:modal'))
		return;
	if (!modified && event.key !== 'Escape' && editable(event.target))
		return;
	const single = !modified && event.key.length === 1;
	if (single && !singleKeys.value)
		return;
	if ((event.key === 'Enter' || event.key === ' ') && !modified &&
		interactive(event.target))
		return;
	const name = prefix + nameOf(event);
	const all = commands();
	const command = all.find(({ key }) => key === name);
	clearTimeout(prefixTimer);
	prefix = '';
	if (!command) {
		if (single && all.some(({ key }) => key.startsWith(`${name} `))) {
			prefix = `${name} `;
			prefixTimer = setTimeout(() => { prefix = ''; }, 1500);
			event.preventDefault();
		}
		return;
	}
	// A held key repeats only where it moves the cursor.
	if (event.repeat && !['j', 'k', 'ArrowDown', 'ArrowUp'].includes(name))
		return;
	event.preventDefault();
	if (!command.disabled)
		command.run(event);
});

const MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** "Mod+k" -> ["Ctrl", "K"]. @param {string} key @returns {string[]} */
export const keyCaps = (key) => key.split(/[ +]/).filter(Boolean)
	.map((cap) => cap === 'Mod' ? (MAC ? '⌘' : 'Ctrl') :
		cap === 'Escape' ? 'Esc' : cap.length === 1 ? cap.toUpperCase() : cap);
