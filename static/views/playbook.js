// One playbook: a version's steps as a graph, and what the chosen step says.
// Version and step are in the URL.
import { html } from '../vendor/preact.js';
import { usePoll } from '../lib/poll.js';
import { seg, withQuery } from '../lib/api.js';
import { route, queryHref, setQuery, playbookHref } from '../lib/route.js';
import { plural } from '../lib/format.js';
import { Icon } from '../lib/icons.js';
import { issueWord, sentence } from '../lib/words.js';
import { StepGraph, edgeWords, kindWord, stepWord } from '../ui/graph.js';
import { Ago, Empty, ErrorBar, Person, Skeleton } from '../ui/parts.js';
import { askActivate, askMove, cannot, earlier } from './activate.js';

/** @typedef {import('../types.js').Version} Version */
/** @typedef {import('../types.js').Graph} Graph */

/** @param {string} name @param {string | number} version */
export const versionUrl = (name, version) =>
	`/v1/playbooks/${seg(name)}/versions/${seg(String(version))}`;

/** @param {string} name */
export const graphUrl = (name) => `/v1/playbooks/${seg(name)}/graph`;

/** @param {{ id: string }} props */
export function Playbook({ id }) {
	const query = route.value.query;
	const asked = query.get('version');
	const whole = usePoll(`/v1/playbooks/${seg(id)}`, 15000);
	const one = usePoll(asked && versionUrl(id, asked), 60000);
	const polled = asked ? one : whole;
	const versions = /** @type {Version[]} */ (whole.data?.versions || []);
	const shown = versions.find((v) => asked ? String(v.version) === asked :
		v.active);
	const body = polled.data?.playbook;
	const graph = usePoll(withQuery(graphUrl(id), { version: asked }), 60000);
	const head = html`<div class="wf-line"><a class="button quiet small"
		href="/ui/playbooks"><${Icon} name="back" />Playbooks</a></div>`;
	if (!body)
		return html`<div class="page">${head}${polled.error?.status === 404 ?
			html`<h1 class="sr">Not found</h1><${Empty} icon="playbook"
			title=${`There is no such version of ${id}`}><a class="button"
			href="/ui/playbooks">All playbooks</a></${Empty}>` : html`<h1
			class="sr">Playbook</h1><${ErrorBar} problem=${polled.error}
			retry=${polled.reload} />`}${polled.slow && html`<${Skeleton}
			rows=${10} />`}</div>`;
	return html`<div class="page playbook">${head}
		<header class="wf-title"><h1>${issueWord(id)}</h1>
			<label class="run-pick"><span class="muted">Version</span><select
			class="select" value=${shown?.version} onChange=${(
			/** @type {any} */ e) => setQuery({ version: e.target.value,
				step: null })}>${versions.map((d) => html`<option
			key=${d.version} value=${d.version}>v${d.version}${d.active ?
			', in force' : ''}</option>`)}</select></label><span class="grow" />
			${shown && html`<${Turn} shown=${shown} versions=${versions}
			/>`}</header>
		${shown && html`<${Facts} version=${shown} />`}
		${body.title && html`<p>${body.title}</p>`}
		<${ErrorBar} problem=${polled.error} retry=${polled.reload} old=${polled.at} />
		<${ErrorBar} problem=${graph.error} retry=${graph.reload}
			old=${graph.data !== null && graph.at} />
		${graph.data && html`<${Steps} graph=${graph.data} body=${body} />`}
	</div>`;
}

/** Another version in force: the one before, or the one that is looked at.
 * @param {{ shown: Version, versions: Version[] }} props */
function Turn({ shown, versions }) {
	const back = earlier(versions);
	const verb = shown.active || shown === back ? 'rollback' : 'activate';
	const to = shown.active ? back : shown;
	if (!to)
		return null;
	const why = cannot(verb);
	const cannotMove = cannot('rollback');
	return html`${shown.openRuns > 0 && html`<button class="button"
		disabled=${cannotMove !== ''} title=${cannotMove} onClick=${() =>
		askMove(shown, versions)}>Move ${plural(shown.openRuns, 'open run')}…
		</button>`}<button class="button" disabled=${why !== ''} title=${why}
		onClick=${() => void askActivate(to.name, verb, to.version)}><${Icon}
		name="replay" />${shown.active ? `Roll back to v${to.version}…` :
		`Put v${to.version} in force…`}</button>`;
}

