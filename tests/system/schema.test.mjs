// The JSON Schemas of what can be written in conf/: they are what the program
// prints, they take all that we ship and every member there is, and of what is
// wrong they and `mendctl check` think alike.
import Ajv2020 from 'ajv/dist/2020.js';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { cleanEnvironment, mendctl, remove, root, temporaryFolder }
	from './dev.mjs';
import { random } from './orders.mjs';

const kinds = { playbook: 'playbooks', adapter: 'adapters', policy: 'policy' };
const ajv = new Ajv2020.default({ strict: true, strictRequired: false,
	allErrors: true, allowUnionTypes: true });
const text = (path) => readFileSync(join(root, path), 'utf8');
const schemas = Object.fromEntries(Object.keys(kinds).map((kind) =>
	[kind, JSON.parse(text(`conf/schema/${kind}.schema.json`))]));
const validate = Object.fromEntries(Object.entries(schemas).map(([kind, s]) =>
	[kind, ajv.compile(s)]));

const conf = temporaryFolder();
cpSync(join(root, 'conf'), conf, { recursive: true });
after(() => remove(conf));

// What mendctl says of our configuration with one file more, or another one.
function check(kind, document) {
	const file = kind === 'policy' ? 'policy/policy.json'
		: `${kinds[kind]}/one_more.json`;
	const before = kind === 'policy' ? readFileSync(join(conf, file)) : null;
	writeFileSync(join(conf, file), JSON.stringify(document));
	const run = spawnSync(mendctl, ['check', conf, '--json'],
		{ encoding: 'utf8', env: cleanEnvironment({}) });
	if (before)
		writeFileSync(join(conf, file), before);
	else
		remove(join(conf, file));
	return JSON.parse(run.stdout).problems.filter((p) => p.file === file);
}

const words = (problems) => problems.map((p) => `${p.pointer}: ${p.detail}`)
	.join('\n');

// ---- good ones: every member of every object, at least once ----

const retry = { initialInterval: '1s', backoffCoefficient: 2,
	maximumInterval: '1m', maximumAttempts: 3, jitter: 'full',
	totalTimeout: '5m', nonRetryableErrors: ['GONE'] };
const guard = { 'a.b': 1, 'c': { policy: 'confidence.minimum' },
	d: { exists: true, ne: 'x', in: ['y', 1], eq: { field: 'a.b' } },
	e: { lt: 1, lte: 2, gt: 0, gte: 0, prefix: 'p', within: '4h',
		olderThan: '0' },
	any: [{ f: true }], all: [{ g: 'h' }], not: { i: 1 } };
const action = { operation: 'order.freeze', with: { orderId: '{{orderId}}' } };
const read = { as: 'order', operation: 'order.get', with: {}, optional: true };
const cost = { amountMinor: 'order.totalMinor', currency: 'USD',
	bearer: 'seller' };
const offer = { text: 't', action, amountMinor: 100, currency: 'order.currency',
	payee: 'p', reversible: true, recommended: false, cost };
const field = (name, type, more = {}) =>
	({ name, label: 'L', type, required: true, help: 'h', ...more });
const form = [field('a', 'text', { min: 1, max: 9 }), field('b', 'number'),
	field('c', 'money'), field('d', 'boolean'), field('e', 'date'),
	field('f', 'email'),
	field('g', 'choice', { options: [{ value: 'v', label: 'l' }] })];
const rule = { name: 'n', when: guard, set: { 'x.y': '{{orderId}}' },
	classify: { issueType: 'duplicate', tier: 1, confidence: 0.9 },
	priority: 0, next: 'end', reason: 'r' };
const timeout = { timeout: '10m', onTimeout: 'end' };
const requires = { requires: [{ fact: 'order', within: '60s' }],
	onStale: 'hold' };
const failing = { onFailure: 'end' };
const end = { step: 'end', kind: 'finish', marks: 'RESOLVED', outcome: 'O',
	result: 'R', reason: 'r', followUp: 'f', compensate: true, failed: false };

