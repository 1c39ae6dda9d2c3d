// Small pieces that every screen uses: moments, money, ids, states, errors,
// empty and loading states. Untrusted text only ever becomes text nodes.
import { html, useComputed, useEffect, useRef, useState }
	from '../vendor/preact.js';
import { Icon } from '../lib/icons.js';
import { now, ms, serverNow } from '../lib/clock.js';
import { clock, relative, exact, duration, money, idParts, initials, shortMoment }
	from '../lib/format.js';
import { RUN_STATES, look, plain } from '../lib/words.js';
import { keyCaps } from '../lib/keys.js';

/** A moment: relative, with the exact one on hover.
 * @param {{ at: string | null | undefined, class?: string }} props */
export function Ago({ at, class: extra }) {
	const text = useComputed(() => relative(ms(at), now.value));
	if (!at)
		return html`<span class="none">–</span>`;
	return html`<time class=${extra} datetime=${at} title=${exact(ms(at))}
		>${text}</time>`;
}

const MOMENT = /(\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: UTC|Z))/;

/** A sentence of the server: its UTC moments become local times.
 * @param {{ text: string | null | undefined }} props */
export function Prose({ text }) {
	return html`${plain(text).split(MOMENT).map((part, i) => {
		const at = i % 2 ? Date.parse(part.replace(' UTC', 'Z')
			.replace(' ', 'T')) : NaN;
		return Number.isNaN(at) ? part : html`<time key=${i}
			datetime=${new Date(at).toISOString()} title=${exact(at)}>${
			shortMoment(at, serverNow())}</time>`;
	})}`;
}

/** Time left until a moment, in two units, or how late it is.
 * @param {{ at: string | null | undefined, late?: string }} props */
export function Countdown({ at, late = 'late by' }) {
	const text = useComputed(() => {
		const left = ms(at) - now.value;
		return left >= 0 ? duration(left + 999, true) :
			`${late} ${duration(left, true)}`;
	});
	if (!at)
		return html`<span class="none">–</span>`;
	return html`<time class="num" datetime=${at} title=${exact(ms(at))}
		>${text}</time>`;
}

/** The clock of a deadline: a ring that empties, and the time in words.
 * @param {{ due: string | null, from: string }} props */
export function Sla({ due, from }) {
	// One string, so that the row is drawn again only when it reads anew.
	const model = useComputed(() => {
		const left = ms(due) - now.value;
		const share = Math.round(100 * left / Math.max(1, ms(due) - ms(from)));
		return left < 0 ? `late|0|${duration(left)} late` :
			`${left < 3600000 ? 'soon' : 'calm'}|${Math.min(100, share)}|${
				duration(left)}`;
	});
	if (!due)
		return html`<span class="sla none" title="No due time">–</span>`;
	const [tone, share, text] = model.value.split('|');
	return html`<time class=${`sla ${tone}`} datetime=${due}
		title=${`Due ${exact(ms(due))}`}>
		<svg class="ring" viewBox="0 0 16 16" aria-hidden="true"><circle
			cx="8" cy="8" r="6" /><circle class="left" cx="8" cy="8"
			r="6" pathLength="100" stroke-dasharray=${`${share} 100`}
			transform="rotate(-90 8 8)" /></svg>
		<span class="num">${text}</span></time>`;
}

/** @param {{ minor: number | null | undefined,
 *	currency: string | null | undefined }} props */
export function Money({ minor, currency }) {
	const text = money(minor, currency);
	const cut = text.lastIndexOf(' ');
	return html`<span class="money num">${cut < 0 ? text : html`${text
		.slice(0, cut)}${' '}<span class="currency">${text
		.slice(cut + 1)}</span>`}</span>`;
}

/** An id in mono, the part that differs emphasised; whole on hover.
 * @param {{ id: string }} props */
export function Id({ id }) {
	const [same, own] = idParts(id);
	return html`<span class="id" title=${id}><span class="same">${same}</span
		><span>${own}</span></span>`;
}

/** @param {{ state: string, looks?: typeof RUN_STATES,
 *	word?: string }} props */
