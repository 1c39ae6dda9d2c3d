// A playbook's steps as a graph: which step leads where, and by what. Reads
// the stored version, in which sub-playbooks are resolved; where a step says
// nothing, the defaults of engine/flow/playbook.h hold.
import { sentence } from './words.js';

/**
 * @typedef {{ id: string, kind: string, step: any, parent: string }} Node
 *	parent: the repeat it stands in, or ''; step: as in the playbook, null
 *	for another playbook that it hands over to
 * @typedef {{ from: string, to: string, labels: string[] }} Edge
 * @typedef {{ nodes: Node[], edges: Edge[] }} Graph
 */

/** Where a step may go by a member of its own, and what that is called.
 * @type {readonly [string, string][]} */
const EXITS = [['onApprove', 'approved'], ['onReject', 'rejected'],
	['onVoid', 'the facts moved'], ['onDue', 'overdue'],
	['onTimeout', 'timed out'], ['onStale', 'facts too old'],
	['onFailure', 'failed'], ['onUnknown', 'outcome unknown'],
	['onExhausted', 'attempts used up']];

/** How going on is called where it is not the only way. */
const ONWARD = /** @type {Record<string, string>} */ ({ repeat: 'done',
	call: 'done', gather: 'read', wait: 'heard', task: 'approved',
	compensate: 'undone' });

/** @param {any} playbook @returns {Graph} */
export function graphOf(playbook) {
	/** @type {Node[]} */
	const nodes = [];
	/** @type {Map<string, Edge>} */
	const edges = new Map();
	/** @param {string} from @param {any} to @param {string} label */
	const lead = (from, to, label) => {
		if (typeof to !== 'string' || to === 'hold' || to === 'fail')
			return;
		const key = `${from} ${to}`;
		const edge = edges.get(key) || { from, to, labels: [] };
		if (label && !edge.labels.includes(label))
			edge.labels.push(label);
		edges.set(key, edge);
	};
	/** @param {string} name */
	const handOver = (name) => {
		const id = `playbook:${name}`;
		if (!nodes.some((n) => n.id === id))
			nodes.push({ id, kind: 'playbook', step: null, parent: '' });
		return id;
	};
	/** @param {any} step @param {string} onward */
	const rules = (step, onward) => {
		for (const rule of [...step.rules || [], ...step.stop || []])
			lead(step.step, rule.route ? handOver(rule.route) :
				rule.next || (step.kind === 'choose' ? onward : null),
			sentence(rule.name || 'else'));
	};
	/** @param {any[]} list @param {string} parent */
	const walk = (list, parent) => list.forEach((step, i) => {
		const id = String(step.step);
		const onward = step.next || list[i + 1]?.step || parent;
		nodes.push({ id, kind: step.kind, step, parent });
		rules(step, onward);
		if (step.kind === 'repeat') {
			lead(id, step.steps?.[0]?.step, 'a round');
			walk(step.steps || [], id);
		}
		if (step.kind === 'task' ? !step.onApprove :
			!['choose', 'finish'].includes(step.kind))
			lead(id, onward, ONWARD[step.kind] || '');
		if (step.kind === 'task' && !step.onReject)
			lead(id, onward, 'rejected');
		for (const [member, label] of EXITS)
			lead(id, step[member], label);
		for (const other of step.alternatives || [])
			lead(id, other.next, sentence(other.name || ''));
	});
	walk(Array.isArray(playbook?.steps) ? playbook.steps : [], '');
	const known = new Set(nodes.map((n) => n.id));
	return { nodes, edges: [...edges.values()].filter((e) => e.from !== e.to &&
		known.has(e.from) && known.has(e.to)) };
}

/**
 * Which steps of its playbook a run has been to, in order. Intake and playbook
 * may share names of steps: only what came after the hand-over counts.
 * @param {Graph} graph @param {string} name of the playbook
 * @param {import('../types.js').Run} run
 * @param {import('../types.js').AuditEntry[]} entries
 * @param {import('../types.js').Call[]} calls
 * @param {import('../types.js').Task[]} tasks
 */
export function wayTaken(graph, name, run, entries, calls, tasks) {
	const parent = new Map(graph.nodes.map((n) => [n.id, n.parent]));
	const leads = new Set(graph.edges.map((e) => `${e.from} ${e.to}`));
	const routed = entries.filter((e) => e.kind === 'ROUTED');
	const mine = routed.findLastIndex((e) =>
		/** @type {any} */ (e.data)?.playbook === name);
	if (mine < 0)
		return { steps: [], edges: new Set() };
	const since = Date.parse(routed[mine].at);
	const until = routed[mine + 1] ? Date.parse(routed[mine + 1].at) : Infinity;
	/** @type {{ at: number, step: string }[]} */
	const seen = [];
	/** @param {string} at @param {any} step */
	const saw = (at, step) => {
		const time = Date.parse(at);
		if (time >= since && time <= until && parent.has(step))
			seen.push({ at: time, step });
	};
	for (const e of entries)
		saw(e.at, /** @type {any} */ (e.data)?.step);
	for (const call of calls)
		saw(call.intentAt, call.step);
	for (const task of tasks)
		saw(task.createdAt, task.step);
	seen.sort((a, b) => a.at - b.at);
	/** @type {string[]} */
	const steps = [];
	/** @param {string} step */
	const enter = (step) => {
		const last = steps.at(-1) || '';
		if (last === step)
			return;
		// Rounds of a repeat begin and end at it, which nothing writes down.
		const round = [parent.get(last), parent.get(step)].find((p) => p &&
			p !== last && p !== step && !leads.has(`${last} ${step}`));
		if (round && (!last || leads.has(`${last} ${round}`)))
			steps.push(round);
		steps.push(step);
	};
	for (const { step } of seen)
		enter(step);
	if (run.playbook === name && run.step && parent.has(run.step))
		enter(run.step);
	/** @type {Set<string>} */
	const edges = new Set();
	for (let i = 1; i < steps.length; i++)
		edges.add(`${steps[i - 1]} ${steps[i]}`);
	return { steps, edges };
}