const whole = {
	playbook: 'whole', title: 'All there is', _remark: 'welcome',
	index: { amountMinor: 'a', currency: 'b', eventAt: 'c', urgentAt: 'd',
		eventRef: 'e', sellerRef: 'f', venueRef: 'g', platformRef: 'h' },
	timeout: '72h', onTimeout: 'fail', priority: 3,
	concurrency: { key: 'seller:{{order.seller.id}}', limit: 2 },
	steps: [
		{ step: 'look', kind: 'gather', reads: [read],
			mustAgree: [['a.b', 'c.d']], budget: '5s', next: 'pick',
			...timeout, ...failing },
		{ step: 'pick', kind: 'choose', marks: 'PICKED', next: 'do',
			rules: [rule, { route: 'triage' }, { next: 'do' }] },
		{ step: 'do', kind: 'call', marks: 'DONE', operation: 'order.freeze',
			with: {}, as: 'frozen', retry, compensate:
			{ operation: 'order.unfreeze', with: {} }, next: 'try',
			onUnknown: 'end', ...requires, ...timeout, ...failing },
		{ step: 'try', kind: 'repeat', marks: 'TRIED', until: guard,
			stop: [{ next: 'end' }], maximumAttempts: 2, interval: retry,
			steps: [{ step: 'nap', kind: 'wait', 
				signal: ['one', 'two'], for: { policy:
				'transfer.personWithin' }, until: 'a.b', before: '4h',
				reason: 'r', onTimeout: 'try', next: 'try' },
			{ step: 'hear', kind: 'wait', signal: 'one', for: '1s' }],
			onExhausted: 'end', next: 'hear_again', ...timeout },
		{ step: 'hear_again', kind: 'wait', for: '0', next: 'hear' },
		{ step: 'ask', kind: 'task', marks: 'ASKED', title: 't', reason: 'r',
			role: 'agent', due: '30m', onDue: 'end', proposal: { ...offer,
				rejectText: 'no' }, evidence: ['a.b'], recheck: [read],
			retry, onApprove: 'end', onReject: 'end', onVoid: 'ask',
			onUnknown: 'end', form, reasonCodes: { approve:
				[{ code: 'c', label: 'l' }], reject:
				[{ code: 'c', label: 'l' }] }, next: 'use',
			alternatives: [{ ...offer, name: 'other', when: guard, form,
				marks: 'OTHER', next: 'undo' }],
			escalate: { after: '15m', role: 'supervisor' },
			...requires, ...timeout, ...failing },
		{ step: 'use', kind: 'playbook', playbook: 'triage',
			set: { x: 1 }, as: 'used', next: 'undo' },
		{ step: 'undo', kind: 'compensate', next: 'tell',
			...timeout, ...failing },
		{ step: 'tell', kind: 'call', operation: 'order.freeze',
			once: { key: 'seller:{{order.seller.id}}', for: '30m' },
			with: {}, next: 'end' },
		end,
	],
};
// Reached, whatever the rules above say.
whole.steps[1].rules.push({ name: 'a', next: 'ask' }, { name: 'u',
	next: 'use' });

const answer = { connectTimeout: '1s', timeout: '5s', retry,
	require: ['status'], echo: ['orderId'], map: { status: 'a.b',
		orderId: 'c' }, classes: [{ status: '4xx', when: guard,
		class: 'PERMANENT', code: 'C' }] };
const rate = { perSecond: 10, burst: 5 };
const request = { method: 'POST', path: '/{{orderId}}', body: { a: 1 },
	concurrency: 2, rate };
const promise = { offers: 'lookup', effectScope: 'order', keyRetention: '1d',
	lookup: 'find', visibleWithin: '5s' };
const adapter = {
	adapter: 'one_more', title: 'T', kind: 'http', concurrency: 4, rate,
	breaker: { failures: 5, window: 20, ratio: 0.5, open: '30s' },
	retryBudget: { share: 0.1, window: '60s', least: 10 },
	baseUrl: 'http://127.0.0.1/x', credential: 'payment_token',
	headers: { Authorization: 'Bearer {{credential}}' },
	operations: {
		find: { kind: 'read', path: '/{{key}}', method: 'GET',
			concurrency: 2, rate, ...answer },
		post: { kind: 'read', ...request },
		pay: { kind: 'effect', ...request, ...answer, ...promise },
	},
};
const local = {
	adapter: 'one_more', title: 'T', kind: 'local', concurrency: 4, rate,
	breaker: adapter.breaker, retryBudget: adapter.retryBudget,
	operations: { find: { kind: 'read', ...answer },
		pay: { kind: 'effect', ...answer, ...promise } },
};
const policy = JSON.parse(text('conf/policy/policy.json'));
policy.title = 'T';
policy.roles.viewer = { limitMinor: 0 };

const good = [['playbook', whole], ['adapter', adapter], ['adapter', local],
	['policy', policy]];

