// The systems downstream: how each does, what waits for it, and the hands that
// operators have on it: pause, resume, probe, and kill switches. The chosen
// adapter is in the URL.
import { html } from '../vendor/preact.js';
import { usePoll } from '../lib/poll.js';
import { withQuery, offline } from '../lib/api.js';
import { route, queryHref, setQuery } from '../lib/route.js';
import { Icon } from '../lib/icons.js';
import { ADAPTER_STATES, plain, sentence } from '../lib/words.js';
import { hasRole } from '../lib/session.js';
import { useKeys } from '../lib/keys.js';
import { Ago, Changing, Countdown, Empty, ErrorBar, Skeleton, State }
	from '../ui/parts.js';
import { control } from './control.js';
import { Switches } from './switches.js';

/** @typedef {import('../types.js').Adapter} Adapter */
/** @typedef {import('../types.js').AdapterOperation} Operation */

const none = html`<span class="muted">–</span>`;

/** @param {number | null} share */
const percent = (share) => share === null || share === undefined ? none :
	`${(share * 100).toFixed(share === 1 || share === 0 ? 0 : 1)} %`;

export function Adapters() {
	const polled = usePoll('/v1/adapters');
	const all = /** @type {Adapter[] | null} */ (polled.data?.data || null);
	const chosen = route.value.query.get('adapter');
	const rows = [...all || []].sort((a, b) => a.name < b.name ? -1 : 1);
	const at = rows.findIndex((a) => a.name === chosen);
	/** @param {number} step */
	const move = (step) => {
		const next = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
		if (next)
			setQuery({ adapter: next.name });
		document.getElementById(`adapter-${next?.name}`)?.focus();
	};
	useKeys([{ key: 'j', label: 'Next adapter', group: 'Adapters',
		run: () => move(1) }, { key: 'k', label: 'Previous adapter',
		group: 'Adapters', run: () => move(-1) },
	...rows.filter((a) => a.kind !== 'local').map((a) => ({ key: '',
		group: 'Adapters', icon: a.state === 'PAUSED' ? 'play' : 'paused',
		label: `${a.state === 'PAUSED' ? 'Resume' : 'Pause'} ${a.name}`,
		disabled: barred(), run: () => control(a.state === 'PAUSED' ? 'resume' :
			'pause', a) }))]);
	return html`<div class="page adapters">
		<header class="page-head"><h1>Adapters</h1></header>
		<${ErrorBar} problem=${polled.error} retry=${polled.reload}
			old=${rows.length > 0 && polled.at} />
		${!all && polled.slow && html`<${Skeleton} rows=${10} />`}
		${all && !rows.length && html`<${Empty} icon="plug"
			title="No adapter is in force"><pre class="example">mendctl activate
			</pre></${Empty}>`}
		${rows.length > 0 && html`<div class="table-box"><table
			class="table plain"><thead><tr><th scope="col">Adapter</th>
			<th scope="col">State</th><th scope="col" class="right">Success</th>
			<th scope="col" class="right">p50 / p95</th><th scope="col"
			class="right">In flight</th><th scope="col" class="right">Queue</th>
			<th scope="col">Last error</th><th scope="col"
			class="right">Figures</th><th scope="col"><span class="sr">What can be
			done</span></th></tr></thead><tbody>${rows.map((a) => html`<${Row}
			key=${a.name} adapter=${a} open=${a.name === chosen} />`)}</tbody>
			</table></div>`}
		<${Switches} />
	</div>`;
}

/** Why nothing can be done now; empty: it can. */
export const barred = () => offline.value ? 'Offline: nothing can be sent' :
	hasRole('supervisor') ? '' : 'This needs the role supervisor';

