// The story of a run in business words: what happened, what was tried, what is
// next. Made from the audit; plumbing is left to the Audit tab.
import { html } from '../vendor/preact.js';
import { Icon } from '../lib/icons.js';
import { now, ms } from '../lib/clock.js';
import { clock, day } from '../lib/format.js';
import { sentence } from '../lib/words.js';
import { Ago, Countdown, Empty } from '../ui/parts.js';

/** @typedef {import('../types.js').AuditEntry} AuditEntry */
/** @typedef {import('../types.js').Run} Run */
/**
 * @typedef {{ key: number, at: string, icon: string, tone: string,
 *	text: string, actor: string, more: string[] }} Beat
 */

/** How a kind of entry looks; the first that matches. Null: not a beat.
 * @type {[RegExp, [string, string] | null][]} */
const KINDS = [
	[/CASE_OPENED|FOCUS|CALL_INTENT|STEP_(ENTERED|STARTED)|CLAIM(ED)?$/, null],
	[/RECEIVED|CREATED|STARTED/, ['ticket', 'blue']],
	[/JOINED|EVENT/, ['ticket', 'blue']],
	[/CLASSIFIED/, ['flow', 'blue']],
	[/TASK_OPENED/, ['person', 'violet']],
	[/REJECT/, ['failed', 'red']],
	[/TASK_DECIDED|APPROVED|SIGNED/, ['done', 'green']],
	[/UNDONE/, ['undo', 'amber']],
	[/EXPIRED|TIMED_OUT/, ['timeout', 'red']],
	[/VOID/, ['canceled', 'amber']],
	[/REFUND|ACCEPTED|MESSAGE_SENT/, ['done', 'green']],
	[/HELD/, ['held', 'red']],
	[/FAILED|EXHAUSTED|ERROR/, ['failed', 'red']],
	[/BACK|RETRY/, ['backoff', 'amber']],
	[/PAUSE/, ['paused', 'grey']],
	[/CANCEL/, ['canceled', 'grey']],
	[/COMMENT/, ['comment', 'grey']],
	[/CLOSED|COMPLETED/, ['done', 'green']],
];

/** @param {AuditEntry} entry @returns {any} */
const dataOf = (entry) => entry.data && typeof entry.data === 'object' &&
	!Array.isArray(entry.data) ? entry.data : {};

/** @param {AuditEntry[]} entries @returns {Beat[]} */
export function beats(entries) {
	/** @type {Beat[]} */
	const list = [];
	/** Reads one after another are one look around. @type {Beat | null} */
	let look = null;
	for (const entry of entries) {
		const data = dataOf(entry);
		const rule = KINDS.find(([kind]) => kind.test(entry.kind));
		if (rule && rule[1] === null)
			continue;
		const call = entry.kind.startsWith('CALL');
		const bad = call && (/FAILED|UNKNOWN/.test(String(data.state ??
			data.result ?? '')) || /RETRYABLE|PERMANENT|UNKNOWN|THROTTLED/
			.test(String(data.class ?? '')));
		if (call && data.purpose === 'read' && !bad) {
			const what = String(data.operation ?? entry.message);
			if (look) {
				look.more.push(what);
				continue;
			}
			look = { key: entry.seq, at: entry.at, icon: 'eyes', tone: 'grey',
				text: 'Looked up', actor: '', more: [what] };
			list.push(look);
			continue;
		}
		look = null;
		const [icon, tone] = rule?.[1] || (call ? bad ? ['failed', 'red'] :
			['done', 'green'] : ['info', 'grey']);
		list.push({ key: entry.seq, at: entry.at, icon, tone,
			text: entry.message || sentence(entry.kind),
			actor: entry.actor === 'engine' ? '' : entry.actor, more: [] });
	}
	for (const beat of list)
		if (beat.icon === 'eyes')
			beat.text = `Looked up ${[...new Set(beat.more.map((name) =>
				sentence(name.replace(/\.get$/, '')).toLowerCase()))]
				.join(', ')}`;
	return list;
}

/** @param {{ entries: AuditEntry[], run: Run | null }} props */
export function StoryList({ entries, run }) {
	const list = beats(entries);
	if (!list.length)
		return html`<${Empty} icon="clock" title="Nothing has happened yet">
			${run?.next}</${Empty}>`;
	let last = '';
	return html`<ol class="story">${list.map((beat) => {
		const date = day(ms(beat.at));
		const head = date !== last ? date : '';
		last = date;
		return html`<li key=${beat.key} class=${`beat tone-${beat.tone}`}>
			${head && html`<div class="beat-day">${head}</div>`}
			<${Icon} name=${beat.icon} /><div class="beat-text"><span>${beat.text}
			</span>${beat.actor && html`<span class="muted"> · ${beat.actor}</span>`}
			</div><time class="beat-at muted num" datetime=${beat.at}
			title=${head || date}>${clock(ms(beat.at))}</time></li>`;
	})}${run && !run.closedAt && html`<${Next} run=${run} />`}</ol>`;
}

/** @param {{ run: Run }} props */
const Next = ({ run }) => html`<li class="beat next tone-accent"><${Icon}
	name="next" /><div class="beat-text"><strong>Next: </strong>${run.next ||
	run.reason || 'the engine decides'}</div>${run.dueAt && ms(run.dueAt) >
	now.value ? html`<span class="beat-at num">in <${Countdown}
	at=${run.dueAt} /></span>` : html`<span class="beat-at muted">since <${Ago}
	at=${run.updatedAt} /></span>`}</li>`;
