// Starts the dashboard: one route, one screen.
import { html, render, useEffect, useRef } from './vendor/preact.js';
import { route, go } from './lib/route.js';
import { counts } from './lib/session.js';
import { Shell } from './shell.js';
import { Inbox } from './views/inbox.js';
import { Workflows } from './views/workflows.js';
import { Workflow } from './views/workflow.js';
import { Stuck } from './views/stuck.js';
import { Groups } from './views/groups.js';
import { Bulk } from './views/bulk.js';
import { Bulks } from './views/bulks.js';
import { Adapters } from './views/adapters.js';
import { Playbooks } from './views/playbooks.js';
import { Playbook } from './views/playbook.js';
import { Empty } from './ui/parts.js';
import { sentence } from './lib/words.js';

const NotFound = () => html`<div class="page"><h1 class="sr">Not found</h1>
	<${Empty} icon="unknown" title="There is no such page"><a class="button"
	href="/ui/inbox">Go to the inbox</a></${Empty}></div>`;

/** What a screen is called in the window's title, and what draws it.
 * @type {Record<string, { title: (id: string) => string,
 *	view: (props: { id: string }) => any }>} */
const SCREENS = {
	inbox: { title: () => 'Inbox', view: Inbox },
	workflows: { title: () => 'Workflows', view: Workflows },
	workflow: { title: (id) => id.replace(/^resolve-/, ''), view: Workflow },
	stuck: { title: () => 'Stuck', view: Stuck },
	groups: { title: () => 'Groups', view: Groups },
	bulks: { title: () => 'Many at once', view: Bulks },
	bulk: { title: () => 'Many at once', view: Bulk },
	adapters: { title: () => 'Adapters', view: Adapters },
	playbooks: { title: () => 'Playbooks', view: Playbooks },
	playbook: { title: sentence, view: Playbook },
	none: { title: () => '', view: NotFound },
};

function App() {
	const { name, id } = route.value;
	const { title, view } = SCREENS[name] || SCREENS.none;
	const last = useRef(name + id);
	useEffect(() => {
		const n = name === 'inbox' ? counts.value.all : 0;
		document.title = [`${n ? `(${n}) ` : ''}${title(id)}`, 'Mend']
			.filter(Boolean).join(' · ');
	}, [name, id, counts.value.all]);
	useEffect(() => {
		if (last.current !== name + id) {
			last.current = name + id;
			const main = document.querySelector('main');
			// A screen may know better where to go on.
			if (!main?.contains(document.activeElement))
				main?.focus({ preventScroll: true });
		}
	}, [name, id]);
	return html`<${Shell}><${view} key=${name + id} id=${id} /></${Shell}>`;
}

if (location.pathname === '/' || /^\/ui\/?$/.test(location.pathname))
	go(`/ui/inbox${location.search}`, { replace: true });

const root = document.getElementById('app');
if (root)
	render(html`<${App} />`, root);
