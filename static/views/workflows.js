// All workflows: a token query with completion, a table, keyset paging. The
// query and the page are in the URL.
import { html, useEffect, useMemo, useRef, useState }
	from '../vendor/preact.js';
import { usePoll } from '../lib/poll.js';
import { get, withQuery, offline } from '../lib/api.js';
import { route, setQuery, go, workflowHref } from '../lib/route.js';
import { useKeys } from '../lib/keys.js';
import { Icon } from '../lib/icons.js';
import { announce, toast, toastError } from '../lib/notices.js';
import { issueWord, sentence } from '../lib/words.js';
import { plural } from '../lib/format.js';
import { Ago, Changing, Countdown, Empty, ErrorBar, Id, Money, Skeleton, State }
	from '../ui/parts.js';
import { hasRole } from '../lib/session.js';
import { complete, filterOf, parseQuery, strangers } from './query.js';
import { askBulk } from './bulk.js';
import { NewRows } from './queue.js';

/** @typedef {import('../types.js').Run} Run */

/** The row that was opened last, and of which list. */
const left = { url: /** @type {string | null} */ (null), runId: '' };

const PAGE = 50;
const CSV_MAX = 10000;

const QUICK = /** @type {const} */ ([['', 'All'], ['open:true', 'Open'],
	['state:WAITING_TASK', 'Waiting for a person'], ['state:HELD', 'Held'],
	['state:BACKING_OFF', 'Backing off'], ['state:BLOCKED', 'Blocked'],
	['open:false', 'Closed']]);

/** @param {{ text: string, known: Record<string, string[]>,
 *	ask: (text: string) => void }} props */
function QueryBox({ text, known, ask }) {
	const box = useRef(/** @type {HTMLInputElement | null} */ (null));
	const [value, setValue] = useState(text);
	const [open, setOpen] = useState(false);
	const [at, setAt] = useState(-1);
	useEffect(() => setValue(text), [text]);
	useKeys([{ key: 'f', label: 'Filter the workflows', group: 'Workflows',
		icon: 'search', run: () => box.current?.focus() }]);
	const caret = box.current?.selectionStart ?? value.length;
	const { from, list } = useMemo(() => complete(value, Math.min(caret,
		value.length), known), [value, caret, known]);
	const shown = open && list.length > 0;
	/** @param {string} word */
	const take = (word) => {
		const rest = value.slice(caret).replace(/^\S+/, '');
		const done = /[:<>]$/.test(word) ? word : `${word} `;
		const next = value.slice(0, from) + done + rest.trimStart();
		setValue(next);
		setAt(-1);
		if (done.endsWith(' '))
			ask(next.trim());
		requestAnimationFrame(() => box.current?.setSelectionRange(from +
			done.length, from + done.length));
	};
	/** @param {KeyboardEvent} event */
	const keys = (event) => {
		const step = event.key === 'ArrowDown' ? 1 :
			event.key === 'ArrowUp' ? -1 : 0;
		if (step && list.length) {
			event.preventDefault();
			setOpen(true);
			const places = list.length + 1;
			setAt((at + 1 + step + places) % places - 1);
		} else if ((event.key === 'Enter' || event.key === 'Tab') && shown &&
			at >= 0) {
			event.preventDefault();
			take(list[at].text);
		} else if (event.key === 'Enter') {
			event.preventDefault();
			setOpen(false);
			ask(value.trim());
		} else if (event.key === 'Escape') {
			event.preventDefault();
			if (shown)
				setOpen(false);
			else
				box.current?.blur();
		}
	};
	return html`<form class="search query" onSubmit=${(/** @type {Event} */ e) =>
		e.preventDefault()}><${Icon} name="search" /><input ref=${box}
		class="search-input mono" type="search" role="combobox" value=${value}
		aria-label="Query" aria-expanded=${shown} aria-controls="query-list"
		aria-autocomplete="list" aria-activedescendant=${shown && at >= 0 ?
		`complete-${at}` : undefined} autocomplete="off" spellcheck="false"
		maxlength="400" placeholder="state:HELD issue:seat_mismatch amount>120"
		onInput=${(/** @type {any} */ e) => { setValue(e.target.value); setAt(-1);
			setOpen(true); if (!e.target.value) ask(''); }}
		onFocus=${() => setOpen(true)} onBlur=${() => setOpen(false)}
		onKeyDown=${keys} />
		<ul id="query-list" class="menu" role="listbox" hidden=${!shown}
			aria-label="Completions">${list.map((c, i) => html`<li key=${c.text}
			id=${`complete-${i}`} role="option" class="menu-item"
			aria-selected=${i === at} onPointerDown=${(/** @type {Event} */ e) =>
				e.preventDefault()} onClick=${() => take(c.text)}><code>${c.text}
			</code><span class="muted grow">${c.hint}</span></li>`)}</ul></form>`;
}

