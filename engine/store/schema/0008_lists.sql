-- Which calls are out is asked of every row of call that is written, by both of
-- these indexes. Of a list of three values SQLite made a table each time. What
-- asks for calls that are out says it with the same words (CALL_OUT in sql.c),
-- or meets no index.

DROP INDEX call_out;
CREATE INDEX call_out ON call (run_id)
	WHERE (state = 'INTENT' OR state = 'SENT' OR state = 'UNKNOWN');
-- Money: while one is out in any run of the order, no other starts. The index
-- is the rule, so that it holds for any number of engines.
DROP INDEX call_order_scope;
CREATE UNIQUE INDEX call_order_scope ON call (order_id) WHERE order_scope = 1
	AND (state = 'INTENT' OR state = 'SENT' OR state = 'UNKNOWN');
