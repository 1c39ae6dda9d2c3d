// Every operation on many workflows, the newest first: what, who, why, how far
// it is, and whether it waits for somebody to go on.
import { html } from '../vendor/preact.js';
import { usePoll } from '../lib/poll.js';
import { seg, withQuery } from '../lib/api.js';
import { route, setQuery } from '../lib/route.js';
import { Icon } from '../lib/icons.js';
import { plural } from '../lib/format.js';
import { BULK_STATES } from '../lib/words.js';
import { Ago, Changing, Empty, ErrorBar, Person, Skeleton, State }
	from '../ui/parts.js';
import { Progress, bulkTitle, filterWords } from './bulk.js';

/** @typedef {import('../types.js').BulkRun} BulkRun */

const PAGE = 30;

/** What is to come of it, in words. @param {BulkRun} b */
function restWords(b) {
	if (b.state === 'PREVIEW')
		return b.waiting ? `would do ${b.waiting}` : 'would do nothing';
	if (b.state === 'RUNNING')
		return `${b.waiting} wait, about ${Math.max(1, Math.ceil(b.waiting /
			b.ratePerSecond))} s`;
	return b.state === 'STOPPED' ? `${b.waiting} left: it can go on` : 'ended';
}

/** @param {{ bulk: BulkRun }} props */
const Row = ({ bulk: b }) => html`<tr><th scope="row"><a
	href=${`/ui/bulk/${seg(b.bulkId)}`}>${bulkTitle(b)}</a><span class="muted
	bulk-of">${filterWords(b.filter)}</span></th>
	<td data-label="State"><${Changing} value=${b.state}><${State}
		looks=${BULK_STATES} state=${b.state} /></${Changing}></td>
	<td data-label="Progress"><${Progress} bulk=${b} /><span class="muted
		num">${restWords(b)}</span></td>
	<td class="right num" data-label="Done">${b.done}</td>
	<td class="right num" data-label="Left out">${b.skipped}</td>
	<td class="right num" data-label="Failed">${b.failed ? html`<strong
		class="tone-red">${b.failed}</strong>` : 0}</td>
	<td data-label="By"><${Person} name=${b.actor} /></td>
	<td data-label="Reason"><span class="clip" title=${b.reason}>${b.reason}
		</span></td>
	<td class="right muted nowrap" data-label="Made"><${Ago} at=${b.createdAt}
		/></td></tr>`;

export function Bulks() {
	const cursor = route.value.query.get('cursor');
	const polled = usePoll(withQuery('/v1/bulk', { limit: PAGE, cursor }), 3000);
	const bulks = /** @type {BulkRun[] | null} */ (polled.data?.data || null);
	const running = bulks?.filter((b) => b.state === 'RUNNING').length || 0;
	return html`<div class="page bulks">
		<header class="page-head"><h1>Many at once</h1>${bulks && html`<span
			class="muted num">${running ? `${running} running` : 'None is running'}
			</span>`}<span class="grow" /><a class="button small"
			href="/ui/workflows"><${Icon} name="flow" />Workflows</a></header>
		<${ErrorBar} problem=${polled.error} retry=${polled.reload}
			old=${bulks !== null && polled.at} />
		${!bulks && polled.slow && html`<${Skeleton} rows=${8} />`}
		${bulks && !bulks.length && html`<${Empty} icon="flow"
			title="Nothing was done to many at once"><p>It begins at a list of
			workflows, a group or what is stuck: “All that match…”.</p><a
			class="button" href="/ui/workflows?q=open%3Atrue">Open workflows</a>
			</${Empty}>`}
		${bulks && bulks.length > 0 && html`<div class="table-box"><table
			class="table plain"><thead><tr><th scope="col">What</th><th
			scope="col">State</th><th scope="col">Progress</th><th scope="col"
			class="right">Done</th><th scope="col" class="right">Left out</th><th
			scope="col" class="right">Failed</th><th scope="col">By</th><th
			scope="col">Reason</th><th scope="col" class="right">Made</th></tr>
			</thead><tbody>${bulks.map((b) => html`<${Row} key=${b.bulkId}
			bulk=${b} />`)}</tbody></table></div>`}
		<footer class="pager">${bulks && bulks.length > 0 && html`<span
			class="muted num">${plural(bulks.length, 'operation')}${cursor ?
			', older' : ', newest first'}</span>`}<span class="grow" />${cursor &&
			html`<button class="button small" onClick=${() => history.back()}>
			<${Icon} name="back" />Back</button>`}${polled.data?.hasMore &&
			html`<button class="button small" onClick=${() => setQuery({ cursor:
			polled.data.nextCursor }, { replace: false })}>Older<${Icon}
			name="next" /></button>`}</footer>
	</div>`;
}
