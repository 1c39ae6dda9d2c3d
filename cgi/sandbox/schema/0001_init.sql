-- The sandbox's own database: what happened to orders in the downstream
-- systems. What an order is about follows from its id and is not stored.
-- Times are UTC milliseconds. Written like Mend's own: see engine/store/db.h.

-- One row per order, made at its first sight. NULL: as its story says.
CREATE TABLE situation (
	order_id TEXT PRIMARY KEY CHECK (length(order_id) BETWEEN 1 AND 128),
	seen_ms INTEGER NOT NULL,

	-- Counters of the faults; only orders with such a story move them.
	reads INTEGER NOT NULL DEFAULT 0,
	effects INTEGER NOT NULL DEFAULT 0,
	outage INTEGER NOT NULL DEFAULT 0,	-- requests that met the outage
	garbage INTEGER NOT NULL DEFAULT 0,	-- reads that got nonsense

	-- What effects did.
	retries INTEGER NOT NULL DEFAULT 0,
	retried_ms INTEGER,
	accepted_ms INTEGER,
	recipient TEXT,
	pings INTEGER NOT NULL DEFAULT 0,
	pinged_ms INTEGER,
	answered_ms INTEGER,
	authorizations INTEGER NOT NULL DEFAULT 0,	-- tried, also in vain
	refunded_minor INTEGER NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),

	-- Where the systems stand, by an effect or by POST /sandbox/world.
	transfer_status TEXT CHECK (transfer_status IN ('FAILED', 'PENDING',
		'ACCEPTED', 'NOT_ACCEPTED', 'LOCKED')),
	supplier_status TEXT CHECK (supplier_status IN ('RESPONSIVE', 'SILENT',
		'ANSWERED', 'CANNOT_FULFIL')),
	supplier_answer TEXT,
	event_status TEXT CHECK (event_status IN ('ON', 'POSTPONED',
		'RESCHEDULED', 'CANCELLED')),
	payment_status TEXT CHECK (payment_status IN ('CAPTURED', 'AUTHORIZED',
		'DECLINED')),
	doors_ms INTEGER,
	dispute INTEGER CHECK (dispute IN (0, 1)),
	fail_next INTEGER NOT NULL DEFAULT 0 CHECK (fail_next >= 0),
	delay_ms INTEGER NOT NULL DEFAULT 0 CHECK (delay_ms >= 0)
) STRICT, WITHOUT ROWID;

-- Every effect that any system had on the world, in order. Whoever claims to
-- do things once can be held to it here.
CREATE TABLE ledger (
	seq INTEGER PRIMARY KEY,
	at_ms INTEGER NOT NULL,
	order_id TEXT NOT NULL REFERENCES situation (order_id),
	adapter TEXT NOT NULL,
	operation TEXT NOT NULL,
	idempotency_key TEXT,
	amount_minor INTEGER CHECK (amount_minor > 0),
	currency TEXT,
	CHECK ((amount_minor IS NULL) = (currency IS NULL))
) STRICT;
CREATE INDEX ledger_by_order ON ledger (order_id, seq);
CREATE TRIGGER ledger_written_once BEFORE UPDATE ON ledger
	BEGIN SELECT RAISE(ABORT, 'ledger lines are never changed'); END;
CREATE TRIGGER ledger_kept BEFORE DELETE ON ledger
	BEGIN SELECT RAISE(ABORT, 'ledger lines are kept'); END;

-- What was answered under which idempotency key, and to which body.
CREATE TABLE answer (
	order_id TEXT NOT NULL REFERENCES situation (order_id),
	operation TEXT NOT NULL,
	idempotency_key TEXT NOT NULL,
	digest TEXT NOT NULL,	-- of the canonical body
	status INTEGER NOT NULL,
	body TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	PRIMARY KEY (order_id, operation, idempotency_key)
) STRICT, WITHOUT ROWID;

-- Messages between us, buyers and sellers.
CREATE TABLE message (
	id INTEGER PRIMARY KEY,
	order_id TEXT NOT NULL REFERENCES situation (order_id),
	thread TEXT NOT NULL CHECK (thread IN ('order', 'supplier')),
	at_ms INTEGER NOT NULL,
	sender TEXT NOT NULL,
	recipient TEXT NOT NULL,
	text TEXT NOT NULL
) STRICT;
CREATE INDEX message_by_order ON message (order_id, thread, id);
