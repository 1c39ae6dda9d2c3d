// What an operator can do about a run: when, by which role, and what it does in
// words before it is done. What the server offers (why.whatYouCanDo) decides;
// the words here say what its one line leaves out.
import { html } from '../vendor/preact.js';
import { refreshAll } from '../lib/poll.js';
import { get, post, seg, withQuery, offline } from '../lib/api.js';
import { now, ms } from '../lib/clock.js';
import { go, workflowHref } from '../lib/route.js';
import { announce, toastError } from '../lib/notices.js';
import { plain, sentence } from '../lib/words.js';
import { hasRole } from '../lib/session.js';
import { stepWord } from '../ui/graph.js';
import { openDialog } from '../ui/dialog.js';
import { graphUrl } from './playbook.js';

/** @typedef {import('../types.js').Run} Run */
/** @typedef {import('../ui/dialog.js').Field} Field */
/**
 * @typedef {{ id: string, word: string, icon: string, tone?: 'danger',
 *	more?: boolean, not: string, preview: (run: Run) => string[],
 *	fields?: (run: Run) => Promise<Field[]> }} Action
 *	more: stands behind "More"; not: why it cannot be done where the server
 *	does not offer it
 */

/** @type {Field} */
export const REASON = { name: 'reason', label: 'Reason', kind: 'text',
	required: true, hint: 'Stands in the audit beside your name.' };

export const PRIORITIES = /** @type {[string, string, string][]} */ ([
	['0', 'Urgent', 'before all others'], ['1', 'High', ''],
	['2', 'Normal', ''], ['3', 'Low', 'when nothing else waits']]);

/** @param {Run} run */
const step = (run) => `“${sentence(run.step || 'the first')}”`;

/** @type {Action[]} */
export const ACTIONS = [
	{ id: 'retry', word: 'Retry now', icon: 'retry',
		not: 'Only what backs off, is blocked or held can be retried',
		preview: (run) => [
			`Step ${step(run)} runs at once${run.dueAt && ms(run.dueAt) >
				now.value ? ' instead of at its next time' : ''}.`,
			run.state === 'HELD' ? 'It is no longer held; the attempts start ' +
				'anew.' : `This is attempt ${run.attempt + 1} of ${
				run.maximumAttempts || '?'}.`,
			'A call that was sent before keeps its key: nothing happens twice.'] },
	{ id: 'pause', word: 'Pause', icon: 'paused',
		not: 'It cannot be paused as it stands',
		preview: () => ['Nothing new starts until somebody resumes it.',
			'A call in flight is still answered and written down.',
			'Deadlines go on running: the due time of its task, its time-out, ' +
			'the start of the event.'] },
	{ id: 'resume', word: 'Resume', icon: 'play', not: 'It is not paused',
		preview: (run) => [`It goes on at step ${step(run)}.`,
			'What came due while it was paused happens now.'] },
	{ id: 'cancel', word: 'Cancel', icon: 'stop', tone: 'danger',
		not: 'It is being canceled',
		preview: (run) => [
			`The workflow of ${run.orderId} ends as Canceled; this cannot be ` +
			'taken back.',
			'Calls in flight are waited for, then what it did is undone: ' +
			'compensations run.',
			run.state === 'WAITING_TASK' ? 'The open question to a person is ' +
				'withdrawn.' : 'The order itself stays as it is.'] },
	{ id: 'priority', word: 'Priority', icon: 'sort', more: true,
		not: 'It is closed',
		preview: (run) => [`Now: ${PRIORITIES[run.priority]?.[1] ||
			run.priority}. It changes who comes first when a system is full, ` +
			'and nothing else.'],
		fields: async (run) => [{ name: 'priority', label: 'Priority',
			kind: 'choice', value: String(run.priority), options: PRIORITIES }] },
	{ id: 'replay', word: 'Replay from a step', icon: 'replay', more: true,
		not: 'Only a closed run is replayed: it becomes a new one',
		preview: (run) => [`A new run of ${run.orderId} starts at the chosen ` +
			'step, with the case file as it is.',
		'Effects that happened are kept: a step that would do one again takes ' +
			'its recorded answer.'],
		fields: replaySteps },
	{ id: 'kill', word: 'Kill', icon: 'kill', tone: 'danger', more: true,
		not: 'It is closed',
		preview: (run) => [
			`The workflow of ${run.orderId} ends at once, and nothing is undone: ` +
			'compensations do not run. Cancel is the orderly way.',
			'Calls in flight are not waited for; one of unknown outcome stays so.',
			'A money call of unknown outcome goes on blocking the order’s next ' +
			'one until somebody settles it.'] },
];

