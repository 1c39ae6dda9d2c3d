-- What the playbook language keeps in a run.

-- What the outside can say has grown; a CHECK cannot be altered in place.
CREATE TABLE inbox_grown (
	id INTEGER PRIMARY KEY,
	run_id INTEGER NOT NULL REFERENCES run (id),
	kind TEXT NOT NULL CHECK (kind = 'event' OR kind = 'signal'
		OR kind = 'decision' OR kind = 'undo' OR kind = 'cancel'
		OR kind = 'pause' OR kind = 'resume' OR kind = 'retry'
		OR kind = 'comment' OR kind = 'kill' OR kind = 'priority'
		OR kind = 'settle' OR kind = 'migrate'),
	name TEXT,		-- of a signal
	body TEXT NOT NULL,	-- JSON object
	actor TEXT NOT NULL,
	received_ms INTEGER NOT NULL,
	consumed_ms INTEGER
) STRICT;
INSERT INTO inbox_grown (id, run_id, kind, name, body, actor, received_ms,
	consumed_ms)
	SELECT id, run_id, kind, name, body, actor, received_ms, consumed_ms
	FROM inbox;
DROP TABLE inbox;
ALTER TABLE inbox_grown RENAME TO inbox;
CREATE INDEX inbox_waiting ON inbox (run_id, id) WHERE consumed_ms IS NULL;

-- The next time-out of the run or of a step it stands in. due_ms is never
-- later, but a run in the queue of an adapter that is full or paused is not
-- claimed then: this index finds it all the same.
ALTER TABLE run ADD COLUMN deadline_ms INTEGER;
CREATE INDEX run_deadline ON run (deadline_ms)
	WHERE deadline_ms IS NOT NULL AND queue > '' AND lease IS NULL;

-- Concurrency: at most so many runs with a key at once. A run that holds a
-- place has its number; who waits for one has none. The unique index is the
-- rule, so that it holds for any number of engines.
CREATE TABLE slot (
	run_id INTEGER PRIMARY KEY REFERENCES run (id),
	key TEXT NOT NULL,
	number INTEGER CHECK (number >= 0),
	capacity INTEGER NOT NULL,	-- numbers are below it
	priority INTEGER NOT NULL,
	urgent_ms INTEGER NOT NULL,	-- far away when it is not known
	since_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX slot_taken ON slot (key, number) WHERE number IS NOT NULL;
CREATE INDEX slot_waiting ON slot (key, priority, urgent_ms, run_id)
	WHERE number IS NULL;
