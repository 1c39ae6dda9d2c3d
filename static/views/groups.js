// Open workflows by what they belong to: one cancelled event or one silent
// seller is hundreds of orders. Decide once for the group.
import { html } from '../vendor/preact.js';
import { usePoll } from '../lib/poll.js';
import { get, seg, withQuery, offline } from '../lib/api.js';
import { route } from '../lib/route.js';
import { toast, toastError } from '../lib/notices.js';
import { plural } from '../lib/format.js';
import { APPROVE_REASONS, REJECT_REASONS, issueWord } from '../lib/words.js';
import { hasRole } from '../lib/session.js';
import { openDialog } from '../ui/dialog.js';
import { Countdown, Empty, ErrorBar, Money, Skeleton } from '../ui/parts.js';
import { askBulk, makeBulk } from './bulk.js';
import { REASON } from './steer.js';
import { wayWord } from './ways.js';

/** @typedef {import('../types.js').Group} Group */

const BY = /** @type {const} */ ([['event', 'Event'], ['seller', 'Seller'],
	['venue', 'Venue'], ['platform', 'Platform']]);

/** Shows what one of them asks, and asks what holds for all.
 * @param {string} by @param {Group} group @param {string} issue
 * @param {boolean} approved */
async function decideFor(by, group, issue, approved) {
	const filter = { [by]: group.ref, issue, open: true };
	/** @type {import('../types.js').Task} */
	let task;
	try {
		const found = await get(withQuery('/v1/runs', { ...filter,
			state: 'WAITING_TASK', limit: 1 }));
		const taskId = found.data[0]?.waitingFor?.taskId;
		if (!taskId) {
			toast({ tone: 'plain', text: 'Nothing of it waits for a person' });
			return;
		}
		task = await get(`/v1/tasks/${seg(taskId)}`);
	} catch (error) {
		toastError('The question could not be read', error);
		return;
	}
	const ways = approved ? task.proposal.alternatives || [] : [];
	const codes = task.proposal.reasonCodes?.[approved ? 'approve' : 'reject'];
	openDialog({
		title: `${approved ? 'Approve' : 'Reject'} once for ${group.ref}: ${
			issueWord(issue)}`,
		confirm: 'Preview', tone: approved ? 'accent' : 'danger',
		lines: [`One of them, ${task.orderId}, asks: ${approved ? task.proposal
			.text : task.proposal.rejectText || task.title}`,
		'Each is judged by itself, under your limits, and bound to what its ' +
			'own question shows now; what does not fit is left out with its reason.',
		'Nothing happens before you have seen the preview.'],
		fields: [...ways.length ? [/** @type {import('../ui/dialog.js').Field} */
			({ name: 'alternative', label: 'What will happen', kind: 'choice',
				options: ways.map((w) => [w.name, wayWord(w), w.text]) })] : [],
		{ name: 'reasonCode', label: 'Reason', kind: 'select', options: codes ?
			codes.map(({ code, label }) => [code, label]) : (approved ?
				APPROVE_REASONS : REJECT_REASONS).map(([code, word]) =>
				[code, word]) },
		{ ...REASON, label: 'Why for all of them' }],
		submit: ({ reason, reasonCode, alternative }) => makeBulk({
			operation: 'decide', filter, reason, decision: { approved, reasonCode,
				notes: reason, ...alternative && { alternative } } }),
	});
}

export function Groups() {
	const asked = route.value.query.get('by');
	const by = BY.some(([id]) => id === asked) ? String(asked) : 'event';
	const polled = usePoll(withQuery('/v1/groups', { by, limit: 50 }), 10000);
	const groups = /** @type {Group[] | null} */ (polled.data?.data || null);
	return html`<div class="page groups">
		<header class="page-head"><h1>Groups</h1><span class="grow" /><a
			class="button small" href="/ui/bulk">Many at once</a><a
			class="button small" href="/ui/workflows">Workflows</a></header>
		<nav class="quick" aria-label="By">${BY.map(([id, word]) => html`<a
			key=${id} class="chip-link" href=${`/ui/groups?by=${id}`}
			aria-current=${id === by ? 'true' : undefined}>${word}</a>`)}</nav>
		<${ErrorBar} problem=${polled.error} retry=${polled.reload}
			old=${groups !== null && polled.at} />
		${!groups && polled.slow && html`<${Skeleton} rows=${8} />`}
		${groups && !groups.length && html`<${Empty} icon="flow"
			title="No open workflow belongs to one"><p>A run knows its event, seller,
			venue and platform once it has read its order.</p></${Empty}>`}
		${groups && groups.length > 0 && html`<div class="table-box"><table
			class="table plain"><thead><tr><th scope="col">${BY.find(([id]) => id
			=== by)?.[1]}</th><th scope="col" class="right">Open</th><th
			scope="col">Issues</th><th scope="col" class="right">Wait for a person
			</th><th scope="col" class="right">Held</th><th scope="col"
			class="right">Amounts</th><th scope="col" class="right">Next deadline
			</th><th scope="col"><span class="sr">What can be done</span></th></tr>
			</thead><tbody>${groups.map((g) => html`<${Row} key=${g.ref} group=${g}
			by=${by} />`)}</tbody></table></div>`}
	</div>`;
}

/** @param {{ group: Group, by: string }} props */
function Row({ group: g, by }) {
	const why = offline.value ? 'Offline: nothing can be sent' :
		hasRole('agent') ? '' : 'This needs the role agent';
	const [issue] = g.issueTypes.filter((i) => i.issueType)
		.sort((a, b) => b.count - a.count);
	const name = issue?.issueType || '';
	// A decision for many is for one issue: never call it all of the group.
	const alone = g.issueTypes.length === 1;
	return html`<tr><th scope="row" class="nowrap"><a class="mono" href=${withQuery(
		'/ui/workflows', { q: `${by}:${g.ref} open:true` })}>${g.ref}</a></th>
		<td class="right num" data-label="Open">${g.runs}</td>
		<td data-label="Issues">${g.issueTypes.map((i) => `${issueWord(i
		.issueType)} ${i.count}`).join(', ')}</td>
		<td class="right num" data-label="Wait for a person">${g.waitingTask}</td>
		<td class="right num" data-label="Held">${g.held}</td>
		<td class="right" data-label="Amounts">${g.amounts.map((a) => html`<span
		key=${a.currency}><${Money} minor=${a.amountMinor} currency=${a.currency}
		/> </span>`)}</td>
		<td class="right nowrap" data-label="Next deadline">${g.nextDeadlineAt ?
		html`<${Countdown} at=${g.nextDeadlineAt} />` : '–'}</td>
		<td class="adapter-actions">${g.waitingTask > 0 && name && !alone &&
		html`<span class="until muted">${issueWord(name)}, ${issue.count}:</span>`}<span class="row-buttons">${g.waitingTask > 0 &&
		name && [true, false].map((approved) => html`<button
		key=${String(approved)} class="button small" disabled=${why !== ''}
		title=${why || issueWord(name)} onClick=${() => void decideFor(by, g, name,
		approved)}>${approved ? 'Approve' : 'Reject'} ${alone ? 'all' : 'these'}
		<span class="sr"> ${g.ref}</span></button>`)}<button class="button small" disabled=${why !== ''}
		title=${why || plural(g.runs, 'workflow')} onClick=${() => askBulk(g
		.filter)}>More…<span class="sr"> ${g.ref}</span></button></span></td></tr>`;
}