/** @param {Run} run @returns {Promise<Field[]>} */
async function replaySteps(run) {
	if (!run.playbook || !run.playbookVersion)
		return [];
	/** @type {import('../types.js').Graph} */
	const graph = await get(withQuery(graphUrl(run.playbook),
		{ runId: run.runId }));
	const steps = graph.nodes.filter((n) => !['finish', 'route', 'hold']
		.includes(n.kind));
	return [{ name: 'step', label: 'From step', kind: 'select',
		value: steps.some((n) => n.step === run.step) ? run.step || '' :
			steps[0]?.step, options: steps.map((n) => [n.step, `${stepWord(n
			.step)}${n.taken ? '' : ' (never reached)'}`]) }];
}

/** Why this person cannot do it now; empty: he can.
 * @param {Run} run @param {Action} action */
export function hindered(run, action) {
	if (offline.value)
		return 'Offline: nothing can be sent';
	if (!hasRole('agent'))
		return 'This needs the role agent';
	return run.why.whatYouCanDo.some((o) => o.do === action.id) ? '' :
		action.not;
}

/** @param {Run} run @param {Action} action */
export async function act(run, action) {
	/** @type {Field[]} */
	let fields = [];
	try {
		fields = await action.fields?.(run) || [];
	} catch (error) {
		toastError(`${action.word}: not now`, error);
		return;
	}
	openDialog({
		title: `${action.word}: ${run.orderId}`,
		confirm: ['cancel', 'kill'].includes(action.id) ?
			`${action.word} ${run.orderId}` : action.word,
		tone: action.tone || 'accent',
		lines: action.preview(run),
		fields: [...fields, REASON],
		submit: async ({ reason, priority, step: from }) => {
			const answer = await post(`/v1/runs/${seg(run.runId)}/${action.id}`, {
				reason, ...priority && { priority: Number(priority) },
				...from && { step: from } });
			announce(`${action.word}: done`);
			if (action.id === 'replay' && answer.runId)
				go(`${workflowHref(run.workflowId)}?run=${seg(answer.runId)}`);
			refreshAll();
		},
	});
}

/** What became of a call that nobody knows the outcome of, in a person's word.
 * @param {Run} run @param {string} callId @param {string} operation
 * @param {boolean} happened */
export function settle(run, callId, operation, happened) {
	openDialog({
		title: `${operation}: it ${happened ? 'happened' : 'did not happen'}`,
		confirm: happened ? 'It happened' : 'It did not happen',
		tone: happened ? 'accent' : 'danger',
		lines: happened ? [
			'The call counts as done and is not sent again.',
			'The run goes on from there; the order’s next money action is no ' +
			'longer blocked by it.',
			'Look into the system itself first: Mend takes your word.'] : [
			'The call counts as not done: the run may send it anew, or take the ' +
			'way it has for a failure.',
			html`<strong>If it did happen after all, it can happen twice.</strong>`,
			'Look into the system itself first: Mend takes your word.'],
		fields: [{ ...REASON, hint: 'Where you looked and what you saw. Stands ' +
			'in the audit beside your name. Money needs a supervisor.' }],
		submit: async ({ reason }) => {
			await post(`/v1/runs/${seg(run.runId)}/settle`, { callId, happened,
				reason });
			announce(`${plain(operation)} is settled`);
			refreshAll();
		},
	});
}
