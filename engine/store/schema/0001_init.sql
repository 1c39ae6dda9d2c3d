-- Mend's database, first version. Times are UTC milliseconds; JSON and enums
-- are TEXT. Internal ids are integers, TypeIDs stand only in public_id.
-- Written so that PostgreSQL can take it over: see db.h.
--
-- Where rows are written at every step, a CHECK asks for one value after the
-- other: of a list of more than two SQLite makes a table each time, which cost
-- more than the row.

-- Single values: the engine's id, the system audit chain, generations.
CREATE TABLE meta (
	key TEXT PRIMARY KEY,
	value_int INTEGER NOT NULL DEFAULT 0,
	value_blob BLOB
) STRICT;
INSERT INTO meta (key, value_int) VALUES
	('engine_id', 0),	-- of the engine that holds, or last held, the lease
	('engine_pid', 0),
	('engine_suspect', 0),	-- run planned alone after crashes
	('engine_ready_ms', 0),	-- 0 while an engine is starting or gone
	('generation', 0),	-- of the active configuration
	('sealed_audit_id', 0);	-- audit rows up to here are under a seal
INSERT INTO meta (key, value_int, value_blob) VALUES
	('system_audit', 0, zeroblob(32));	-- seq and head of the system chain

-- Configuration: immutable versions of playbooks, adapters and policies.
CREATE TABLE document (
	id INTEGER PRIMARY KEY,
	kind TEXT NOT NULL CHECK (kind IN ('playbook', 'adapter', 'policy')),
	name TEXT NOT NULL,
	version INTEGER NOT NULL CHECK (version > 0),
	digest TEXT NOT NULL,
	body TEXT NOT NULL,
	actor TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	UNIQUE (kind, name, version),
	UNIQUE (kind, name, digest)
) STRICT;
CREATE TRIGGER document_immutable BEFORE UPDATE ON document
	BEGIN SELECT RAISE(ABORT, 'document versions are immutable'); END;
CREATE TRIGGER document_kept BEFORE DELETE ON document
	BEGIN SELECT RAISE(ABORT, 'document versions are kept'); END;

CREATE TABLE active (
	kind TEXT NOT NULL,
	name TEXT NOT NULL,
	document_id INTEGER NOT NULL REFERENCES document (id),
	PRIMARY KEY (kind, name)
) STRICT;
CREATE INDEX active_document ON active (document_id);

-- The hot row: narrow, one update a step. The engine that holds the lease is
-- the only writer of all but inbox_seq, audit_seq, audit_head and due_ms, which
-- an inbox insert raises too; engine writes are fenced by epoch and inbox_seq.
CREATE TABLE run (
	id INTEGER PRIMARY KEY,
	public_id TEXT NOT NULL UNIQUE,
	order_id TEXT NOT NULL CHECK (length(order_id) BETWEEN 1 AND 128),
	state TEXT NOT NULL CHECK (state = 'READY' OR state = 'RUNNING'
		OR state = 'BACKING_OFF' OR state = 'BLOCKED'
		OR state = 'WAITING_TASK' OR state = 'WAITING_SIGNAL'
		OR state = 'PAUSED' OR state = 'HELD' OR state = 'CANCELING'
		OR state = 'COMPLETED' OR state = 'FAILED'
		OR state = 'CANCELED' OR state = 'TIMED_OUT'),
	outcome TEXT,
	result TEXT,
	issue_type TEXT,
	tier INTEGER CHECK (tier BETWEEN 1 AND 3),
	playbook_id INTEGER REFERENCES document (id),
	step TEXT NOT NULL DEFAULT '',
	phase TEXT NOT NULL DEFAULT '',	-- within the step; see flow/advance.h
	progress TEXT NOT NULL DEFAULT '',	-- visits and iterations per step
	attempt INTEGER NOT NULL DEFAULT 0,
	attempts_max INTEGER NOT NULL DEFAULT 0,
	queue TEXT NOT NULL DEFAULT '',	-- the adapter wanted next, or none
	priority INTEGER NOT NULL DEFAULT 2 CHECK (priority BETWEEN 0 AND 3),
	due_ms INTEGER,
	lease INTEGER,			-- engine id while checked out
	epoch INTEGER NOT NULL DEFAULT 0,
	inbox_seq INTEGER NOT NULL DEFAULT 0,	-- raised by the outside
	inbox_read INTEGER NOT NULL DEFAULT 0,	-- as far as the engine has read
	crash_count INTEGER NOT NULL DEFAULT 0,
	wait_task_id INTEGER,
	wait_signal TEXT,
	wait_adapter TEXT,
	reason TEXT,		-- why it stands where it stands, in words
	last_error TEXT,
	paused_state TEXT,	-- to return to on resume
	amount_minor INTEGER,
	currency TEXT,
	event_ms INTEGER,	-- start of the event
	urgent_ms INTEGER,	-- last feasible moment
	source TEXT NOT NULL DEFAULT 'api',
	event_key TEXT,		-- of the event that created it
	audit_seq INTEGER NOT NULL DEFAULT 0,
	audit_head BLOB NOT NULL,
	created_ms INTEGER NOT NULL,
	updated_ms INTEGER NOT NULL,
	closed_ms INTEGER
) STRICT;
-- An order has at most one open run.
CREATE UNIQUE INDEX run_open ON run (order_id) WHERE closed_ms IS NULL;
CREATE INDEX run_order ON run (order_id, id);
-- The open ones, newest first, however many are closed.
CREATE INDEX run_open_list ON run (id) WHERE closed_ms IS NULL;
-- Claims: what is due and not leased, per queue and priority.
CREATE INDEX run_claim ON run (queue, priority, due_ms)
	WHERE due_ms IS NOT NULL AND lease IS NULL;
