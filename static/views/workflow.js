// One workflow: where it stands, what comes next and when, what an operator can
// do about it, and everything that is known.
import { html, useEffect, useMemo } from '../vendor/preact.js';
import { usePoll, refreshAll } from '../lib/poll.js';
import { post, seg, withQuery, offline } from '../lib/api.js';
import { now, ms } from '../lib/clock.js';
import { plural } from '../lib/format.js';
import { route, setQuery, taskHref } from '../lib/route.js';
import { useKeys } from '../lib/keys.js';
import { Icon } from '../lib/icons.js';
import { announce } from '../lib/notices.js';
import { issueWord, sentence, RUN_STATES, look } from '../lib/words.js';
import { openDialog } from '../ui/dialog.js';
import { Ago, Changing, Countdown, Empty, ErrorBar, Id, Money, Prose, Skeleton,
	State, Tabs } from '../ui/parts.js';
import { CaseFileView } from './casefile.js';
import { StoryList } from './story.js';
import { Audit, useAudit } from './audit.js';
import { Calls } from './calls.js';
import { Way } from './way.js';

/** @typedef {import('../types.js').Run} Run */

/**
 * What an operator can do: when, and what it does, in words.
 * @type {{ id: string, word: string, icon: string, tone?: 'danger',
 *	when: (run: Run) => string, preview: (run: Run) => string[] }[]}
 *	when: why not; empty: it can be done
 */
const ACTIONS = [
	{ id: 'retry', word: 'Retry now', icon: 'retry',
		when: (run) => ['BACKING_OFF', 'BLOCKED', 'HELD'].includes(run.state) ?
			'' : 'Only what backs off, is blocked or held can be retried',
		preview: (run) => [
			`Step “${sentence(run.step || 'the first')}” runs at once${run.dueAt &&
				ms(run.dueAt) > now.value ? ' instead of at its next time' : ''}.`,
			run.state === 'HELD' ? 'It is no longer held; the attempts start anew.' :
				`This is attempt ${run.attempt + 1} of ${run.maximumAttempts || '?'}.`,
			'A call that was sent before keeps its key: nothing happens twice.'] },
	{ id: 'pause', word: 'Pause', icon: 'paused',
		when: (run) => run.state === 'PAUSED' ? 'It is paused already' :
			['CANCELING'].includes(run.state) ? 'It is being canceled' : '',
		preview: () => ['Nothing new starts until somebody resumes it.',
			'A call in flight is still answered and written down.',
			'Deadlines go on running.'] },
	{ id: 'resume', word: 'Resume', icon: 'play',
		when: (run) => run.state === 'PAUSED' ? '' : 'It is not paused',
		preview: (run) => [`It goes on at step “${sentence(run.step ||
			'the first')}”.`] },
	{ id: 'cancel', word: 'Cancel', icon: 'stop', tone: 'danger',
		when: (run) => run.state === 'CANCELING' ? 'It is being canceled' : '',
		preview: (run) => [
			`The workflow of ${run.orderId} ends as Canceled; this cannot be ` +
			'taken back.',
			'Calls in flight are waited for, then compensations run.',
			run.state === 'WAITING_TASK' ? 'The open question to a person is ' +
				'withdrawn.' : 'The order itself stays as it is.'] },
];

/** @param {Run} run @param {typeof ACTIONS[number]} action */
function act(run, action) {
	openDialog({
		title: `${action.word}: ${run.orderId}`,
		confirm: action.id === 'cancel' ? `Cancel ${run.orderId}` : action.word,
		tone: action.tone || 'accent',
		lines: action.preview(run),
		fields: [{ name: 'reason', label: 'Reason', kind: 'text',
			required: true, hint: 'Stands in the audit beside your name.' }],
		submit: async ({ reason }) => {
			await post(`/v1/runs/${seg(run.runId)}/${action.id}`, { reason });
			announce(`${action.word}: done`);
			refreshAll();
		},
	});
}

const TABS = /** @type {[string, string][]} */ ([['case', 'Case file'],
	['story', 'Story'], ['calls', 'Calls'], ['audit', 'Audit'],
	['playbook', 'Playbook']]);

