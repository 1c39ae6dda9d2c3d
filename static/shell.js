// The frame around every screen: rail, search, freshness, theme, person, and
// the keys that work everywhere.
import { html, useEffect, useRef } from './vendor/preact.js';
import { connection, refreshAll, usePoll } from './lib/poll.js';
import { now, ms } from './lib/clock.js';
import { duration, initials } from './lib/format.js';
import { route, go, taskHref } from './lib/route.js';
import { Icon, Mark } from './lib/icons.js';
import { useKeys } from './lib/keys.js';
import { theme, nextTheme, actorName, singleKeys } from './lib/prefs.js';
import { counts, me, myName, takeCounts, takeStuck } from './lib/session.js';
import { pending, toasts, dismiss, spoken, undo, announce, toast }
	from './lib/notices.js';
import { SearchBox, focusSearch } from './ui/search.js';
import { Overlays, overlay } from './ui/palette.js';
import { DialogHost, openDialog } from './ui/dialog.js';
import { Keys } from './ui/parts.js';
import { caseFocus } from './views/actions.js';

function askName() {
	openDialog({
		title: 'Who are you?', confirm: 'Use this name', writes: false,
		lines: ['Your name stands beside every decision and in the audit. ' +
			'It is as you say it: there is no sign-in here.'],
		fields: [{ name: 'name', label: 'Name', kind: 'line',
			value: myName() }],
		submit: (values) => {
			actorName.value = values.name;
			refreshAll();
			announce(`You act as ${values.name || 'the default person'}`);
		},
	});
}

function switchTheme() {
	const next = nextTheme();
	announce(`Theme: ${next}`);
}

/** Takes the newest decision back and opens its case again. */
export async function undoLast() {
	const last = pending.value.at(-1);
	if (!last) {
		toast({ tone: 'plain', text: 'There is nothing to undo' });
		return;
	}
	await undoOne(last.task.taskId);
}

function useShellKeys() {
	const screens = 'Go';
	useKeys([
		{ key: 'Mod+k', label: 'Commands', group: 'Everywhere', hidden: true,
			run: () => { overlay.value = 'palette'; } },
		{ key: '?', label: 'Show all keys', group: 'Everywhere',
			icon: 'keyboard', run: () => { overlay.value = 'help'; } },
		{ key: '/', label: 'Search any id', group: 'Everywhere',
			icon: 'search', run: focusSearch },
		{ key: 'u', label: 'Undo the last decision', group: 'Everywhere',
			icon: 'undo', run: () => void undoLast(),
			disabled: !pending.value.length && 'Nothing to undo' },
		{ key: 'g i', label: 'Go to Inbox', group: screens, icon: 'inbox',
			run: () => go('/ui/inbox') },
		{ key: 'g m', label: 'Go to my cases', group: screens, icon: 'person',
			run: () => go('/ui/inbox?view=mine') },
		{ key: 'g w', label: 'Go to Workflows', group: screens, icon: 'flow',
			run: () => go('/ui/workflows') },
		{ key: 'g h', label: 'Go to held workflows', group: screens,
			icon: 'held', run: () => go('/ui/workflows?q=state:HELD') },
		{ key: 'g s', label: 'Go to Stuck', group: screens,
			icon: 'stuck', run: () => go('/ui/stuck') },
		{ key: 'g e', label: 'Go to Groups', group: screens,
			icon: 'ticket', run: () => go('/ui/groups') },
		{ key: 'g b', label: 'Go to Many at once', group: screens,
			icon: 'flow', run: () => go('/ui/bulk') },
		{ key: 'g a', label: 'Go to Adapters', group: screens,
			icon: 'plug', run: () => go('/ui/adapters') },
		{ key: 'g p', label: 'Go to Playbooks', group: screens,
			icon: 'playbook', run: () => go('/ui/playbooks') },
		{ key: '', label: 'Switch theme', group: 'Settings', icon: 'sun',
			run: switchTheme },
		{ key: '', label: 'Change your name', group: 'Settings', icon: 'user',
			run: askName },
		{ key: '', label: singleKeys.value ? 'Switch single-key shortcuts off' :
			'Switch single-key shortcuts on', group: 'Settings',
		icon: 'keyboard', run: () => { singleKeys.value = !singleKeys.value; } },
		{ key: '', label: 'Ask everything again now', group: 'Settings',
			icon: 'retry', run: refreshAll },
	]);
}

