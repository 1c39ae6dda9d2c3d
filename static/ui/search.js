// The one search box: any id. An exact hit opens it at once; while typing it
// offers the newest workflows that match; else Enter lists them.
import { html, useEffect, useLayoutEffect, useRef, useState } from '../vendor/preact.js';
import { get, seg, withQuery, ApiError } from '../lib/api.js';
import { go, workflowHref, taskHref } from '../lib/route.js';
import { Icon } from '../lib/icons.js';
import { issueWord } from '../lib/words.js';
import { announce, toastError } from '../lib/notices.js';
import { Id, State, Keys } from './parts.js';

/** @typedef {import('../types.js').Run} Run */

/** @type {HTMLInputElement | null} */
let box = null;

/** At once: the next key is already meant for the box. */
export function focusSearch() {
	box?.focus();
	box?.select();
}

/** Only the newest search may move the page. */
let searches = 0;

/**
 * Opens what the text names, or lists what matches.
 * @param {string} raw
 */
export async function openAny(raw) {
	const text = raw.trim();
	const mine = ++searches;
	if (!text)
		return;
	/** @param {string} href */
	const open = (href) => mine === searches && go(href);
	try {
		if (/^task_/.test(text)) {
			const task = await get(`/v1/tasks/${seg(text)}`);
			open(taskHref(task.taskId, task.closedAt ? 'decided' : 'all'));
			return;
		}
		if (/^run_/.test(text)) {
			const run = await get(`/v1/runs/${seg(text)}`);
			open(`${workflowHref(run.workflowId)}?run=${seg(run.runId)}`);
			return;
		}
	} catch (error) {
		if (!(error instanceof ApiError) || error.status !== 404) {
			toastError('The search failed', error);
			return;
		}
	}
	const order = text.replace(/^resolve-/, '');
	try {
		for (const query of [{ order }, { eventKey: text }]) {
			const found = await get(withQuery('/v1/runs', { ...query, limit: 1 }));
			if (found.data.length) {
				open(workflowHref(found.data[0].workflowId));
				return;
			}
		}
	} catch (error) {
		if (!(error instanceof ApiError) || error.status !== 400) {
			toastError('The search failed', error);
			return;
		}
	}
	open(withQuery('/ui/workflows', { q: text }));
}

export function SearchBox() {
	const input = useRef(/** @type {HTMLInputElement | null} */ (null));
	const [text, setText] = useState('');
	const [hits, setHits] = useState(/** @type {Run[]} */ ([]));
	const [open, setOpen] = useState(false);
	const [at, setAt] = useState(-1);

	useLayoutEffect(() => { box = input.current; }, []);

	useEffect(() => {
		const order = text.trim().replace(/^resolve-/, '');
		if (order.length < 2 || /^(run|task)_/.test(order)) {
			setHits([]);
			return undefined;
		}
		const abort = new AbortController();
		const timer = setTimeout(async () => {
			try {
				const found = await get(withQuery('/v1/runs',
					{ q: order, limit: 8 }), abort.signal);
				setHits(found.data);
				setAt(-1);
				if (found.data.length)
					announce(`${found.data.length} suggestions`);
			} catch {
				setHits([]);	// Enter says what is wrong
			}
		}, 150);
		return () => {
			clearTimeout(timer);
			abort.abort();
		};
	}, [text]);

	const close = () => { setOpen(false); setAt(-1); };
	/** @param {Run} run */
	const pick = (run) => {
		close();
		setText('');
		input.current?.blur();
		go(`${workflowHref(run.workflowId)}?run=${seg(run.runId)}`);
	};
	/** @param {KeyboardEvent} event */
	const keys = (event) => {
		if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
			event.preventDefault();
			setOpen(true);
			const step = event.key === 'ArrowDown' ? 1 : -1;
			// -1 is the text itself: the arrows run round through it.
			const places = hits.length + 1;
			setAt((at + 1 + step + places) % places - 1);
		} else if (event.key === 'Escape') {
			event.preventDefault();
			if (open && hits.length)
				close();
			else
				input.current?.blur();
		} else if (event.key === 'Enter') {
			event.preventDefault();
			if (at >= 0 && hits[at]) {
				pick(hits[at]);
			} else {
				close();
				input.current?.blur();
				void openAny(text);
			}
		}
	};
	const shown = open && hits.length > 0;
	return html`<form class="search" role="search"
		onSubmit=${(/** @type {Event} */ e) => e.preventDefault()}>
		<${Icon} name="search" />
		<input ref=${input} class="search-input" type="search"
			role="combobox" aria-label="Search any id" aria-expanded=${shown}
			aria-controls="search-hits" aria-autocomplete="list"
			aria-activedescendant=${shown && at >= 0 ? `hit-${at}` : undefined}
			placeholder="Order, workflow, run, task or event key"
			value=${text} autocomplete="off" spellcheck="false" maxlength="200"
			onInput=${(/** @type {any} */ e) => { setText(e.target.value);
				setOpen(true); }}
			onFocus=${() => setOpen(true)} onBlur=${close} onKeyDown=${keys} />
		<${Keys} keys="/" />
		<ul id="search-hits" class="menu search-hits" role="listbox"
			aria-label="Matching workflows" hidden=${!shown}>
			${hits.map((run, i) => html`<li key=${run.runId} id=${`hit-${i}`}
				role="option" aria-selected=${i === at} class="menu-item"
				onPointerDown=${(/** @type {Event} */ e) => e.preventDefault()}
				onClick=${() => pick(run)}><${Id} id=${run.orderId} />
				<span class="muted grow clip">${issueWord(run.issueType)}</span>
				<${State} state=${run.state} /></li>`)}
		</ul>
	</form>`;
}
