// One modal dialog for everything that asks before it acts: what will happen,
// a reason, and words on the button. A refusal of the server stays in the
// dialog, with all that was typed.
import { html, signal, useLayoutEffect, useRef, useState }
	from '../vendor/preact.js';
import { asProblem, offline } from '../lib/api.js';
import { ErrorBar } from './parts.js';

/**
 * @typedef {{ name: string, label: string, kind: 'text'|'line'|'choice'|
 *	'select',
 *	required?: boolean, value?: string, hint?: string,
 *	options?: [string, string, string?][] }} Field
 * @typedef {{ title: string, lines?: any[], fields?: Field[],
 *	confirm: string, tone?: 'accent'|'danger', writes?: boolean,
 *	submit: (values: Record<string, string>) => Promise<(() => void) | void> |
 *		void }} Ask
 *	submit may answer with what is to be done once the dialog is gone: before,
 *	nothing behind it takes the focus
 */

/** @type {import('../vendor/preact.js').Signal<Ask | null>} */
const current = signal(null);

/** @param {Ask} ask */
export function openDialog(ask) {
	current.value = ask;
}

export const DialogHost = () => current.value &&
	html`<${AskDialog} key=${current.value.title} ask=${current.value} />`;

/** The browser gives the focus back to where it was; to the screen, if that is
 * no longer there. @param {HTMLDialogElement | null} box */
function close(box) {
	if (!box?.open)
		return;
	box.close();
	settle();
}

/** Never on nothing: the next key is meant for this screen. */
function settle() {
	if (document.activeElement === document.body)
		document.getElementById('main')?.focus({ preventScroll: true });
}

/** @param {{ ask: Ask }} props */
function AskDialog({ ask }) {
	const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
	const [busy, setBusy] = useState(false);
	const [problem, setProblem] = useState(
		/** @type {import('../types.js').Problem | null} */ (null));
	useLayoutEffect(() => {
		const box = dialog.current;
		box?.showModal();
		return () => close(box);
	}, []);

	/** @param {SubmitEvent} event */
	const submit = async (event) => {
		event.preventDefault();
		if (busy)
			return;
		const data = new FormData(/** @type {HTMLFormElement} */
			(event.currentTarget));
		/** @type {Record<string, string>} */
		const values = {};
		for (const [key, value] of data)
			values[key] = String(value).trim();
		const missing = ask.fields?.find((f) => f.required && !values[f.name]);
		if (missing) {
			setProblem({ title: `${missing.label} is needed`, status: 0 });
			return;
		}
		setBusy(true);
		setProblem(null);
		try {
			const after = await ask.submit(values);
			close(dialog.current);
			current.value = null;
			after?.();
		} catch (error) {
			setProblem(asProblem(error));
			setBusy(false);
		}
	};
	/** @param {KeyboardEvent} event */
	const keys = (event) => {
		if (event.key === 'Enter' && (event.ctrlKey || event.metaKey))
			/** @type {HTMLElement} */ (event.currentTarget).closest('form')
				?.requestSubmit();
	};
	const off = ask.writes !== false && offline.value;
	return html`<dialog ref=${dialog} class="dialog" aria-labelledby="ask-title"
		onClose=${() => {
			settle();
			if (current.value === ask)
				current.value = null;
		}}>
		<form onSubmit=${submit} onKeyDown=${keys}>
			<h2 id="ask-title">${ask.title}</h2>
			${ask.lines && html`<ul class="ask-lines">${ask.lines.map((line, i) =>
				html`<li key=${i}>${line}</li>`)}</ul>`}
			${ask.fields?.map((field, i) => html`<${AskField} key=${field.name}
				field=${field} first=${i === 0} />`)}
			<${ErrorBar} problem=${problem} />
			<div class="ask-buttons">
				${off && html`<span class="muted">Offline: nothing can be
				sent.</span>`}
				<button type="button" class="button"
					onClick=${() => dialog.current?.close()}>Back</button>
				<button type="submit" disabled=${off} aria-busy=${busy}
					class=${`button primary ${ask.tone || 'accent'}`}
					autofocus=${!ask.fields?.length}
					>${busy ? 'Sending…' : ask.confirm}</button>
			</div>
		</form></dialog>`;
}

/** @param {{ field: Field, first: boolean }} props */
function AskField({ field, first }) {
	if (field.kind === 'choice')
		return html`<fieldset class="choices"><legend>${field.label}</legend>
			${field.options?.map(([value, word, more], i) => html`<label
				key=${value} class="choice"><input type="radio"
				name=${field.name} value=${value} autofocus=${first && i === 0}
				defaultChecked=${field.value ? field.value === value : i === 0}
				/><span>${word}</span>${more && html`<span class="muted"
				>${more}</span>`}</label>`)}</fieldset>`;
	if (field.kind === 'select')
		return html`<label class="field"><span class="field-label">${field.label}
			</span><select class="select" name=${field.name} autofocus=${first}>
			${field.options?.map(([value, word]) => html`<option key=${value}
			value=${value} selected=${value === field.value}>${word}</option>`)}
			</select>${field.hint && html`<span class="hint">${field.hint}</span>`}
			</label>`;
	return html`<label class="field"><span class="field-label">${field.label}${
		field.required ? null : html`<span class="muted"> (optional)</span>`
		}</span>${field.kind === 'line' ?
		html`<input class="input" name=${field.name} autofocus=${first}
			defaultValue=${field.value || ''} autocomplete="off" maxlength="95" />` :
		html`<textarea class="input" name=${field.name} rows="3"
			autofocus=${first} maxlength="4000" defaultValue=${field.value || ''} />`}
		${field.hint && html`<span class="hint">${field.hint}</span>`}</label>`;
}