/** @param {{ version: Version }} props */
const Facts = ({ version: v }) => html`<p class="playbook-facts"><span>${v
	.active ? html`In force since <${Ago} at=${v.activatedAt} />, by <${Person}
	name=${v.activatedBy} />` : html`Stored <${Ago} at=${v.createdAt} /> by${' '}<${Person} name=${v.actor} />, not in force`}</span>
	<a href=${withQuery('/ui/workflows', { q:
	`playbook:${v.name}@${v.version} open:true` })}>${
	plural(v.openRuns, 'open run')} on this version</a>
	<code title=${v.digest}>${v.digest.slice(0, 12)}</code></p>`;

/** The step of this name, in a repeat or not.
 * @param {any} list @param {string} name @returns {any} */
function findStep(list, name) {
	for (const step of Array.isArray(list) ? list : []) {
		const found = step.step === name ? step : findStep(step.steps, name);
		if (found)
			return found;
	}
	return null;
}

/** The graph beside the chosen step; of a run, with the way it has taken.
 * @param {{ graph: Graph, body: any }} props */
export function Steps({ graph, body }) {
	const asked = route.value.query.get('step');
	const chosen = graph.nodes.find((n) => n.step === asked) ||
		graph.nodes.find((n) => n.here) || graph.nodes[0];
	return html`<div class="graph-page"><div><${StepGraph} graph=${graph}
		chosen=${chosen?.step || ''} /><p class="legend">${graph.runId &&
		html`<span>Filled: the way this run has taken; a dot: where it is.</span>`}
		<span>A broken line goes back to an earlier step.</span><span>A step that
		fails and says nothing else is held for a person.</span></p></div>
		${chosen && html`<${StepDetail} graph=${graph} node=${chosen}
		step=${findStep(body?.steps, chosen.step)} />`}</div>`;
}

/** @param {{ list: [string, string][], none: string }} props */
const Ends = ({ list, none }) => list.length ? html`<ul class="exits">${list
	.map(([step, label]) => html`<li key=${step + label}><a
	href=${queryHref({ step })}>${stepWord(step)}</a><span
	class="muted">${edgeWords(label)}</span></li>`)}</ul>` : html`<p
	class="muted">${none}</p>`;

/** What a step does and where it leads; all that the drawing shows, in words.
 * @param {{ graph: Graph, node: Graph['nodes'][number], step: any }} props */
function StepDetail({ graph, node, step }) {
	const says = step?.reason || (typeof step?.proposal?.text === 'string' ?
		step.proposal.text : '');
	const other = node.kind === 'route' && node.step.replace(/^to /, '');
	return html`<aside class="step-detail" aria-label="Step">
		<h2>${stepWord(node.step)} <span class="tag">${kindWord(node.kind)}</span>
			${node.visits > 0 && html` <span class="tag">${plural(node.visits,
			'visit')}</span>`}</h2>
		${other && html`<p>Hands over to <a href=${playbookHref(other)}>${stepWord(
			other)}</a>.</p>`}
		${node.title && html`<p>${node.title}</p>`}
		${step?.kind === 'finish' && html`<p>${sentence(step.outcome || '')}${step
			.result && step.result !== 'NONE' ? `, ${sentence(step.result)
			.toLowerCase()}` : ''}</p>`}
		${says && says !== node.title && html`<p>${says}</p>`}
		<h3>Leads to</h3><${Ends} none=${node.kind === 'finish' ?
			'The run ends here.' : 'Nowhere in this playbook.'}
			list=${graph.edges.filter((e) => e.from === node.step).map((e) =>
			[e.to, e.label])} />
		<h3>Comes from</h3><${Ends} none="The run starts here."
			list=${graph.edges.filter((e) => e.to === node.step).map((e) =>
			[e.from, e.label])} />
		${step && html`<details><summary>As it is written</summary><pre
			tabindex="0" aria-label="As it is written">${JSON.stringify({ ...step,
			steps: undefined }, null, 2)}</pre></details>`}</aside>`;
}
