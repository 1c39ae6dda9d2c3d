/* The case file of a run (case_store.h): one JSON document, written whole. */
#include "case_store.h"

#include "rows.h"
#include "sql.h"

enum err case_load(struct db *db, int64_t run_id, struct arena *a,
		   char **ret_body, int64_t *ret_updated_ms)
{
	struct db_stmt *s = db_bind_start(db, SQL_CASE_LOAD);
	enum err e;

	db_bind_int(s, 1, run_id);
	e = db_one(s);
	if (e != OK)
		return e;
	*ret_body = text_read(s, 0, a);
	if (ret_updated_ms != NULL)
		*ret_updated_ms = db_int(s, 1);
	db_done(s);
	return OK;
}

enum err case_save(struct db *db, int64_t run_id, const char *body,
		   int64_t now_ms)
{
	struct db_stmt *s = db_bind_start(db, SQL_CASE_SAVE);

	db_bind_int(s, 1, run_id);
	db_bind_text(s, 2, body);
	db_bind_int(s, 3, now_ms);
	return db_run(s, NULL);
}
