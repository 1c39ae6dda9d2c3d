-- A bulk does the most urgent of its items first: as it stood when the bulk was
-- made, so that the next ones are found by an index, whatever runs do meanwhile.

ALTER TABLE bulk_item ADD COLUMN urgency_ms INTEGER NOT NULL DEFAULT 0;
DROP INDEX bulk_item_waiting;
CREATE INDEX bulk_item_waiting ON bulk_item (bulk_id, urgency_ms, run_id)
	WHERE state = 'WAITING';
