// The story of a run in business words: what happened, what was tried, what is
// next. Made from the audit; plumbing is left to the Audit tab.
import { html } from '../vendor/preact.js';
import { Icon } from '../lib/icons.js';
import { now, ms } from '../lib/clock.js';
import { clock, day } from '../lib/format.js';
import { VERBS, issueWord, plain, sentence, valueWords }
	from '../lib/words.js';
import { Ago, Countdown, Empty, Prose } from '../ui/parts.js';

/** @typedef {import('../types.js').AuditEntry} AuditEntry */
/** @typedef {import('../types.js').Run} Run */
/** @typedef {{ key: number, at: string, icon: string, tone: string,
 *	text: string, actor: string }} Beat */
/** @typedef {{ icon: string, tone: string,
 *	text?: (data: any, entry: AuditEntry) => string }} Telling
 *	text: '' leaves the entry out; none: the entry's own message */

/** What a kind of entry is in the story; kinds not here are told plainly.
 * @type {Record<string, Telling | null>} */
const TOLD = {
	ROUTED: null, STEP: null, CASE_OPENED: null, FOCUS: null, CALL_INTENT: null,
	TASK_CLAIMED: null, TASK_DONE: null, SIGNAL_CONSUMED: null, WAITING: null,
	RECEIVED: { icon: 'ticket', tone: 'blue' },
	JOINED: { icon: 'ticket', tone: 'blue' },
	GATHERED: { icon: 'eyes', tone: 'grey', text: gathered },
	CLASSIFIED: { icon: 'flow', tone: 'blue', text: (data, entry) =>
		data.issueType ? `Classified as ${issueWord(data.issueType)
			.toLowerCase()}, tier ${data.tier}` : entry.message },
	// A choice is told only when it gave a reason in words.
	CHOSEN: { icon: 'warning', tone: 'amber', text: (_, entry) =>
		/^[^,]+, (.+)$/s.exec(entry.message)?.[1] || '' },
	CALL_RESULT: { icon: 'done', tone: 'green', text: called },
	CALL_LATE: { icon: 'clock', tone: 'amber' },
	ACCEPTED_CONFIRMED: { icon: 'done', tone: 'green',
		text: () => 'The buyer has accepted the tickets' },
	REFUND_EXECUTED: { icon: 'money', tone: 'green',
		text: () => 'The refund was executed' },
	MESSAGE_SENT: { icon: 'comment', tone: 'green',
		text: () => 'The buyer was told' },
	TASK_OPENED: { icon: 'person', tone: 'violet' },
	TASK_RETURNED: { icon: 'person', tone: 'grey' },
	TASK_SNOOZED: { icon: 'snooze', tone: 'grey' },
	TASK_SIGNED: { icon: 'done', tone: 'blue' },
	TASK_DECIDED: { icon: 'done', tone: 'green' },
	TASK_EXPIRED: { icon: 'timeout', tone: 'red' },
	TASK_ESCALATED: { icon: 'person', tone: 'amber' },
	TASK_VOID: { icon: 'canceled', tone: 'amber' },
	DECISION_UNDONE: { icon: 'undo', tone: 'amber' },
	COMMENT: { icon: 'comment', tone: 'grey' },
	OPERATOR_ACTION: { icon: 'user', tone: 'blue' },
	SIGNAL_RECEIVED: { icon: 'signal', tone: 'blue' },
	BACKING_OFF: { icon: 'backoff', tone: 'amber' },
	BLOCKED: { icon: 'blocked', tone: 'orange' },
	PAUSED: { icon: 'paused', tone: 'grey' },
	RESUMED: { icon: 'play', tone: 'blue' },
	HELD: { icon: 'held', tone: 'red' },
	CANCELING: { icon: 'canceling', tone: 'grey' },
	CLOSED: { icon: 'done', tone: 'green' },
};

/** @param {any} data which source answered how */
function gathered(data) {
	const names = Object.keys(data);
	const bad = names.filter((name) => data[name] !== 'ok');
	const list = (/** @type {string[]} */ l) => l.map((n) =>
		sentence(n).toLowerCase()).join(', ');
	return names.length ? `Looked up ${list(names)}${bad.length ?
		`; no answer from ${list(bad)}` : ''}` : 'Looked around';
}