// The members of every object of the schemas that a document has.
function used(schema, document) {
	const seen = new Set();
	const visit = (s, value, name) => {
		if (s.$ref)
			return visit(schema.$defs[s.$ref.slice(8)], value,
				s.$ref.slice(8));
		for (const part of [...s.anyOf ?? [], ...(s.allOf ?? [])]) {
			const tag = part.if?.properties;
			const [key] = Object.keys(tag ?? {});
			if (!tag || value?.[key] === tag[key].const)
				visit(part.then ?? part, value, name);
		}
		if (Array.isArray(value) && s.items)
			value.forEach((v) => visit(s.items, v, name));
		else if (value && typeof value === 'object')
			for (const [key, v] of Object.entries(value)) {
				const of = s.properties?.[key];
				if (of)
					seen.add(`${name}.${key}`);
				if (of || s.additionalProperties?.$ref)
					visit(of ?? s.additionalProperties, v, name);
			}
	};
	visit(schema, document, '');
	return seen;
}

describe('the schemas', () => {
	test('are what mendctl prints, as they are committed', () => {
		for (const kind of Object.keys(kinds)) {
			const run = spawnSync(mendctl, ['playbook', 'schema', kind],
				{ encoding: 'utf8' });
			assert.equal(run.stdout, text(`conf/schema/${kind}.schema.json`));
		}
		const none = spawnSync(mendctl, ['playbook', 'schema', 'case'],
			{ encoding: 'utf8' });
		assert.equal(none.status, 2);
		assert.match(none.stderr, /expected playbook, adapter or policy/);
	});

	test('take every file that is shipped', () => {
		for (const [kind, folder] of Object.entries(kinds))
			for (const file of readdirSync(join(root, 'conf', folder))) {
				const v = validate[kind];
				v(JSON.parse(text(`conf/${folder}/${file}`)));
				assert.deepEqual(v.errors ?? [], [], file);
			}
	});

	test('take every member there is, and so does mendctl check', () => {
		const seen = { playbook: new Set(), adapter: new Set(),
			policy: new Set() };
		for (const [kind, document] of good) {
			validate[kind](document);
			assert.deepEqual(validate[kind].errors ?? [], []);
			assert.equal(words(check(kind, document)), '');
			used(schemas[kind], document).forEach((m) => seen[kind].add(m));
		}
		for (const [kind, schema] of Object.entries(schemas)) {
			const all = [['', schema], ...Object.entries(schema.$defs)]
				.filter(([, s]) => !s.allOf)
				.flatMap(([name, s]) => Object.keys(s.properties ?? {})
					.map((key) => `${name}.${key}`))
				.filter((m) => !m.startsWith('lookup.'));
			assert.deepEqual(all.filter((m) => !seen[kind].has(m)), [],
				`${kind}: members that no good file here has`);
		}
	});
});

// ---- wrong ones: a change to a good one, and where it is told ----

const step = (i) => (d) => d.steps[i];
const [look, pick, call, repeat, , task, use] = [0, 1, 2, 3, 4, 5, 6].map(step);
const [tell, finish] = [-2, -1].map((i) => (d) => d.steps.at(i));
const set = (at, member, value) => (d) => {
	const object = at(d);
	if (value === undefined)
		delete object[member];
	else
		object[member] = value;
};
const top = (d) => d;
const operation = (name) => (d) => d.operations[name];

