// One operation on many workflows: asked for with a filter, previewed with its
// counts and the reasons of what is left out, started, watched, stopped. The
// preview is the server's: which runs are meant does not move any more.
import { html } from '../vendor/preact.js';
import { usePoll, refreshAll, remember } from '../lib/poll.js';
import { post, seg, withQuery, offline } from '../lib/api.js';
import { route, go, setQuery, workflowHref } from '../lib/route.js';
import { announce, toastError } from '../lib/notices.js';
import { plural } from '../lib/format.js';
import { BULK_STATES, ITEM_STATES, RUN_STATES, issueWord, look, plain,
	reasonWord, sentence } from '../lib/words.js';
import { hasRole } from '../lib/session.js';
import { openDialog } from '../ui/dialog.js';
import { Icon } from '../lib/icons.js';
import { Ago, Changing, Empty, ErrorBar, Id, Money, Person, Skeleton, State }
	from '../ui/parts.js';
import { PRIORITIES, REASON } from './steer.js';

/** @typedef {import('../types.js').BulkRun} BulkRun */
/** @typedef {import('../types.js').BulkItem} BulkItem */
/** @typedef {import('../types.js').Filter} Filter */

/** What it does to each of them.
 * @type {Record<string, [string, string]>} */
const OPERATIONS = {
	retry: ['Retry now', 'Each runs its step at once; keys are kept, nothing ' +
		'happens twice.'],
	pause: ['Pause', 'Each stands still until it is resumed; deadlines go on.'],
	resume: ['Resume', 'Each goes on from where it stands.'],
	priority: ['Priority', 'Each changes its place in the queue.'],
	cancel: ['Cancel', 'Each ends as Canceled; compensations run. This cannot ' +
		'be taken back.'],
	kill: ['Kill', 'Each ends at once, nothing is undone. This cannot be taken ' +
		'back.'],
};

/** @param {string} operation */
const operationWord = (operation) => OPERATIONS[operation]?.[0] ||
	(operation === 'migrate' ? 'Move to another version' : sentence(operation));

/** @param {BulkRun} bulk */
export function bulkTitle(bulk) {
	const { decision, playbook, version } = /** @type {any} */ (bulk.params ||
		{});
	const many = plural(bulk.total, 'workflow');
	if (bulk.operation === 'decide')
		return `${decision?.approved === false ? 'Reject' : 'Approve'} once for ${
			many}`;
	return bulk.operation === 'migrate' ? `Move ${many} to ${issueWord(playbook)
		} v${version}` : `${operationWord(bulk.operation)}: ${many}`;
}

/** @type {import('../ui/dialog.js').Field} */
export const RATE = { name: 'rate', label: 'How fast', kind: 'select',
	value: '50', options: [['5', '5 a second'], ['50', '50 a second'],
		['200', '200 a second'], ['1000', '1,000 a second']] };

/** Asks for a preview and opens it.
 * @param {{ operation: string, filter: Filter, reason: string,
 *	[more: string]: any }} request */
export async function makeBulk(request) {
	/** @type {BulkRun} */
	const bulk = await post('/v1/bulk', { ...request, preview: true });
	remember(`/v1/bulk/${seg(bulk.bulkId)}`, bulk);
	go(`/ui/bulk/${seg(bulk.bulkId)}`);
	announce(`Preview: ${plural(bulk.total, 'workflow')}`);
}

/** @param {Filter} filter */
export const filterWords = (filter) => Object.entries(filter).map(([key, value]) =>
	key === 'open' ? value ? 'open' : 'closed' : key === 'stuck' ?
		'one group of what is stuck' : Array.isArray(value) ? plural(value.length,
			'workflow') : key === 'state' ? look(RUN_STATES, String(value)).word
			.toLowerCase() : key === 'issue' ? `issue ${issueWord(String(value))
			.toLowerCase()}` : `${sentence(key).toLowerCase()} ${value}`)
	.join(', ') || 'all';

/** Ids in it stay as they are. @param {Filter} filter */
export const filterTitle = (filter) => {
	const words = filterWords(filter);
	return words.charAt(0).toUpperCase() + words.slice(1);
};

/** What is decided for all of them, in words. @param {BulkRun} bulk */
function decisionWords(bulk) {
	const { approved, alternative, reasonCode } = /** @type {any} */ (bulk
		.params)?.decision || {};
	return `${approved === false ? 'Rejects what each proposes' : alternative &&
		alternative !== 'proposal' ? `Approves “${sentence(alternative)}”` :
		'Approves what each proposes'}${reasonCode ? `: ${reasonWord(reasonCode)
		.toLowerCase()}` : ''}`;
}

/** Why an item is left out, by the server's one word for it.
 * @type {Record<string, string>} */
