// The run as the API gives it, to read, to copy and to take away.
import { html } from '../vendor/preact.js';
import { Icon } from '../lib/icons.js';
import { toast } from '../lib/notices.js';

/** @param {{ run: import('../types.js').RunWithCase }} props */
export function Raw({ run }) {
	const text = JSON.stringify(run, null, 2);
	const download = () => {
		const link = document.createElement('a');
		link.href = URL.createObjectURL(new Blob([text],
			{ type: 'application/json' }));
		link.download = `${run.runId}.json`;
		link.click();
		setTimeout(() => URL.revokeObjectURL(link.href), 10000);
	};
	const copy = () => navigator.clipboard.writeText(text).then(() =>
		toast({ tone: 'good', text: 'Copied' }), () =>
		toast({ tone: 'bad', text: 'The browser does not let this page copy' }));
	return html`<div class="raw"><div class="page-head"><span class="grow" />
		<button class="button small" onClick=${() => void copy()}><${Icon}
			name="copy" />Copy</button>
		<button class="button small" onClick=${download}><${Icon}
			name="download" />Download</button></div>
		<pre tabindex="0" aria-label="The run as JSON">${text}</pre></div>`;
}
