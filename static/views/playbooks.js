// All playbooks: which version is in force, who brought it in and when, and how
// many open runs each version still has.
import { html } from '../vendor/preact.js';
import { usePoll } from '../lib/poll.js';
import { playbookHref } from '../lib/route.js';
import { plural } from '../lib/format.js';
import { issueWord } from '../lib/words.js';
import { Ago, Empty, ErrorBar, Person, Skeleton } from '../ui/parts.js';
import { askActivate, cannot, earlier } from './activate.js';

/** @typedef {import('../types.js').Version} Version */

/** One row a playbook, its versions newest first.
 * @param {Version[]} versions newest first */
function byName(versions) {
	/** @type {Map<string, Version[]>} */
	const names = new Map();
	for (const d of versions)
		names.set(d.name, [...names.get(d.name) || [], d]);
	return [...names.values()].sort((a, b) => a[0].name < b[0].name ? -1 : 1);
}

/** Versions that still have runs, besides the one in force.
 * @param {{ versions: Version[] }} props */
const Older = ({ versions }) => {
	const older = versions.filter((d) => !d.active && d.openRuns);
	return older.length ? html`${older.map((d, i) => html`${i ? ', ' : ''}<a
		key=${d.version} href=${playbookHref(d.name, d.version)}>v${d.version}:
		${' '}${plural(d.openRuns, 'run')}</a>`)}` : html`<span class="muted">–</span>`;
};

/** @param {{ versions: Version[] }} props */
function Back({ versions }) {
	const to = earlier(versions), why = cannot('rollback');
	return to && html`<span class="row-buttons"><button class="button small"
		disabled=${why !== ''} title=${why} onClick=${() => void askActivate(
		to.name, 'rollback', to.version)}>Roll back to v${to.version}…<span
		class="sr"> ${issueWord(to.name)}</span></button></span>`;
}

export function Playbooks() {
	const polled = usePoll('/v1/playbooks', 15000);
	const all = /** @type {Version[] | null} */ (polled.data?.data ||
		null);
	const rows = byName(all || []);
	return html`<div class="page playbooks">
		<header class="page-head"><h1>Playbooks</h1></header>
		<${ErrorBar} problem=${polled.error} retry=${polled.reload}
			old=${rows.length > 0 && polled.at} />
		${!all && polled.slow && html`<${Skeleton} rows=${8} />`}
		${all && !rows.length && html`<${Empty} icon="playbook"
			title="No playbook is in force"><p>Bring the ones under conf/ in
			with:</p><pre class="example">mendctl activate</pre></${Empty}>`}
		${rows.length > 0 && html`<div class="table-box"><table
			class="table plain"><thead><tr><th scope="col">Playbook</th>
			<th scope="col">In force</th><th scope="col" class="right">Open
			runs</th><th scope="col">On older versions</th><th scope="col"
			class="right">Versions</th><th scope="col">In force since</th><th
			scope="col"><span class="sr">What can be done</span></th></tr></thead><tbody>${rows.map((versions) => {
		const [newest] = versions;
		const active = versions.find((d) => d.active);
		return html`<tr key=${newest.name}><th scope="row"><a
			href=${playbookHref(newest.name)}>${issueWord(newest.name)}</a></th>
			<td data-label="In force">${active ? `v${active.version}` :
			html`<span class="tag amber">none</span>`}</td>
			<td class="right num" data-label="Open runs">${active ? active.openRuns :
			0}</td><td data-label="On older versions"><${Older}
			versions=${versions} /></td>
			<td class="right num" data-label="Versions">${versions.length}</td>
			<td data-label="In force since">${active ? html`<span class="muted"><${Ago}
			at=${active.activatedAt} /></span> <${Person}
			name=${active.activatedBy} />` : '–'}</td><td
			class="adapter-actions"><${Back} versions=${versions} /></td></tr>`;
	})}</tbody></table></div>`}</div>`;
}
