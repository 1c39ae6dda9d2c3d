// One playbook: a version's steps as a graph, and what the chosen step says.
// Version and step are in the URL.
import { html, useMemo } from '../vendor/preact.js';
import { usePoll } from '../lib/poll.js';
import { seg, withQuery } from '../lib/api.js';
import { route, queryHref, setQuery, playbookHref } from '../lib/route.js';
import { plural } from '../lib/format.js';
import { Icon } from '../lib/icons.js';
import { issueWord, sentence } from '../lib/words.js';
import { graphOf } from '../lib/steps.js';
import { StepGraph, kindWord, stepWord } from '../ui/graph.js';
import { Ago, Empty, ErrorBar, Person, Skeleton } from '../ui/parts.js';

/** @typedef {import('../types.js').Version} Version */
/** @typedef {import('../lib/steps.js').Graph} Graph */

/** @param {string} name @param {string | number} version */
export const versionUrl = (name, version) =>
	`/v1/playbooks/${seg(name)}/versions/${seg(String(version))}`;

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
			', in force' : ''}</option>`)}</select></label></header>
		${shown && html`<${Facts} version=${shown} />`}
		${body.title && html`<p>${body.title}</p>`}
		<${ErrorBar} problem=${polled.error} retry=${polled.reload} old=${true} />
		<${Steps} body=${body} /></div>`;
}

/** @param {{ version: Version }} props */
const Facts = ({ version: v }) => html`<p class="playbook-facts"><span>${v
	.active ? html`In force since <${Ago} at=${v.activatedAt} />, by <${Person}
	name=${v.activatedBy} />` : html`Stored <${Ago} at=${v.createdAt} /> by
	<${Person} name=${v.actor} />, not in force`}</span>
	<a href=${withQuery('/ui/workflows', { q: `issue:${v.name} open:true` })}>${
	plural(v.openRuns, 'open run')} on this version</a>
	<code title=${v.digest}>${v.digest.slice(0, 12)}</code></p>`;

/** The graph beside the chosen step; with the way of a run when there is one.
 * @param {{ body: any, way?: (graph: Graph) => { steps: string[],
 *	edges: Set<string>, current: string } }} props */
export function Steps({ body, way }) {
	const graph = useMemo(() => graphOf(body), [body]);
	const taken = way?.(graph);
	const asked = route.value.query.get('step') || taken?.current || '';
	const chosen = graph.nodes.some((n) => n.id === asked) ? asked :
		graph.nodes[0]?.id || '';
	return html`<div class="graph-page"><div><${StepGraph} graph=${graph}
		chosen=${chosen} taken=${taken && new Set(taken.steps)}
		edges=${taken?.edges} current=${taken?.current} /><p class="legend">
		${taken && html`<span>Filled: the way this run has taken; a dot: where it
		is.</span>`}<span>A broken line goes back to an earlier step.</span>
		<span>A step that fails and says nothing else is held for a person.</span>
		</p></div><${StepDetail} graph=${graph} id=${chosen} /></div>`;
}

/** What a step does and where it leads; all that the drawing shows, in words.
 * @param {{ graph: Graph, id: string }} props */
export function StepDetail({ graph, id }) {
	const node = graph.nodes.find((n) => n.id === id);
	if (!node)
		return null;
	const exits = graph.edges.filter((e) => e.from === id);
	const entries = graph.edges.filter((e) => e.to === id);
	const { step } = node;
	const says = step?.title || step?.reason || (typeof step?.proposal?.text ===
		'string' ? step.proposal.text : '');
	return html`<aside class="step-detail" aria-label="Step">
		<h2>${stepWord(id)} <span class="tag">${kindWord(node.kind)}</span></h2>
		${!step && html`<p>Hands over to <a href=${playbookHref(id
			.slice('playbook:'.length))}>${stepWord(id)}</a>.</p>`}
		${step?.operation && html`<p><code>${step.operation}</code></p>`}
		${step?.kind === 'finish' && html`<p>${sentence(step.outcome || '')}${step
			.result && step.result !== 'NONE' ? `, ${sentence(step.result)
			.toLowerCase()}` : ''}</p>`}
		${says && html`<p>${says}</p>`}
		<h3>Leads to</h3>${exits.length ? html`<ul class="exits">${exits.map((e) =>
			html`<li key=${e.to}><a href=${queryHref({ step: e.to })}>${stepWord(
			e.to)}</a><span class="muted">${e.labels.join(', ')}</span></li>`)}
			</ul>` : html`<p class="muted">${node.kind === 'finish' ?
			'The run ends here.' : 'Nowhere in this playbook.'}</p>`}
		<h3>Comes from</h3>${entries.length ? html`<ul class="exits">${entries
			.map((e) => html`<li key=${e.from}><a href=${queryHref({ step: e.from
			})}>${stepWord(e.from)}</a><span class="muted">${e.labels.join(', ')}
			</span></li>`)}</ul>` : html`<p class="muted">The run starts here.</p>`}
		${step && html`<details><summary>As it is written</summary><pre
			tabindex="0" aria-label="As it is written">${JSON.stringify({ ...step,
			steps: undefined }, null, 2)}</pre></details>`}</aside>`;
}
