// Kill switches: what is stopped, by whom, why and until when; pull one, lift
// one.
import { html } from '../vendor/preact.js';
import { usePoll, refreshAll } from '../lib/poll.js';
import { post, seg, offline } from '../lib/api.js';
import { announce } from '../lib/notices.js';
import { hasRole } from '../lib/session.js';
import { sentence } from '../lib/words.js';
import { openDialog } from '../ui/dialog.js';
import { Icon } from '../lib/icons.js';
import { Ago, Countdown, ErrorBar, Person } from '../ui/parts.js';
import { EXPIRY } from './control.js';
import { REASON } from './steer.js';

/** @typedef {import('../types.js').Switch} Switch */

const KINDS = /** @type {[string, string][]} */ ([
	['action', 'An action, as payment.refund'],
	['playbook', 'A playbook, as triage, or one version, as triage@3'],
	['event', 'An event, by its id'], ['seller', 'A seller, by its id']]);

function pull() {
	openDialog({
		title: 'Pull a kill switch', confirm: 'Pull the switch', tone: 'danger',
		lines: ['What it names stops at once, for every workflow: effects that ' +
			'are not out do not leave.',
		'The workflows wait as Blocked and say so; nothing is lost.'],
		fields: [{ name: 'kind', label: 'What stops', kind: 'select',
			options: KINDS }, { name: 'name', label: 'Its name', kind: 'line',
			required: true }, EXPIRY, REASON],
		submit: async ({ kind, name, reason, for: span }) => {
			await post('/v1/switches', { kind, name, reason, for: span });
			announce(`${name} is stopped`);
			refreshAll();
		},
	});
}

/** @param {Switch} one */
function lift(one) {
	openDialog({
		title: `Lift: ${one.kind} ${one.name}`, confirm: 'Lift the switch',
		lines: [`What waits for ${one.name} goes on, the most urgent first.`,
			`${one.actor} pulled it: ${one.reason}`],
		fields: [REASON],
		submit: async ({ reason }) => {
			await post(`/v1/switches/${seg(one.switchId)}/lift`, { reason });
			announce(`${one.name} goes on`);
			refreshAll();
		},
	});
}

export function Switches() {
	const polled = usePoll('/v1/switches');
	const list = /** @type {Switch[] | null} */ (polled.data?.data.filter(
		(/** @type {Switch} */ s) => KINDS.some(([kind]) => kind === s.kind)) ||
		null);
	const why = offline.value ? 'Offline: nothing can be sent' :
		hasRole('supervisor') ? '' : 'This needs the role supervisor';
	return html`<section class="switches" aria-labelledby="switches-title">
		<header class="page-head"><h2 id="switches-title">Kill switches</h2>
			<span class="grow" /><button class="button small danger-text"
			disabled=${why !== ''} title=${why} onClick=${pull}><${Icon}
			name="stop" />Pull a switch</button></header>
		<${ErrorBar} problem=${polled.error} retry=${polled.reload}
			old=${list !== null && polled.at} />
		${list && !list.length && html`<p class="muted">None is pulled: every
			action, playbook, event and seller goes its way.</p>`}
		${list && list.length > 0 && html`<ul class="switch-list">${list.map((s) =>
			html`<li key=${s.switchId}><span class="state tone-red"><${Icon}
			name="stop" />${sentence(s.kind)}</span><strong class="mono">${s.name}
			</strong><span class="grow">${s.reason}</span><${Person}
			name=${s.actor} /><span class="muted nowrap"><${Ago} at=${s.createdAt}
			/>, ends in <${Countdown} at=${s.expiresAt} /></span><button
			class="button small" disabled=${why !== ''} title=${why}
			onClick=${() => lift(s)}>Lift<span class="sr"> ${s.name}</span>
			</button></li>`)}</ul>`}
	</section>`;
}
