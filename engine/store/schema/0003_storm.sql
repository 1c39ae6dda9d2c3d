-- Operators' hands on adapters, and what the engine sees of them.

-- A run that waits for a place at its adapter, or for a switch to be lifted, is
-- parked in its queue: not due at a time of its own, but taken in this order
-- (its last feasible moment, UTC ms) when its queue has room. NULL: not parked.
ALTER TABLE run ADD COLUMN parked_ms INTEGER;
DROP INDEX run_claim;
-- Claims: what is due and not leased, per queue and priority.
CREATE INDEX run_claim ON run (queue, priority, due_ms)
	WHERE due_ms IS NOT NULL AND lease IS NULL AND parked_ms IS NULL;
-- And what is parked, most urgent first; then by priority and age.
CREATE INDEX run_parked ON run (queue, parked_ms, priority)
	WHERE parked_ms IS NOT NULL AND lease IS NULL;

-- Pauses, switches and asked-for probes. In force: lifted_ms is NULL. Only the
-- lifting is ever written to a row.
CREATE TABLE control (
	id INTEGER PRIMARY KEY,
	public_id TEXT NOT NULL UNIQUE,
	kind TEXT NOT NULL CHECK (kind IN ('adapter', 'action', 'playbook',
		'event', 'seller', 'probe')),
	name TEXT NOT NULL,	-- "payment", "payment.refund", "triage@3", …
	reason TEXT NOT NULL,
	actor TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	expires_ms INTEGER NOT NULL,
	lifted_ms INTEGER,
	lifted_by TEXT,		-- "mend" when it expired
	lift_reason TEXT
) STRICT;
CREATE UNIQUE INDEX control_in_force ON control (kind, name)
	WHERE lifted_ms IS NULL;
-- Raised by whoever writes to control; the engine reads it when the database
-- has changed.
INSERT INTO meta (key, value_int) VALUES ('control_generation', 0);

-- What the engine last saw of each adapter: for looking only, and written at
-- most once a second; a crash may lose the newest.
CREATE TABLE adapter_state (
	adapter TEXT PRIMARY KEY,
	at_ms INTEGER NOT NULL,
	body TEXT NOT NULL	-- JSON, see loop/watch.c
) STRICT;
