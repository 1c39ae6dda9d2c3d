// The graph of a playbook. Its nodes are links, in the order the steps are
// written, over the lines; what a line means stands with the step that it leaves.
import { html, useMemo } from '../vendor/preact.js';
import { queryHref } from '../lib/route.js';
import { layers, NODE } from '../lib/layers.js';
import { sentence } from '../lib/words.js';

/** @typedef {import('../lib/steps.js').Graph} Graph */

/** @type {Record<string, string>} */
const KINDS = { call: 'Call', gather: 'Read', choose: 'Choose', task: 'Ask',
	wait: 'Wait', repeat: 'Repeat', finish: 'Finish', compensate: 'Undo',
	playbook: 'Playbook', assist: 'Assist' };

/** @param {string} kind */
export const kindWord = (kind) => KINDS[kind] || sentence(kind);

/** @param {string} id */
export const stepWord = (id) => sentence(id.replace(/^playbook:/, ''));

/**
 * @param {{ graph: Graph, chosen: string, taken?: Set<string>,
 *	edges?: Set<string>, current?: string }} props
 *	taken: the steps a run has been to; current: where it is now
 */
export function StepGraph({ graph, chosen, taken, edges, current = '' }) {
	const drawing = useMemo(() => layers(graph.nodes.map((n) => n.id),
		graph.edges), [graph]);
	/** @param {{ from: string, to: string, back: boolean }} line */
	const look = (line) => ['line', line.back && 'back',
		edges?.has(`${line.from} ${line.to}`) && 'lit',
		(line.from === chosen || line.to === chosen) && 'near']
		.filter(Boolean).join(' ');
	const size = { width: `${drawing.width}px`, height: `${drawing.height}px` };
	return html`<div class="graph-box" role="group" tabindex="0"
		aria-label="The steps as a graph"><div class=${`graph${taken ?
		' with-way' : ''}`} style=${size}><svg ...${size} aria-hidden="true"
		viewBox=${`0 0 ${drawing.width} ${drawing.height}`}>
		${drawing.lines.map((line) => html`<g key=${`${line.from} ${line.to}`}
			class=${look(line)}><path d=${line.path} /><${Arrow} line=${line}
			places=${drawing.places} /></g>`)}</svg>
		${graph.nodes.map((node) => {
		const at = drawing.places.get(node.id);
		const lit = taken?.has(node.id);
		const here = node.id === current;
		return at && html`<a key=${node.id} href=${queryHref({ step: node.id })}
			class=${`node kind-${node.kind}${lit ? ' lit' : ''}${here ?
			' current' : ''}`} aria-current=${node.id === chosen ? 'true' :
			undefined} title=${stepWord(node.id)} style=${{
			left: `${at.x - NODE.width / 2}px`, top: `${at.y - NODE.height / 2}px`,
			width: `${NODE.width}px`, height: `${NODE.height}px` }}>
			<span class="node-kind">${kindWord(node.kind)}</span><span
			class="sr">: </span><span class="node-name clip">${stepWord(node.id)}
			</span>${lit && html`<span class="sr">, taken</span>`}${here &&
			html`<span class="sr">, here now</span>`}</a>`;
	})}</div></div>`;
}

/** At the end of a line; a line back ends at the bottom of its step.
 * @param {{ line: { to: string, back: boolean },
 *	places: Map<string, { x: number, y: number }> }} props */
function Arrow({ line, places }) {
	const at = places.get(line.to);
	if (!at)
		return null;
	const up = line.back ? -1 : 1;
	const y = at.y - up * NODE.height / 2;
	return html`<path class="arrow" d=${`M${at.x} ${y}l-4 ${-7 * up}h8z`} />`;
}
