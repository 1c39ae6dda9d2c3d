// The graph of a playbook. Its nodes are links, in the order the steps are
// written, over the lines; what a line means stands with the step that it leaves.
import { html, useEffect, useMemo, useRef } from '../vendor/preact.js';
import { queryHref } from '../lib/route.js';
import { layers, NODE } from '../lib/layers.js';
import { sentence } from '../lib/words.js';

/** @typedef {import('../types.js').Graph} Graph */

/** @type {Record<string, string>} */
const KINDS = { call: 'Call', gather: 'Read', choose: 'Choose', task: 'Ask',
	wait: 'Wait', repeat: 'Repeat', finish: 'Finish', compensate: 'Undo',
	route: 'Playbook', hold: 'Hold', assist: 'Assist' };

/** @param {string} kind */
export const kindWord = (kind) => KINDS[kind] || sentence(kind);

/** @param {string} step "ask_refund", "to triage" */
export const stepWord = (step) => step === 'hold' ? 'Held for a person' :
	sentence(step.replace(/^to /, ''));

/** What leads along a line, in words. @param {string} label */
export const edgeWords = (label) => label.split(', ').map((one) =>
	sentence(one).toLowerCase()).join(', ');

/** @param {{ graph: Graph, chosen: string }} props */
export function StepGraph({ graph, chosen }) {
	const drawing = useMemo(() => layers(graph.nodes.map((n) => n.step),
		graph.edges.filter((e) => e.from !== e.to)), [graph]);
	const taken = new Set(graph.edges.filter((e) => e.taken)
		.map((e) => `${e.from} ${e.to}`));
	/** @param {{ from: string, to: string, back: boolean }} line */
	const look = (line) => ['line', line.back && 'back',
		taken.has(`${line.from} ${line.to}`) && 'lit',
		(line.from === chosen || line.to === chosen) && 'near']
		.filter(Boolean).join(' ');
	const box = useRef(/** @type {HTMLElement | null} */ (null));
	const at = drawing.places.get(chosen);
	// A step that is out of sight comes into the middle.
	useEffect(() => {
		const { current } = box;
		if (!current || !at)
			return;
		/** @param {number} place @param {number} from @param {number} room */
		const hidden = (place, from, room) => place < from + NODE.height / 2 ||
			place > from + room - NODE.height / 2;
		if (hidden(at.x, current.scrollLeft, current.clientWidth) ||
			hidden(at.y, current.scrollTop, current.clientHeight))
			current.scrollTo(at.x - current.clientWidth / 2,
				at.y - current.clientHeight / 2);
	}, [chosen, at?.x, at?.y]);
	const size = { width: `${drawing.width}px`, height: `${drawing.height}px` };
	return html`<div class="graph-box" role="group" tabindex="0"
		ref=${box}
		aria-label="The steps as a graph"><div class=${`graph${graph.runId ?
		' with-way' : ''}`} style=${size}><svg ...${size} aria-hidden="true"
		viewBox=${`0 0 ${drawing.width} ${drawing.height}`}>
		${drawing.lines.map((line) => html`<g key=${`${line.from} ${line.to}`}
			class=${look(line)}><path d=${line.path} /><${Arrow} line=${line}
			places=${drawing.places} /></g>`)}</svg>
		${graph.nodes.map((node) => {
		const at = drawing.places.get(node.step);
		return at && html`<a key=${node.step}
			href=${queryHref({ step: node.step })}
			class=${`node kind-${node.kind}${node.taken ? ' lit' : ''}${node.here ?
			' current' : ''}`} aria-current=${node.step === chosen ? 'true' :
			undefined} title=${stepWord(node.step)} style=${{
			left: `${at.x - NODE.width / 2}px`, top: `${at.y - NODE.height / 2}px`,
			width: `${NODE.width}px`, height: `${NODE.height}px` }}>
			<span class="node-kind">${kindWord(node.kind)}${node.visits > 1 &&
			html` <span class="num">×${node.visits}</span>`}</span><span
			class="sr">: </span><span class="node-name clip">${stepWord(node.step)}
			</span>${node.taken && html`<span class="sr">, taken</span>`}${node
			.here && html`<span class="sr">, here now</span>`}</a>`;
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
