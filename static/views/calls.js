// Every call to a downstream system: request, answer, attempts, and the
// idempotency key that makes a repeat harmless.
import { html } from '../vendor/preact.js';
import { usePoll } from '../lib/poll.js';
import { seg } from '../lib/api.js';
import { CALL_STATES, sentence } from '../lib/words.js';
import { duration } from '../lib/format.js';
import { Ago, Empty, ErrorBar, Skeleton, State } from '../ui/parts.js';
import { Settle } from './why.js';

/** @typedef {import('../types.js').Call} Call */

/** @param {Call} call */
const operationOf = (call) => call.operation.includes('.') ? call.operation :
	`${call.adapter}.${call.operation}`;

/** @param {{ run: import('../types.js').Run }} props */
export function Calls({ run }) {
	const polled = usePoll(`/v1/runs/${seg(run.runId)}/calls?limit=200`);
	const calls = /** @type {Call[] | null} */ (polled.data?.data || null);
	return html`<div class="calls">
		<${ErrorBar} problem=${polled.error} retry=${polled.reload}
			old=${calls !== null && polled.at} />
		${!calls && polled.slow && html`<${Skeleton} />`}
		${calls && !calls.length && html`<${Empty} icon="flow"
			title="No call yet">The first calls look the order up in every
			system.</${Empty}>`}
		${calls?.map((call) => html`<details key=${call.callId} class="call">
			<summary><${State} looks=${CALL_STATES} state=${call.state} />
			<span class="call-name"><strong>${operationOf(call)}</strong>
				<span class="muted">${' '}${sentence(call.step)}, visit ${call.visit}
				</span></span>
			<span class=${`tag ${call.purpose === 'effect' ? 'violet' : ''}`}>${
				call.purpose}</span>
			<span class="num nowrap">${call.status ? `HTTP ${call.status}` : '–'}
			</span>
			<span class="num nowrap muted">attempt ${call.attempt}</span>
			<span class="num nowrap muted call-ms">${call.durationMs === null ? '–' :
				call.durationMs < 2000 ? `${call.durationMs} ms` :
				duration(call.durationMs)}</span>
			<span class="nowrap muted call-at"><${Ago} at=${call.sentAt ||
				call.intentAt} /></span></summary>
			<div class="call-body">
				${call.state === 'UNKNOWN' && call.purpose === 'effect' &&
					html`<${Settle} run=${run} callId=${call.callId}
					operation=${operationOf(call)} />`}
				${call.error && html`<p class="tone-red">${call.error}</p>`}
				<dl class="pairs"><div><dt>Idempotency key</dt><dd><code>${call
					.idempotencyKey}</code></dd></div><div><dt>Call</dt><dd><code>${
					call.callId}</code></dd></div>${call.class && html`<div><dt>Class
					</dt><dd>${sentence(call.class)}</dd></div>`}</dl>
				<div class="call-json"><div><div class="label">Request</div><pre tabindex="0"
					aria-label="Request">${JSON.stringify(call.params, null, 2)}</pre>
				</div><div><div class="label">Answer</div><pre tabindex="0" aria-label="Answer">${call
				.answer === null ? 'none' : JSON.stringify(call.answer, null, 2)}</pre>
				</div></div></div></details>`)}
	</div>`;
}
