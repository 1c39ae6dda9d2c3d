// The description of the sandbox (conf/openapi-sandbox.json) against what it
// is: the same calls, the same bodies, and every answer as it says.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { root } from './dev.mjs';
import { start } from './instance.mjs';
import { walk } from './sandboxwalk.mjs';

const file = JSON.parse(readFileSync(join(root,
	'conf/openapi-sandbox.json'), 'utf8'));
const resolve = (o) => o?.$ref
	? o.$ref.slice(2).split('/').reduce((at, name) => at[name], file) : o;
const operations = Object.entries(file.paths).flatMap(([path, item]) =>
	Object.entries(item).map(([method, operation]) => ({ path, operation,
		id: `${method.toUpperCase()} ${path}` })));

let instance, index;
before(async () => {
	instance = await start();
	index = (await (await fetch(`${instance.url}/sandbox/index`)).json()).data;
});
after(async () => instance?.stop());

test('it is an OpenAPI document, and every operation has its own name',
	async () => {
		const { valid, errors } = await new Validator().validate(
			structuredClone(file));
		assert.ok(valid, JSON.stringify(errors, null, 1));
		const names = operations.map((o) => o.operation.operationId);
		assert.equal(new Set(names).size, names.length);
		assert.ok(operations.every((o) => o.operation.summary));
	});

test('it has the routes of the program, and no other', () => {
	assert.deepEqual(operations.map((o) => o.id).sort(),
		index.map((r) => `${r.method} ${r.path}`).sort());
});

const TYPES = { text: 'string', note: 'string', word: 'string', time: 'string',
	int: 'integer', number: 'number', bool: 'boolean', object: 'object' };

test('bodies and queries are those that the program takes', () => {
	const said = (fields) => fields.map((f) => [f.name, TYPES[f.type],
		f.required, f.values ?? null]).sort();
	for (const route of index) {
		const { operation } = operations.find((o) => o.id ===
			`${route.method} ${route.path}`);
		const schema = operation.requestBody?.content['application/json'].schema;
		const one = (name, s, required) => [name, [s.type].flat()[0], required,
			s.enum?.filter((v) => v !== null) ?? null];
		assert.deepEqual(Object.entries(schema?.properties ?? {}).map(
			([name, s]) => one(name, s, (schema.required ?? []).includes(name)))
			.sort(), said(route.body), route.path);
		assert.equal(schema?.additionalProperties ?? false, false);
		assert.equal(schema !== undefined, route.method === 'POST');
		const parameters = (operation.parameters ?? []).map(resolve);
		assert.deepEqual(parameters.filter((p) => p.in === 'query').map((p) =>
			one(p.name, p.schema, p.required ?? false)).sort(),
		said(route.query), route.path);
		assert.deepEqual(parameters.filter((p) => p.in === 'path')
			.map((p) => p.name), [...route.path.matchAll(/\{(\w+)\}/g)]
			.map((m) => m[1]));
		assert.equal(parameters.some((p) => p.in === 'header'),
			route.kind === 'effect');
	}
});

test('every answer is as it says, and each call has one', async () => {
	const ajv = new Ajv({ strict: false, allErrors: true });
	formats(ajv);
	const compiled = new Map();
	const seen = new Set();
	const ids = ['', '-FAIL', '-SEAT', '-PAYMENT', '-STOLEN', '-CANCELLED',
		'-DISPUTE', '-NOTACCEPTED', '-PARTIAL', '-CANNOT', '-NOSTOCK',
		'-DUPLICATE', '-POSTPONED', '-UNREACHABLE', '-DENIED', '-REFUNDED',
		'-SUPPLIER-ANSWERS', '-VIP-DOORS'].map((w, i) => `SHAPE-${i}${w}`);
	for await (const answer of walk(instance.url, ids)) {
		const id = `${answer.method} ${answer.template}`;
		const { operation } = operations.find((o) => o.id === id);
		const declared = operation.responses[answer.status];
		assert.ok(declared, `${id} ${answer.status} is not declared: ${
			JSON.stringify(answer.body)}`);
		const content = resolve(declared).content[answer.type];
		assert.ok(content, `${id} ${answer.status} ${answer.type}`);
		const key = JSON.stringify(content.schema);
		if (!compiled.has(key))
			compiled.set(key, ajv.compile({ ...content.schema,
				components: file.components }));
		const valid = compiled.get(key);
		assert.ok(valid(answer.body), `${id} ${answer.status}: ${
			ajv.errorsText(valid.errors)}\n${JSON.stringify(answer.body)}`);
		if (answer.status === 200) seen.add(id);
	}
	assert.deepEqual(operations.map((o) => o.id).filter((id) =>
		!seen.has(id)), []);
});
