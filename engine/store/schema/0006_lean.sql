-- Indexes without the rows that nobody asks them for: most runs have no amount
-- and, when they come in, no issue type and no playbook. Among a million open
-- runs each entry is a page of its own that a run's first step would change.

DROP INDEX run_issue;
CREATE INDEX run_issue ON run (issue_type, id) WHERE issue_type IS NOT NULL;
DROP INDEX run_amount;
CREATE INDEX run_amount ON run (amount_minor) WHERE amount_minor IS NOT NULL;
DROP INDEX run_playbook;
CREATE INDEX run_playbook ON run (playbook_id)
	WHERE playbook_id IS NOT NULL AND closed_ms IS NULL;

-- A row doubles in size from its start to its end. Beside others, as it is
-- written, it would have to move at most steps, and its neighbours' pages be
-- written with it. So it is born with the room that it is going to need, and
-- gives it up with its first step. (Elsewhere this is called a fill factor.)
ALTER TABLE run ADD COLUMN room TEXT DEFAULT '
................................................................
................................................................
..............................';
