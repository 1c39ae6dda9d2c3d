// What a decision rests on: why automation stopped, each fact with its source
// and age, contradictions beside the fact they hit, seats side by side.
import { html } from '../vendor/preact.js';
import { Icon } from '../lib/icons.js';
import { ruleWords, sentence, sourceWord, thresholdWords, valueWords } from '../lib/words.js';
import { Ago, Prose } from '../ui/parts.js';

/** @typedef {import('../types.js').Task} Task */
/** @typedef {import('../types.js').CaseFile} CaseFile */

/** @param {{ title: string, count?: number, children?: any, id?: string,
 *	tone?: string }} props */
export const Section = ({ title, count, children, id, tone = '' }) => html`<section
	class=${`block ${tone}`} id=${id} aria-label=${title}><h3>${title}${count ?
	html` <span class="count num">${count}</span>` : null}</h3>${children}
	</section>`;

/** Why automation stopped: the rule, the threshold, the value seen.
 * @param {{ task: Task }} props */
export function Why({ task }) {
	const why = task.proposal?.why || [];
	const currency = task.currency || task.proposal?.currency;
	return html`<${Section} title="Why it stopped">
		<p><${Prose} text=${task.reason} /></p>
		${why.length > 0 && html`<table class="facts"><thead><tr>
			<th scope="col">Fact</th><th scope="col">Rule</th>
			<th scope="col">Seen</th></tr></thead><tbody>${why.map((w, i) =>
			html`<tr key=${i}><th scope="row">${sentence(w.field)}</th>
			<td><${Rule} why=${w} currency=${currency} />${w.from && html`<span
			class="muted from">${thresholdWords(w.from)}</span>`}</td>
			<td class="seen">${valueWords(w.field, w.seen, currency)}</td></tr>`)}
		</tbody></table>`}</${Section}>`;
}

/** @param {{ why: any, currency?: string | null }} props */
function Rule({ why, currency }) {
	const [is, what] = ruleWords(why.operator, why.field, why.expected, currency);
	return html`<span class="muted">${is} </span>${what}`;
}

/** @param {{ task: Task }} props */
export function Changes({ task }) {
	const changes = task.proposal?.changes || [];
	if (!changes.length && !task.supersedes)
		return null;
	return html`<${Section} title="Changed since the last decision" tone="amber">
		<p>The facts moved after an earlier decision, so it was not executed
		and this question takes its place.</p>
		<${ChangeTable} changes=${changes} currency=${task.currency} />
	</${Section}>`;
}

/** @param {{ changes: import('../types.js').Change[],
 *	currency?: string | null }} props */
export const ChangeTable = ({ changes, currency }) => changes.length ?
	html`<table class="facts"><thead><tr><th scope="col">Fact</th>
	<th scope="col">Before</th><th scope="col">Now</th></tr></thead>
	<tbody>${changes.map((c, i) => html`<tr key=${i}><th scope="row">${sentence(
	c.field)}</th><td class="muted">${valueWords(c.field, c.before, currency)}
	</td><td class="seen">${valueWords(c.field, c.after, currency)}</td></tr>`)}
	</tbody></table>` : null;

