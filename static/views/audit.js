// The audit of a run: every entry, drawn in windows so that ten thousand of
// them scroll like ten. It is append-only, so only what follows is asked for.
import { html, useEffect, useMemo, useRef, useState }
	from '../vendor/preact.js';
import { get, seg, withQuery, asProblem } from '../lib/api.js';
import { ms } from '../lib/clock.js';
import { clock, day, exact, plural } from '../lib/format.js';
import { Icon } from '../lib/icons.js';
import { Empty, ErrorBar } from '../ui/parts.js';

/** @typedef {import('../types.js').AuditEntry} AuditEntry */

const PAGE = 200;
const ROW = 28;

/** All entries so far, in order, and what follows as it comes.
 * @param {string} runId */
export function useAudit(runId) {
	const [state, setState] = useState(/** @type {{ entries: AuditEntry[],
		whole: boolean, error: import('../types.js').Problem | null }} */
		({ entries: [], whole: false, error: null }));
	const [round, setRound] = useState(0);
	const entries = useRef(/** @type {AuditEntry[]} */ ([]));
	useEffect(() => {
		entries.current = [];
		setState({ entries: [], whole: false, error: null });
	}, [runId]);
	useEffect(() => {
		const abort = new AbortController();
		/** @type {ReturnType<typeof setTimeout> | undefined} */
		let timer;
		let failures = 0;
		const load = async () => {
			let wait = document.visibilityState === 'hidden' ? 30000 : 3000;
			try {
				const after = entries.current.at(-1)?.seq ?? 0;
				const page = await get(withQuery(`/v1/runs/${seg(runId)}/audit`,
					{ after, limit: PAGE }), abort.signal);
				const fresh = page.data.filter((/** @type {AuditEntry} */ e) =>
					e.seq > after);
				failures = 0;
				if (fresh.length)
					entries.current = entries.current.concat(fresh);
				const more = page.hasMore && fresh.length > 0;
				setState({ entries: entries.current, whole: !more, error: null });
				if (more)
					wait = 0;
			} catch (error) {
				if (abort.signal.aborted)
					return;
				failures++;
				wait = Math.min(60000, wait * 2 ** failures);
				setState((old) => ({ ...old, error: asProblem(error) }));
			}
			timer = setTimeout(load, wait);
		};
		void load();
		return () => {
			abort.abort();
			clearTimeout(timer);
		};
	}, [runId, round]);
	return { ...state, reload: () => setRound(round + 1) };
}

/** @param {{ audit: ReturnType<typeof useAudit> }} props */
export function Audit({ audit }) {
	const [filter, setFilter] = useState('');
	const [chosen, setChosen] = useState(-1);	// seq
	const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
	const list = useMemo(() => words.length ? audit.entries.filter((e) => {
		const text = `${e.seq} ${e.kind} ${e.message} ${e.actor}`.toLowerCase();
		return words.every((word) => text.includes(word));
	}) : audit.entries, [audit.entries, filter]);
	const entry = list.find((e) => e.seq === chosen);
	return html`<div class="audit">
		<div class="audit-bar"><label class="search slim"><${Icon}
			name="search" /><span class="sr">Filter the audit</span><input
			class="search-input" type="search" placeholder="Filter by kind, text, person"
			value=${filter} autocomplete="off" onInput=${(/** @type {any} */ e) =>
				setFilter(e.target.value)} /></label>
			<span class="muted num" role="status">${words.length ?
				`${list.length.toLocaleString('en')} of ` : ''}${plural(audit.entries
				.length, 'entry', 'entries')}${audit.whole ? '' : ', loading…'}</span>
		</div>
		<${ErrorBar} problem=${audit.error} retry=${audit.reload}
			old=${audit.entries.length > 0} />
		<div class="audit-body">${list.length ? html`<${Window} list=${list} chosen=${chosen}
			choose=${setChosen} />` : audit.whole && html`<${Empty} icon="search"
			title="No entry matches">${words.length ? 'Try fewer words.' :
			'The first entry is written when the engine takes the run.'}</${Empty}>`}
		${entry && html`<aside class="audit-detail" aria-label="Entry">
			<header><strong class="num">#${entry.seq}</strong> <code>${entry.kind}
			</code><span class="grow" /><button class="button quiet square"
			aria-label="Close the entry" onClick=${() => setChosen(-1)}><${Icon}
			name="close" /></button></header>
			<p>${entry.message}</p><p class="muted">${entry.actor} · ${exact(ms(
			entry.at))}</p>
			<pre tabindex="0" aria-label="Data">${JSON.stringify(entry.data, null,
			2)}</pre></aside>`}</div>
	</div>`;
}

