// What a person does with a task. Each goes to the server at once with the
// version that was shown; what the server answers goes into every view.
import { signal } from '../vendor/preact.js';
import { post, seg, withQuery, ApiError } from '../lib/api.js';
import { remember, refreshAll } from '../lib/poll.js';
import { toast, toastError, watchDecision, announce } from '../lib/notices.js';
import { actionWords, plain } from '../lib/words.js';
import { openDialog } from '../ui/dialog.js';
import { serverNow } from '../lib/clock.js';
import { duration } from '../lib/format.js';
import { isMe } from '../lib/session.js';
import { asChosen } from './ways.js';

/** @typedef {import('../types.js').Task} Task */

/** The case whose heading wants the focus. */
export const caseFocus = signal('');

/** @param {string} id */
export const taskUrl = (id) => `/v1/tasks/${seg(id)}`;

/** @param {Task} task as answered by a write, which knows no run
 * @param {Task} before */
export function rememberTask(task, before) {
	remember(taskUrl(task.taskId), { ...task, run: task.run || before.run });
}

/** Whether somebody else holds it now. @param {Task} task @param {number} now */
export const heldByOther = (task, now) => task.state === 'CLAIMED' &&
	task.claimedBy !== null && !isMe(task.claimedBy) &&
	(!task.claimUntil || Date.parse(task.claimUntil) > now);

/** @param {Task} task */
export const isMine = (task) => task.state === 'CLAIMED' &&
	isMe(task.claimedBy);

/** @param {Task} task */
export const isOpen = (task) => task.state === 'OPEN' ||
	task.state === 'CLAIMED';

/** @param {Task} task @param {boolean} [quiet] */
export async function claim(task, quiet = false) {
	try {
		const claimed = await post(`${taskUrl(task.taskId)}/claim`,
			{ version: task.version });
		rememberTask(claimed, task);
		if (!quiet)
			announce(`You have claimed ${task.orderId}`);
		return '';
	} catch (error) {
		if (!quiet)
			toastError(`${task.orderId} could not be claimed`, error);
		return error instanceof Error ? error.message : String(error);
	} finally {
		if (!quiet)
			refreshAll();
	}
}

/** @param {Task} task @param {() => void} [done] */
export function giveBack(task, done) {
	openDialog({
		title: `Return ${task.orderId}`, confirm: 'Return to the queue',
		lines: ['Your claim ends and the next person sees your comment.'],
		fields: [{ name: 'comment', label: 'What should the next person know?',
			kind: 'text', required: true }],
		submit: async ({ comment }) => {
			rememberTask(await post(`${taskUrl(task.taskId)}/return`,
				{ version: task.version, comment }), task);
			announce(`${task.orderId} is back in the queue`);
			refreshAll();
			return done;
		},
	});
}

/** What comes back after it is due says so.
 * @param {number} now @param {number} due the earliest of them
 * @returns {[string, string, string][]} */
function snoozeTimes(now, due) {
	const morning = new Date(now);
	morning.setDate(morning.getDate() + 1);
	morning.setHours(9, 0, 0, 0);
	const say = (/** @type {number} */ time) => new Intl.DateTimeFormat('en-GB',
		{ weekday: 'short', hour: '2-digit', minute: '2-digit',
			timeZoneName: 'short' }).format(time);
	return /** @type {[number, string][]} */ ([[15 * 60000, '15 minutes'],
		[3600000, '1 hour'], [4 * 3600000, '4 hours'],
		[morning.getTime() - now, 'Tomorrow morning']]).map(([wait, word]) =>
		[new Date(now + wait).toISOString(), word, due > now && now + wait > due ?
			`${say(now + wait)}, after it is due` : say(now + wait)]);
}

