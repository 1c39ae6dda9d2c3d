// What does not move, by what holds it: one of a group is retried as a canary,
// then the group.
import { html } from '../vendor/preact.js';
import { now, ms } from '../lib/clock.js';
import { usePoll, refreshAll } from '../lib/poll.js';
import { get, post, seg, withQuery, offline } from '../lib/api.js';
import { workflowHref } from '../lib/route.js';
import { toast } from '../lib/notices.js';
import { plural } from '../lib/format.js';
import { STUCK_KINDS, issueWord, plain, sentence } from '../lib/words.js';
import { hasRole } from '../lib/session.js';
import { openDialog } from '../ui/dialog.js';
import { Icon } from '../lib/icons.js';
import { Ago, Changing, Countdown, Empty, ErrorBar, Skeleton, State }
	from '../ui/parts.js';
import { askBulk } from './bulk.js';
import { REASON } from './steer.js';

/** @typedef {import('../types.js').StuckGroup} StuckGroup */

/** What gets each kind going again; the others are for one at a time.
 * @type {Record<string, 'retry'|'resume'>} */
const REMEDY = { HELD: 'retry', BLOCKED: 'retry', BACKING_OFF: 'retry',
	PAUSED: 'resume' };

/** @param {StuckGroup} group */
function canary(group) {
	const [orderId] = group.orderIds;
	openDialog({
		title: `Retry one as a canary: ${orderId}`, confirm: `Retry ${orderId}`,
		lines: [`Only ${orderId} of the ${group.count} is retried, at once.`,
			'Watch where it goes, then retry the group.'],
		fields: [REASON],
		submit: async ({ reason }) => {
			const found = await get(withQuery('/v1/runs', { order: orderId,
				open: true, limit: 1 }));
			const [run] = found.data;
			await post(`/v1/runs/${seg(run.runId)}/retry`, { reason });
			toast({ tone: 'good', text: `${orderId} is retried`,
				href: workflowHref(run.workflowId), hrefText: 'Follow' });
			refreshAll();
		},
	});
}

/** Without the moment that the group's own next time says.
 * @param {string} error */
const errorWords = (error) => error.replace(/ (?:until|at) #[# :.-]* UTC/g, '');

/** The list of exactly its workflows. @param {StuckGroup} g */
const listHref = (g) => withQuery('/ui/workflows', { q: `stuck:${g.group}` });

export function Stuck() {
	const polled = usePoll('/v1/stuck', 5000);
	const groups = /** @type {StuckGroup[] | null} */ (polled.data?.groups ||
		null);
	const total = groups?.reduce((sum, g) => sum + g.count, 0) || 0;
	return html`<div class="page stuck">
		<header class="page-head"><h1>Stuck</h1>${groups && html`<span
			class="muted num">${plural(total, 'workflow')} in ${plural(groups.length,
			'group')}${polled.data.limited ? ', at least' : ''}</span>`}<span class="grow" /><a class="button small"
			href="/ui/bulk">Many at once</a></header>
		<${ErrorBar} problem=${polled.error} retry=${polled.reload}
			old=${groups !== null && polled.at} />
		${!groups && polled.slow && html`<${Skeleton} kind="rows" rows=${6} />`}
		${groups && !groups.length && html`<${Empty} icon="done"
			title="Everything moves"><p>Nothing is held, paused, blocked or overdue,
			and no call is of unknown outcome.</p></${Empty}>`}
		<ul class="stuck-list">${groups?.map((g) => html`<li key=${g.group}><${Group}
			group=${g} /></li>`)}</ul>
	</div>`;
}

/** @param {{ group: StuckGroup }} props */
function Group({ group: g }) {
	const remedy = REMEDY[g.kind];
	const why = offline.value ? 'Offline: nothing can be sent' :
		hasRole('agent') ? '' : 'This needs the role agent';
	return html`<article class="stuck-group">
		<h2><${Changing} value=${g.count}><span class="num">${g.count}</span>
			</${Changing}> <${State} looks=${STUCK_KINDS} state=${g.kind} />
			${g.step && html`<span>at “${sentence(g.step)}”</span>`}
			${g.issueType && html`<span class="muted">${issueWord(g.issueType)}
			</span>`}${(g.operation || g.adapter) && html`<code>${g.operation ||
			g.adapter}</code>`}</h2>
		<p class="stuck-error">${g.error ? plain(errorWords(g.error)) : html`<span
			class="muted">No error is known.</span>`}</p>
		<p class="stuck-facts"><span>first <${Ago} at=${g.firstSeen} /></span>
			<span>last <${Ago} at=${g.lastSeen} /></span><span>${g.nextAt ?
			html`next ${ms(g.nextAt) > now.value - now.value % 1000 ? 'in ' : ''
			}<${Countdown} at=${g.nextAt} late="was due since" />` :
			'no next time: it needs somebody'}</span><a href=${listHref(g)}>${
			g.count > 1 ? `Look at all ${g.count}` : 'Look at it'}</a>${g.orderIds.slice(0, 3).map((id) => html`<a key=${id}
			class="mono" href=${workflowHref(`resolve-${id}`)}>${id}</a>`)}</p>
		<div class="stuck-buttons">${remedy === 'retry' && g.count > 1 &&
			html`<button class="button small" disabled=${why !== ''} title=${why}
			onClick=${() => canary(g)}><${Icon} name="retry" />Retry one</button>`}
			${remedy && html`<button class="button small"
			disabled=${why !== ''} title=${why} onClick=${() => askBulk(g.filter,
			remedy)}>${remedy === 'retry' ? 'Retry' : 'Resume'} ${g.count > 1 ?
			`all ${g.count}` : 'it'}</button>`}<button class="button small"
			disabled=${why !== ''} title=${why} onClick=${() => askBulk(g.filter)}
			>More…<span class="sr"> with ${plural(g.count, 'workflow')}${g.step ?
			` at ${sentence(g.step)}` : ''}</span></button></div></article>`;
}
