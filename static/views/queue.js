// The queue: rows in the server's order. Rows never jump: what is new waits
// behind a button, what is gone stays in place, dimmed, until then.
import { html, useEffect, useMemo, useRef, useState }
	from '../vendor/preact.js';
import { Icon } from '../lib/icons.js';
import { queryHref } from '../lib/route.js';
import { issueWord, actionWords } from '../lib/words.js';
import { initials, plural } from '../lib/format.js';
import { Ago, Changing, Id, Money, Sla } from '../ui/parts.js';
import { isMe } from '../lib/session.js';

/** @typedef {import('../types.js').Task} Task */

/**
 * Holds the order of rows still while the answers keep coming.
 * @param {Task[] | null} data newest answer
 * @param {string} view
 * @param {Set<string>} done what this person has just dealt with
 */
export function useRows(data, view, done) {
	const [order, setOrder] = useState(/** @type {{ view: string,
		ids: string[] }} */ ({ view: '', ids: [] }));
	const known = useRef(/** @type {Map<string, Task>} */ (new Map()));
	const byId = useMemo(() => new Map((data || []).map((t) =>
		[t.taskId, t])), [data]);
	for (const [id, task] of byId)
		known.current.set(id, task);
	const fits = order.view === view;
	const ids = (fits ? order.ids : []).filter((id) => !done.has(id) &&
		known.current.has(id));
	const shown = new Set(ids);
	const fresh = [...byId.keys()].filter((id) => !shown.has(id) &&
		!done.has(id));
	const gone = ids.filter((id) => !byId.has(id));
	const adopt = () => setOrder({ view, ids: [...byId.keys()] });
	const settled = ids.length > gone.length;
	useEffect(() => {
		if (data && (!fits || !settled && (fresh.length || gone.length)))
			adopt();
	}, [data, view, settled]);
	return {
		rows: ids.map((id) => /** @type {Task} */ (byId.get(id) ||
			known.current.get(id))),
		gone: data ? new Set(gone) : new Set(),
		fresh: fits ? fresh.length : 0,
		adopt,
	};
}

/** @param {Task} task @returns {string[]} */
export function riskWords(task) {
	const words = [];
	if (task.approvalsNeeded > 1)
		words.push(`${task.approvalCount}/${task.approvalsNeeded} signed`);
	if (task.supersedes)
		words.push('Facts changed');
	if (task.tier === 3)
		words.push('Tier 3');
	return words;
}

/** @param {{ name: string }} props */
const Owner = ({ name }) => html`<span title=${`Held by ${name}`}><span
	class=${`avatar${isMe(name) ? ' mine' : ''}`} aria-hidden="true">${
	initials(name)}</span><span class="sr">Held by ${name}</span></span>`;

/** @param {{ task: Task, selected: boolean, cursor: boolean, gone: boolean,
 *	picked: boolean, pick: (id: string) => void,
 *	open: (id: string, focus: boolean) => void }} props */
export function Row({ task, selected, cursor, gone, picked, pick, open }) {
	const minor = task.proposal?.amountMinor ?? task.amountMinor;
	return html`<li class=${`row${selected ? ' selected' : ''}${cursor ?
		' cursor' : ''}${gone ? ' gone' : ''}${picked ? ' picked' : ''}`}>
		<label class="row-check"><input type="checkbox" checked=${picked}
			tabindex="-1" aria-label=${`Select ${task.orderId}`}
			onChange=${() => pick(task.taskId)} /></label>
		<a class="row-link" id=${`row-${task.taskId}`}
			href=${queryHref({ task: task.taskId })}
			tabindex=${cursor ? 0 : -1}
			aria-current=${selected ? 'true' : undefined}
			onClick=${(/** @type {MouseEvent} */ e) => {
				if (e.metaKey || e.ctrlKey || e.shiftKey)
					return;
				e.preventDefault();
				open(task.taskId, e.detail === 0);
			}}>
			<span class="row-due"><${Sla} due=${task.dueAt}
				from=${task.createdAt} /></span>
			<span class="row-what"><${Id} id=${task.orderId} />${
				riskWords(task).map((word) => html`<span key=${word}
				class="tag">${word}</span>`)}</span>
			<span class="row-money"><${Changing} value=${minor}>${minor === null ||
				minor === undefined ? html`<span class="muted">No money</span>` :
				html`<${Money} minor=${minor} currency=${task.proposal
				?.currency || task.currency} />`}</${Changing}></span>
			<span class="row-age muted"><span class="sr">Opened </span><${Ago}
				at=${task.createdAt} /></span>
			<span class="row-action clip">${gone ? 'No longer in this view' :
				html`<strong>${issueWord(task.issueType)}</strong> · ${
				actionWords(task, false)}`}</span>
			<span class="row-end">${task.eventAt && html`<span
				class="row-event" title="Event starts"><${Icon}
				name="ticket" /><span class="sr">Event </span><${Ago}
				at=${task.eventAt} /></span>`}<${Changing}
				value=${task.claimedBy}>${task.claimedBy && html`<${Owner}
				name=${task.claimedBy} />`}</${Changing}></span>
		</a></li>`;
}

/** @param {{ fresh: number, gone: number, adopt: () => void }} props */
export function NewRows({ fresh, gone, adopt }) {
	if (!fresh && !gone)
		return null;
	const text = [fresh && `${fresh} new`, gone && `${gone} gone`]
		.filter(Boolean).join(' · ');
	return html`<button class="button small news" onClick=${adopt}><${Icon}
		name="retry" />${text}<span class="sr">: show ${plural(fresh + gone,
		'change')}</span></button>`;
}
