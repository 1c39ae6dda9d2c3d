// The case file: what is known about the order, one card per system, every
// card with its source and age, contradictions on top.
import { html } from '../vendor/preact.js';
import { Icon } from '../lib/icons.js';
import { isTime, issueWord, plain, ruleWords, sentence, valueWords } from '../lib/words.js';
import { Ago, Empty, Money, Prose } from '../ui/parts.js';
import { Clash, Contacts, Seats, TriedList } from './evidence.js';

/** @typedef {import('../types.js').CaseFile} CaseFile */

/** Systems in the order people ask about them. */
const CARDS = ['order', 'event', 'transfer', 'supplier', 'payment', 'quote'];
/** Parts with a place of their own, or that repeat what stands elsewhere. */
const APART = new Set([...CARDS, 'orderId', 'classification', 'contradictions',
	'tried', 'sources', 'signals', 'request', 'changes', 'stopped']);
const ICONS = /** @type {Record<string, string>} */ ({ order: 'inbox',
	event: 'ticket', transfer: 'next', supplier: 'person', payment: 'money',
	quote: 'money', request: 'info', signals: 'signal' });

/** Shown elsewhere, or said by every amount. */
const SAID = new Set(['orderId', 'currency', 'contacts']);

/** @param {Record<string, any>} section @returns {[string, any][]} */
function facts(section) {
	// What it is doing comes first.
	return Object.entries(section).filter(([key]) => !SAID.has(key))
		.sort(([a], [b]) => Number(b === 'status') - Number(a === 'status'));
}

/** @param {{ field: string, value: any, currency?: string }} props */
function Fact({ field, value, currency }) {
	if (value === null || value === undefined || value === '')
		return html`<span class="none">–</span>`;
	if (typeof value === 'number' && /Minor$/.test(field))
		return html`<${Money} minor=${value} currency=${currency} />`;
	if (isTime(value))
		return html`<${Ago} at=${value} />`;
	if (Array.isArray(value) && value.some((v) => v && typeof v === 'object'))
		return html`<ul class="fact-list">${value.map((v, i) => html`<li
			key=${i}>${valueWords('', v, currency)}</li>`)}</ul>`;
	if (typeof value === 'object' && !Array.isArray(value))
		return html`<span class="fact-parts">${Object.entries(value).map(([key,
			inner]) => html`<span key=${key}><span class="muted">${sentence(key)}
			</span> <${Fact} field=${key} value=${inner} currency=${currency} />
			</span>`)}</span>`;
	return html`<span>${valueWords(field, value, currency)}</span>`;
}

/** @param {{ name: string, section: any, source?: import('../types.js').Source,
 *	currency?: string, clashes?: import('../types.js').Contradiction[] }} props */
function Card({ name, section, source, currency, clashes = [] }) {
	const own = section && typeof section === 'object' ? facts(section) : null;
	const missing = source && source.status !== 'ok' || !section;
	return html`<section class="card" aria-label=${sentence(name)}>
		<header><${Icon} name=${ICONS[name] || 'info'} /><h2>${sentence(name)}</h2>
			<span class="grow" />${source && html`<span class=${`card-source ${
			source.status === 'ok' ? 'muted' : 'tone-amber'}`}>${source.status ===
			'ok' ? null : html`<${Icon} name="warning" />${sentence(source.status)}
			· `}<${Ago} at=${source.fetchedAt} /></span>`}</header>
		${missing && source?.error && html`<p class="card-error tone-red">${source
			.error}</p>`}
		${clashes.map((c, i) => html`<${Clash} key=${i} clash=${c}
			currency=${currency} />`)}
		${own ? html`<dl class="pairs">${own.map(([field, value]) => html`<div
			key=${field}><dt>${sentence(field)}</dt><dd><${Fact} field=${field}
			value=${value} currency=${section.currency || currency} /></dd></div>`)}
			</dl>` : section !== null && section !== undefined && typeof section
			!== 'object' ? html`<p>${String(section)}</p>` : html`<p
			class="muted">Nothing known.</p>`}
	</section>`;
}

/** @param {{ file: CaseFile | null, task?: any }} props */
export function CaseFileView({ file }) {
	// What was asked for is known before anything was read.
	if (!file || !Object.keys(file).some((name) => name !== 'orderId' &&
		Object.keys(file[name] ?? {}).length))
		return html`<${Empty} icon="inbox" title="Nothing gathered yet">The engine
			reads the order, the event, the transfer, the supplier and the payment
			first.</${Empty}>`;
	const clashes = file.contradictions || [];
	const currency = file.order?.currency || file.payment?.currency;
	const known = CARDS.filter((name) => file[name] || file.sources?.[name]);
	const more = Object.keys(file).filter((name) => !APART.has(name) &&
		file[name] !== null && typeof file[name] === 'object');
	const fake = /** @type {any} */ ({ proposal: {} });
	return html`<div class="case-file">
		<${Classification} file=${file} />
		${clashes.map((c, i) => html`<${Clash} key=${i} clash=${c}
			currency=${currency} />`)}
		<div class="cards">
			${known.map((name) => html`<${Card} key=${name} name=${name}
				section=${file[name]} source=${file.sources?.[name]}
				currency=${currency} clashes=${clashes.filter((c) =>
				c.field.startsWith(`${name}.`))} />`)}
			${more.map((name) => html`<${Card} key=${name} name=${name}
				section=${file[name]} source=${file.sources?.[name]}
				currency=${currency} />`)}
			${file.signals && Object.keys(file.signals).length > 0 && html`<${Card}
				name="signals" section=${file.signals} />`}
			${file.request && Object.keys(file.request).length > 0 && html`<${Card}
				name="request" section=${file.request} currency=${currency} />`}
		</div>
		<${Seats} order=${file.order} /><${TriedList} task=${fake} file=${file} />
		<${Contacts} order=${file.order} />
	</div>`;
}

/** @param {any} why */
const rule = (why) => `${sentence(String(why?.field ?? ''))} ${ruleWords(why
	?.operator, 'status', why?.expected).join(' ').trim()}: ${valueWords('status',
	why?.seen)}`;

/** @param {{ file: CaseFile }} props */
function Classification({ file }) {
	const c = file.classification;
	const stopped = file.stopped;
	if (!c)
		return null;
	const why = Array.isArray(c.why) ? c.why : [];
	return html`<section class="classified" aria-label="Classification"><p>
		<strong>${issueWord(c.issueType)}</strong>${c.tier ? html` <span
		class="tag">Tier ${c.tier}: ${['', 'safe to automate', 'needs approval',
		'needs a person'][c.tier]}</span>` : null}${c.confidence !== undefined &&
		c.confidence !== null && html` <span class="muted num">confidence ${
		Math.round(c.confidence <= 1 ? c.confidence * 100 : c.confidence)} %</span>`}
		${c.rule && html` <span class="muted">by rule ${c.rule.replaceAll('_', ' ')}</span>`}</p>
		${stopped?.reason && html`<p><span>Automation stopped at “${plain(String(
			stopped.step ?? ''))}”: <${Prose} text=${String(stopped.reason)} />
			</span></p>`}
		${typeof c.why === 'string' && html`<p class="muted">${c.why}</p>`}
		${why.length > 0 && html`<p class="muted">${why.map((w) => typeof w ===
		'string' ? w : rule(w)).join(' · ')}</p>`}
	</section>`;
}
