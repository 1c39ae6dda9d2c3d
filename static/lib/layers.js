// Draws a graph in layers, from top to bottom: cycles are opened, every node
// gets the layer of its longest way, long edges get a bend in each layer they
// cross, and a few sweeps bring neighbours together. Pure: numbers in, numbers
// out, the same every time.

/**
 * @typedef {{ id: string, x: number, y: number }} Place centre of a node
 * @typedef {{ from: string, to: string, path: string, back: boolean }} Line
 * @typedef {{ width: number, height: number, places: Map<string, Place>,
 *	lines: Line[] }} Drawing
 * @typedef {{ id: string, width: number, layer: number, x: number,
 *	up: Cell[], down: Cell[] }} Cell a node, or the bend of a long edge
 */

export const NODE = { width: 168, height: 38, gap: 24, rows: 84, bend: 20 };
const SWEEPS = 24;
const MARGIN = 12;

/** Edges that close a circle, seen from the first node on.
 * @param {string[]} ids @param {{ from: string, to: string }[]} edges */
function backEdges(ids, edges) {
	const back = new Set();
	/** @type {Map<string, 'open'|'done'>} */
	const state = new Map();
	/** @param {string} id */
	const visit = (id) => {
		state.set(id, 'open');
		for (const edge of edges) {
			if (edge.from !== id)
				continue;
			if (state.get(edge.to) === 'open')
				back.add(edge);
			else if (!state.has(edge.to))
				visit(edge.to);
		}
		state.set(id, 'done');
	};
	for (const id of ids)
		if (!state.has(id))
			visit(id);
	return back;
}

/** @param {string[]} ids @param {{ from: string, to: string }[]} edges acyclic
 * @returns {Map<string, number>} */
function layerOf(ids, edges) {
	/** @type {Map<string, number>} */
	const layer = new Map();
	/** @param {string} id @returns {number} */
	const depth = (id) => {
		const known = layer.get(id);
		if (known !== undefined)
			return known;
		const own = Math.max(-1, ...edges.filter((e) => e.to === id)
			.map((e) => depth(e.from))) + 1;
		layer.set(id, own);
		return own;
	};
	ids.forEach(depth);
	return layer;
}

/** @param {Cell[]} near */
const middle = (near) => near.reduce((sum, c) => sum + c.x, 0) / near.length;

/** Keeps the order of a row and its distances, near to what is wished.
 * @param {Cell[]} row @param {number[]} wished */
function spread(row, wished) {
	/** @param {number} a @param {number} b */
	const apart = (a, b) => (row[a].width + row[b].width) / 2 + NODE.gap;
	const left = [...wished], right = [...wished];
	for (let i = 1; i < row.length; i++)
		left[i] = Math.max(left[i], left[i - 1] + apart(i - 1, i));
	for (let i = row.length - 2; i >= 0; i--)
		right[i] = Math.min(right[i], right[i + 1] - apart(i, i + 1));
	// The mean of two rows that keep the distances keeps them too.
	row.forEach((cell, i) => { cell.x = (left[i] + right[i]) / 2; });
}

/** @param {Cell[][]} rows */
function settle(rows) {
	for (const row of rows)
		spread(row, row.map((_, i) => i));
	for (let sweep = 0; sweep < SWEEPS; sweep++) {
		const down = sweep % 2 === 0;
		for (const row of down ? rows : [...rows].reverse()) {
			const wish = new Map(row.map((c) => {
				const near = down ? c.up : c.down;
				return [c, near.length ? middle(near) : c.x];
			}));
			// The order is free in the first half, then it stays.
			if (sweep < SWEEPS / 2)
				row.sort((a, b) => Number(wish.get(a)) - Number(wish.get(b)));
			spread(row, row.map((c) => Number(wish.get(c))));
		}
	}
	const all = rows.flat();
	const left = Math.min(...all.map((c) => c.x - c.width / 2));
	for (const cell of all)
		cell.x += MARGIN - left;
}

/** @param {[number, number][]} points from top to bottom */
function curve(points) {
	let path = `M${points[0].map(Math.round).join(' ')}`;
	for (let i = 1; i < points.length; i++) {
		const [x0, y0] = points[i - 1], [x1, y1] = points[i];
		const bend = (y1 - y0) / 2;
		path += `C${[x0, y0 + bend, x1, y1 - bend, x1, y1].map(Math.round)
			.join(' ')}`;
	}
	return path;
}

/**
 * @param {string[]} ids in the order they are written
 * @param {{ from: string, to: string }[]} edges
 * @returns {Drawing}
 */
export function layers(ids, edges) {
	const back = backEdges(ids, edges);
	const flow = edges.map((e) => back.has(e) ? { from: e.to, to: e.from } : e);
	const layer = layerOf(ids, flow);
	/** @type {Cell[][]} */
	const rows = [];
	/** @param {string} id @param {number} width @param {number} at */
	const cell = (id, width, at) => {
		/** @type {Cell} */
		const made = { id, width, layer: at, x: 0, up: [], down: [] };
		(rows[at] ||= []).push(made);
		return made;
	};
	/** @type {Map<string, Cell>} */
	const nodes = new Map(ids.map((id) => [id, cell(id, NODE.width,
		layer.get(id) || 0)]));
	const chains = flow.map(({ from, to }) => {
		const first = /** @type {Cell} */ (nodes.get(from));
		const last = /** @type {Cell} */ (nodes.get(to));
		const chain = [first];
		for (let at = first.layer + 1; at < last.layer; at++)
			chain.push(cell('', NODE.bend, at));
		chain.push(last);
		chain.forEach((c, i) => {
			if (chain[i + 1]) {
				c.down.push(chain[i + 1]);
				chain[i + 1].up.push(c);
			}
		});
		return chain;
	});
	if (!rows.length)
		return { width: 0, height: 0, places: new Map(), lines: [] };
	settle(rows);
	/** @param {number} at */
	const y = (at) => MARGIN + NODE.height / 2 + at * NODE.rows;
	const lines = edges.map((edge, i) => {
		const points = chains[i].map((c, at) => /** @type {[number, number]} */ ([
			c.x, y(c.layer) + (at === 0 ? NODE.height / 2 :
				at === chains[i].length - 1 ? -NODE.height / 2 : 0)]));
		return { from: edge.from, to: edge.to, back: back.has(edge),
			path: curve(points) };
	});
	return {
		width: Math.round(Math.max(...rows.flat().map((c) => c.x + c.width / 2)) +
			MARGIN),
		height: y(rows.length - 1) + NODE.height / 2 + MARGIN,
		places: new Map([...nodes].map(([id, c]) => [id, { id,
			x: Math.round(c.x), y: y(c.layer) }])),
		lines,
	};
}
