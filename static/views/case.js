// The case: one sentence of what will happen, why automation stopped, the
// evidence, what happened so far, and the decision bar that stays in sight.
import { html, useEffect, useRef, useState }
	from '../vendor/preact.js';
import { usePoll } from '../lib/poll.js';
import { post, seg, withQuery, asProblem, offline } from '../lib/api.js';
import { now, ms } from '../lib/clock.js';
import { venueTime, plural } from '../lib/format.js';
import { workflowHref } from '../lib/route.js';
import { Icon } from '../lib/icons.js';
import { TASK_STATES, actionWords, issueWord, sentence, reasonWord }
	from '../lib/words.js';
import { hasRole, isMe } from '../lib/session.js';
import { comments, keepDraft } from '../lib/drafts.js';
import { useKeys } from '../lib/keys.js';
import { Ago, Changing, Empty, ErrorBar, Id, Money, Person, Prose, Skeleton,
	Sla,
State } from '../ui/parts.js';
import { caseFocus, comment, heldByOther, isMine, taskUrl } from './actions.js';
import { Changes, Contacts, Evidence, Seats, Section, TriedList, Why }
	from './evidence.js';
import { DecisionBar } from './decide.js';
import { Ways } from './ways.js';
import { StoryList } from './story.js';

/** @typedef {import('../types.js').Task} Task */
/** @typedef {import('../types.js').AuditEntry} AuditEntry */
/** @typedef {import('../types.js').Run} Run */

/** Tells the server that a person looks at the case.
 * @param {string} id @param {Task | null} task */
function useSeen(id, task) {
	const mine = useRef(false);
	mine.current = task !== null && isMine(task);
	useEffect(() => {
		/** @param {'CASE_OPENED'|'FOCUS'} kind */
		const tell = (kind) => void post(`${taskUrl(id)}/seen`, { kind })
			.catch(() => {});	// counted for KPIs only: never in the way
		// Passing over a case with j or k is not opening it.
		const first = setTimeout(() => tell('CASE_OPENED'), 700);
		const still = setInterval(() => {
			if (document.visibilityState !== 'visible')
				return;
			tell('FOCUS');
			// A claim is a lease: it lasts as long as one is still at it.
			if (mine.current)
				void post(`${taskUrl(id)}/claim`, {}).catch(() => {});
		}, 60000);
		return () => {
			clearTimeout(first);
			clearInterval(still);
		};
	}, [id]);
}

/** @param {{ id: string, back: string, finish: (id: string,
 *	open: boolean) => void }} props */
export function CasePanel({ id, back, finish }) {
	const polled = usePoll(taskUrl(id));
	const task = /** @type {Task | null} */ (polled.data);
	const run = task && `/v1/runs/${seg(task.runId)}`;
	const file = usePoll(run && `${run}/casefile`, 10000).data;
	const audit = usePoll(run && `${run}/audit?limit=200`, 10000);
	const entries = /** @type {AuditEntry[]} */ (audit.data?.data || []);
	const heading = useRef(/** @type {HTMLElement | null} */ (null));
	useSeen(id, task);
	useEffect(() => {
		if (caseFocus.value === id && task && heading.current) {
			caseFocus.value = '';
			heading.current.focus({ preventScroll: true });
		}
	}, [caseFocus.value, task !== null]);

	if (!task)
		return html`<article class="case" aria-label="Case"><div
			class="case-scroll"><a class="button quiet case-back" href=${back}>
			<${Icon} name="back" />Back to the queue</a>${polled.error?.status ===
			404 ? html`<${Empty} icon="unknown" title="There is no such case">
			<a class="button" href=${back}>Back to the queue</a></${Empty}>` :
			html`<${ErrorBar} problem=${polled.error} retry=${polled.reload} />`}
			${polled.slow && html`<${Skeleton} rows=${10} />`}</div></article>`;
	const body = /** @type {import('../types.js').CaseFile | null} */
		(file?.caseFile || (file?.order || file?.sources ? file : null));
	const order = body?.order, event = body?.event;
	return html`<article class="case" aria-labelledby="case-title">
		<div class="case-scroll">
		<header class="case-head">
			<a class="button quiet case-back" href=${back}><${Icon}
				name="back" />Queue</a>
			<div class="case-line"><${Sla} due=${task.dueAt}
				from=${task.createdAt} /><${Changing} value=${task.state}><${State}
				looks=${TASK_STATES} state=${task.state} /></${Changing}>
				${task.tier && html`<span class="tag">Tier ${task.tier}</span>`}
				${order?.vip && html`<span class="tag violet"><${Icon}
				name="star" />VIP</span>`}
				<span class="grow" /><a class="button quiet small"
				href=${`${workflowHref(task.workflowId)}?run=${seg(task
				.runId)}`}><${Icon} name="flow" />Workflow</a></div>
			<h2 id="case-title" tabindex="-1" ref=${heading}><${Id}
				id=${task.orderId} /> <span class="case-issue">${issueWord(task
				.issueType)}</span></h2>
			<${Subtitle} task=${task} order=${order} event=${event} />
			<${Watchers} task=${task} entries=${entries} />
		</header>
		<${ErrorBar} problem=${polled.error} retry=${polled.reload} old=${polled.at} />
		${(task.proposal?.alternatives?.length || 0) > 1 ? html`<${Ways}
			task=${task} />` : html`<${WhatWillHappen} task=${task} />`}
		<${Changes} task=${task} />
		<${Why} task=${task} />
		<${Seats} order=${order} />
		<${Evidence} task=${task} file=${body} />
		<${TriedList} task=${task} file=${body} />
		<${Contacts} order=${order} />
		<${Signatures} task=${task} />
		<${Similar} task=${task} />
		<details class="block story-fold"><summary><h3>Story${entries.length ?
			html` <span class="count num">${entries.length}</span>` : null}</h3>
			</summary><${StoryList} entries=${entries} run=${task.run || null} />
		</details>
		<${Comments} task=${task} entries=${entries} />
		</div>
		<${DecisionBar} task=${task} finish=${finish} />
	</article>`;
}

