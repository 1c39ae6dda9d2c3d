// The form of a task: one control a field, by its type; what was typed outlives
// a refusal; what the server says of a field stands beside it.
import { html } from '../vendor/preact.js';
import { forms, keepDraft } from '../lib/drafts.js';
import { minorDigits } from '../lib/format.js';
import { parseMoney } from '../lib/words.js';

/** @typedef {import('../types.js').FormField} FormField */
/** @typedef {import('../types.js').Problem} Problem */

/** The messages of the server by field.
 * @param {Problem | null} problem @returns {Record<string, string>} */
export function fieldErrors(problem) {
	/** @type {Record<string, string>} */
	const found = {};
	for (const { pointer, detail } of problem?.errors || [])
		if (pointer.startsWith('/form/'))
			found[pointer.slice('/form/'.length).replaceAll('~1', '/')
				.replaceAll('~0', '~')] = detail;
	return found;
}

/** As the API takes them; what is empty is left out, what cannot be read goes
 * as it is, and the server says what it expected.
 * @param {FormField[]} fields @param {Record<string, string>} typed
 * @param {string | null} currency */
export function formValues(fields, typed, currency) {
	/** @type {Record<string, import('../types.js').Json>} */
	const values = {};
	for (const { name, type } of fields) {
		const text = (typed[name] ?? '').trim();
		if (type === 'boolean') {
			values[name] = text === 'true';
			continue;
		}
		if (!text)
			continue;
		const n = type === 'money' ? parseMoney(text, currency || 'USD') :
			type === 'number' ? Number(text) : NaN;
		values[name] = Number.isNaN(n) ? text : n;
	}
	return values;
}

const TYPES = /** @type {Record<string, Record<string, string>>} */ ({
	number: { type: 'text', inputmode: 'decimal' },
	money: { type: 'text', inputmode: 'decimal' },
	date: { type: 'date' },
	email: { type: 'email', autocomplete: 'off' },
});

/** @param {{ taskId: string, fields: FormField[], currency: string | null,
 *	errors: Record<string, string> }} props */
export function FormFields({ taskId, fields, currency, errors }) {
	const typed = forms.value[taskId] || {};
	/** @param {string} name @param {string} value */
	const take = (name, value) => {
		keepDraft(forms, taskId, { ...forms.value[taskId], [name]: value });
	};
	return html`<div class="form-fields">${fields.map((field) => html`<${Field}
		key=${field.name} field=${field} value=${typed[field.name] ?? ''}
		error=${errors[field.name] || ''} take=${take} currency=${currency}
		/>`)}</div>`;
}

/** @param {{ field: FormField, value: string, error: string,
 *	currency: string | null,
 *	take: (name: string, value: string) => void }} props */
function Field({ field, value, error, currency, take }) {
	const id = `form-${field.name}`;
	const said = [field.help && `${id}-help`, error && `${id}-error`]
		.filter(Boolean).join(' ');
	const shared = { id, name: field.name, required: field.required,
		'aria-invalid': error ? 'true' : undefined,
		'aria-describedby': said || undefined };
	const unit = field.type === 'money' ? ` in ${currency || 'USD'}` : '';
	const text = (/** @type {any} */ e) => take(field.name, e.target.value);
	const digits = minorDigits(currency || 'USD');
	const control = field.type === 'choice' ? html`<select class="select"
		...${shared} value=${value} onChange=${text}><option value="">Choose…
		</option>${field.options?.map((o) => html`<option key=${o.value}
		value=${o.value}>${o.label}</option>`)}</select>` :
		field.type === 'boolean' ? html`<input type="checkbox" ...${shared}
			required=${false} checked=${value === 'true'} onChange=${(
			/** @type {any} */ e) => take(field.name, String(e.target.checked))}
			/>` : html`<input class="input" ...${TYPES[field.type] || {}}
			...${shared} value=${value} autocomplete="off" maxlength="1000"
			placeholder=${field.type === 'money' ? (0).toFixed(digits) : ''}
			onInput=${text} />`;
	return html`<div class=${`form-field ${field.type}`}><label
		for=${id}>${field.label}${unit}${field.required ? null : html`<span
		class="muted"> (optional)</span>`}</label>${control}
		${field.help && html`<span id=${`${id}-help`} class="hint">${field
			.help}</span>`}
		${error && html`<span id=${`${id}-error`} class="field-error"
			role="alert">${error}</span>`}</div>`;
}
