// Every mendctl command: what it prints, its JSON, its exit codes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync }
	from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cleanEnvironment, freePort, killAll, mendctl, remove, root, start,
	temporaryFolder, until } from './dev.mjs';

const folders = [];
let data;

function folder() {
	const path = temporaryFolder();
	folders.push(path);
	return path;
}

function ctl(args, { code = 0, env = {}, at = data } = {}) {
	const run = spawnSync(mendctl, args, { cwd: root, encoding: 'utf8',
		env: cleanEnvironment({ MEND_DATA: at, USER: 'tess', ...env }) });
	assert.equal(run.status, code,
		`mendctl ${args.join(' ')}\n${run.stdout}${run.stderr}`);
	return run;
}

const json = (args, options) => JSON.parse(
	ctl([...args, '--json'], options).stdout);

// As on a terminal of that many columns.
function onTerminal(args, columns, env = {}) {
	const command = [mendctl, ...args].map((a) => `'${a}'`).join(' ');
	const run = spawnSync('script', ['-qec',
		`stty cols ${columns}; ${command}`, '/dev/null'], { cwd: root,
		encoding: 'utf8', env: cleanEnvironment({ MEND_DATA: data,
			USER: 'tess', TERM: 'xterm', ...env }) });
	return run.stdout;
}

before(() => {
	data = folder();
	ctl(['migrate']);
	ctl(['activate']);
});
after(() => folders.forEach((path) => {
	killAll(path);
	remove(path);
}));