const CODES = { state: 'its state does not allow it', closed: 'it is closed',
	version: 'its step or playbook does not allow it',
	denied: 'your role or limit does not allow it', conflict: 'it changed' };

/** @param {string} text that names states as the API does */
const stateWords = (text) => text.replace(/\b[A-Z]+(?:_[A-Z]+)*\b/g, (name) =>
	RUN_STATES[name]?.word.toLowerCase() || name);

/** @param {Filter} filter @param {string} [operation] */
export function askBulk(filter, operation) {
	const one = operation && OPERATIONS[operation];
	openDialog({
		title: one ? `${one[0]}: all that match` : 'All that match',
		confirm: 'Preview',
		lines: [`Matches: ${filterWords(filter)}.`, ...one ? [one[1]] : [],
			'Nothing happens yet: the preview says how many it would be, and ' +
			'what is left out and why.'],
		fields: [...one ? [] : [/** @type {import('../ui/dialog.js').Field} */ ({
			name: 'operation', label: 'What to do', kind: 'select',
			options: Object.entries(OPERATIONS).map(([id, [word]]) =>
				[id, word]) })], ...operation === 'retry' || operation ===
			'resume' ? [] : [/** @type {import('../ui/dialog.js').Field} */ ({
				name: 'priority', label: 'Priority, where that is what to do',
				kind: 'select', value: '2', options: PRIORITIES.map(([id, word]) =>
					[id, word]) })], RATE, REASON],
		submit: ({ reason, priority, rate, operation: chosen }) => {
			const what = operation || chosen;
			return makeBulk({ operation: what, filter, reason,
				ratePerSecond: Number(rate), ...what === 'priority' && { priority: Number(priority) } });
		},
	});
}

/** @param {{ id: string }} props */
export function Bulk({ id }) {
	const url = `/v1/bulk/${seg(id)}`;
	const polled = usePoll(url, 2000);
	const bulk = /** @type {BulkRun | null} */ (polled.data);
	if (!bulk)
		return html`<div class="page">${polled.error?.status === 404 ? html`<h1
			class="sr">Not found</h1><${Empty} icon="unknown"
			title="There is no such operation"><a class="button"
			href="/ui/workflows">Workflows</a></${Empty}>` : html`<h1
			class="sr">Many at once</h1><${ErrorBar} problem=${polled.error}
			retry=${polled.reload} />`}${polled.slow && html`<${Skeleton} />`}
			</div>`;
	return html`<div class="page bulk-page">
		<div class="wf-line"><a class="button quiet small" href="/ui/bulk"><${Icon}
			name="back" />Many at once</a></div>
		<header class="wf-title"><h1>${bulkTitle(bulk)}</h1><${Changing} value=${bulk.state}><${State} looks=${BULK_STATES}
			state=${bulk.state} /></${Changing}><span class="grow" />
			<${Buttons} bulk=${bulk} url=${url} /></header>
		<p class="playbook-facts">${bulk.operation === 'decide' && html`<strong>${
			decisionWords(bulk)}</strong>`}<span>${filterTitle(bulk.filter)}</span>
			<span><${Person} name=${bulk.actor} /> <${Ago} at=${bulk.createdAt} />
			</span><span>“${bulk.reason}”</span><span>${plural(bulk.ratePerSecond,
			'item')} a second</span></p>
		<${ErrorBar} problem=${polled.error} retry=${polled.reload} old=${polled.at} />
		<dl class="stats"><div><dt>Matched</dt><dd class="num">${bulk.total}</dd>
			</div><div><dt>${bulk.state === 'PREVIEW' ? 'Would be done' :
			'Waiting'}</dt><dd class="num">${bulk.waiting}</dd></div><div><dt>Done
			</dt><dd class="num">${bulk.done}</dd></div><div><dt>Left out</dt>
			<dd class="num">${bulk.skipped}</dd></div><div><dt>Failed</dt>
			<dd class="num">${bulk.failed}</dd></div></dl>
		<${Progress} bulk=${bulk} />
		${bulk.reasons.length > 0 && html`<h2 class="sr">What is left out</h2><ul
			class="bulk-reasons">${bulk.reasons.map((r) => html`<li
			key=${r.state + r.code}><span class="num">${r.count}</span><span>${
			r.state === 'FAILED' ? 'failed' : 'left out'}: ${CODES[r.code] || plain(r.code)}</span>
			</li>`)}</ul>`}
		<${Items} bulk=${bulk} url=${url} />
	</div>`;
}