/** @param {{ task: Task, order: any, event: any }} props */
function Subtitle({ task, order, event }) {
	const at = event?.startsAt || task.eventAt;
	const parts = [event?.name, event?.venue].filter(Boolean).map(String);
	return html`<p class="case-sub">${parts.length > 0 && html`<span>${parts
		.join(', ')}</span>`}${at && html`<span>${venueTime(at, event
		?.timezone)} · <strong><${Ago} at=${at} /></strong></span>`}
		${event?.status && event.status !== 'ON' && html`<span
		class="tag amber">${sentence(String(event.status))}</span>`}
		${order && html`<span>${[order.buyer?.name, order.quantity &&
		plural(order.quantity, 'ticket')].filter(Boolean).join(' · ')}
		${order.totalMinor !== undefined && html` · <${Money}
		minor=${order.totalMinor} currency=${order.currency} /> in all`}</span>`}
	</p>`;
}

/** Who holds the case, and who else looks at it.
 * @param {{ task: Task, entries: AuditEntry[] }} props */
function Watchers({ task, entries }) {
	const minute = Math.floor(now.value / 15000) * 15000;
	const others = new Set(entries.filter((e) => (e.kind === 'CASE_OPENED' ||
		e.kind === 'FOCUS') && minute - ms(e.at) < 90000 &&
		!isMe(e.actor)).map((e) => e.actor));
	others.delete(task.claimedBy || '');
	if (!heldByOther(task, minute) && !isMine(task) && !others.size)
		return null;
	return html`<p class="watchers">${task.claimedBy && isMine(task) ?
		html`<span><${Person} name="You" /> hold this case; the claim ends <${Ago}
		at=${task.claimUntil} /></span>` : heldByOther(task, minute) ?
		html`<span class="tone-amber"><${Person} name=${task.claimedBy} /> holds
		this case; the claim ends <${Ago} at=${task.claimUntil} /></span>` : null}
		${[...others].map((name) => html`<span key=${name}><${Icon} name="eyes" />
		${name} is viewing</span>`)}</p>`;
}

/** @param {{ task: Task }} props */
function WhatWillHappen({ task }) {
	const p = task.proposal || {};
	const minor = p.amountMinor ?? task.amountMinor;
	const system = p.action?.operation.split('.')[0];
	return html`<section class="proposal" aria-label="What will happen">
		<p class="proposal-text"><${Changing} value=${p.text}><${Prose}
			text=${p.text || `${actionWords(task)}.`} /></${Changing}></p>
		<dl class="proposal-facts">
			${minor !== null && minor !== undefined && html`<div><dt>Amount</dt>
				<dd><${Changing} value=${minor}><${Money} minor=${minor}
				currency=${p.currency || task.currency} /></${Changing}></dd></div>`}
			${p.payee && html`<div><dt>Payee</dt><dd>${p.payee}</dd></div>`}
			<div><dt>System</dt><dd>${system ? sentence(system) :
				'None: nothing is sent'}</dd></div>
			${system && html`<div><dt>Can be reversed</dt><dd>${p.reversible ===
				true ? 'Yes' : p.reversible === false ? html`<span
				class="tone-orange state"><${Icon} name="lock" />No</span>` :
				'Not known'}</dd></div>`}
		</dl>
		${p.rejectText && html`<p class="proposal-reject muted">If you reject:
			${' '}<${Prose} text=${p.rejectText} /></p>`}
	</section>`;
}

