-- What a person fills in and chooses when he decides a task.

ALTER TABLE task ADD COLUMN alternative TEXT;	-- chosen; NULL: the proposal
ALTER TABLE task ADD COLUMN form TEXT;		-- JSON object, as filled in
ALTER TABLE task ADD COLUMN escalate_ms INTEGER;	-- when the role is raised
ALTER TABLE task ADD COLUMN escalated_ms INTEGER;	-- when it was

-- What each signature was for. The amount is that of what was chosen, and
-- counts for the daily cap.
ALTER TABLE decision ADD COLUMN alternative TEXT;
ALTER TABLE decision ADD COLUMN form TEXT;
ALTER TABLE decision ADD COLUMN reason_code TEXT;
ALTER TABLE decision ADD COLUMN amount_minor INTEGER;
ALTER TABLE decision ADD COLUMN currency TEXT;
UPDATE decision SET
	amount_minor = (SELECT amount_minor FROM task WHERE id = task_id),
	currency = (SELECT currency FROM task WHERE id = task_id);

-- Who put which version of the configuration in force, and when.
CREATE TABLE activation (
	id INTEGER PRIMARY KEY,
	kind TEXT NOT NULL,
	name TEXT NOT NULL,
	document_id INTEGER REFERENCES document (id),	-- NULL: retired
	actor TEXT NOT NULL,
	at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX activation_document ON activation (document_id, id);
INSERT INTO activation (kind, name, document_id, actor, at_ms)
	SELECT a.kind, a.name, a.document_id, d.actor, d.created_ms
	FROM active a JOIN document d ON d.id = a.document_id ORDER BY d.id;

-- How many open runs each version of a playbook has.
CREATE INDEX run_playbook ON run (playbook_id) WHERE closed_ms IS NULL;
