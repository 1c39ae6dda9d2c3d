// Short messages: toasts, the polite live region, and decisions that can still
// be undone. The countdown of a decision is the server's executeAt.
import { signal } from '../vendor/preact.js';
import { post, asProblem, seg } from './api.js';
import { serverNow, ms } from './clock.js';

/** @typedef {import('../types.js').Task} Task */
/**
 * @typedef {{ id: number, text: string, detail?: string,
 *	tone: 'plain'|'good'|'bad', href?: string, hrefText?: string }} Toast
 * @typedef {{ task: Task, words: string, until: number,
 *	busy: boolean }} Pending
 */

/** @type {import('../vendor/preact.js').Signal<Toast[]>} */
export const toasts = signal([]);
/** @type {import('../vendor/preact.js').Signal<Pending[]>} */
export const pending = signal([]);
/** What the live region says. */
export const spoken = signal('');

let lastId = 0;

/** @param {string} text */
export function announce(text) {
	// The same text twice is still news.
	spoken.value = spoken.value === text ? `${text}\u00a0` : text;
}

/** @param {Omit<Toast, 'id'>} spec */
export function toast(spec) {
	const id = ++lastId;
	// What went wrong stays until it was read; of the rest the newest two.
	const usual = toasts.value.filter((t) => t.tone !== 'bad').slice(-1);
	toasts.value = [...toasts.value.filter((t) => t.tone === 'bad' ||
		usual.includes(t)).slice(-3), { ...spec, id }];
	announce(spec.detail ? `${spec.text}. ${spec.detail}` : spec.text);
	if (spec.tone !== 'bad')
		setTimeout(() => dismiss(id), 6000);
	return id;
}

/** @param {number} id */
export function dismiss(id) {
	toasts.value = toasts.value.filter((t) => t.id !== id);
}

/** @param {string} what @param {unknown} error */
export function toastError(what, error) {
	const problem = asProblem(error);
	toast({ tone: 'bad', text: what, detail: [problem.detail || problem.title,
		problem.requestId && `Request ${problem.requestId}`]
		.filter(Boolean).join(' · ') });
}

/** Shows a decision as one that can be undone until it executes.
 * @param {Task} task as decided @param {string} words */
export function watchDecision(task, words) {
	const until = ms(task.executeAt);
	if (!task.undoable || !(until > serverNow())) {
		toast({ tone: 'good', text: words });
		return;
	}
	pending.value = [...pending.value.filter((p) =>
		p.task.taskId !== task.taskId), { task, words, until, busy: false }];
	announce(`${words}. Press U to undo within ${Math.ceil((until -
		serverNow()) / 1000)} seconds.`);
	setTimeout(() => expire(task.taskId, until), until - serverNow() + 50);
}

/** @param {string} taskId @param {number} until */
function expire(taskId, until) {
	const gone = pending.value.find((p) => p.task.taskId === taskId &&
		p.until === until);
	if (!gone || gone.busy)
		return;
	pending.value = pending.value.filter((p) => p !== gone);
	toast({ tone: 'good', text: `On its way: ${gone.words}`,
		href: `/ui/wf/${seg(gone.task.workflowId)}`, hrefText: 'Follow' });
}

/**
 * Takes a decision back; the server says whether that was in time.
 * @param {string} taskId
 * @returns {Promise<Task | null>} the task, open again
 */
export async function undo(taskId) {
	const found = pending.value.find((p) => p.task.taskId === taskId);
	if (found)
		pending.value = pending.value.map((p) => p === found ?
			{ ...p, busy: true } : p);
	const forget = () => {
		pending.value = pending.value.filter((p) => p.task.taskId !== taskId);
	};
	try {
		const task = await post(`/v1/tasks/${seg(taskId)}/undo`, {});
		forget();
		toast({ tone: 'plain', text: `Undone: ${task.orderId} is open again` });
		return task;
	} catch (error) {
		forget();
		toastError('It could not be undone', error);
		return null;
	}
}