const wrong = [
	// playbooks
	['playbook', '/steps/1/origin', set(pick, 'origin', { playbook: 'big' }),
		'only a stored version'],
	['playbook', '/titel', set(top, 'titel', 'x'), 'did you mean "title"?'],
	['playbook', '/title', set(top, 'title', undefined), 'missing'],
	['playbook', '/title', set(top, 'title', 7), 'expected a string'],
	['playbook', '/playbook', set(top, 'playbook', 'Big'), 'a name like'],
	['playbook', '/steps', set(top, 'steps', []), 'at least one'],
	['playbook', '/steps', set(top, 'steps', {}), 'a list'],
	['playbook', '/priority', set(top, 'priority', 4), 'from 0 to 3'],
	['playbook', '/timeout', set(top, 'timeout', '3 days'), 'a duration'],
	['playbook', '/concurrency/limit', set((d) => d.concurrency, 'limit', 0),
		'from 1 to 1000'],
	['playbook', '/concurrency/key', set((d) => d.concurrency, 'key',
		undefined), 'missing'],
	['playbook', '/index/amount', set((d) => d.index, 'amount', 'a'),
		'unknown'],
	['playbook', '/steps/0/kind', set(look, 'kind', 'fetch'), 'expected'],
	['playbook', '/steps/0/step', set(look, 'step', 'a.b'), 'name'],
	['playbook', '/steps/0/reads', set(look, 'reads', undefined), 'missing'],
	['playbook', '/steps/0/read', set(look, 'read', []),
		'did you mean "reads"?'],
	['playbook', '/steps/0/budget', set(look, 'budget', 5), 'a string'],
	['playbook', '/steps/0/marks', set(look, 'marks', 'X'), 'unknown'],
	['playbook', '/steps/0/reads/0/as', set((d) => look(d).reads[0], 'as',
		'Order'), 'a name like'],
	['playbook', '/steps/0/reads/0/optional', set((d) => look(d).reads[0],
		'optional', 'yes'), 'true or false'],
	['playbook', '/steps/1/timeout', set(pick, 'timeout', '1s'), 'unknown'],
	['playbook', '/steps/1/rules/0/classify/tier',
		set((d) => pick(d).rules[0].classify, 'tier', 4), '1 to 3'],
	['playbook', '/steps/1/rules/0/classify/confidence',
		set((d) => pick(d).rules[0].classify, 'confidence', undefined),
		'expected a number'],
	['playbook', '/steps/1/rules/0/when/a/like', set((d) => pick(d).rules[0],
		'when', { a: { like: 'x' } }), 'unknown operator'],
	['playbook', '/steps/1/rules/0/when', set((d) => pick(d).rules[0],
		'when', {}), 'conditions'],
	['playbook', '/steps/1/rules/0/when/a/in', set((d) => pick(d).rules[0],
		'when', { a: { in: 'x' } }), 'list'],
	['playbook', '/steps/1/rules/0/when/a/within', set((d) =>
		pick(d).rules[0], 'when', { a: { within: 'soon' } }), 'duration'],
	['playbook', '/steps/2/operation', set(call, 'operation', undefined),
		'missing'],
	['playbook', '/steps/2/retry/maximumAttempts', set((d) => call(d).retry,
		'maximumAttempts', 0), 'from 1 to 1000'],
	['playbook', '/steps/2/retry/jitter', set((d) => call(d).retry,
		'jitter', 'some'), 'expected'],
	['playbook', '/steps/2/compensate/operation', set((d) =>
		call(d).compensate, 'operation', undefined), 'missing'],
	['playbook', '/steps/2/requires/0/fact', set((d) => call(d).requires[0],
		'fact', undefined), 'missing'],
	['playbook', '/steps/2/onFaliure', set(call, 'onFaliure', 'end'),
		'did you mean "onFailure"?'],
	['playbook', '/steps/3/maximumAttempts', set(repeat, 'maximumAttempts',
		undefined), 'missing'],
	['playbook', '/steps/3/until', set(repeat, 'until', undefined),
		'missing'],
	['playbook', '/steps/3/steps/0/for/polity', set((d) => repeat(d).steps[0], 'for',
		{ polity: 'x' }), 'did you mean "policy"?'],
	['playbook', '/steps/3/steps/0/signal', set((d) => repeat(d).steps[0],
		'signal', []), 'at least one'],
	['playbook', '/steps/5/proposal/rejectText', set((d) => task(d).proposal,
		'rejectText', undefined), 'missing'],
	['playbook', '/steps/5/proposal/cost/bearer', set((d) =>
		task(d).proposal.cost, 'bearer', 'us'), 'expected mend'],
	['playbook', '/steps/5/proposal/amountMinor', set((d) =>
		task(d).proposal, 'amountMinor', true), 'path'],
	['playbook', '/steps/5/form/0/type', set((d) => task(d).form[0], 'type',
		'colour'), 'expected text'],
	['playbook', '/steps/5/form/0/label', set((d) => task(d).form[0],
		'label', undefined), 'missing'],
	['playbook', '/steps/5/reasonCodes/approve', set((d) =>
		task(d).reasonCodes, 'approve', []), 'at least one'],
	['playbook', '/steps/5/alternatives/0/name', set((d) =>
		task(d).alternatives[0], 'name', undefined), 'missing'],
	['playbook', '/steps/5/escalate/after', set((d) => task(d).escalate,
		'after', 15), 'string'],
	['playbook', '/steps/5/escalate/role', set((d) => task(d).escalate,
		'role', 'king'), 'supervisor'],
	['playbook', '/steps/8/once/key', set((d) => tell(d).once, 'key',
		undefined), 'missing'],
	['playbook', '/steps/6/playbook', set(use, 'playbook', undefined),
		'missing'],
	['playbook', '/steps/9/outcome', set(finish, 'outcome', undefined),
		'missing'],
	['playbook', '/steps/9/next', set(finish, 'next', 'look'), 'unknown'],
	// adapters
	['adapter', '/kind', set(top, 'kind', 'ftp'), 'http'],
	['adapter', '/baseUrl', set(top, 'baseUrl', undefined), 'missing'],
	['adapter', '/concurency', set(top, 'concurency', 4),
		'did you mean "concurrency"?'],
	['adapter', '/rate/perSecond', set((d) => d.rate, 'perSecond', 0),
		'from 1'],
	['adapter', '/breaker/ratio', set((d) => d.breaker, 'ratio', 0),
		'above 0'],
	['adapter', '/headers/Authorization', set((d) => d.headers,
		'Authorization', 1), 'string'],
	['adapter', '/operations/pay/offers', set(operation('pay'), 'offers',
		undefined), 'missing'],
	['adapter', '/operations/pay/method', set(operation('pay'), 'method',
		'FETCH'), 'expected one of'],
	['adapter', '/operations/find/offers', set(operation('find'), 'offers',
		'keyed'), 'only an effect'],
	['adapter', '/operations/find/path', set(operation('find'), 'path',
		undefined), 'missing'],
	['adapter', '/operations/pay/classes/0/class', set((d) =>
		d.operations.pay.classes[0], 'class', 'MAYBE'), 'expected OK'],
	['adapter', '/operations/pay/map/status', set((d) =>
		d.operations.pay.map, 'status', 1), 'path'],
	// the policy
	['policy', '/fourEyesMinor', set(top, 'fourEyesMinor', undefined),
		'missing'],
	['policy', '/dailyCapMinor', set(top, 'dailyCapMinor', -2), 'from -1'],
	['policy', '/roles/king', set((d) => d.roles, 'king', {}),
		'unknown role'],
	['policy', '/roles/agent/limitMinor', set((d) => d.roles.agent,
		'limitMinor', '5'), 'whole number'],
];