/** @param {{ href: string, icon: string, word: string, here: boolean,
 *	count?: number }} props */
const RailLink = ({ href, icon, word, here, count }) => html`<a href=${href}
	class="rail-link" aria-current=${here ? 'page' : undefined}>
	<${Icon} name=${icon} /><span>${word}</span>
	${count ? html`<span class="badge num"><span class="sr">, </span>${count >
		999 ? '999+' : count}<span class="sr"> open</span></span>` : null}</a>`;

function Rail() {
	const here = route.value.name;
	return html`<nav class="rail" aria-label="Screens">
		<a class="brand" href="/ui/inbox" aria-label="Mend, to the inbox">
			<${Mark} /></a>
		<${RailLink} href="/ui/inbox" icon="inbox" word="Inbox"
			here=${here === 'inbox'} count=${counts.value.all} />
		<${RailLink} href="/ui/workflows" icon="flow" word="Workflows"
			here=${['workflows', 'workflow', 'groups', 'bulk', 'bulks'].includes(here)} />
		<${RailLink} href="/ui/stuck" icon="stuck" word="Stuck"
			here=${here === 'stuck'} count=${counts.value.stuck} />
		<${RailLink} href="/ui/adapters" icon="plug" word="Adapters"
			here=${here === 'adapters'} />
		<${RailLink} href="/ui/playbooks" icon="playbook" word="Playbooks"
			here=${here === 'playbooks' || here === 'playbook'} />
		<span class="rail-space" />
		<button class="rail-link rail-keys" onClick=${() => {
			overlay.value = 'help'; }}>
			<${Icon} name="keyboard" /><span>Keys</span></button>
	</nav>`;
}

/** How fresh the page is, in words; a click asks again.
 * @param {{ ready: ReturnType<typeof usePoll> }} props */
function Freshness({ ready }) {
	const { state, lastOk, retryAt } = connection.value;
	const engine = engineTrouble(ready.data);
	const at = now.value;
	let tone = 'live', text = 'Live', more = '';
	if (state === 'offline') {
		tone = 'off';
		text = 'Offline';
		more = 'nothing can be sent';
	} else if (state === 'stale') {
		tone = 'stale';
		text = 'Stale';
		more = Number.isFinite(retryAt) ? `retrying in ${duration(Math.max(0,
			retryAt - at + 999))}` : 'no answer yet';
	} else if (engine) {
		tone = 'stale';
		text = engine;
		more = 'nothing moves until it is back';
	} else if (lastOk) {
		more = at - lastOk < 1000 ? 'now' : `${duration(at - lastOk)} ago`;
	} else {
		text = 'Connecting';
	}
	const word = useRef('');
	useEffect(() => {
		if (word.current && word.current !== text)
			announce(more && tone !== 'live' ? `${text}, ${more}` : text);
		word.current = text;
	}, [text]);
	return html`<button class=${`freshness ${tone}`} onClick=${refreshAll}
		title="Ask again now"><span class="dot" aria-hidden="true" />
		<span>${text}</span>${more && html`<span class="more num"
		><span aria-hidden="true">· </span>${more}</span>`}</button>`;
}

/** @param {any} health of /readyz */
function engineTrouble(health) {
	if (!health)
		return '';
	if (health.halted)
		return 'Halted';
	const engine = typeof health.engine === 'object' && health.engine ?
		health.engine.status : health.engine;
	if (engine !== undefined && engine !== 'ok' && engine !== true &&
		engine !== 'ready' && engine !== 'running')
		return 'Engine down';
	return health.status !== 'ok' && health.status !== 'ready' ? 'Not ready' : '';
}

