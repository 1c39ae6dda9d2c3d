-- Systems that came later: replacements, messages that are answered, disputes,
-- payouts, what the organiser and the doors say. NULL: as the story says.

ALTER TABLE situation ADD COLUMN frozen INTEGER CHECK (frozen IN (0, 1));
ALTER TABLE situation ADD COLUMN cancelled_ms INTEGER;
ALTER TABLE situation ADD COLUMN delivery_method TEXT CHECK (delivery_method
	IN ('MOBILE_TRANSFER', 'PDF', 'WILL_CALL'));
ALTER TABLE situation ADD COLUMN seats_accepted_ms INTEGER;
ALTER TABLE situation ADD COLUMN resold INTEGER CHECK (resold IN (0, 1));
ALTER TABLE situation ADD COLUMN risk TEXT CHECK (risk IN ('LOW', 'HIGH'));

ALTER TABLE situation ADD COLUMN sent_ms INTEGER;	-- by transfer.send
ALTER TABLE situation ADD COLUMN revoked_ms INTEGER;
ALTER TABLE situation ADD COLUMN sent_quantity INTEGER CHECK
	(sent_quantity >= 0);

ALTER TABLE situation ADD COLUMN voided_ms INTEGER;
ALTER TABLE situation ADD COLUMN payout_state TEXT CHECK (payout_state IN
	('HELD', 'FROZEN', 'PAID'));
ALTER TABLE situation ADD COLUMN dispute_status TEXT CHECK (dispute_status IN
	('NONE', 'OPEN', 'WON', 'LOST'));
ALTER TABLE situation ADD COLUMN evidence_ms INTEGER;
ALTER TABLE situation ADD COLUMN offer_bought INTEGER CHECK
	(offer_bought >= 0);	-- which of the offers

-- What people were asked, and what they say when a test puts it into their
-- mouths. What they answer by themselves follows from asked_ms.
ALTER TABLE situation ADD COLUMN buyer_asked_ms INTEGER;
ALTER TABLE situation ADD COLUMN buyer_channel TEXT;
ALTER TABLE situation ADD COLUMN buyer_told_ms INTEGER;
ALTER TABLE situation ADD COLUMN buyer_answer TEXT;
ALTER TABLE situation ADD COLUMN buyer_choice TEXT CHECK (buyer_choice IN
	('ACCEPT', 'REFUND', 'KEEP'));
ALTER TABLE situation ADD COLUMN seller_asked_ms INTEGER;

ALTER TABLE situation ADD COLUMN official_status TEXT CHECK (official_status
	IN ('ON', 'POSTPONED', 'RESCHEDULED', 'CANCELLED'));
ALTER TABLE situation ADD COLUMN scan_status TEXT CHECK (scan_status IN
	('NOT_SCANNED', 'SCANNED', 'REFUSED'));

-- What befell an event, for all of its orders at once.
CREATE TABLE happening (
	event_id TEXT PRIMARY KEY CHECK (length(event_id) BETWEEN 1 AND 64),
	said TEXT CHECK (said IN ('ON', 'POSTPONED', 'RESCHEDULED',
		'CANCELLED')),		-- as the marketplace knows it
	official_said TEXT CHECK (official_said IN ('ON', 'POSTPONED',
		'RESCHEDULED', 'CANCELLED')),
	new_starts_ms INTEGER,
	told_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Whom we have written to, over all of his orders.
CREATE TABLE contact (
	seller_id TEXT PRIMARY KEY,
	pings INTEGER NOT NULL,
	pinged_ms INTEGER NOT NULL,
	channel TEXT NOT NULL		-- the last one
) STRICT, WITHOUT ROWID;

-- Seats that are kept for us for a while.
CREATE TABLE hold (
	id TEXT PRIMARY KEY,
	order_id TEXT NOT NULL REFERENCES situation (order_id),
	offer INTEGER NOT NULL CHECK (offer >= 0),
	price_minor INTEGER NOT NULL CHECK (price_minor > 0),
	expires_ms INTEGER NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('HELD', 'RELEASED', 'BOUGHT'))
) STRICT, WITHOUT ROWID;
CREATE INDEX hold_by_order ON hold (order_id);