/** @param {{ adapter: Adapter, open: boolean }} props */
function Row({ adapter: a, open }) {
	const local = a.kind === 'local';
	return html`<tr><th scope="row"><a id=${`adapter-${a.name}`}
		href=${queryHref({ adapter: open ? null : a.name })}
		aria-expanded=${open}>${a.name}</a> <span
		class="muted adapter-title">${a.title}</span></th>
		<td data-label="State"><${Changing} value=${a.state}><${State}
			looks=${ADAPTER_STATES} state=${a.state} /></${Changing}><${Until}
			of=${a} /></td>
		<td class="right num" data-label="Success">${percent(a.success)}</td>
		<td class="right num nowrap" data-label="p50 / p95">${a.p50Ms ===
			null ? none : `${a.p50Ms} / ${a.p95Ms} ms`}</td>
		<td class="right num" data-label="In flight">${a.inFlight ?? 0} /
			${' '}${a.limit}</td>
		<td class="right num" data-label="Queue">${a.queue ? html`<a
			href=${withQuery('/ui/workflows', { q: `adapter:${a.name} open:true` })}
			>${a.queue >= 10000 ? '10,000+' : a.queue}</a>` : 0}</td>
		<td class="adapter-error" data-label="Last error">${a.lastError ?
			html`<span title=${a.lastError}>${a.lastError}</span> <span
			class="muted nowrap"><${Ago} at=${a.lastErrorAt} /></span>` : none}</td>
		<td class="right muted nowrap" data-label="Figures">${a.seenAt ?
			html`<${Ago} at=${a.seenAt} />` : 'never asked'}</td>
		<td class="adapter-actions">${!local && html`<${Buttons} adapter=${a}
			/>`}</td></tr>
		${open && html`<tr class="operations"><td colspan="9"><${Operations}
			adapter=${a} /></td></tr>`}`;
}

/** Until when it is open or paused, by whom and why.
 * @param {{ of: { state?: string, openUntil?: string | null,
 *	pausedBy: string | null, reason: string | null,
 *	expiresAt: string | null } }} props */
const Until = ({ of: a }) => a.pausedBy ? html`<span class="until muted">by
	${' '}${a.pausedBy}, for <${Countdown} at=${a.expiresAt} />: ${a.reason}
	</span>` : a.state === 'OPEN' && a.openUntil ? html`<span class="until
	muted">tries again in <${Countdown} at=${a.openUntil} late="due since" />
	</span>` : null;

/** @param {{ adapter: Adapter, operation?: Operation }} props */
function Buttons({ adapter: a, operation }) {
	const paused = operation ? operation.pausedBy !== null :
		a.state === 'PAUSED';
	const why = barred();
	const name = operation ? `${a.name}.${operation.name}` : a.name;
	/** @param {'pause'|'resume'|'probe'} verb @param {string} icon */
	const button = (verb, icon) => html`<button class="button small"
		disabled=${why !== ''} title=${why} onClick=${() => control(verb, a,
			operation)}><${Icon} name=${icon} />${sentence(verb)}<span
		class="sr"> ${name}</span></button>`;
	return html`<span class="row-buttons">${paused ? button('resume', 'play') :
		button('pause', 'paused')}${button('probe', 'signal')}</span>`;
}

/** @param {{ adapter: Adapter }} props */
const Operations = ({ adapter: a }) => html`<table class="facts"><caption
	class="sr">Operations of ${a.name}</caption><thead><tr><th
	scope="col">Operation</th><th scope="col">Kind</th><th scope="col"
	class="right">In flight</th><th scope="col" class="right">Queue</th><th
	scope="col">Stopped</th><th scope="col"><span class="sr">What can be done
	</span></th></tr></thead><tbody>${a.operations.map((o) => html`<tr
	key=${o.name}><th scope="row"><code>${a.name}.${o.name}</code></th>
	<td>${plain(o.kind)}</td><td class="right num">${o.inFlight ?? 0}${o
	.concurrency ? ` / ${o.concurrency}` : ''}</td><td class="right num">${o
	.queue}</td><td>${o.pausedBy ? html`<${State} looks=${ADAPTER_STATES}
	state="PAUSED" /><${Until} of=${o} />` : none}</td>
	<td class="right">${a.kind !== 'local' && html`<${Buttons} adapter=${a}
	operation=${o} />`}</td></tr>`)}</tbody></table>`;
