// Why a workflow does not move: the server's one sentence, the next time with
// its countdown, and the one thing that helps at once.
import { html } from '../vendor/preact.js';
import { offline } from '../lib/api.js';
import { now, ms } from '../lib/clock.js';
import { taskHref } from '../lib/route.js';
import { Icon } from '../lib/icons.js';
import { RUN_STATES, look, plain, sentence } from '../lib/words.js';
import { Ago, Countdown, Prose } from '../ui/parts.js';
import { settle } from './steer.js';

/** @typedef {import('../types.js').Run} Run */

/** The sentence with our names made readable, and without what is said beside
 * it with a countdown. @param {Run} run */
export function whySentence(run) {
	const { sentence: text, state } = run.why;
	const cut = text.lastIndexOf('. Next: ');
	return stateWords(cut < 0 ? text : text.slice(0, cut + 1), state)
		.replace(` at step ${run.step}:`, ` at step “${sentence(run.step ||
		'')}”:`);
}

/** @param {string} text @param {string} state */
const stateWords = (text, state) => text.replaceAll(state,
	look(RUN_STATES, state).word.toLowerCase());

/** @param {{ run: Run }} props */
export function WhyLine({ run }) {
	const { why } = run;
	const task = why.blocker.kind === 'task' && why.blocker.taskId;
	if (run.closedAt)
		return html`<p class="wf-next"><span>Closed <${Ago} at=${run.closedAt} />:
			${' '}${sentence(run.outcome || run.state)}${run.result &&
			run.result !== 'NONE' ? `, ${sentence(run.result).toLowerCase()}` :
			''}.</span></p>`;
	return html`<section class="why-line" aria-labelledby="why-title">
		<h2 id="why-title">${run.state === 'RUNNING' || run.state === 'READY' ?
			'What it does' : 'Why it does not move'}</h2>
		<p class="wf-next"><span><${Prose} text=${whySentence(run)} /></span>
			${task && html`<a class="button small" href=${taskHref(task)}><${Icon}
			name="person" />Open the case</a>`}
			${why.blocker.adapter && html`<a class="button small"
			href=${`/ui/adapters?adapter=${encodeURIComponent(why.blocker
			.adapter)}`}><${Icon} name="plug" />Look at ${why.blocker.adapter}
			</a>`}</p>
		<p class="why-next muted">${why.nextAt ? html`<strong>${ms(why.nextAt) >
			now.value - now.value % 1000 ? 'Next in' : 'Next'} <${Countdown}
			at=${why.nextAt} late="was due since" /></strong>: ` : html`<strong>Next
			</strong>: `}<${Prose} text=${plain(stateWords(why
			.nextWhat, why.state))} />.</p>
	</section>`;
}

/** A call that nobody knows the outcome of, and the two answers to it.
 * @param {{ run: Run, callId: string, operation: string }} props */
export const Settle = ({ run, callId, operation }) => html`<div class="settle"
	role="group" aria-label=${`Settle ${operation}`}>
	<p><${Icon} name="unknown" /><span>Nobody knows whether <code>${operation}
	</code> happened. It is not sent again until somebody says so.</span></p>
	<button class="button" disabled=${offline.value} onClick=${() =>
		settle(run, callId, operation, true)}>It happened</button>
	<button class="button" disabled=${offline.value} onClick=${() =>
		settle(run, callId, operation, false)}>It did not happen</button></div>`;