/** @param {{ id: string }} props */
export function Workflow({ id }) {
	const query = route.value.query;
	const runId = query.get('run');
	const tab = TABS.some(([t]) => t === query.get('tab')) ?
		String(query.get('tab')) : 'case';
	const url = withQuery(`/workflows/${seg(id)}/casefile`, { runId });
	const polled = usePoll(url);
	const run = /** @type {import('../types.js').RunWithCase | null} */
		(polled.data);
	/** @param {string} next */
	const select = (next) => setQuery({ tab: next === 'case' ? null : next, step: null });
	useKeys(run ? [
		...TABS.map(([t, word], i) => ({ key: String(i + 1), group: 'Workflow',
			label: `Show ${word}`, run: () => select(t) })),
		...ACTIONS.map((a) => ({ key: '', group: 'Workflow', icon: a.icon,
			label: `${a.word}: ${run.orderId}`, run: () => act(run, a),
			disabled: run.closedAt ? 'It is closed' : offline.value ?
				'Offline' : a.when(run) })),
	] : []);
	if (!run)
		return html`<div class="page">${polled.error?.status === 404 ? html`<h1
			class="sr">Not found</h1><${Empty} icon="unknown"
			title=${`There is no workflow ${id}`}><p>It starts when somebody says
			that the order is broken.</p><a class="button" href="/ui/workflows">All
			workflows</a></${Empty}>` : html`<h1 class="sr">Workflow</h1><${ErrorBar}
			problem=${polled.error} retry=${polled.reload} />`}${polled.slow &&
			html`<${Skeleton} rows=${12} />`}</div>`;
	return html`<div class="page workflow">
		<${Header} run=${run} runId=${runId} />
		<${ErrorBar} problem=${polled.error} retry=${polled.reload} old=${true} />
		<${Tabs} label="Workflow" tabs=${TABS} current=${tab} select=${select} />
		<div id="tab-panel" class="tab-panel" role="tabpanel"
			aria-labelledby=${`tab-${tab}`} tabindex="0">
			${tab === 'case' ? html`<${CaseFileView} file=${run.caseFile} />` :
			tab === 'calls' ? html`<${Calls} runId=${run.runId} />` :
				html`<${Told} key=${run.runId} run=${run} tab=${tab} />`}
		</div></div>`;
}

/** Story, audit and playbook read the same entries. @param {{ run: Run, tab: string }}
 * props */
function Told({ run, tab }) {
	const audit = useAudit(run.runId);
	const story = useMemo(() => tab === 'story' && html`<div
		class="story-page"><${StoryList} entries=${audit.entries} run=${run} />
		</div>`, [audit.entries, run, tab]);
	if (tab === 'playbook')
		return html`<${ErrorBar} problem=${audit.error} retry=${audit.reload}
			/><${Way} run=${run} audit=${audit} />`;
	return tab === 'audit' ? html`<${Audit} audit=${audit} />` :
		html`<${ErrorBar} problem=${audit.error} retry=${audit.reload} />${
			audit.whole || audit.entries.length ? story : null}`;
}