test('the schemas and mendctl check refuse the same', () => {
	assert.ok(wrong.length >= 40);
	for (const [kind, pointer, change, said] of wrong) {
		const from = good.find(([k]) => k === kind)[1];
		const document = structuredClone(from);
		change(document);
		assert.equal(validate[kind](document), false,
			`the schema takes a file that is wrong at ${pointer}`);
		const problems = check(kind, document);
		const told = problems.filter((p) => p.pointer === pointer);
		assert.equal(told.length, 1, `${pointer}:\n${words(problems)}`);
		assert.ok(told[0].detail.includes(said),
			`${pointer}: ${told[0].detail}`);
	}
});

// ---- files changed by chance: what the schema refuses, the other does too ----

const places = (value, path = []) => value && typeof value === 'object'
	? Object.entries(value).flatMap(([k, v]) => [[...path, k],
		...places(v, [...path, k])])
	: [];
const odd = [null, true, 0, -1, 4, '', 'a', 'hold', 'end', 'x.y', '5s', '{{a}}',
	[], {}, [1], { a: 1 }, 'task', 'finish'];

function changed(document, chance) {
	const copy = structuredClone(document);
	const path = chance.of(places(copy));
	const key = path.pop();
	const parent = path.reduce((at, k) => at[k], copy);
	const other = chance.of(places(document)).reduce((at, k) => at[k],
		document);
	const way = chance.below(4);
	if (way === 0)
		parent[key] = chance.of(odd);
	else if (way === 1)
		parent[key] = structuredClone(other);
	else if (Array.isArray(parent))
		parent.splice(Number(key), 1);
	else {
		if (way === 2)
			parent[`${key}s`] = parent[key];
		delete parent[key];
	}
	return copy;
}

test('no file changed by chance is refused by the schema alone', () => {
	const chance = random(7);
	let refused = 0;
	for (let i = 0; i < 150; i++) {
		const [kind, from] = chance.of([...good, good[0], good[0]]);
		const document = changed(from, chance);
		if (validate[kind](document))
			continue;
		refused++;
		assert.notEqual(words(check(kind, document)), '',
			`${ajv.errorsText(validate[kind].errors)}\n` +
			JSON.stringify(document));
	}
	assert.ok(refused > 50, `${refused} of 150`);
});
