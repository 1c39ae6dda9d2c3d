// An API client that holds every answer against conf/openapi.json: the status
// must be declared for that path and method, the content type too, and the
// body must be valid against its schema.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { root } from './dev.mjs';

export const openapi = JSON.parse(readFileSync(
	join(root, 'conf/openapi.json'), 'utf8'));

const ajv = new Ajv({ strict: false, allErrors: true });
formats(ajv);

const compiled = new Map();
function validator(key, schema) {
	if (!compiled.has(key))
		compiled.set(key, ajv.compile({ ...schema,
			components: { schemas: openapi.components.schemas } }));
	return compiled.get(key);
}

export function check(key, schema, value) {
	const valid = validator(key, schema);
	assert.ok(valid(value), `${key}: ${ajv.errorsText(valid.errors)}\n` +
		JSON.stringify(value).slice(0, 2000));
}

const resolve = (o) => o?.$ref
	? o.$ref.slice(2).split('/').reduce((at, name) => at[name], openapi)
	: o;

const templates = Object.keys(openapi.paths).map((template) => ({ template,
	pattern: new RegExp(`^${template.replace(/[.]/g, '\\.')
		.replace(/\{[^}]+\}/g, '[^/]+')}$`),
	// /v1/runs/batch before /v1/runs/{runId}
	holes: (template.match(/\{/g) ?? []).length }))
	.sort((a, b) => a.holes - b.holes);

export const templateOf = (path) =>
	templates.find(({ pattern }) => pattern.test(path))?.template;

// What was declared but never seen is a hole in the tests: see coverage().
const seen = new Set();

function hold(method, path, answer) {
	const template = templateOf(path);
	const operation = openapi.paths[template]?.[method.toLowerCase()];
	const type = (answer.headers.get('content-type') ?? '').split(';')[0];
	if (!operation) {
		check('Problem', { $ref: '#/components/schemas/Problem' },
			answer.body);
		return;
	}
	const key = `${method} ${template} ${answer.status}`;
	const declared = resolve(operation.responses[answer.status]);
	assert.ok(declared, `${key} is not declared: ${answer.text}`);
	seen.add(key);
	if (answer.status === 304) return;
	const content = declared.content?.[type];
	assert.ok(content, `${key}: ${type} is not declared`);
	check(`${key} ${type}`, content.schema,
		type === 'text/plain' ? answer.text : answer.body);
	if (answer.status >= 400 && type === 'application/problem+json') {
		assert.equal(answer.body.status, answer.status);
		assert.equal(answer.body.requestId,
			answer.headers.get('x-request-id'));
	}
}

export function coverage() {
	return Object.entries(openapi.paths).flatMap(([template, item]) =>
		Object.entries(item).flatMap(([method, operation]) =>
			Object.keys(operation.responses)
				.filter((status) => status[0] === '2')
				.map((status) =>
					`${method.toUpperCase()} ${template} ${status}`)))
		.filter((key) => !seen.has(key));
}

// body: an object, sent as JSON; raw: bytes, sent as they are.
export function client(url) {
	async function call(method, path, { body, raw, headers = {}, actor, key,
		type = 'application/json' } = {}) {
		const sent = { ...headers };
		const text = raw ?? (body === undefined ? undefined
			: JSON.stringify(body));
		if (text !== undefined && type) sent['Content-Type'] = type;
		if (actor) sent['X-Mend-Actor'] = encodeURIComponent(actor);
		if (key) sent['Idempotency-Key'] = key;
		const response = await fetch(url + path, { method, body: text,
			headers: sent, redirect: 'manual' });
		const answer = { status: response.status,
			headers: response.headers, text: await response.text() };
		try {
			answer.body = JSON.parse(answer.text);
		} catch {
			answer.body = undefined;
		}
		hold(method, path.split('?')[0], answer);
		return answer;
	}
	const expect = (method) => async (path, status, options) => {
		const answer = await call(method, path, options);
		assert.equal(answer.status, status,
			`${method} ${path.slice(0, 200)}: ${answer.text}`);
		return answer;
	};
	return { call, get: expect('GET'), post: expect('POST') };
}
