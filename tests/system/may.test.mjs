// Who may do what: every call that writes, for every role. The table is the
// rule; a call that is not in it fails, and so does one that asks for less.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { openapi } from './client.mjs';
import { start } from './instance.mjs';

const ROLES = ['viewer', 'agent', 'supervisor', 'admin'];

// The least role of each.
const NEEDS = {
	viewer: ['/v1/webhooks/{source}'],	// by its signature
	agent: [
		'/workflows/start', '/workflows/{workflowId}/signals/{name}',
		'/workflows/{workflowId}/task/decision', '/v1/runs',
		'/v1/runs/batch', ...['signals/{name}', 'cancel', 'pause', 'resume',
			'retry', 'comment', 'kill', 'priority', 'settle', 'replay']
			.map((verb) => `/v1/runs/{runId}/${verb}`),
		'/v1/bulk', '/v1/bulk/{bulkId}/start', '/v1/bulk/{bulkId}/stop',
		...['claim', 'return', 'decide', 'undo', 'snooze', 'seen']
			.map((verb) => `/v1/tasks/{taskId}/${verb}`)],
	supervisor: [
		...['pause', 'resume', 'probe'].flatMap((verb) => [
			`/v1/adapters/{name}/${verb}`,
			`/v1/adapters/{name}/operations/{operation}/${verb}`]),
		'/v1/switches', '/v1/switches/{switchId}/lift',
		'/v1/playbooks/{name}/rollback'],
	admin: ['/v1/playbooks/{name}/activate'],
};

const writes = Object.entries(openapi.paths).filter(([, item]) => item.post)
	.map(([path]) => path);
const needs = new Map(Object.entries(NEEDS).flatMap(([role, paths]) =>
	paths.map((path) => [path, role])));

test('every call that writes is in the table', () => {
	assert.deepEqual(writes.toSorted(), [...needs.keys()].toSorted());
});

// Of nothing that is there: whoever may, hears that, and not that he may not.
const filled = (path) => path.replace('{operation}', 'nothing')
	.replace(/\{(run|task|switch|bulk)Id\}/, '$1_01920000000070008000000000')
	.replace('{workflowId}', 'resolve-NOBODY').replace(/\{\w+\}/g, 'nobody');

for (const role of ROLES)
	describe(`as ${role}`, () => {
		let instance;
		after(async () => instance?.stop());

		test('is let through, or refused', async () => {
			instance = await start({ env: { MEND_DEV_ROLE: role } });
			const wrong = [];
			for (const path of writes) {
				const may = ROLES.indexOf(role) >=
					ROLES.indexOf(needs.get(path));
				const answer = await fetch(instance.url + filled(path), {
					method: 'POST', body: '{}', headers: {
						'content-type': 'application/json', 'x-mend-actor': 'Sam' } });
				const body = await answer.json().catch(() => ({}));
				if (answer.status === 403 === may || answer.status < 400 ||
					!may && body.code !== 'denied')
					wrong.push(`${path}: ${answer.status} ${body.code}`);
			}
			assert.deepEqual(wrong, []);
		});

		test('moves runs onto another version from supervisor on', async () => {
			const answer = await fetch(`${instance.url}/v1/bulk`, {
				method: 'POST', headers: { 'content-type': 'application/json',
					'x-mend-actor': 'Sam' }, body: JSON.stringify({
					operation: 'migrate', playbook: 'triage', reason: 'to see',
					filter: { playbook: 'triage', open: true } }) });
			assert.equal(answer.status, ROLES.indexOf(role) >= 2 ? 201 : 403);
		});

		test('cannot say another role', async () => {
			const answer = await fetch(`${instance.url}/v1/me`, { headers: {
				'x-mend-actor': 'Sam', 'x-role': 'admin',
				'x-mend-role': 'admin' } });
			assert.equal((await answer.json()).role, role);
		});
	});