/** @param {{ task: Task }} props */
function Signatures({ task }) {
	if (!task.decisions?.length)
		return null;
	return html`<${Section} title="Decisions" count=${task.decisions.length}>
		<ol class="signatures">${task.decisions.map((d, i) => html`<li key=${i}
		class=${d.undoneAt ? 'undone' : ''}><span class=${`state ${d.approved ?
		'tone-green' : 'tone-red'}`}><${Icon} name=${d.approved ? 'done' :
		'failed'} />${d.approved ? 'Approved' : 'Rejected'}</span><${Person}
		name=${d.actor} /><span class="muted">${d.role} · <${Ago} at=${d.decidedAt}
		/></span>${d.undoneAt && html`<span class="tag">undone</span>`}${d.notes &&
		html`<q class="note">${d.notes}</q>`}</li>`)}</ol>
		${task.reasonCode && html`<p class="muted">Reason: ${reasonWord(task
		.reasonCode)}</p>`}</${Section}>`;
}

/** @param {{ task: Task }} props */
function Similar({ task }) {
	const found = usePoll(task.issueType ? withQuery('/v1/runs', { open: false,
		issue: task.issueType, limit: 6 }) : null, 60000);
	const runs = /** @type {Run[]} */ (found.data?.data || [])
		.filter((r) => r.runId !== task.runId).slice(0, 5);
	if (!runs.length)
		return null;
	return html`<${Section} title="Similar cases">
		<ul class="similar">${runs.map((r) => html`<li key=${r.runId}><a
		href=${workflowHref(r.workflowId)}><${Id} id=${r.orderId} /></a><span
		class="grow clip">${sentence(r.outcome || r.state)}${r.result && r.result
		!== 'NONE' ? html` <span class="muted">· ${sentence(r.result)}</span>` :
		null}</span><span class="nowrap"><${Money} minor=${r.amountMinor}
		currency=${r.currency} /></span><span class="muted nowrap"><${Ago}
		at=${r.closedAt} /></span></li>`)}</ul></${Section}>`;
}

/** @param {AuditEntry} entry */
const commentText = (entry) => {
	const text = /** @type {any} */ (entry.data)?.text;
	return typeof text === 'string' ? text : entry.message;
};

/** @param {{ task: Task, entries: AuditEntry[] }} props */
function Comments({ task, entries }) {
	const box = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
	const past = useRef(/** @type {HTMLElement | null} */ (null));
	const [busy, setBusy] = useState(false);
	const [problem, setProblem] = useState(
		/** @type {import('../types.js').Problem | null} */ (null));
	const list = entries.filter((e) => /COMMENT/.test(e.kind));
	const barred = offline.value ? 'Offline: nothing can be sent' :
		hasRole('agent') ? '' : 'This needs the role agent';
	const draft = comments.value[task.taskId] || '';
	useKeys([{ key: 'm', label: `Comment on ${task.orderId}`, group: 'Case',
		icon: 'comment', run: () => box.current?.focus() }]);
	/** @param {Event} event */
	const send = async (event) => {
		event.preventDefault();
		const text = draft.trim();
		if (!text || busy || barred)
			return;
		setBusy(true);
		setProblem(null);
		try {
			await comment(task.runId, text);
			keepDraft(comments, task.taskId, '');
		} catch (error) {
			setProblem(asProblem(error));
		}
		setBusy(false);
	};
	return html`<${Section} title="Comments" count=${list.length}>
		<ol class="comments" tabindex="-1" ref=${past} aria-label="Comments">${list.map((e) => html`<li key=${e.seq}><${Person}
		name=${e.actor} /><span class="muted"><${Ago} at=${e.at} /></span>
		<p>${commentText(e)}</p></li>`)}</ol>
		<form class="comment-form" onSubmit=${send}><textarea ref=${box}
			class="input" rows="2" maxlength="4000" aria-label="Comment"
			placeholder="For whoever looks at this next" value=${draft}
			onInput=${(/** @type {any} */ e) => keepDraft(comments, task.taskId,
		e.target.value)} onKeyDown=${(/** @type {KeyboardEvent} */ e) => {
		if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) {
			void send(e);
		} else if (e.key === 'Escape') {
			e.preventDefault();	// leaves the box, not the case
			past.current?.focus();
		}
	}} /><${ErrorBar} problem=${problem} />
			<button class="button small" disabled=${barred !== '' || busy}
			title=${barred}>${busy ? 'Sending…' : 'Comment'}</button></form></${Section}>`;
}