/** @param {Run[] | null} rows @param {any} playbooks @param {any} adapters */
function useKnown(rows, playbooks, adapters) {
	const seen = useRef(/** @type {Record<string, Set<string>>} */ ({
		issue: new Set(), step: new Set(), outcome: new Set(),
		adapter: new Set() })).current;
	return useMemo(() => {
		for (const run of rows || []) {
			if (run.issueType)
				seen.issue.add(run.issueType);
			if (run.step)
				seen.step.add(run.step);
			if (run.outcome)
				seen.outcome.add(run.outcome);
		}
		for (const p of playbooks?.data || [])
			if (p.active !== false && p.name !== 'intake')
				seen.issue.add(p.name);
		for (const a of adapters?.data || [])
			seen.adapter.add(a.name);
		return Object.fromEntries(Object.entries(seen).map(([k, v]) =>
			[k, [...v].sort()]));
	}, [rows, playbooks, adapters]);
}

export function Workflows() {
	const query = route.value.query;
	const text = query.get('q') || '';
	const cursor = query.get('cursor');
	const { params, errors } = useMemo(() => parseQuery(text),
		[text]);
	const url = errors.length ? null : withQuery('/v1/runs', { ...params,
		limit: PAGE, cursor });
	const polled = usePoll(url);
	const playbooks = usePoll('/v1/playbooks', 60000).data;
	const adapters = usePoll('/v1/adapters', 60000).data;
	// Rows stay where they are; newer ones wait behind a button.
	const [held, setHeld] = useState(/** @type {{ url: string | null,
		ids: string[] }} */ ({ url: null, ids: [] }));
	const data = /** @type {Run[] | null} */ (polled.data?.data || null);
	const known = useKnown(data, playbooks, adapters);
	const kept = useRef(/** @type {Map<string, Run>} */ (new Map())).current;
	for (const run of data || [])
		kept.set(run.runId, run);
	useEffect(() => {
		if (data && (held.url !== url || !held.ids.length))
			setHeld({ url, ids: data.map((r) => r.runId) });
	}, [data, url]);
	const ids = held.url === url ? held.ids : data?.map((r) => r.runId) || [];
	const inData = new Set(data?.map((r) => r.runId));
	const fresh = data?.filter((r) => !ids.includes(r.runId)).length || 0;
	// Past the end of the page is not gone: only what left from among the rest.
	const gone = fresh ? 0 : data ? ids.filter((i) => !inData.has(i)).length : 0;
	const rows = /** @type {Run[]} */ (ids.map((i) => kept.get(i))
		.filter(Boolean));
	const adopt = () => data && setHeld({ url, ids: data.map((r) => r.runId) });

	const [at, setAt] = useState(-1);
	/** @param {Run} run */
	const leave = (run) => Object.assign(left, { url, runId: run.runId });
	// Who comes back finds the row he left by.
	useEffect(() => {
		const place = left.url === url ? rows.findIndex((r) =>
			r.runId === left.runId) : -1;
		if (place < 0)
			return;
		left.url = null;
		setAt(place);
		document.getElementById(`run-${rows[place].runId}`)?.focus();
	}, [rows.length > 0]);
	/** @param {number} step */
	const move = (step) => {
		const next = Math.max(0, Math.min(rows.length - 1, at + step));
		setAt(next);
		document.getElementById(`run-${rows[next]?.runId}`)?.focus();
	};
	useKeys([
		{ key: 'j', label: 'Next workflow', group: 'Workflows',
			run: () => move(1) },
		{ key: 'k', label: 'Previous workflow', group: 'Workflows',
			run: () => move(-1) },
		{ key: 'Enter', label: 'Open the workflow', group: 'Workflows',
			disabled: !rows[at] && 'None chosen', run: () => {
				leave(rows[at]);
				go(workflowHref(rows[at].workflowId));
			} },
		{ key: '', label: 'Download these workflows as CSV', icon: 'download',
			group: 'Workflows', run: () => void download(params) },
	]);
	const filter = filterOf(params);
	const cannot = offline.value ? 'Offline: nothing can be sent' : !hasRole(
		'agent') ? 'This needs the role agent' : filter ? '' :
		'Say first which ones: state:HELD, issue:…, event:…';
	/** @param {string} q */
	const ask = (q) => {
		setAt(-1);
		setQuery({ q, cursor: null }, { replace: false });
	};
	return html`<div class="page workflows">
		<header class="page-head"><h1>Workflows</h1><span class="grow" />
			<${NewRows} fresh=${fresh} gone=${gone} adopt=${adopt} />
			<a class="button small" href="/ui/groups"><${Icon}
				name="ticket" />Groups</a>
			<a class="button small" href="/ui/bulk">Many at once</a>
			<button class="button small" disabled=${cannot !== ''} title=${cannot}
				onClick=${() => filter && askBulk(filter)}><${Icon}
				name="flow" />All that match…</button>
			<button class="button small" onClick=${() => void download(params)}>
				<${Icon} name="download" />CSV</button></header>
		<${QueryBox} text=${text} known=${known} ask=${ask} />
		<nav class="quick" aria-label="Usual queries">${QUICK.map(([q, word]) =>
			html`<a key=${q} class="chip-link" href=${withQuery('/ui/workflows',
			{ q })} aria-current=${q === text ? 'true' : undefined}>${word}</a>`)}
		</nav>
		${errors.map((error) => html`<p key=${error} class="query-error"
			role="alert"><${Icon} name="warning" />${error}</p>`)}
		<${ErrorBar} problem=${polled.error} retry=${polled.reload}
			old=${rows.length > 0 && polled.at} />
		${!data && polled.slow && html`<${Skeleton} rows=${14} />`}
		${rows.length > 0 ? html`<${Table} rows=${rows} leave=${leave} />` : data &&
			html`<${Empty} icon="flow" title="No workflow matches">${text ?
			html`${strangers(text).map((key) => html`<p key=${key}>“${key}” is no
			filter; it was looked for as an order id.</p>`)}<a class="button" href="/ui/workflows">Show all</a>` :
			html`<p>The first starts when somebody says that an order is broken:
			</p><pre class="example">POST /workflows/start {"orderId":"ORDER-42"}</pre>`}
			</${Empty}>`}
		<footer class="pager">${rows.length > 0 && html`<span class="muted
			num">${plural(rows.length, 'workflow')}${cursor ? ', older' :
			', newest first'}</span>`}<span class="grow" />
			${cursor && html`<button class="button small" onClick=${() => setQuery(
			{ cursor: null }, { replace: false })}>Newest</button><button
			class="button small" onClick=${() => history.back()}><${Icon}
			name="back" />Back</button>`}
			${polled.data?.hasMore && html`<button class="button small"
			onClick=${() => { setQuery({ cursor: polled.data.nextCursor },
				{ replace: false }); announce('Older workflows'); document
				.getElementById('main')?.scrollTo(0, 0); }}>Older<${Icon}
			name="next" /></button>`}</footer>
	</div>`;
}