/** Draws the rows in sight and a few more.
 * @param {{ list: AuditEntry[], chosen: number,
 *	choose: (seq: number) => void }} props */
function Window({ list, chosen, choose }) {
	const box = useRef(/** @type {HTMLElement | null} */ (null));
	const [top, setTop] = useState(0);
	const [height, setHeight] = useState(600);
	const [at, setAt] = useState(0);
	useEffect(() => {
		if (!box.current)
			return undefined;
		const seen = new ResizeObserver(([e]) =>
			setHeight(e.contentRect.height));
		seen.observe(box.current);
		return () => seen.disconnect();
	}, []);
	const first = Math.max(0, Math.floor(top / ROW) - 10);
	const last = Math.min(list.length, Math.ceil((top + height) / ROW) + 10);
	const cursor = Math.min(at, list.length - 1);
	/** @param {KeyboardEvent} event */
	const keys = (event) => {
		const page = Math.max(1, Math.floor(height / ROW) - 1);
		/** @type {Record<string, number>} */
		const moves = { ArrowDown: cursor + 1, ArrowUp: cursor - 1,
			PageDown: cursor + page, PageUp: cursor - page, Home: 0,
			End: list.length - 1 };
		if (event.key === 'Enter' || event.key === ' ') {
			event.preventDefault();
			choose(list[cursor].seq === chosen ? -1 : list[cursor].seq);
		} else if (event.key in moves) {
			event.preventDefault();
			const next = Math.max(0, Math.min(list.length - 1,
				moves[event.key]));
			setAt(next);
			if (box.current) {
				const y = next * ROW;
				if (y < box.current.scrollTop)
					box.current.scrollTop = y;
				else if (y + ROW > box.current.scrollTop + height)
					box.current.scrollTop = y + ROW - height;
			}
		}
	};
	return html`<div class="audit-window" role="grid" tabindex="0" ref=${box}
		aria-label="Audit entries" aria-rowcount=${list.length}
		aria-activedescendant=${`audit-${list[cursor].seq}`} onKeyDown=${keys}
		onScroll=${(/** @type {any} */ e) => setTop(e.target.scrollTop)}>
		<div class="audit-space" role="rowgroup"
			style=${{ height: `${list.length * ROW}px` }}>
		${list.slice(first, last).map((e, i) => html`<div key=${e.seq}
			id=${`audit-${e.seq}`} role="row" aria-rowindex=${first + i + 1}
			aria-selected=${e.seq === chosen ? 'true' : 'false'}
			class=${`audit-row${first + i === cursor ? ' cursor' : ''}`}
			style=${{ transform: `translateY(${(first + i) * ROW}px)` }}
			onClick=${() => { setAt(first + i); choose(e.seq === chosen ? -1 :
				e.seq); }}>
			<span role="gridcell" class="num muted audit-seq">${e.seq}</span>
			<span role="gridcell" class="num audit-at"><time datetime=${e.at}
				title=${exact(ms(e.at))}><span class="muted">${day(ms(e.at))} </span
				>${clock(ms(e.at))}</time></span>
			<span role="gridcell" class="audit-kind clip">${e.kind}</span>
			<span role="gridcell" class="clip">${e.message}</span>
			<span role="gridcell" class="muted clip audit-actor">${e.actor}</span>
		</div>`)}</div></div>`;
}