/** @param {{ bulk: BulkRun }} props */
export function Progress({ bulk }) {
	const share = (/** @type {number} */ n) => ({ width: `${100 * n /
		Math.max(1, bulk.total)}%` });
	return html`<div class="progress" role="progressbar" aria-label="Progress"
		aria-valuemin="0" aria-valuemax=${bulk.total} aria-valuenow=${bulk.total -
		bulk.waiting}><span style=${share(bulk.done)} /><span class="skipped"
		style=${share(bulk.skipped)} /><span class="failed"
		style=${share(bulk.failed)} /></div>`;
}

/** @param {{ bulk: BulkRun, url: string }} props */
function Buttons({ bulk, url }) {
	const role = bulk.operation === 'migrate' ? 'supervisor' : 'agent';
	const why = offline.value ? 'Offline: nothing can be sent' :
		hasRole(role) ? '' : `This needs the role ${role}`;
	/** @param {'start'|'stop'} verb */
	const say = async (verb) => {
		try {
			remember(url, await post(`${url}/${verb}`, {}));
			announce(verb === 'start' ? 'Started' : 'Stopped');
		} catch (error) {
			toastError(`It could not be ${verb === 'start' ? 'started' :
				'stopped'}`, error);
		}
		refreshAll();
	};
	if (bulk.state === 'RUNNING')
		return html`<button class="button" disabled=${why !== ''} title=${why}
			onClick=${() => say('stop')}><${Icon} name="stop" />Stop</button>`;
	if (bulk.state === 'DONE')
		return null;
	const rejects = /** @type {any} */ (bulk.params)?.decision?.approved === false;
	const danger = rejects || ['cancel', 'kill'].includes(bulk.operation);
	return html`<button class=${`button primary ${danger ? 'danger' : 'accent'}`}
		disabled=${why !== '' || !bulk.waiting} title=${why} onClick=${() =>
		say('start')}>${bulk.state === 'STOPPED' ? 'Go on with' : bulk.operation
		=== 'migrate' ? 'Move' : bulk.operation === 'decide' ? rejects ? 'Reject' :
		'Approve' : operationWord(bulk.operation)} ${plural(bulk.waiting,
		'workflow')}</button>`;
}

const SHOWN = /** @type {const} */ ([['', 'All'], ['WAITING', 'Waiting'],
	['DONE', 'Done'], ['SKIPPED', 'Left out'], ['FAILED', 'Failed']]);

/** @param {{ bulk: BulkRun, url: string }} props */
function Items({ bulk, url }) {
	const query = route.value.query;
	const state = query.get('items') || '';
	const cursor = query.get('cursor');
	const polled = usePoll(withQuery(`${url}/items`, { state, cursor,
		limit: 50 }), bulk.state === 'RUNNING' ? 3000 : 15000);
	const items = /** @type {BulkItem[] | null} */ (polled.data?.data || null);
	return html`<nav class="quick" aria-label="Results">${SHOWN.map(([id, word]) =>
		html`<a key=${id} class="chip-link" href=${withQuery(`/ui/bulk/${seg(bulk
		.bulkId)}`, { items: id })} aria-current=${id === state ? 'true' :
		undefined}>${word}</a>`)}</nav>
		<${ErrorBar} problem=${polled.error} retry=${polled.reload}
			old=${items !== null && polled.at} />
		${items && !items.length && html`<p class="muted">None.</p>`}
		${items && items.length > 0 && html`<div class="table-box"><table
		class="table plain"><thead><tr><th scope="col">Order</th><th
		scope="col">Result</th><th scope="col">Why</th><th scope="col">Workflow
		now</th><th scope="col" class="right">Amount</th><th scope="col"
		class="right">At</th></tr></thead><tbody>${items.map((i) => html`<tr
		key=${i.runId}><th scope="row"><a href=${`${workflowHref(`resolve-${i
		.orderId}`)}?run=${i.runId}`}><${Id} id=${i.orderId} /></a></th>
		<td data-label="Result"><${Changing} value=${i.state}><${State}
		looks=${ITEM_STATES} state=${i.state} /></${Changing}></td>
		<td data-label="Why">${i.detail ? stateWords(i.detail) : (i.code ? CODES[i.code] || plain(i.code) : html`<span
		class="muted">–</span>`)}</td><td data-label="Workflow now"><${State}
		state=${i.run.state} /></td><td class="right" data-label="Amount"><${Money}
		minor=${i.run.amountMinor} currency=${i.run.currency} /></td>
		<td class="right muted nowrap" data-label="At"><${Ago} at=${i.at} /></td>
		</tr>`)}</tbody></table></div>`}
		<footer class="pager"><span class="grow" />${cursor && html`<button
		class="button small" onClick=${() => history.back()}><${Icon}
		name="back" />Back</button>`}${polled.data?.hasMore && html`<button
		class="button small" onClick=${() => setQuery({ cursor: polled.data
		.nextCursor }, { replace: false })}>More<${Icon} name="next" /></button>`}
		</footer>`;
}