/** @param {{ run: Run, runId: string | null }} props */
function Header({ run, runId }) {
	const runs = usePoll(withQuery('/v1/runs', { order: run.orderId,
		limit: 20 }), 15000);
	const all = /** @type {Run[]} */ (runs.data?.data || []);
	const waits = run.state === 'WAITING_TASK';
	const taskId = waits && run.waitingFor?.taskId;
	const left = run.maximumAttempts - run.attempt;
	const { tone } = look(RUN_STATES, run.state);
	const soon = run.dueAt !== null && !run.closedAt;
	useEffect(() => { announce(`${run.orderId}: ${look(RUN_STATES, run.state)
		.word}`); }, [run.state]);
	return html`<header class="wf-head">
		<div class="wf-line"><a class="button quiet small" href="/ui/workflows">
			<${Icon} name="back" />Workflows</a><span class="grow" />
			${all.length > 1 && html`<label class="run-pick"><span class="muted">Run
			</span><select class="select" value=${run.runId} onChange=${
			(/** @type {any} */ e) => setQuery({ run: e.target.value })}>${all
			.map((r, i) => html`<option key=${r.runId} value=${r.runId}>${i === 0 ?
			'Latest' : `${all.length - i} of ${all.length}`}, ${look(RUN_STATES,
			r.state).word.toLowerCase()}</option>`)}</select></label>`}
		</div>
		<div class="wf-title"><h1><${Id} id=${run.orderId} /></h1>
			<${Changing} value=${run.state} class=${`pill tone-${tone}`}><${State}
				state=${run.state} /></${Changing}>
			<span class="wf-issue">${issueWord(run.issueType)}</span>
			${run.tier && html`<span class="tag">Tier ${run.tier}</span>`}
			<span class="grow" />
			<div class="wf-actions">${!run.closedAt && ACTIONS.filter((a) =>
			!(a.id === 'resume' && run.state !== 'PAUSED') &&
			!(a.id === 'pause' && run.state === 'PAUSED')).map((a) => {
		const why = offline.value ? 'Offline: nothing can be sent' : a.when(run);
		return html`<button key=${a.id} disabled=${why !== ''} title=${why}
			class=${`button ${a.tone === 'danger' ? 'danger-text' : ''}`}
			onClick=${() => act(run, a)}><${Icon} name=${a.icon} />${a.word}
			</button>`;
	})}</div></div>
		<p class="wf-next">${run.closedAt ? html`<span>Closed <${Ago}
			at=${run.closedAt} />: ${sentence(run.outcome || run.state)}${run
			.result && run.result !== 'NONE' ? `, ${sentence(run.result)
			.toLowerCase()}` : ''}.</span>` : html`<span><${Prose}
			text=${run.next || run.reason} /></span>`}
			${taskId && html` <a class="button small"
			href=${taskHref(taskId)}><${Icon} name="person" />Open the case</a>`}
		</p>
		${run.reason && !run.closedAt && !(run.next || '').includes(run.reason) &&
			html`<p class="wf-reason muted"><${Prose} text=${run.reason} /></p>`}
		<dl class="stats">
			<div><dt>Step</dt><dd><${Changing} value=${run.step}>${run.step ?
				sentence(run.step) : '–'}</${Changing}></dd></div>
			<div><dt>Next attempt</dt><dd>${!soon ? html`<span class="muted">${run
				.closedAt ? 'None' : 'Not timed'}</span>` : html`<${Countdown}
				at=${run.dueAt} late="due since" />`}</dd></div>
			<div><dt>Attempt</dt><dd class="num"><${Changing} value=${run.attempt}>${
				run.maximumAttempts ? html`${run.attempt} of ${run.maximumAttempts}
				${!run.closedAt && html`<span class="muted"> · ${left > 0 ?
				`${left} left` : 'none left'}</span>`}` : run.attempt || '–'}
				</${Changing}></dd></div>
			<div><dt>Amount</dt><dd><${Money} minor=${run.amountMinor}
				currency=${run.currency} /></dd></div>
			<div><dt>Event</dt><dd><${Ago} at=${run.eventAt} /></dd></div>
			<div><dt>Playbook</dt><dd>${run.playbook ? `${sentence(run.playbook)} v${
				run.playbookVersion}` : '–'}</dd></div>
			<div><dt>Updated</dt><dd><${Changing} value=${run.updatedAt}><${Ago}
				at=${run.updatedAt} /></${Changing}></dd></div>
		</dl>
		${run.lastError && html`<div class="last-error"><${Icon}
			name="warning" /><span><strong>Last error</strong> ${run.lastError}</span>
			</div>`}
		${runId && all.length > 0 && all[0].runId !== run.runId && html`<p
			class="old-run"><${Icon} name="info" />An earlier run. <a
			href=${`/ui/wf/${seg(run.workflowId)}`}>Show the latest of ${plural(all
			.length, 'run')}</a></p>`}
	</header>`;
}