describe('help and usage', () => {
	const commands = ctlCommands();

	function ctlCommands() {
		const help = spawnSync(mendctl, ['--help'], { encoding: 'utf8' });
		const part = help.stdout.split('\nCommands\n')[1].split('\n\n')[0];
		return part.split('\n').map((line) => line.trim()
			.split(/ {2,}/)[0].replace(/( [A-Z[].*)$/, ''));
	}

	test('lists all commands, options, exit codes, settings', () => {
		for (const name of ['dev', 'ready', 'migrate', 'start', 'list', 'show',
			'trace', 'task list', 'task show', 'task claim',
			'task return', 'task decide', 'task undo', 'signal',
			'cancel', 'pause', 'resume', 'retry', 'comment', 'check',
			'activate', 'audit verify', 'audit export', 'backup',
			'halted'])
			assert.ok(commands.includes(name), name);
		const { stdout } = ctl(['--help']);
		assert.match(stdout, /Exit codes\n {2}0 done/);
		assert.match(stdout, /\n {2}5 busy or halted/);
		assert.match(stdout, /sandbox_workers/);
	});

	for (const name of commands) {
		test(`${name} --help has examples and exit codes`, () => {
			const { stdout, stderr } = ctl([...name.split(' '), '--help']);
			assert.match(stdout, new RegExp(`^Usage: mendctl ${name}`));
			assert.match(stdout, new RegExp(
				`\nExamples\n {2}mendctl ${name}`));
			assert.match(stdout, /\nExit codes\n/);
			assert.equal(stderr, '');
			for (const line of stdout.split('\n'))
				assert.ok(line.length <= 100, line);
		});
	}

	test('help of a command, of a group, of nothing', () => {
		assert.match(ctl(['help', 'show']).stdout, /^Usage: mendctl show ID/);
		assert.match(ctl(['help', 'task', 'decide']).stdout, /--approve/);
		assert.match(ctl(['task', '--help']).stdout, /task claim ID/);
		assert.match(ctl(['--version']).stdout, /^mendctl \d+\.\d+/);
		assert.match(ctl([], { code: 2 }).stderr, /--help/);
	});

	test('wrong usage is exit code 2 and one line of words', () => {
		for (const [args, words] of [
			[['lst'], /no command 'lst'/],
			[['task'], /which one\?/],
			[['task', 'lst'], /which one\?/],
			[['show'], /ID is missing/],
			[['show', 'a', 'b'], /'b' is one too many/],
			[['list', '--nope'], /unknown option --nope/],
			[['list', '-x'], /unknown option -x/],
			[['list', '--state'], /--state needs STATE/],
			[['list', '--open=1'], /--open takes no value/],
			[['list', '--state', 'BAD'], /--state is one of READY/],
			[['list', '--limit', '0'], /not within 1 to 1000/],
			[['list', '--limit', '-1'], /no number/],
			[['list', '--open', '--closed'], /exclude each other/],
			[['list', '--open', '--open'], /given twice/],
			[['cancel', 'ORDER-1'], /--reason TEXT is missing/],
			[['start', 'ORDER 1'], /orderId/],
			[['start', 'ORDER-1', '--event', '[1]'], /JSON object/],
			[['start', 'ORDER-1', '--event', '{'], /--event: /],
			[['start', 'ORDER-1', '--priority', '4'], /0 to 3/],
			[['task', 'decide', 'X'], /one of --approve and --reject/],
			[['task', 'decide', 'X', '--approve', '--reject'],
				/one of --approve and --reject/],
			[['task', 'list', '--view', 'mien'], /--view is one of/],
			[['list', '--as', 'a\nb'], /control characters/],
			[['list', '--as', 'Ana '], /no blank at either end/],
			[['list', '--as', 'x'.repeat(96)], /--as: a name/],
		]) {
			const { stdout, stderr } = ctl(args, { code: 2 });
			assert.match(stderr, words);
			assert.equal(stdout, '');
			assert.ok(stderr.split('\n').length <= 3, stderr);
		}
	});

	test('bad settings are told by name', () => {
		const { stderr } = ctl(['list'],
			{ code: 1, env: { MEND_WORKERS: 'many' } });
		assert.match(stderr, /^mendctl: list: workers: .*'many'.*\n$/);
	});
});

describe('the database', () => {
	test('migrate creates, and again changes nothing', () => {
		const at = folder();
		assert.match(ctl(['migrate'], { at }).stdout, /is at version \d+\n/);
		const { schemaVersion } = json(['migrate'], { at });
		assert.ok(schemaVersion >= 1);
	});

	test('no folder, no database', () => {
		const at = join(folder(), 'none');
		assert.match(ctl(['list'], { code: 1, at }).stderr,
			/no data folder/);
		mkdirSync(at);
		assert.match(ctl(['list'], { code: 1, at }).stderr,
			/no database in .*; --data names the folder, mendctl migrate/);
		assert.ok(!existsSync(join(at, 'mend.db')));
	});

	test('--data wins over the environment', () => {
		const at = folder();
		ctl(['migrate', '--data', at], { at: '/nonexistent' });
		assert.ok(existsSync(join(at, 'mend.db')));
	});

	test('backup copies, and never over something', () => {
		const file = join(folder(), 'copy.db');
		assert.match(ctl(['backup', file]).stdout, /: \d+ bytes\n/);
		assert.equal(readFileSync(file).subarray(0, 15).toString(),
			'SQLite format 3');
		assert.match(ctl(['backup', file], { code: 4 }).stderr,
			/exists already/);
		const other = folder();
		cpSync(file, join(other, 'mend.db'));
		ctl(['migrate'], { at: other });
		ctl(['list'], { at: other });
		ctl(['backup', '/nonexistent/x.db'], { code: 1 });
	});

	test('halted shows and releases', () => {
		const at = folder();
		ctl(['migrate'], { at });
		assert.equal(ctl(['halted'], { at }).stdout, 'not halted\n');
		assert.deepEqual(json(['halted'], { at }),
			{ halted: false, reason: null });
		writeFileSync(join(at, 'mend.db-halted'), 'now test disk\n');
		assert.equal(ctl(['halted'], { at, code: 5 }).stdout,
			'halted: now test disk\n');
		assert.match(ctl(['start', 'ORDER-1'], { at, code: 5 }).stderr,
			/halted: now test disk.*mendctl halted --release/);
		ctl(['list'], { at });
		assert.match(ctl(['halted', '--release'], { at }).stdout,
			/released/);
		ctl(['start', 'ORDER-1'], { at });
	});

	test('a damaged database is not released without --force', () => {
		const at = folder();
		writeFileSync(join(at, 'mend.db'), 'x'.repeat(8192));
		writeFileSync(join(at, 'mend.db-halted'), 'now test damage\n');
		assert.match(ctl(['halted', '--release'], { at, code: 1 }).stderr,
			/not sound/);
		assert.ok(existsSync(join(at, 'mend.db-halted')));
		ctl(['halted', '--release', '--force'], { at });
		assert.ok(!existsSync(join(at, 'mend.db-halted')));
	});
});

describe('the configuration', () => {
	test('check and activate', () => {
		assert.match(ctl(['check']).stdout, /^\d+ files in .*, no fault\n$/);
		const checked = json(['check', 'conf']);
		assert.equal(checked.ok, true);
		assert.ok(checked.files > 5);
		assert.deepEqual(checked.problems, []);
		assert.equal(json(['activate']).changed, 0);
	});

	test('faults: file, pointer, what was expected; nothing changes', () => {
		const conf = join(folder(), 'conf');
		cpSync(join(root, 'conf'), conf, { recursive: true });
		writeFileSync(join(conf, 'playbooks', 'triage.json'), '{"nam": 1}');
		const run = ctl(['check', conf], { code: 1 });
		assert.match(run.stderr, /^playbooks\/triage\.json:\/.*: .+$/m);
		assert.equal(run.stdout, '');
		const told = JSON.parse(ctl(['check', conf, '--json'],
			{ code: 1 }).stdout);
		assert.equal(told.ok, false);
		for (const problem of told.problems)
			assert.deepEqual(Object.keys(problem),
				['file', 'pointer', 'detail']);
		ctl(['activate', conf], { code: 1 });
		assert.equal(json(['activate']).changed, 0);
	});
});

describe('runs', () => {
	let first;

	before(() => {
		first = json(['start', 'ORDER-CLI-1', '--key', 'k1', '--event',
			'{"says":"no \\u001b[31mtickets"}']);
	});

	test('start creates, joins and replays', () => {
		assert.deepEqual(Object.keys(first), ['workflowId', 'runId',
			'orderId', 'state', 'created', 'joined']);
		assert.equal(first.workflowId, 'resolve-ORDER-CLI-1');
		assert.equal(first.created, true);
		const joined = json(['start', 'ORDER-CLI-1']);
		assert.equal(joined.joined, true);
		assert.equal(joined.runId, first.runId);
		const again = json(['start', 'ORDER-CLI-1', '--key', 'k1',
			'--event', '{"says":"no \\u001b[31mtickets"}']);
		assert.equal(again.created, false);
		assert.match(ctl(['start', 'ORDER-CLI-9']).stdout,
			/^started run run_\w{26} of ORDER-CLI-9, READY\n$/);
	});

	test('the same event key with another content is refused', () => {
		ctl(['start', 'ORDER-CLI-2', '--key', 'k1'], { code: 4 });
	});

	test('list: filters, pages, JSON', () => {
		for (let i = 0; i < 5; i++) ctl(['start', `PAGE-${i}`]);
		const page = json(['list', '--prefix', 'PAGE-', '--limit', '2']);
		assert.deepEqual(page.data.map((r) => r.orderId),
			['PAGE-4', 'PAGE-3']);
		assert.equal(page.hasMore, true);
		const rest = json(['list', '--prefix', 'PAGE-', '--after',
			page.nextCursor]);
		assert.deepEqual(rest.data.map((r) => r.orderId),
			['PAGE-2', 'PAGE-1', 'PAGE-0']);
		assert.equal(rest.hasMore, false);
		assert.equal(rest.nextCursor, null);
		assert.equal(json(['list', '--order', 'PAGE-0']).data.length, 1);
		assert.equal(json(['list', '--key', 'k1']).data.length, 1);
		assert.equal(json(['list', '--closed']).data.length, 0);
		assert.equal(json(['list', '--state', 'HELD']).data.length, 0);
		const none = ctl(['list', '--state', 'HELD']);
		assert.equal(none.stdout, '');
		assert.equal(none.stderr, 'no runs\n');
		ctl(['list', '--after', 'run_none'], { code: 3 });
	});

	test('show finds by run, workflow and order id', () => {
		for (const id of [first.runId, first.workflowId, 'ORDER-CLI-1']) {
			const run = json(['show', id]);
			assert.equal(run.runId, first.runId);
			for (const name of ['state', 'issueType', 'tier', 'playbook',
				'step', 'attempt', 'maximumAttempts', 'dueAt', 'reason',
				'lastError', 'priority', 'createdAt', 'updatedAt',
				'closedAt', 'next', 'calls', 'tasks', 'caseFile'])
				assert.ok(name in run, name);
			assert.equal(run.caseFile.request.says,
				'no \u001b[31mtickets');
		}
		const { stdout } = ctl(['show', 'ORDER-CLI-1']);
		assert.match(stdout, /^ORDER-CLI-1 {2}READY {2}run_/);
		assert.match(stdout, /^next +goes on/m);
		assert.match(stdout, /^Case file$/m);
		assert.doesNotMatch(ctl(['show', 'ORDER-CLI-1', '--brief']).stdout,
			/Case file/);
	});

	test('what is not there is exit code 3, in one line', () => {
		for (const args of [['show', 'ORDER-NONE'],
			['show', 'run_01m82dysezfmy9rxxrdrbbkhhn'],
			['show', 'task_01m82dysezfmy9rxxrdrbbkhhn'],
			['show', 'resolve-ORDER-NONE'], ['trace', 'X'],
			['task', 'show', 'ORDER-CLI-1'], ['task', 'claim', 'X'],
			['task', 'decide', 'X', '--approve'], ['audit', 'export', 'X'],
			['cancel', 'X', '--reason', 'r'],
			['signal', 'X', 'supplier_answered']]) {
			const { stderr, stdout } = ctl(args, { code: 3 });
			assert.match(stderr, /^mendctl: .+\n$/);
			assert.equal(stdout, '');
		}
	});

	test('operations take a reason and keep who did it', () => {
		for (const name of ['comment', 'pause', 'cancel']) {
			const run = json([name, 'ORDER-CLI-9', '--reason',
				`because ${name}`, '--as', 'ana']);
			assert.equal(run.orderId, 'ORDER-CLI-9');
		}
		const { data: entries } = json(['trace', 'ORDER-CLI-9']);
		const text = JSON.stringify(entries);
		for (const name of ['comment', 'pause', 'cancel'])
			assert.match(text, new RegExp(`because ${name}`));
		assert.equal(entries.at(-1).actor, 'ana');
		assert.match(ctl(['comment', 'ORDER-CLI-9', '--reason', 'x']).stdout,
			/^comment is with run_\w+ of ORDER-CLI-9, [A-Z_]+\n$/);
	});

	test('an operation that the state does not allow is code 4', () => {
		const { stderr } = ctl(['resume', 'ORDER-CLI-1', '--reason', 'x'],
			{ code: 4 });
		assert.match(stderr, /^mendctl: resume: .+\n$/);
	});

	test('signals carry a body', () => {
		ctl(['signal', 'ORDER-CLI-1', 'supplier_answered', '--body',
			'{"seats":"ok"}']);
		ctl(['signal', 'ORDER-CLI-1', 'Not A Name'], { code: 2 });
		ctl(['signal', 'ORDER-CLI-1', 'x', '--body', '{'], { code: 2 });
		assert.match(ctl(['trace', 'ORDER-CLI-1', '--full']).stdout,
			/supplier_answered/);
	});

	test('trace: a timeline, and the chain holds', () => {
		const trace = json(['trace', 'ORDER-CLI-1']);
		assert.equal(trace.verified, true);
		assert.equal(trace.runId, first.runId);
		assert.deepEqual(trace.data.map((e) => e.seq),
			trace.data.map((_, i) => i + 1));
		for (const name of ['at', 'kind', 'message', 'data', 'actor'])
			assert.ok(name in trace.data[0], name);
		assert.match(ctl(['trace', 'ORDER-CLI-1']).stdout,
			/^ +1 {2}\d{4}-\d\d-\d\dT[\d:.]+Z +\+0\.000 s {2}RECEIVED/);
	});

	test('$USER acts unless --as says otherwise', () => {
		json(['start', 'ORDER-WHO']);
		assert.equal(json(['trace', 'ORDER-WHO']).data[0].actor, 'tess');
	});
});

describe('the audit', () => {
	test('verify holds and counts', () => {
		const verified = json(['audit', 'verify']);
		assert.equal(verified.ok, true);
		assert.ok(verified.entries > 5);
		assert.match(ctl(['audit', 'verify']).stdout,
			/^\d+ entries, every chain and seal holds\n$/);
	});

	test('export is JSON lines, of one run or all', () => {
		const all = ctl(['audit', 'export']).stdout.trim().split('\n')
			.map((line) => JSON.parse(line));
		assert.ok(all.some((e) => e.chain === 'system'));
		assert.ok(all.some((e) => e.orderId === 'ORDER-WHO'));
		const one = ctl(['audit', 'export', 'ORDER-WHO']).stdout.trim()
			.split('\n').map((line) => JSON.parse(line));
		assert.deepEqual([...new Set(one.map((e) => e.orderId))],
			['ORDER-WHO']);
	});

	test('a forged entry is found: exit code 1', {
		skip: spawnSync('sqlite3', ['-version']).error && 'no sqlite3',
	}, () => {
		const at = folder();
		ctl(['migrate'], { at });
		ctl(['start', 'ORDER-1'], { at });
		const sql = 'DROP TRIGGER audit_no_update; ' +
			"UPDATE audit SET message = 'forged' WHERE run_id IS NOT NULL;";
		assert.equal(spawnSync('sqlite3', [join(at, 'mend.db'), sql]).status,
			0);
		assert.match(ctl(['audit', 'verify'], { at, code: 1 }).stderr,
			/^run_\w+ entry 1: .+\n1 faults in \d+ entries\n$/);
		const told = JSON.parse(ctl(['audit', 'verify', '--json'],
			{ at, code: 1 }).stdout);
		assert.equal(told.ok, false);
		assert.equal(told.findings[0].seq, 1);
		const run = ctl(['trace', 'ORDER-1'], { at, code: 1 });
		assert.match(run.stderr, /the chain is broken at 1/);
	});
});

test('what cannot be read is said, and the rest is shown', {
	skip: spawnSync('sqlite3', ['-version']).error && 'no sqlite3',
}, () => {
	const at = folder();
	ctl(['migrate'], { at });
	ctl(['activate'], { at });
	ctl(['start', 'ORDER-1'], { at });
	const sql = "UPDATE case_file SET body = '{'; INSERT INTO adapter_state " +
		"(adapter, at_ms, body) VALUES ('payment', 1, '{')";
	assert.equal(spawnSync('sqlite3', [join(at, 'mend.db'), sql]).status, 0);
	assert.match(ctl(['show', 'ORDER-1'], { at }).stdout,
		/READY[^]*its case file cannot be read/);
	assert.equal(json(['show', 'ORDER-1'], { at }).caseFile, null);
	const adapters = json(['adapters'], { at });
	assert.equal(adapters.find((a) => a.name === 'payment').seenAt, null);
	assert.ok(adapters.length > 5);
});

describe('how it looks', () => {
	test('no colour and no cut lines in a pipe', () => {
		for (const args of [['list'], ['show', 'ORDER-CLI-1'],
			['trace', 'ORDER-CLI-1'], ['--help']])
			assert.doesNotMatch(ctl(args).stdout, /\u001b|…/);
	});

	test('colour on a terminal, unless told otherwise', () => {
		assert.match(onTerminal(['list'], 100), /\u001b\[/);
		assert.doesNotMatch(onTerminal(['list', '--no-color'], 100),
			/\u001b\[/);
		assert.doesNotMatch(onTerminal(['list'], 100, { NO_COLOR: '1' }),
			/\u001b\[/);
		assert.doesNotMatch(onTerminal(['list'], 100, { TERM: 'dumb' }),
			/\u001b\[/);
	});

	test('columns fit the terminal', () => {
		const text = onTerminal(['list', '--no-color'], 72);
		const lines = text.trim().split(/\r?\n/);
		assert.ok(lines.length > 3);
		for (const line of lines)
			assert.ok([...line].length <= 72, line);
	});

	test('control characters in data stay out of the terminal', () => {
		const { stdout } = ctl(['show', 'ORDER-CLI-1']);
		assert.match(stdout, /no {2}\[31mtickets/);
		assert.doesNotMatch(stdout, /\u001b/);
	});

	test('times are relative for people', () => {
		assert.match(ctl(['show', 'ORDER-CLI-1']).stdout,
			/^created +(now|\d+ (s|min) ago)$/m);
	});

	test('a closed pipe ends it quietly', () => {
		const run = spawnSync('sh', ['-c',
			`'${mendctl}' --help | head -n 1`], { encoding: 'utf8' });
		assert.equal(run.stderr, '');
	});
});

describe('tasks', () => {
	let dev, at, task;
	const options = () => ({ at });

	before(async () => {
		at = folder();
		dev = start(at, await freePort(), ['--no-samples']);
		await dev.ready();
		ctl(['start', 'ORDER-UNKNOWN-7'], options());
		await until('a task', () => {
			const list = json(['task', 'list'], options());
			[task] = list.data;
			return task;
		});
	});
	after(() => dev.stop());

	test('ready tells of the engine and of the port', async () => {
		assert.equal(ctl(['ready'], options()).stdout, 'ready\n');
		assert.deepEqual(json(['ready', '--port', String(dev.port)],
			options()), { ready: true });
		assert.match(ctl(['ready'], { code: 5 }).stderr, /no engine works/);
		assert.match(ctl(['ready', '--port', String(await freePort())],
			{ code: 5 }).stderr, /nobody answers/);
	});

	test('list: a table and JSON with the counts per view', () => {
		const list = json(['task', 'list'], options());
		assert.equal(list.data.length, 1);
		assert.equal(list.hasMore, false);
		assert.equal(list.counts.all, 1);
		const { stdout } = ctl(['task', 'list'], options());
		assert.match(stdout, /^TASK +ORDER +STATE/);
		assert.match(stdout, /ORDER-UNKNOWN-7 +OPEN/);
	});

	test('show by task, order and run id', () => {
		for (const id of [task.taskId, task.runId, 'ORDER-UNKNOWN-7',
			'resolve-ORDER-UNKNOWN-7'])
			assert.equal(json(['task', 'show', id], options()).taskId,
				task.taskId);
		const { stdout } = ctl(['task', 'show', 'ORDER-UNKNOWN-7'],
			options());
		assert.match(stdout, /^question +\S/m);
		assert.equal(json(['show', task.taskId], options()).runId,
			task.runId);
	});

	test('claim, and nobody else can', () => {
		const claimed = json(['task', 'claim', task.taskId, '--as', 'ana'],
			options());
		assert.equal(claimed.state, 'CLAIMED');
		assert.equal(claimed.claimedBy, 'ana');
		const { stderr } = ctl(['task', 'claim', task.taskId, '--as', 'bo'],
			{ at, code: 4, env: { MEND_DEV_ROLE: 'agent' } });
		assert.match(stderr, /ana/);
		assert.equal(json(['task', 'list', '--view', 'mine', '--as', 'ana'],
			options()).data.length, 1);
	});

	test('return needs a reason', () => {
		ctl(['task', 'return', task.taskId, '--as', 'ana'], { at, code: 2 });
		const open = json(['task', 'return', task.taskId, '--as', 'ana',
			'--reason', 'not mine'], options());
		assert.equal(open.state, 'OPEN');
	});

	test('a version that moved is refused', () => {
		const { stderr } = ctl(['task', 'claim', task.taskId, '--version',
			'1', '--as', 'ana'], { at, code: 4 });
		assert.match(stderr, /^mendctl: task claim: .+\n$/);
	});

	test('decide, undo, decide again, and the engine goes on', async () => {
		const decided = json(['task', 'decide', 'ORDER-UNKNOWN-7',
			'--reject', '--notes', 'nothing wrong', '--undo', '60',
			'--as', 'ana'], options());
		assert.equal(decided.state, 'DECIDED');
		assert.equal(decided.approved, false);
		const undone = json(['task', 'undo', task.taskId, '--as', 'ana'],
			options());
		assert.notEqual(undone.state, 'DECIDED');
		ctl(['task', 'decide', task.taskId, '--reject', '--as', 'ana'],
			options());
		await until('the run is closed', () => json(['show', task.runId],
			options()).closedAt);
		const { stderr } = ctl(['task', 'decide', task.taskId, '--approve',
			'--as', 'bo'], { at, code: 4 });
		assert.match(stderr, /^mendctl: task decide: .+\n$/);
	});

	test('trace --follow ends with the run', () => {
		const { stdout } = ctl(['trace', task.runId, '--follow'], options());
		assert.match(stdout, /RECEIVED/);
		assert.equal(json(['audit', 'verify'], options()).ok, true);
	});

	test('show tells calls and tasks', () => {
		const { stdout } = ctl(['show', task.runId], options());
		assert.match(stdout, /^Calls$/m);
		assert.match(stdout, /^CALL +STEP/m);
		assert.match(stdout, /^Tasks$/m);
	});
});
