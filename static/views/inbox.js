// Inbox: views | queue | case. The URL holds the view and the open case; the
// cursor moves with j and k, and takes the open case with it.
import { html, useEffect, useMemo, useRef, useState } from '../vendor/preact.js';
import { usePoll } from '../lib/poll.js';
import { offline } from '../lib/api.js';
import { route, setQuery, queryHref } from '../lib/route.js';
import { serverNow } from '../lib/clock.js';
import { useKeys } from '../lib/keys.js';
import { Icon } from '../lib/icons.js';
import { VIEWS } from '../lib/words.js';
import { plural } from '../lib/format.js';
import { announce, toast } from '../lib/notices.js';
import { Ago, Empty, ErrorBar, Skeleton } from '../ui/parts.js';
import { counts, hasRole, isAsked, takeCounts } from '../lib/session.js';
import { Row, NewRows, useRows } from './queue.js';
import { CasePanel } from './case.js';
import { caseFocus, claim, isOpen, listUrl, snooze } from './actions.js';

/** @typedef {import('../types.js').Task} Task */

/** @param {{ view: string }} props */
const Views = ({ view }) => html`<nav class="views" aria-label="Views">
	<ul>${VIEWS.map(([id, word, icon]) => html`<li key=${id}><a
		class="view-link" href=${`/ui/inbox?view=${id}`}
		aria-current=${id === view ? 'page' : undefined}><${Icon}
		name=${icon} /><span class="grow">${word}</span><span
		class="count num">${counts.value[id] ?? ''}</span></a></li>`)}</ul></nav>`;

/** @param {{ view: string, list: ReturnType<typeof usePoll> }} props */
function NothingHere({ view, list }) {
	const all = usePoll(view === 'all' ? null : '/v1/tasks?view=all&limit=1',
		15000);
	const next = /** @type {Task | undefined} */ (all.data?.data[0]);
	const running = usePoll('/v1/runs?open=true&limit=5', 15000);
	if (!list.data)
		return null;
	const busy = running.data?.data.length || 0;
	return html`<${Empty} icon="done" title=${view === 'all' ?
		'Nothing waits for a person' : 'Nothing in this view'}>${next ?
		html`<p>Next due elsewhere: <a href=${`/ui/inbox?view=all&task=${next
			.taskId}`}>${next.orderId}</a>, due <${Ago} at=${next.dueAt} />.</p>` :
		busy ? html`<p>${busy >= 5 ? 'Several workflows are' :
			plural(busy, 'workflow is', 'workflows are')} at work; one shows up
			here as soon as it needs you. <a href="/ui/workflows?q=open:true">
			Look at them</a></p>` :
			html`<p>No workflow is open. A broken order appears here when
			money or judgement is at stake.</p>`}</${Empty}>`;
}

