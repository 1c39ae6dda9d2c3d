// One workflow: where it stands, what comes next and when, what an operator can
// do about it, and everything that is known.
import { html, useEffect, useMemo, useRef } from '../vendor/preact.js';
import { usePoll } from '../lib/poll.js';
import { seg, withQuery } from '../lib/api.js';
import { plural } from '../lib/format.js';
import { route, setQuery } from '../lib/route.js';
import { useKeys } from '../lib/keys.js';
import { Icon } from '../lib/icons.js';
import { announce } from '../lib/notices.js';
import { issueWord, sentence, RUN_STATES, look } from '../lib/words.js';
import { Ago, Changing, Countdown, Empty, ErrorBar, Id, Money, Skeleton, State,
	Tabs } from '../ui/parts.js';
import { CaseFileView } from './casefile.js';
import { StoryList } from './story.js';
import { Audit, useAudit } from './audit.js';
import { Calls } from './calls.js';
import { ACTIONS, act, hindered } from './steer.js';
import { Settle, WhyLine } from './why.js';
import { Way } from './way.js';
import { Timeline } from './timeline.js';
import { Raw } from './raw.js';

/** @typedef {import('../types.js').Run} Run */

const TABS = /** @type {[string, string][]} */ ([['case', 'Case file'],
	['story', 'Story'], ['calls', 'Calls'], ['audit', 'Audit'],
	['timeline', 'Timeline'], ['playbook', 'Playbook'], ['raw', 'Raw']]);

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
			label: `${a.word}: ${run.orderId}`, run: () => void act(run, a),
			disabled: hindered(run, a) })),
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
		<${ErrorBar} problem=${polled.error} retry=${polled.reload} old=${polled.at} />
		<${Tabs} label="Workflow" tabs=${TABS} current=${tab} select=${select} />
		<div id="tab-panel" class="tab-panel" role="tabpanel"
			aria-labelledby=${`tab-${tab}`} tabindex="0">
			${tab === 'case' ? html`<${CaseFileView} file=${run.caseFile} />` :
			tab === 'calls' ? html`<${Calls} run=${run} />` :
			tab === 'timeline' ? html`<${Timeline} run=${run} />` :
			tab === 'raw' ? html`<${Raw} run=${run} />` :
			tab === 'playbook' ? html`<${Way} run=${run} />` :
				html`<${Told} key=${run.runId} run=${run} tab=${tab} />`}
		</div></div>`;
}

/** Story and audit read the same entries. @param {{ run: Run, tab: string }}
 * props */
function Told({ run, tab }) {
	const audit = useAudit(run.runId);
	const story = useMemo(() => tab === 'story' && html`<div
		class="story-page"><${StoryList} entries=${audit.entries} run=${run} />
		</div>`, [audit.entries, run, tab]);
	return tab === 'audit' ? html`<${Audit} audit=${audit} />` :
		html`<${ErrorBar} problem=${audit.error} retry=${audit.reload} />${
			audit.whole || audit.entries.length ? story : null}`;
}

/** @param {{ run: Run }} props */
function Actions({ run }) {
	const menu = useRef(/** @type {HTMLDetailsElement | null} */ (null));
	const shown = ACTIONS.filter((a) => run.closedAt ? a.id === 'replay' :
		a.id !== (run.state === 'PAUSED' ? 'pause' : 'resume') &&
		a.id !== 'replay');
	/** @param {typeof ACTIONS[number]} a */
	const button = (a) => {
		const why = hindered(run, a);
		return html`<button key=${a.id} disabled=${why !== ''} title=${why}
			class=${`button ${a.tone === 'danger' ? 'danger-text' : ''}`}
			onClick=${() => {
				if (a.more && menu.current?.open) {
					menu.current.removeAttribute('open');
					// What the dialog gives the focus back to.
					menu.current.querySelector('summary')?.focus();
				}
				void act(run, a);
			}}><${Icon} name=${a.icon} />${a.word}</button>`;
	};
	const more = shown.filter((a) => a.more && !run.closedAt);
	return html`<div class="wf-actions">${shown.filter((a) => !more.includes(a))
		.map(button)}${more.length > 0 && html`<details class="more" ref=${menu}
		onKeyDown=${(/** @type {KeyboardEvent} */ e) => {
			if (e.key === 'Escape' && menu.current?.open) {
				e.stopPropagation();
				menu.current.removeAttribute('open');
				menu.current.querySelector('summary')?.focus();
			}
		}}><summary class="button">More<${Icon} name="down" /></summary><div
		class="menu">${more.map(button)}</div></details>`}</div>`;
}

/** @param {{ run: Run, runId: string | null }} props */
function Header({ run, runId }) {
	const runs = usePoll(withQuery('/v1/runs', { order: run.orderId,
		limit: 20 }), 15000);
	const all = /** @type {Run[]} */ (runs.data?.data || []);
	const left = run.maximumAttempts - run.attempt;
	const { tone } = look(RUN_STATES, run.state);
	// Then the time is not that of a try, nor is one under way.
	const waits = /^WAITING_|^PAUSED$/.test(run.state);
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
			<${Actions} run=${run} /></div>
		<${WhyLine} run=${run} />
		${run.why.blocker.callId && html`<${Settle} run=${run}
			callId=${run.why.blocker.callId} operation=${run.why.blocker
			.operation} />`}
		<dl class="stats">
			<div><dt>Step</dt><dd><${Changing} value=${run.step}>${run.step ?
				sentence(run.step) : '–'}</${Changing}></dd></div>
			<div><dt>${waits ? 'Next change' : 'Next attempt'}</dt><dd>${!soon ? html`<span class="muted">${run
				.closedAt ? 'None' : 'Not timed'}</span>` : html`<${Countdown}
				at=${run.dueAt} late="due since" />`}</dd></div>
			<div><dt>Attempt</dt><dd class="num"><${Changing} value=${run.attempt}>${
				run.maximumAttempts ? html`${run.attempt} of ${run.maximumAttempts}
				${!run.closedAt && !waits && html`<span class="muted"> · ${left > 0 ?
				`${left} left` : 'none left'}</span>`}` : run.attempt || '–'}
				</${Changing}></dd></div>
			<div><dt>Amount</dt><dd><${Money} minor=${run.amountMinor}
				currency=${run.currency} /></dd></div>
			<div><dt>Last feasible moment</dt><dd><${Ago}
				at=${run.deadlineAt} /></dd></div>
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