/** @param {{ rows: Run[], leave: (run: Run) => void }} props */
const Table = ({ rows, leave }) => html`<div class="table-box"><table class="table">
	<thead><tr><th scope="col">Order</th><th scope="col">Issue</th>
		<th scope="col">State</th><th scope="col">Step</th>
		<th scope="col" class="right">Attempt</th><th scope="col"
		class="right">Next run</th><th scope="col" class="right">Deadline</th>
		<th scope="col">Last error</th>
		<th scope="col" class="right">Amount</th><th scope="col"
		class="right">Updated</th></tr></thead>
	<tbody>${rows.map((run) => html`<tr key=${run.runId}>
		<th scope="row"><a id=${`run-${run.runId}`} class="cover"
			onClick=${() => leave(run)}
			href=${`${workflowHref(run.workflowId)}${run.closedAt ?
			`?run=${run.runId}` : ''}`}><${Id} id=${run.orderId} /></a></th>
		<td class="c-issue">${run.issueType ? issueWord(run.issueType) :
			html`<span class="muted">–</span>`}</td>
		<td class="c-state"><${Changing} value=${run.state}><${State}
			state=${run.state} /></${Changing}></td>
		<td class="c-step"><${Changing} value=${run.step}>${run.step ?
			sentence(run.step) : html`<span class="muted">–</span>`}</${Changing}></td>
		<td class="c-attempt right num"><${Changing} value=${run.attempt}>${run
			.maximumAttempts ? `${run.attempt}/${run.maximumAttempts}` :
			html`<span class="muted">–</span>`}</${Changing}></td>
		<td class="c-next right nowrap">${run.closedAt || !run.dueAt ? html`<span
			class="muted">–</span>` : html`<${Countdown} at=${run.dueAt}
			late="due" />`}</td>
		<td class="c-deadline right nowrap">${run.closedAt || !run.deadlineAt ?
			html`<span class="muted">–</span>` : html`<${Countdown}
			at=${run.deadlineAt} late="over by" />`}</td>
		<td class="c-error"><span class="clip" title=${run.lastError || ''}>${run
			.lastError || html`<span class="muted">–</span>`}</span></td>
		<td class="c-amount right"><${Money} minor=${run.amountMinor}
			currency=${run.currency} /></td>
		<td class="c-updated right muted nowrap"><${Ago} at=${run.updatedAt} /></td>
		</tr>`)}</tbody></table></div>`;