export function Inbox() {
	const query = route.value.query;
	const view = query.get('view') || 'all';
	const selected = query.get('task');
	const list = usePoll(listUrl(view));
	const [done, setDone] = useState(/** @type {Set<string>} */ (new Set()));
	const [picked, setPicked] = useState(/** @type {Set<string>} */ (new Set()));
	const [cursor, setCursor] = useState('');
	const data = useMemo(() => /** @type {Task[] | null} */ (list.data &&
		(view === 'all' ? list.data.data.filter((/** @type {Task} */ t) =>
			isAsked(t, list.at)) : list.data.data)), [list.data, list.at, view]);
	const { rows, gone, fresh, adopt } = useRows(data, view,
		view === 'decided' ? NONE : done);
	const at = Math.max(0, rows.findIndex((t) => t.taskId ===
		(selected || cursor)));
	const current = /** @type {Task | undefined} */ (rows[at]);
	const listBox = useRef(/** @type {HTMLElement | null} */ (null));

	useEffect(() => {
		if (list.data?.counts)
			takeCounts(list.data, list.at, view === 'all');
		// What came back (undone, woken) is a row like any other again.
		const open = new Set(data?.filter(isOpen).map((t) => t.taskId));
		if ([...done].some((id) => open.has(id) && list.at > (doneAt.get(id) ||
			0)))
			setDone(new Set([...done].filter((id) => !open.has(id))));
	}, [list.data, list.at]);
	useEffect(() => {
		setPicked(new Set());
		setCursor('');
		setDone(new Set());
	}, [view]);

	// By a link, by the back button, after a decision: its row is in sight.
	useEffect(() => {
		if (selected)
			document.getElementById(`row-${selected}`)
				?.scrollIntoView({ block: 'nearest' });
	}, [selected, rows.length > 0]);

	/** @param {string | null} id @param {boolean} focus */
	const open = (id, focus) => {
		setQuery({ task: id }, { replace: selected !== null && id !== null });
		if (id) {
			setCursor(id);
			if (focus || !wide())
				caseFocus.value = id;
		}
	};
	/** @param {number} step */
	const move = (step) => {
		const next = rows[Math.max(0, Math.min(rows.length - 1, !selected &&
			!cursor ? 0 : at + step))];
		if (!next)
			return;
		const row = document.getElementById(`row-${next.taskId}`);
		if (selected) {
			const inCase = document.activeElement?.closest('.case') !== null;
			open(next.taskId, inCase);
			if (!inCase)
				row?.focus();
		} else {
			setCursor(next.taskId);
			row?.focus();
		}
		row?.scrollIntoView({ block: 'nearest' });
	};
	/** Opens the next case; one that is not open to others leaves the queue.
	 * @param {string} id @param {boolean} stays */
	const finish = (id, stays) => {
		const place = rows.findIndex((t) => t.taskId === id);
		const left = rows.filter((t) => t.taskId !== id && !gone.has(t.taskId));
		const next = rows.slice(place + 1).find((t) => left.includes(t)) ||
			left.at(-1);
		if (!stays) {
			doneAt.set(id, serverNow());
			setDone(new Set([...done, id]));
		}
		if (route.value.query.get('task') !== id)
			return;
		if (next && place >= 0) {
			open(next.taskId, true);
		} else {
			open(null, false);
			listBox.current?.focus();
			announce('The queue is empty');
		}
	};
	/** @param {string} id */
	const pick = (id) => {
		const next = new Set(picked);
		if (!next.delete(id))
			next.add(id);
		setPicked(next);
	};
	const chosen = rows.filter((t) => picked.has(t.taskId));
	const target = current ? `${current.orderId}` : 'the case';
	useKeys([
		{ key: 'j', label: 'Next case', group: 'Queue', run: () => move(1) },
		{ key: 'k', label: 'Previous case', group: 'Queue',
			run: () => move(-1) },
		{ key: 'Enter', label: `Open ${target}`, group: 'Queue',
			disabled: !current && 'The queue is empty',
			run: () => current && open(current.taskId, true) },
		{ key: 'x', label: `Select ${target}`, group: 'Queue', icon: 'check',
			disabled: !current && 'The queue is empty',
			run: () => current && pick(current.taskId) },
		{ key: 'Escape', label: selected ? 'Close the case' :
			'Clear the selection', group: 'Queue', icon: 'close',
		run: () => {
			if (picked.size) {
				setPicked(new Set());
			} else if (selected) {
				open(null, false);
				document.getElementById(`row-${selected}`)?.focus();
			}
		} },
	]);
	const word = VIEWS.find(([id]) => id === view)?.[1] || 'Inbox';
	const total = counts.value[view];
	return html`<div class=${`inbox${selected ? ' with-case' : ''}`}>
		<h1 class="sr">Inbox</h1><${Views} view=${view} />
		<section class="queue" aria-labelledby="queue-title" ref=${listBox}
			tabindex="-1">
			<header class="queue-head"><h2 id="queue-title">${word}</h2>
				<span class="muted num">${total ?? ''}</span>
				<span class="grow" />
				<${NewRows} fresh=${fresh} gone=${gone.size} adopt=${adopt} />
			</header>
			${chosen.length > 0 && html`<${Bulk} chosen=${chosen}
				clear=${() => setPicked(new Set())} />`}
			<${ErrorBar} problem=${list.error} retry=${list.reload}
				old=${rows.length > 0 && list.at} />
			${!list.data && list.slow && html`<${Skeleton} kind="rows" />`}
			${rows.length > 0 ? html`<ul class="rows" onKeyDown=${
				(/** @type {KeyboardEvent} */ e) => {
					const step = e.key === 'ArrowDown' ? 1 :
						e.key === 'ArrowUp' ? -1 : 0;
					if (step) {
						e.preventDefault();
						move(step);
					}
				}}>${rows.map((task, i) => html`<${Row} key=${task.taskId}
				task=${task} selected=${task.taskId === selected}
				cursor=${i === at} gone=${gone.has(task.taskId)}
				picked=${picked.has(task.taskId)} pick=${pick} open=${open}
				/>`)}</ul>` : html`<${NothingHere} view=${view} list=${list} />`}
			${total > rows.length && list.data?.hasMore && html`<p
				class="queue-foot muted">The ${rows.length} most urgent of ${total}.
				</p>`}
		</section>
		${selected ? html`<${CasePanel} key=${selected} id=${selected}
			back=${queryHref({ task: null })} finish=${finish} />` :
		html`<aside class="case none-open" aria-label="Case">${current &&
			html`<${Empty} icon="inbox" title="No case open"><p>The most urgent:
			<strong> ${current.orderId}</strong>, due <${Ago}
			at=${current.dueAt} />.</p><button class="button" onClick=${() =>
			open(current.taskId, true)}>Open ${current.orderId} <kbd>Enter</kbd>
			</button></${Empty}>`}</aside>`}
	</div>`;
}

/** @type {Set<string>} */
const NONE = new Set();
/** When a case was dealt with, to tell an old answer from news.
 * @type {Map<string, number>} */
const doneAt = new Map();
const wide = () => matchMedia('(min-width: 900px)').matches;

/** @param {{ chosen: Task[], clear: () => void }} props */
function Bulk({ chosen, clear }) {
	const off = offline.value || !hasRole('agent');
	const claimAll = async () => {
		const results = await Promise.all(chosen.map((t) => claim(t, true)));
		const failed = chosen.filter((_, i) => results[i]);
		toast({ tone: failed.length ? 'bad' : 'good',
			text: `${chosen.length - failed.length} of ${chosen.length} claimed`,
			detail: failed.map((t) => `${t.orderId}: ${results[chosen
				.indexOf(t)]}`).join(' · ') || undefined });
		clear();
	};
	return html`<div class="bulk" role="group" aria-label="Selection"><strong
		class="num">${chosen.length} selected</strong>
		<button class="button small" disabled=${off} onClick=${claimAll}>
			<${Icon} name="person" />Claim</button>
		<button class="button small" disabled=${off} onClick=${() =>
			snooze(chosen, clear)}><${Icon} name="snooze" />Snooze</button>
		<button class="button small quiet" onClick=${clear}>Clear</button></div>`;
}