/** @param {any} data of an effect @param {AuditEntry} entry */
function called(data, entry) {
	const name = `${data.adapter ?? ''}.${data.operation ?? ''}`;
	const verb = VERBS[name] || sentence(name);
	if (!data.operation)
		return entry.message;
	if (data.class && data.class !== 'OK')
		return `${verb}, attempt ${data.attempt}: ${data.error ||
			sentence(data.class)}`;
	const status = data.answer?.status;
	return status ? `${verb}: ${valueWords('status', status).toLowerCase()}` :
		`${verb}: done`;
}

/** @param {AuditEntry} entry @returns {any} */
const dataOf = (entry) => entry.data && typeof entry.data === 'object' &&
	!Array.isArray(entry.data) ? entry.data : {};

/** What went well or badly shows, whatever the kind.
 * @param {AuditEntry} entry @param {any} data @param {Telling} told
 * @returns {[string, string]} */
function dress(entry, data, told) {
	if (entry.kind === 'CALL_RESULT' && data.class && data.class !== 'OK')
		return data.class === 'UNKNOWN' ? ['unknown', 'amber'] :
			['failed', 'red'];
	if (entry.kind === 'CALL_RESULT' && /FAIL|DECLIN|SILENT|NOT_/
		.test(String(data.answer?.status)))
		return ['failed', 'amber'];
	if (entry.kind === 'TASK_DECIDED' && data.approved === false)
		return ['failed', 'red'];
	if (entry.kind === 'CLOSED' && data.state !== 'COMPLETED')
		return ['canceled', 'grey'];
	return [told.icon, told.tone];
}

/** @param {AuditEntry[]} entries @returns {Beat[]} */
export function beats(entries) {
	/** @type {Beat[]} */
	const list = [];
	for (const entry of entries) {
		const known = TOLD[entry.kind];
		if (known === null)
			continue;
		const told = known || { icon: 'info', tone: 'grey' };
		const data = dataOf(entry);
		const text = told.text ? told.text(data, entry) : entry.message;
		// Looking again before each attempt is plumbing, unless it failed.
		const again = entry.kind === 'GATHERED' && list.length > 1 &&
			Object.values(data).every((how) => how === 'ok');
		if (!text || again)
			continue;
		const [icon, tone] = dress(entry, data, told);
		// Who did it stands beside it, unless the text begins with the name.
		const actor = /^(mend|engine)$/.test(entry.actor) ||
			text.includes(entry.actor) ? '' : entry.actor;
		list.push({ key: entry.seq, at: entry.at, icon, tone,
			text: plain(text), actor });
	}
	return list;
}

/** @param {{ entries: AuditEntry[], run: Run | null }} props */
export function StoryList({ entries, run }) {
	const list = beats(entries);
	if (!list.length)
		return html`<${Empty} icon="clock" title="Nothing has happened yet"
			><${Prose} text=${run?.next} /></${Empty}>`;
	let last = '';
	return html`<ol class="story">${list.map((beat) => {
		const date = day(ms(beat.at));
		const head = date !== last ? date : '';
		last = date;
		return html`<li key=${beat.key} class=${`beat tone-${beat.tone}`}>
			${head && html`<div class="beat-day">${head}</div>`}
			<${Icon} name=${beat.icon} /><div class="beat-text"><span><${Prose}
			text=${beat.text} /></span>${beat.actor && html`<span class="muted"> · ${
			beat.actor}</span>`}</div><time class="beat-at muted num"
			datetime=${beat.at} title=${date}>${clock(ms(beat.at))}</time></li>`;
	})}${run && !run.closedAt && html`<${Next} run=${run} />`}</ol>`;
}

/** @param {{ run: Run }} props */
const Next = ({ run }) => html`<li class="beat next tone-accent"><${Icon}
	name="next" /><div class="beat-text"><strong>Next: </strong><${Prose}
	text=${run.next || run.reason || 'the engine decides'} /></div>${run.dueAt &&
	ms(run.dueAt) > now.value ? html`<span class="beat-at num">in <${Countdown}
	at=${run.dueAt} /></span>` : html`<span class="beat-at muted">since <${Ago}
	at=${run.updatedAt} /></span>`}</li>`;