-- Leased runs with unread inbox, read by every tick.
CREATE INDEX run_unread ON run (lease)
	WHERE lease IS NOT NULL AND inbox_seq > inbox_read;
-- Not by lease, or the planner would take it for run_unread.
CREATE INDEX run_leased ON run (id) WHERE lease IS NOT NULL;
CREATE INDEX run_state ON run (state, id);
CREATE INDEX run_issue ON run (issue_type, id);
CREATE INDEX run_amount ON run (amount_minor);

-- (source, key) of an event belongs to its run for ever.
CREATE TABLE event_key (
	source TEXT NOT NULL,
	key TEXT NOT NULL,
	run_id INTEGER NOT NULL REFERENCES run (id),
	digest TEXT NOT NULL,
	PRIMARY KEY (source, key)
) STRICT;
CREATE INDEX event_key_key ON event_key (key);

CREATE TABLE case_file (
	run_id INTEGER PRIMARY KEY REFERENCES run (id),
	body TEXT NOT NULL,
	updated_ms INTEGER NOT NULL
) STRICT;

-- What the outside said to a run, until the run consumes it.
CREATE TABLE inbox (
	id INTEGER PRIMARY KEY,
	run_id INTEGER NOT NULL REFERENCES run (id),
	kind TEXT NOT NULL CHECK (kind IN ('event', 'signal', 'decision',
		'undo', 'cancel', 'pause', 'resume', 'retry', 'comment')),
	name TEXT,		-- of a signal
	body TEXT NOT NULL,	-- JSON object
	actor TEXT NOT NULL,
	received_ms INTEGER NOT NULL,
	consumed_ms INTEGER
) STRICT;
CREATE INDEX inbox_waiting ON inbox (run_id, id) WHERE consumed_ms IS NULL;

-- One adapter operation for one visit of a step.
CREATE TABLE call (
	id INTEGER PRIMARY KEY,
	public_id TEXT NOT NULL UNIQUE,
	run_id INTEGER NOT NULL REFERENCES run (id),
	order_id TEXT NOT NULL,
	step TEXT NOT NULL,
	visit INTEGER NOT NULL,
	name TEXT NOT NULL,	-- which of the step's calls: "" or a gather's "as"
	adapter TEXT NOT NULL,
	operation TEXT NOT NULL,
	adapter_id INTEGER NOT NULL REFERENCES document (id),
	purpose TEXT NOT NULL CHECK (purpose = 'read' OR purpose = 'effect'
		OR purpose = 'lookup'),
	order_scope INTEGER NOT NULL DEFAULT 0 CHECK (order_scope IN (0, 1)),
	idempotency_key TEXT NOT NULL UNIQUE,
	digest TEXT NOT NULL,	-- of params
	params TEXT NOT NULL,	-- JSON, as given to the operation
	state TEXT NOT NULL CHECK (state = 'INTENT' OR state = 'SENT'
		OR state = 'OK' OR state = 'FAILED' OR state = 'UNKNOWN'),
	attempt INTEGER NOT NULL DEFAULT 1,
	maybe_done INTEGER NOT NULL DEFAULT 0 CHECK (maybe_done IN (0, 1)),
				-- an earlier attempt may have happened
	class TEXT,		-- of the last answer
	code TEXT,		-- of the last answer, when it failed
	status INTEGER,		-- of the last answer; 0 when there was none
	answer TEXT,		-- JSON, mapped
	error TEXT,
	intent_ms INTEGER NOT NULL,
	sent_ms INTEGER,
	answered_ms INTEGER,
	duration_ms INTEGER
) STRICT;
CREATE INDEX call_run ON call (run_id, id);
CREATE INDEX call_out ON call (run_id) WHERE state IN ('INTENT', 'SENT', 'UNKNOWN');
-- Money: while one is out in any run of the order, no other starts. The index
-- is the rule, so that it holds for any number of engines.
CREATE UNIQUE INDEX call_order_scope ON call (order_id)
	WHERE order_scope = 1 AND state IN ('INTENT', 'SENT', 'UNKNOWN');

