// What a person can choose between: the proposal and its alternatives side by
// side, each with its cost, who bears it, and whether it can be taken back. A
// choice is not a decision: approving comes after it.
import { html, signal } from '../vendor/preact.js';
import { useKeys } from '../lib/keys.js';
import { Icon } from '../lib/icons.js';
import { announce } from '../lib/notices.js';
import { ruleWords, sentence, valueWords } from '../lib/words.js';
import { Changing, Keys, Money, Prose } from '../ui/parts.js';

/** @typedef {import('../types.js').Task} Task */
/** @typedef {import('../types.js').Alternative} Alternative */

/** What is chosen, by task. @type {import('../vendor/preact.js')
 *	.Signal<Record<string, string>>} */
const chosen = signal({});

const PROPOSAL = 'proposal';

/** @param {Task} task */
const isOpen = (task) => ['OPEN', 'CLAIMED'].includes(task.state);

/** @param {Task} task */
const waysOf = (task) => task.proposal?.alternatives || [];

/** The name of what is chosen. A second signature is for what the first one
 * was for. @param {Task} task */
export function chosenName(task) {
	if (task.alternative || task.approvalCount > 0 || !isOpen(task))
		return task.alternative || PROPOSAL;
	const name = chosen.value[task.taskId];
	return waysOf(task).some((w) => w.name === name) ? name : PROPOSAL;
}

/** The task as if what is chosen were its proposal.
 * @param {Task} task @returns {Task} */
export function asChosen(task) {
	const name = chosenName(task);
	const way = waysOf(task).find((w) => w.name === name);
	if (!way || name === PROPOSAL)
		return task;
	return { ...task, title: wayWord(way), amountMinor: way.amountMinor,
		currency: way.currency ?? task.currency,
		approvalsNeeded: way.approvalsNeeded ?? task.approvalsNeeded,
		proposal: { ...task.proposal, text: way.text, action: way.action,
			amountMinor: way.amountMinor, currency: way.currency,
			payee: way.payee, reversible: way.reversible,
			form: way.form || task.proposal.form } };
}

/** @param {Alternative} way */
export const wayWord = (way) => way.name === PROPOSAL ? 'Proposal' :
	sentence(way.name);

const BEARERS = /** @type {Record<string, string>} */ ({ mend: 'us',
	seller: 'the seller', buyer: 'the buyer' });

/** @param {{ task: Task }} props */
export function Ways({ task }) {
	const ways = waysOf(task);
	const name = chosenName(task);
	const fixed = !isOpen(task) || task.approvalCount > 0;
	/** @param {Alternative} way */
	const choose = (way) => {
		chosen.value = { ...chosen.value, [task.taskId]: way.name };
		announce(`Chosen: ${wayWord(way)}`);
	};
	useKeys(ways.slice(0, 9).map((way, i) => ({ key: String(i + 1),
		label: `Choose: ${wayWord(way)}`, group: 'Case', icon: 'check',
		disabled: fixed && 'It is chosen already', run: () => choose(way) })));
	return html`<section class="ways" aria-label="What will happen">
		<h3 id="ways-title">Choose what will happen</h3>
		<div class="way-list" role="radiogroup" aria-labelledby="ways-title">${ways
			.map((way, i) => html`<label key=${way.name} class="way">
			<span class="way-head"><input type="radio" name="way"
				value=${way.name} checked=${way.name === name} disabled=${fixed}
				onChange=${() => choose(way)} /><strong>${wayWord(way)}</strong>
				${way.recommended && html`<span class="tag violet"><${Icon}
				name="star" />Recommended</span>`}<span class="grow" />
				${!fixed && i < 9 && html`<${Keys} keys=${String(i + 1)} />`}</span>
			<span class="way-text"><${Changing} value=${way.text}><${Prose}
				text=${way.text} /></${Changing}></span>
			<${WayFacts} way=${way} /></label>`)}</div>
		<${NotOffered} task=${task} />
		${task.proposal.rejectText && html`<p class="muted">If you reject:${' '}
			<${Prose} text=${task.proposal.rejectText} /></p>`}
	</section>`;
}

/** @param {{ way: Alternative }} props */
const WayFacts = ({ way }) => html`<span class="way-facts">
	${way.amountMinor !== null && way.amountMinor !== undefined && html`<span>
		<span class="muted">Moves </span><${Money} minor=${way.amountMinor}
		currency=${way.currency} />${way.payee && html` <span class="muted">to</span>
		${' '}${way.payee}`}</span>`}
	${way.cost && html`<span><span class="muted">Costs </span>${way.cost.bearer ?
		`${BEARERS[way.cost.bearer] || way.cost.bearer} ` : ''}${way.cost
		.amountMinor === 0 ? 'nothing' : html`<${Money} minor=${way.cost
		.amountMinor} currency=${way.cost.currency} />`}</span>`}
	<span>${way.action ? html`<span class="muted">By </span>${sentence(way.action
		.operation.split('.')[0])}` : 'Nothing is sent'}</span>
	${(way.action || way.reversible) && html`<span class=${way.reversible === false ? 'tone-orange state' : ''}>${way
		.reversible === false ? html`<${Icon} name="lock" />Cannot be taken back` :
		way.reversible ? 'Can be reversed' : 'Not known whether reversible'}</span>`}
	${(way.approvalsNeeded || 1) > 1 && html`<span class="state"><${Icon}
		name="eyes" />${way.approvalsNeeded} people must sign</span>`}</span>`;

/** @param {{ task: Task }} props */
function NotOffered({ task }) {
	const list = task.proposal.notOffered || [];
	return list.length ? html`<details class="not-offered"><summary>${list
		.length} not offered</summary><ul>${list.map((way) => html`<li
		key=${way.name}><strong>${sentence(way.name)}</strong>: ${(way.why || [])
		.map((w) => `${sentence(w.field).toLowerCase()} ${ruleWords(w
		.operator, w.field, w.expected).join(' ').trim()}, seen ${valueWords(w.field,
		w.seen)}`).join('; ')}</li>`)}</ul></details>` : null;
}
