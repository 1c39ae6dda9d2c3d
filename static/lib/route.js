// The address bar is the state: view, selected case, query and tab live in the
// URL, so that a link shows another person the same thing.
import { signal } from '../vendor/preact.js';

/**
 * @typedef {'inbox'|'workflows'|'workflow'|'stuck'|'adapters'|'playbooks'|
 *	'playbook'|'groups'|'bulk'|'bulks'|'none'} Screen
 * @typedef {{ name: Screen, id: string, query: URLSearchParams }} Route
 */

/** What each address shows; the hole is the id.
 * @type {readonly [RegExp, Screen][]} */
const SCREENS = [
	[/^\/ui(?:\/inbox)?$/, 'inbox'],
	[/^\/ui\/workflows$/, 'workflows'],
	[/^\/ui\/wf\/([^/]+)$/, 'workflow'],
	[/^\/ui\/stuck$/, 'stuck'],
	[/^\/ui\/groups$/, 'groups'],
	[/^\/ui\/bulk$/, 'bulks'],
	[/^\/ui\/bulk\/([^/]+)$/, 'bulk'],
	[/^\/ui\/adapters$/, 'adapters'],
	[/^\/ui\/playbooks$/, 'playbooks'],
	[/^\/ui\/playbooks\/([^/]+)$/, 'playbook'],
];

/** @returns {Route} */
function parse() {
	const query = new URLSearchParams(location.search);
	const path = location.pathname.replace(/\/+$/, '');
	for (const [pattern, name] of SCREENS) {
		const match = pattern.exec(path);
		if (!match)
			continue;
		try {
			return { name, id: decodeURIComponent(match[1] || ''), query };
		} catch {
			break;	// not a well-formed address
		}
	}
	return { name: 'none', id: path, query };
}

export const route = signal(parse());

addEventListener('popstate', () => { route.value = parse(); });

/** @param {string} href @param {{ replace?: boolean }} [options] */
export function go(href, options = {}) {
	if (href !== location.pathname + location.search)
		history[options.replace ? 'replaceState' : 'pushState'](null, '', href);
	route.value = parse();
}

/** Changes members of the query; null removes one.
 * @param {Record<string, string | null>} changes
 * @param {{ replace?: boolean }} [options] */
export function setQuery(changes, options = { replace: true }) {
	go(queryHref(changes), options);
}

/** @param {Record<string, string | null>} changes */
export function queryHref(changes) {
	const query = new URLSearchParams(location.search);
	for (const [key, value] of Object.entries(changes)) {
		if (value === null || value === '')
			query.delete(key);
		else
			query.set(key, value);
	}
	const text = query.toString();
	return location.pathname + (text ? `?${text}` : '');
}

/** @param {string} workflowId */
export const workflowHref = (workflowId) =>
	`/ui/wf/${encodeURIComponent(workflowId)}`;

/** @param {string} name @param {number | null} [version] */
export const playbookHref = (name, version) =>
	`/ui/playbooks/${encodeURIComponent(name)}${version ?
		`?version=${version}` : ''}`;

/** @param {string} taskId @param {string} [view] */
export const taskHref = (taskId, view = 'all') =>
	`/ui/inbox?view=${view}&task=${encodeURIComponent(taskId)}`;

// Links inside the dashboard do not load the page again.
document.addEventListener('click', (event) => {
	if (event.defaultPrevented || event.button || event.metaKey ||
		event.ctrlKey || event.shiftKey || event.altKey)
		return;
	const link = event.target instanceof Element &&
		event.target.closest('a[href^="/ui"]');
	if (!(link instanceof HTMLAnchorElement) || link.target ||
		link.hasAttribute('download'))
		return;
	event.preventDefault();
	go(link.pathname + link.search);
});