export function State({ state, looks = RUN_STATES, word }) {
	const { word: own, icon, tone } = look(looks, state);
	return html`<span class=${`state tone-${tone}`}><${Icon}
		name=${icon} />${word || own}</span>`;
}

/** @param {{ name: string | null | undefined }} props */
export function Person({ name }) {
	return name ? html`<span class="person" title=${name}><span
		class="avatar" aria-hidden="true">${initials(name)}</span><span
		class="person-name">${name}</span></span>` : null;
}

/** @param {{ keys: string }} props */
export function Keys({ keys }) {
	return html`<span class="keys" aria-hidden="true">${keyCaps(keys)
		.map((cap) => html`<kbd>${cap}</kbd>`)}</span>`;
}

/** Marks its content for a moment when the value changed.
 * @param {{ value: unknown, children?: any, class?: string }} props */
export function Changing({ value, children, class: extra = '' }) {
	const last = useRef(value);
	const [marked, setMarked] = useState(false);
	useEffect(() => {
		if (last.current === value)
			return;
		last.current = value;
		setMarked(true);
		const timer = setTimeout(() => setMarked(false), 1600);
		return () => clearTimeout(timer);
	}, [value]);
	return html`<span class=${`${extra}${marked ? ' changed' : ''}`}
		>${children}</span>`;
}

/** An error beside what is still shown.
 * @param {{ problem: import('../types.js').Problem | null,
 *	retry?: () => void, old?: boolean | number }} props old: what is shown is
 *	from before the error, from that moment */
export function ErrorBar({ problem, retry, old = false }) {
	if (!problem)
		return null;
	return html`<div class="error-bar" role="alert">
		<${Icon} name="warning" />
		<div class="error-text"><strong>${problem.title}</strong>
			${problem.detail && problem.detail !== problem.title &&
				html`<span>${problem.detail}</span>`}
			${old && html`<span>What you see is from ${typeof old === 'number' &&
				old > 0 ? html`<time title=${exact(old)}>${clock(old)}</time>` :
				'before'}.</span>`}
			${problem.requestId && html`<code class="request"
				>${problem.requestId}</code>`}</div>
		${retry && html`<button class="button small" onClick=${retry}>
			<${Icon} name="retry" />Retry</button>`}
	</div>`;
}

/** @param {{ icon: string, title: string, children?: any }} props */
export function Empty({ icon, title, children }) {
	return html`<div class="empty"><${Icon} name=${icon} /><p
		class="empty-title">${title}</p><div class="empty-text"
		>${children}</div></div>`;
}

/** Shown only when an answer takes longer than 300 ms.
 * @param {{ rows?: number, kind?: string }} props */
export function Skeleton({ rows = 8, kind = 'lines' }) {
	return html`<div class=${`skeleton ${kind}`} role="status"
		aria-label="Loading">${Array.from({ length: rows }, (_, i) =>
		html`<div key=${i} class="bone" />`)}</div>`;
}

/** @param {{ tabs: [string, string, (number | null)?][], current: string,
 *	select: (id: string) => void, label: string }} props */
export function Tabs({ tabs, current, select, label }) {
	/** @param {KeyboardEvent} event */
	const move = (event) => {
		const step = event.key === 'ArrowRight' ? 1 :
			event.key === 'ArrowLeft' ? -1 : 0;
		if (!step)
			return;
		event.preventDefault();
		const at = tabs.findIndex(([id]) => id === current);
		const next = tabs[(at + step + tabs.length) % tabs.length][0];
		select(next);
		document.getElementById(`tab-${next}`)?.focus();
	};
	return html`<div class="tabs" role="tablist" aria-label=${label}
		onKeyDown=${move}>${tabs.map(([id, word, count]) => html`<button
		key=${id} role="tab" id=${`tab-${id}`} class="tab"
		aria-selected=${id === current ? 'true' : 'false'}
		aria-controls="tab-panel" tabindex=${id === current ? 0 : -1}
		onClick=${() => select(id)}>${word}${count ? html`<span
		class="count num">${count}</span>` : null}</button>`)}</div>`;
}