CREATE TABLE task (
	id INTEGER PRIMARY KEY,
	public_id TEXT NOT NULL UNIQUE,
	run_id INTEGER NOT NULL REFERENCES run (id),
	order_id TEXT NOT NULL,
	step TEXT NOT NULL,
	visit INTEGER NOT NULL,
	state TEXT NOT NULL CHECK (state = 'OPEN' OR state = 'CLAIMED'
		OR state = 'DECIDED' OR state = 'DONE' OR state = 'VOID'
		OR state = 'EXPIRED' OR state = 'CANCELED'),
	version INTEGER NOT NULL DEFAULT 1,
	title TEXT NOT NULL,
	reason TEXT NOT NULL,	-- why automation stopped
	role TEXT NOT NULL,	-- at least this role decides
	issue_type TEXT,
	tier INTEGER,
	proposal TEXT NOT NULL,	-- JSON: see flow/task.h
	digest TEXT NOT NULL,	-- of the proposal; a decision is bound to it
	amount_minor INTEGER,
	currency TEXT,
	event_ms INTEGER,
	approvals_needed INTEGER NOT NULL DEFAULT 1,
	approval_count INTEGER NOT NULL DEFAULT 0,
	due_ms INTEGER,
	claimed_by TEXT COLLATE NOCASE,	-- as people are told apart
	claim_until_ms INTEGER,
	approved INTEGER CHECK (approved IN (0, 1)),
	reason_code TEXT,
	notes TEXT,
	decider TEXT COLLATE NOCASE,
	decider_role TEXT,
	self_asserted INTEGER,
	decided_ms INTEGER,
	execute_at_ms INTEGER,
	intent_ms INTEGER,	-- set with the first intent: no undo any more
	supersedes TEXT,	-- public id of the task that became VOID
	void_reason TEXT,
	snoozed_until_ms INTEGER,
	sort_ms INTEGER NOT NULL,	-- the earlier of due_ms and event_ms
	created_ms INTEGER NOT NULL,
	updated_ms INTEGER NOT NULL,
	closed_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX task_open ON task (run_id) WHERE closed_ms IS NULL;
CREATE INDEX task_run ON task (run_id, id);
CREATE INDEX task_queue ON task (sort_ms, id) WHERE closed_ms IS NULL;
CREATE INDEX task_decider ON task (decider, decided_ms);

-- Every signature under a task, also the first of four eyes and undone ones.
CREATE TABLE decision (
	id INTEGER PRIMARY KEY,
	task_id INTEGER NOT NULL REFERENCES task (id),
	approved INTEGER NOT NULL CHECK (approved IN (0, 1)),
	actor TEXT NOT NULL COLLATE NOCASE,	-- as people are told apart
	role TEXT NOT NULL,
	self_asserted INTEGER NOT NULL CHECK (self_asserted IN (0, 1)),
	digest TEXT NOT NULL,
	notes TEXT,
	decided_ms INTEGER NOT NULL,
	undone_ms INTEGER
) STRICT;
-- The same person signs a task once.
CREATE UNIQUE INDEX decision_once ON decision (task_id, actor)
	WHERE undone_ms IS NULL;
CREATE INDEX decision_actor ON decision (actor, decided_ms);
CREATE INDEX decision_task ON decision (task_id, id);

-- Append-only. run_id NULL: the system's own chain.
CREATE TABLE audit (
	id INTEGER PRIMARY KEY,
	run_id INTEGER REFERENCES run (id),
	seq INTEGER NOT NULL,
	at_ms INTEGER NOT NULL,
	kind TEXT NOT NULL,
	actor TEXT NOT NULL,
	message TEXT NOT NULL,
	data TEXT NOT NULL,	-- JSON object
	hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE UNIQUE INDEX audit_run ON audit (run_id, seq);
CREATE UNIQUE INDEX audit_system ON audit (seq) WHERE run_id IS NULL;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
	BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
	BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;

-- Answers kept for a repeat of the same request.
CREATE TABLE idempotency (
	actor TEXT NOT NULL,
	route TEXT NOT NULL,
	key TEXT NOT NULL,
	digest TEXT NOT NULL,	-- of the body
	status INTEGER NOT NULL,
	answer TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	PRIMARY KEY (actor, route, key)
) STRICT;
CREATE INDEX idempotency_age ON idempotency (created_ms);