function Top() {
	const ready = usePoll('/readyz', 5000);
	const icons = { system: 'system', light: 'sun', dark: 'moon' };
	return html`<header class="top">
		<${SearchBox} />
		<span class="top-space" />
		${me.value && html`<span class=${`env ${me.value.environment}`}
			title="Environment">${me.value.environment}</span>`}
		<${Freshness} ready=${ready} />
		<button class="button quiet command-button" onClick=${() => {
			overlay.value = 'palette'; }}><${Icon} name="command" />
			<span class="word">Commands</span><${Keys} keys="Mod+k" /></button>
		<button class="button quiet square" onClick=${switchTheme}
			aria-label=${`Theme: ${theme.value}`} title=${`Theme: ${theme.value}`}
			><${Icon} name=${icons[theme.value]} /></button>
		<button class="button quiet me" onClick=${askName}
			title="You act under this name"><span class="avatar"
			aria-hidden="true">${initials(myName())}</span><span
			class="me-name">${myName()}</span><span class="muted wide"
			>${me.value?.role || ''}</span></button>
	</header>`;
}

/** @param {{ one: import('./lib/notices.js').Pending }} props */
function UndoToast({ one }) {
	const left = Math.max(0, Math.ceil((one.until - now.value) / 1000));
	const whole = Math.max(1, (one.until - ms(one.task.decidedAt)) / 1000);
	return html`<li class="toast undo">
		<svg class="ring" viewBox="0 0 16 16" aria-hidden="true"><circle
			cx="8" cy="8" r="6" /><circle class="left" cx="8" cy="8" r="6"
			pathLength="100" transform="rotate(-90 8 8)"
			stroke-dasharray=${`${100 * left / whole} 100`} /></svg>
		<span class="toast-text"><span>${one.words}</span>
			<span class="muted">${one.task.orderId}</span></span>
		<button class="button small" disabled=${one.busy}
			onClick=${() => void undoOne(one.task.taskId)}>${one.busy ?
			'Undoing…' : html`Undo <span class="num">(${left} s)</span>`}
			<${Keys} keys="u" /></button></li>`;
}

/** @param {string} taskId */
async function undoOne(taskId) {
	const task = await undo(taskId);
	if (task) {
		caseFocus.value = taskId;
		go(taskHref(taskId, route.value.query.get('view') || 'all'));
		refreshAll();
	}
}

/** The newest: a quick hand must not bury the queue under its decisions. */
const UNDO_SHOWN = 2;

const Toasts = () => html`<section class="toasts" aria-label="Notices"><ul>
	${toasts.value.map((t) => html`<li key=${t.id}
		class=${`toast ${t.tone}`}><${Icon} name=${t.tone === 'bad' ? 'warning' :
		t.tone === 'good' ? 'done' : 'info'} />
		<span class="toast-text"><span>${t.text}</span>${t.detail && html`<span
		class="muted">${t.detail}</span>`}</span>
		${t.href && html`<a class="button small" href=${t.href}>${t.hrefText}</a>`}
		<button class="button quiet square" aria-label="Dismiss"
			onClick=${() => dismiss(t.id)}><${Icon} name="close" /></button>
	</li>`)}
	${pending.value.length > UNDO_SHOWN && html`<li class="toast more"><span
		class="toast-text">${pending.value.length - UNDO_SHOWN} more can be
		undone</span><a class="button small" href="/ui/inbox?view=decided">Show
		</a></li>`}
	${pending.value.slice(-UNDO_SHOWN).map((one) => html`<${UndoToast}
		key=${one.task.taskId} one=${one} />`)}</ul></section>`;

/** @param {{ children?: any }} props */
export function Shell({ children }) {
	useShellKeys();
	const who = usePoll('/v1/me', 60000);
	const open = usePoll(route.value.name === 'inbox' ? null :
		'/v1/tasks?view=all&limit=1', 5000);
	useEffect(() => { me.value = who.data; }, [who.data]);
	useEffect(() => {
		if (open.data?.counts)
			takeCounts(open.data, open.at, false);
	}, [open.data]);
	const stuck = usePoll('/v1/stuck', 15000);
	useEffect(() => {
		if (stuck.data)
			takeStuck(stuck.data);
	}, [stuck.data]);
	return html`<a class="skip" href="#main">Skip to the content</a>
		<div class="shell"><${Rail} /><${Top} />
			<main id="main" tabindex="-1">${children}</main></div>
		<${Toasts} /><${DialogHost} /><${Overlays} />
		<div class="sr" role="status" aria-live="polite">${spoken.value}</div>`;
}
