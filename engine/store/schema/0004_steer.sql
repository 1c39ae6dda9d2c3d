-- Many runs at once, replays, groups, and what suppliers send in.

-- One no-show seller or one cancelled event is hundreds of orders: what a run
-- belongs to, as its playbook's index says. NULL: not known.
ALTER TABLE run ADD COLUMN event_ref TEXT;
ALTER TABLE run ADD COLUMN seller_ref TEXT;
ALTER TABLE run ADD COLUMN venue_ref TEXT;
ALTER TABLE run ADD COLUMN platform_ref TEXT;
-- Of the open ones, however many are closed; of an event also these. closed_ms
-- is NULL in all of them, and there so that counting reads the index alone.
CREATE INDEX run_open_event ON run (event_ref, id, closed_ms)
	WHERE event_ref IS NOT NULL AND closed_ms IS NULL;
CREATE INDEX run_open_seller ON run (seller_ref, id, closed_ms)
	WHERE seller_ref IS NOT NULL AND closed_ms IS NULL;
CREATE INDEX run_open_venue ON run (venue_ref, id, closed_ms)
	WHERE venue_ref IS NOT NULL AND closed_ms IS NULL;
CREATE INDEX run_open_platform ON run (platform_ref, id, closed_ms)
	WHERE platform_ref IS NOT NULL AND closed_ms IS NULL;
CREATE INDEX run_event ON run (event_ref, id) WHERE event_ref > '';

-- Nobody knows what became of them; a person says: settle.
CREATE INDEX call_unknown ON call (adapter, operation, run_id)
	WHERE state = 'UNKNOWN';

-- One operation on all runs that matched a filter when it was asked for.
CREATE TABLE bulk (
	id INTEGER PRIMARY KEY,
	public_id TEXT NOT NULL UNIQUE,
	operation TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('PREVIEW', 'RUNNING', 'STOPPED',
		'DONE')),
	filter TEXT NOT NULL,	-- JSON, as it was asked
	params TEXT NOT NULL,	-- JSON: priority, step, decision
	reason TEXT NOT NULL,
	actor TEXT NOT NULL,	-- who started it last; till then who made it
	role TEXT NOT NULL,
	self_asserted INTEGER NOT NULL CHECK (self_asserted IN (0, 1)),
	rate INTEGER NOT NULL CHECK (rate > 0),	-- items a second
	total INTEGER NOT NULL,
	waiting INTEGER NOT NULL,	-- items that have no result yet
	done INTEGER NOT NULL,
	skipped INTEGER NOT NULL,
	failed INTEGER NOT NULL,
	created_ms INTEGER NOT NULL,
	started_ms INTEGER,
	ended_ms INTEGER
) STRICT;
CREATE INDEX bulk_running ON bulk (id) WHERE state = 'RUNNING';

-- An item's result is written in the transaction that speaks to its run.
CREATE TABLE bulk_item (
	bulk_id INTEGER NOT NULL REFERENCES bulk (id),
	run_id INTEGER NOT NULL REFERENCES run (id),
	state TEXT NOT NULL CHECK (state = 'WAITING' OR state = 'DONE'
		OR state = 'SKIPPED' OR state = 'FAILED'),
	code TEXT,		-- why it was skipped or failed, in one word
	detail TEXT,		-- the same in a sentence; of a replay its run
	task_id TEXT,		-- of a decision: what was shown, and
	digest TEXT,		-- of its proposal
	at_ms INTEGER,
	PRIMARY KEY (bulk_id, run_id)
) STRICT;
CREATE INDEX bulk_item_waiting ON bulk_item (bulk_id, run_id)
	WHERE state = 'WAITING';

-- What other systems sent in, once per id that they gave it. Without a run it
-- waits for the order's next one.
CREATE TABLE webhook (
	source TEXT NOT NULL,
	webhook_id TEXT NOT NULL,
	digest TEXT NOT NULL,	-- of the body
	order_id TEXT NOT NULL,
	name TEXT NOT NULL,	-- of the signal
	body TEXT NOT NULL,	-- JSON object
	received_ms INTEGER NOT NULL,
	run_id INTEGER REFERENCES run (id),
	PRIMARY KEY (source, webhook_id)
) STRICT;
CREATE INDEX webhook_waiting ON webhook (order_id, received_ms)
	WHERE run_id IS NULL;
CREATE INDEX webhook_age ON webhook (received_ms);

-- An effect that is done once for a group: the first run that comes does it,
-- the others take its answer. What became of it stands in its call.
CREATE TABLE once (
	key TEXT PRIMARY KEY,
	run_id INTEGER NOT NULL REFERENCES run (id),
	call_key TEXT NOT NULL,
	since_ms INTEGER NOT NULL
) STRICT;
