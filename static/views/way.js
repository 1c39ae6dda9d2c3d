// The tab Playbook of a workflow: the steps of the version it keeps to, with
// the way it has taken lit.
import { html } from '../vendor/preact.js';
import { usePoll } from '../lib/poll.js';
import { withQuery } from '../lib/api.js';
import { playbookHref } from '../lib/route.js';
import { sentence } from '../lib/words.js';
import { ErrorBar, Skeleton } from '../ui/parts.js';
import { Steps, graphUrl, versionUrl } from './playbook.js';

/** @param {{ run: import('../types.js').Run }} props */
export function Way({ run }) {
	const graph = usePoll(run.playbook && withQuery(graphUrl(run.playbook),
		{ runId: run.runId }));
	const version = usePoll(run.playbook && versionUrl(run.playbook,
		run.playbookVersion || 1), 60000);
	if (!run.playbook)
		return html`<p class="muted">It has no playbook yet: the engine gives it
			one when it first works on it.</p>`;
	return html`<p class="muted">Keeps to <a href=${playbookHref(run.playbook,
		run.playbookVersion)}>${sentence(run.playbook)}, version
		${' '}${run.playbookVersion}</a>, whatever is in force since.</p>
		<${ErrorBar} problem=${graph.error} retry=${graph.reload}
			old=${graph.data !== null && graph.at} />
		${!graph.data && graph.slow && html`<${Skeleton} rows=${10} />`}
		${graph.data && html`<${Steps} graph=${graph.data}
			body=${version.data?.playbook} />`}`;
}