/** @param {{ task: Task, file: CaseFile | null }} props */
export function Evidence({ task, file }) {
	const facts = task.proposal?.evidence || [];
	const clashes = file?.contradictions || [];
	const currency = task.currency || task.proposal?.currency ||
		file?.order?.currency;
	/** @param {string} field */
	const clashOf = (field) => clashes.find((c) => c.field === field ||
		c.otherField === field);
	const loose = clashes.filter((c) => !facts.some((f) =>
		f.field === c.field || f.field === c.otherField));
	return html`<${Section} title="Evidence" count=${facts.length}>
		${facts.length === 0 && html`<p class="muted">No fact was needed for
			this question.</p>`}
		${loose.map((c, i) => html`<${Clash} key=${i} clash=${c}
			currency=${currency} />`)}
		${facts.length > 0 && html`<table class="facts"><thead><tr>
			<th scope="col">Fact</th><th scope="col">Value</th>
			<th scope="col">Source</th><th scope="col">Read</th></tr></thead>
			<tbody>${facts.map((fact) => {
			const clash = clashOf(fact.field);
			const missing = fact.value === null;
			return html`<tr key=${fact.field}><th scope="row">${sentence(fact.field)}</th>
				<td class=${missing ? 'muted' : 'seen'}>${missing ?
				'Not known' : valueWords(fact.field, fact.value, currency)}</td>
				<td class="muted">${sourceWord(fact.source)}</td>
				<td class="muted nowrap"><${Ago} at=${fact.fetchedAt} /></td></tr>
				${clash && html`<tr key=${`${fact.field} clash`} class="clash-row">
				<td colspan="4"><${Clash} clash=${clash} currency=${currency} /></td>
				</tr>`}`;
		})}</tbody></table>`}</${Section}>`;
}

/** @param {{ clash: import('../types.js').Contradiction,
 *	currency?: string | null }} props */
export const Clash = ({ clash, currency }) => html`<p class="clash"><${Icon}
	name="warning" /><span>Contradiction: ${sentence(clash.field)} says
	<strong> ${valueWords(clash.field, clash.value, currency)}</strong>,
	${' '}${sentence(clash.otherField).toLowerCase()} says <strong>${valueWords(
	clash.otherField, clash.otherValue, currency)}</strong>.</span></p>`;

/** Seats as sold and as delivered, the differences marked.
 * @param {{ order: any }} props */
export function Seats({ order }) {
	const sold = order?.listed, got = order?.delivered;
	if (!sold || !got)
		return null;
	const rows = ['section', 'row', 'seats'].map((key) => ({ key,
		sold: valueWords('', sold[key]), got: valueWords('', got[key]) }));
	if (rows.every((r) => r.sold === r.got))
		return null;
	return html`<${Section} title="Seats, sold and delivered">
		<table class="facts seats"><thead><tr><td></td><th scope="col">Sold</th>
		<th scope="col">Delivered</th></tr></thead><tbody>${rows.map((r) =>
		html`<tr key=${r.key}><th scope="row">${sentence(r.key)}</th><td>${r.sold}
		</td><td class=${r.sold === r.got ? '' : 'differs'}>${r.got}${r.sold ===
		r.got ? null : html`<span class="tag amber">differs</span>`}</td></tr>`)}
		</tbody></table></${Section}>`;
}

/** @param {{ task: Task, file: CaseFile | null }} props */
export function TriedList({ task, file }) {
	const tried = task.proposal?.tried?.length ? task.proposal.tried :
		file?.tried || [];
	if (!tried.length)
		return null;
	return html`<${Section} title="Already tried" count=${tried.length}>
		<ol class="tried">${tried.map((t, i) => html`<li key=${i}><${Ago}
		at=${t.at} class="muted" /><span>${sentenceText(t.what)}</span><span
		class="tried-result">${sentenceText(t.result)}</span></li>`)}</ol>
		</${Section}>`;
}

/** Names become words; sentences stay as they are. @param {any} text */
export const sentenceText = (text) => /^[a-z]+([._][a-zA-Z]+)*$|^[A-Z_]+$/
	.test(String(text)) ? sentence(String(text)) : String(text ?? '–');

/** What both sides wrote, newest last. @param {{ order: any }} props */
export function Contacts({ order }) {
	const contacts = Array.isArray(order?.contacts) ? order.contacts : [];
	if (!contacts.length)
		return null;
	return html`<${Section} title="Contacts" count=${contacts.length}>
		<ol class="contacts">${contacts.map((/** @type {any} */ c,
		/** @type {number} */ i) => html`<li key=${i}><div class="muted">${sentence(
		String(c.from ?? ''))}${c.to ? html` to ${sentence(String(c.to))
		.toLowerCase()}` : null} · <${Ago} at=${c.at} /></div>
		<div>${String(c.text ?? '')}</div></li>`)}</ol></${Section}>`;
}
