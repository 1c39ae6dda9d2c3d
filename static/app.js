// Starts the dashboard: one route, one screen.
import { html, render, useEffect, useRef } from './vendor/preact.js';
import { route, go } from './lib/route.js';
import { counts } from './lib/session.js';
import { Shell } from './shell.js';
import { Inbox } from './views/inbox.js';
import { Workflows } from './views/workflows.js';
import { Workflow } from './views/workflow.js';
import { Empty } from './ui/parts.js';

const NotFound = () => html`<div class="page"><h1 class="sr">Not found</h1>
	<${Empty} icon="unknown" title="There is no such page"><a class="button"
	href="/ui/inbox">Go to the inbox</a></${Empty}></div>`;

function App() {
	const { name, id } = route.value;
	const last = useRef(name + id);
	useEffect(() => {
		const n = counts.value.all;
		document.title = name === 'inbox' ?
			`${n ? `(${n}) ` : ''}Inbox · Mend` : name === 'workflows' ?
				'Workflows · Mend' : name === 'workflow' ?
					`${id.replace(/^resolve-/, '')} · Mend` : 'Mend';
	}, [name, id, counts.value.all]);
	useEffect(() => {
		if (last.current !== name + id) {
			last.current = name + id;
			document.querySelector('main')?.focus({ preventScroll: true });
		}
	}, [name, id]);
	return html`<${Shell}>${name === 'inbox' ? html`<${Inbox} />` :
		name === 'workflows' ? html`<${Workflows} />` :
			name === 'workflow' ? html`<${Workflow} key=${id} id=${id} />` :
				html`<${NotFound} />`}</${Shell}>`;
}

if (location.pathname === '/' || /^\/ui\/?$/.test(location.pathname))
	go(`/ui/inbox${location.search}`, { replace: true });

const root = document.getElementById('app');
if (root)
	render(html`<${App} />`, root);