/** A cell that a spreadsheet takes as text, never as a formula.
 * @param {unknown} value */
function cell(value) {
	let text = value === null || value === undefined ? '' : String(value);
	if (/^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)))
		text = `'${text}`;
	return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

/** @param {Record<string, string>} params */
async function download(params) {
	const columns = /** @type {const} */ (['orderId', 'runId', 'issueType',
		'state', 'step', 'attempt', 'maximumAttempts', 'dueAt', 'deadlineAt',
		'lastError',
		'amountMinor', 'currency', 'outcome', 'result', 'createdAt', 'updatedAt',
		'closedAt']);
	const lines = [columns.join(',')];
	let cursor = null;
	try {
		do {
			/** @type {import('../types.js').List<Run>} */
			const page = await get(withQuery('/v1/runs', { ...params, limit: 200,
				cursor }));
			for (const run of page.data)
				lines.push(columns.map((c) => cell(run[c])).join(','));
			cursor = page.hasMore ? page.nextCursor : null;
		} while (cursor && lines.length <= CSV_MAX);
	} catch (error) {
		toastError('The download failed', error);
		return;
	}
	const link = document.createElement('a');
	link.href = URL.createObjectURL(new Blob([lines.join('\r\n')],
		{ type: 'text/csv' }));
	link.download = 'workflows.csv';
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 10000);
	toast({ tone: 'good', text: `${plural(lines.length - 1, 'workflow')} in ` +
		'workflows.csv', detail: cursor ? `Cut at ${CSV_MAX} rows` : undefined });
}
