// The tab Playbook of a workflow: the steps of the version it keeps to, with
// the way it has taken lit.
import { html, useMemo } from '../vendor/preact.js';
import { usePoll } from '../lib/poll.js';
import { seg } from '../lib/api.js';
import { playbookHref } from '../lib/route.js';
import { sentence } from '../lib/words.js';
import { wayTaken } from '../lib/steps.js';
import { ErrorBar, Skeleton } from '../ui/parts.js';
import { Steps, versionUrl } from './playbook.js';

/** @param {{ run: import('../types.js').Run,
 *	audit: ReturnType<typeof import('./audit.js').useAudit> }} props */
export function Way({ run, audit }) {
	const url = `/v1/runs/${seg(run.runId)}`;
	const body = usePoll(run.playbook && versionUrl(run.playbook,
		run.playbookVersion || 1), 60000);
	const calls = usePoll(`${url}/calls?limit=200`).data?.data;
	const tasks = usePoll(`${url}/tasks`).data?.data;
	const way = useMemo(() => (/** @type {import('../lib/steps.js').Graph} */
		graph) => ({ ...wayTaken(graph, run.playbook || '', run, audit.entries,
		calls || [], tasks || []), current: run.step || '' }),
	[run, audit.entries, calls, tasks]);
	if (!run.playbook)
		return html`<p class="muted">It has no playbook yet: the engine gives it
			one when it first works on it.</p>`;
	return html`<p class="muted">Keeps to <a href=${playbookHref(run.playbook,
		run.playbookVersion)}>${sentence(run.playbook)}, version
		${' '}${run.playbookVersion}</a>, whatever is in force since.</p>
		<${ErrorBar} problem=${body.error} retry=${body.reload}
			old=${body.data !== null} />
		${!body.data && body.slow && html`<${Skeleton} rows=${10} />`}
		${body.data && html`<${Steps} body=${body.data.playbook} way=${way} />`}`;
}