/** @param {Task[]} tasks @param {() => void} [done] */
export function snooze(tasks, done) {
	const first = tasks[0];
	const many = tasks.length > 1;
	const due = Math.min(...tasks.map((t) => Date.parse(t.dueAt || '') ||
		Infinity));
	const left = due - serverNow();
	const isDue = due === Infinity ? '' : `${many ? 'The first' : 'It'} ${left >
		0 ? `is due in ${duration(left)}` : `was due ${duration(left)} ago`}. `;
	openDialog({
		title: many ? `Snooze ${tasks.length} cases` : `Snooze ${first.orderId}`,
		confirm: 'Snooze',
		lines: [`${isDue}The due time does not stop. It comes back by itself, ` +
			'or from the view Snoozed.'],
		fields: [{ name: 'until', label: 'Until', kind: 'choice',
			options: snoozeTimes(serverNow(), due) }],
		submit: async ({ until }) => {
			const results = await Promise.allSettled(tasks.map((task) =>
				post(`${taskUrl(task.taskId)}/snooze`, { version: task.version,
					until }).then((t) => rememberTask(t, task))));
			const failed = results.filter((r) => r.status === 'rejected');
			if (failed.length === results.length)
				throw failed[0].reason;
			toast({ tone: failed.length ? 'bad' : 'good', text: many ?
				`${results.length - failed.length} snoozed` +
				(failed.length ? `, ${failed.length} refused` : '') :
				`${first.orderId} is snoozed` });
			refreshAll();
			return done;
		},
	});
}

/** @param {Task} task */
export async function wake(task) {
	try {
		rememberTask(await post(`${taskUrl(task.taskId)}/snooze`,
			{ version: task.version, until: null }), task);
		announce(`${task.orderId} is awake`);
	} catch (error) {
		toastError(`${task.orderId} could not be woken`, error);
	}
	refreshAll();
}

/** Whether what stands there is this very decision: its answer got lost.
 * @param {Task | null | undefined} now @param {Task} task as it was shown
 * @param {{ approved: boolean, notes: string }} decision */
export const isOurs = (now, task, { approved, notes }) =>
	now?.taskId === task.taskId && now.state === 'DECIDED' &&
	isMe(now.decider) && now.approved === approved &&
	now.digest === task.digest && (now.notes || '') === notes;

/** What is said of a decision that was taken.
 * @param {Task} decided @param {Task} task as it was shown
 * @param {boolean} approved */
export function tellDecided(decided, task, approved) {
	const words = approved ? actionWords(asChosen(task)) :
		`Rejected: ${plain(task.title)}`;
	watchDecision(decided, decided.state === 'DECIDED' ||
		decided.state === 'DONE' ? words :
		`Signed, ${decided.approvalCount} of ${decided.approvalsNeeded}: ${
			words}`);
}

/**
 * Sends a decision bound to the task as it was shown.
 * @param {Task} task
 * @param {{ approved: boolean, notes: string, reasonCode: string,
 *	undoMs: number, alternative?: string,
 *	form?: Record<string, import('../types.js').Json> }} decision
 * @returns {Promise<Task>} throws ApiError; 409 carries the current task
 */
export async function decide(task, decision) {
	/** @param {Task} decided */
	const done = (decided) => {
		rememberTask(decided, task);
		tellDecided(decided, task, decision.approved);
		return decided;
	};
	try {
		return done(await post(`${taskUrl(task.taskId)}/decide`, {
			approved: decision.approved,
			notes: decision.notes || undefined,
			reasonCode: decision.reasonCode || undefined,
			version: task.version,
			digest: task.digest,
			undoMs: decision.undoMs,
			...decision.approved && { alternative: decision.alternative,
				form: decision.form },
		}));
	} catch (error) {
		// The answer to an earlier try got lost: it was us who decided.
		const now = error instanceof ApiError ? error.problem.current : null;
		if (now && isOurs(now, task, decision))
			return done(now);
		throw error;
	}
}

/** @param {string} runId @param {string} reason */
export async function comment(runId, reason) {
	await post(`/v1/runs/${seg(runId)}/comment`, { reason });
	announce('Comment added');
	refreshAll();
}

/** @param {string} view */
export const listUrl = (view) => withQuery('/v1/tasks', { view, limit: 200 });
