// Ctrl/Cmd-K: every action that is valid on this screen, with its key; and the
// `?` overlay, which shows the same list by group.
import { html, signal, useEffect, useLayoutEffect, useMemo, useRef, useState }
	from '../vendor/preact.js';
import { commands } from '../lib/keys.js';
import { singleKeys } from '../lib/prefs.js';
import { Icon } from '../lib/icons.js';
import { Keys } from './parts.js';
import { openAny } from './search.js';

/** @typedef {import('../lib/keys.js').Command} Command */

/** @type {import('../vendor/preact.js').Signal<null | 'palette' | 'help'>} */
export const overlay = signal(null);

export const Overlays = () => overlay.value === 'palette' ?
	html`<${Palette} />` : overlay.value === 'help' ? html`<${Help} />` : null;

function useModal() {
	const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
	useLayoutEffect(() => { dialog.current?.showModal(); }, []);
	return dialog;
}

const closed = () => { overlay.value = null; };

/** @param {Command} command @param {string} text */
const matches = (command, text) => text.toLowerCase().split(/\s+/)
	.every((word) => `${command.label} ${command.group}`.toLowerCase()
		.includes(word));

function Palette() {
	const dialog = useModal();
	const [text, setText] = useState('');
	const [at, setAt] = useState(0);
	const all = useMemo(() => commands().filter((c) => !c.hidden), []);
	const list = all.filter((c) => matches(c, text.trim()));
	if (text.trim())
		list.push({ key: '', group: 'Search', icon: 'search',
			label: `Search for “${text.trim()}”`,
			run: () => void openAny(text) });
	const chosen = Math.min(at, list.length - 1);
	useEffect(() => {
		document.getElementById(`command-${chosen}`)
			?.scrollIntoView({ block: 'nearest' });
	}, [chosen]);

	/** @param {Command | undefined} command */
	const run = (command) => {
		if (!command || command.disabled)
			return;
		dialog.current?.close();
		closed();
		// After the dialog has given the focus back.
		queueMicrotask(() => command.run());
	};
	/** @param {KeyboardEvent} event */
	const keys = (event) => {
		const step = event.key === 'ArrowDown' ? 1 :
			event.key === 'ArrowUp' ? -1 : 0;
		if (step) {
			event.preventDefault();
			setAt((chosen + step + list.length) % list.length);
		} else if (event.key === 'Enter') {
			event.preventDefault();
			run(list[chosen]);
		} else if (event.key.toLowerCase() === 'k' &&
			(event.ctrlKey || event.metaKey)) {
			event.preventDefault();
			dialog.current?.close();
		}
	};
	return html`<dialog ref=${dialog} class="dialog palette"
		aria-label="Commands" onClose=${closed} onKeyDown=${keys}
		onClick=${(/** @type {Event} */ e) => e.target === dialog.current &&
			dialog.current?.close()}>
		<div class="palette-box">
		<div class="palette-head"><${Icon} name="command" /><input
			class="palette-input" role="combobox" aria-expanded="true"
			aria-controls="command-list" aria-label="Find a command"
			aria-activedescendant=${`command-${chosen}`} autofocus
			placeholder="What do you want to do?" value=${text}
			autocomplete="off" spellcheck="false"
			onInput=${(/** @type {any} */ e) => { setText(e.target.value);
				setAt(0); }} /></div>
		<ul id="command-list" class="palette-list" role="listbox"
			aria-label="Commands">${list.map((c, i) => html`<li
			key=${c.label} id=${`command-${i}`} role="option"
			class="menu-item" aria-selected=${i === chosen}
			aria-disabled=${c.disabled ? 'true' : undefined}
			onPointerMove=${() => setAt(i)} onClick=${() => run(c)}>
			<${Icon} name=${c.icon || 'next'} />
			<span class="grow">${c.label}</span>
			<span class="muted">${c.disabled || c.group}</span>
			${c.key && html`<${Keys} keys=${c.key} />`}</li>`)}</ul>
		</div></dialog>`;
}

function Help() {
	const dialog = useModal();
	/** @type {Map<string, Command[]>} */
	const groups = new Map();
	for (const command of commands())
		if (command.key)
			groups.set(command.group, [...groups.get(command.group) || [],
				command]);
	return html`<dialog ref=${dialog} class="dialog help"
		aria-labelledby="help-title" onClose=${closed}>
		<div class="help-head"><h2 id="help-title">Keys</h2>
			<label class="switch"><input type="checkbox" role="switch"
				checked=${singleKeys.value} onChange=${(
				/** @type {any} */ e) => { singleKeys.value = e.target.checked;
				}} />Single-key shortcuts</label>
			<button class="button quiet square" aria-label="Close" autofocus
				onClick=${() => dialog.current?.close()}><${Icon}
				name="close" /></button></div>
		<div class=${`help-groups${singleKeys.value ? '' : ' off'}`}>
			${[...groups].map(([group, list]) => html`<section key=${group}>
				<h3>${group}</h3><dl>${list.map((c) => html`<div key=${c.key}
				class="help-row"><dt>${c.label}</dt><dd><span class="sr"
				>${c.key.replace('Mod', 'Control or Command')}</span><${Keys}
				keys=${c.key} /></dd></div>`)}</dl></section>`)}</div>
		<p class="muted">Nothing is ever decided by one key: A and R open a
			confirmation, Enter confirms it, U takes it back in time.</p>
	</dialog>`;
}
