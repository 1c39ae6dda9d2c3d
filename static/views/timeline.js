// Where the time went: a row a step in the order they were first entered, bars
// for its calls (every attempt is one call's), hatched where a person was
// waited for. The same in words for who cannot see it.
import { html, useMemo } from '../vendor/preact.js';
import { usePoll } from '../lib/poll.js';
import { seg } from '../lib/api.js';
import { now, ms } from '../lib/clock.js';
import { clock, duration, plural } from '../lib/format.js';
import { CALL_STATES, look, sentence } from '../lib/words.js';
import { Empty, ErrorBar, Skeleton } from '../ui/parts.js';

/** @typedef {import('../types.js').Call} Call */
/** @typedef {import('../types.js').Task} Task */
/**
 * @typedef {{ from: number, to: number, kind: 'call'|'task', tone: string,
 *	says: string }} Bar
 * @typedef {{ step: string, bars: Bar[] }} Row
 */

/** @param {Call[]} calls @param {Task[]} tasks @param {number} end
 * @returns {Row[]} */
function rowsOf(calls, tasks, end) {
	/** @type {Map<string, Row>} */
	const rows = new Map();
	/** @param {string} step @param {Bar} bar */
	const put = (step, bar) => {
		const row = rows.get(step) || { step, bars: [] };
		row.bars.push(bar);
		rows.set(step, row);
	};
	for (const call of calls) {
		const from = ms(call.intentAt), to = call.answeredAt ?
			ms(call.answeredAt) : end;
		const { word, tone } = look(CALL_STATES, call.state);
		put(call.step, { from, to, kind: 'call', tone, says: `${call.adapter}.${
			call.operation}, ${word.toLowerCase()} after ${duration(to - from)}${
			call.attempt > 1 ? `, ${plural(call.attempt, 'attempt')}` : ''}` });
	}
	for (const task of tasks) {
		const from = ms(task.createdAt), to = task.closedAt ? ms(task.closedAt) :
			end;
		put(task.step, { from, to, kind: 'task', tone: 'violet',
			says: `a person was asked for ${duration(to - from)}` });
	}
	for (const row of rows.values())
		row.bars.sort((a, b) => a.from - b.from);
	return [...rows.values()].sort((a, b) => a.bars[0].from - b.bars[0].from);
}

/** @param {{ run: import('../types.js').Run }} props */
export function Timeline({ run }) {
	const url = `/v1/runs/${seg(run.runId)}`;
	const calls = usePoll(`${url}/calls?limit=200`);
	const tasks = usePoll(`${url}/tasks`);
	// Whole seconds: what is still going on grows, and nothing else moves.
	const end = run.closedAt ? ms(run.closedAt) : now.value;
	const rows = /** @type {Row[] | null} */ (useMemo(() => calls.data && rowsOf(calls.data.data,
		tasks.data?.data || [], end), [calls.data, tasks.data, end]));
	const start = ms(run.createdAt);
	const span = Math.max(1000, end - start);
	/** @param {Bar} bar */
	const place = (bar) => ({ left: `${100 * Math.max(0, bar.from - start) /
		span}%`, width: `max(3px, ${100 * (bar.to - bar.from) / span}%)` });
	return html`<div class="timeline">
		<${ErrorBar} problem=${calls.error} retry=${calls.reload}
			old=${rows !== null && calls.at} />
		${!rows && calls.slow && html`<${Skeleton} />`}
		${rows && !rows.length && html`<${Empty} icon="clock"
			title="Nothing has taken time yet" />`}
		${rows && rows.length > 0 && html`<div class="time-axis muted num"
			aria-hidden="true"><span>${clock(start)}</span><span>${duration(span)}
			</span><span>${clock(end)}</span></div><ol class="time-rows">${rows
			.map((row) => html`<li key=${row.step} class="time-row"><span
			class="time-step clip" title=${sentence(row.step)}>${sentence(row.step)}
			</span><span class="time-lane">${row.bars.map((bar, i) => html`<span
			key=${i} class=${`time-bar ${bar.kind} tone-${bar.tone}`}
			style=${place(bar)} title=${bar.says}><span class="sr">${bar.says}.
			</span></span>`)}</span></li>`)}</ol><p class="legend"><span>A bar is a
			call, its colour how it ended; hatched: a person was waited for.</span>
			</p>`}
	</div>`;
}
