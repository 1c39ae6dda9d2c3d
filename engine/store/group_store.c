/*
 * Groups of runs (group_store.h).
 *
 * Always holds: no statement here reads more rows than its limit says.
 */
#include "group_store.h"

#include "rows.h"
#include "sql.h"

static const char *const by_names[GROUP_BY_COUNT] = {
	[GROUP_EVENT] = "event",
	[GROUP_SELLER] = "seller",
	[GROUP_VENUE] = "venue",
	[GROUP_PLATFORM] = "platform",
};

const char *group_by_name(enum group_by by)
{
	return by < GROUP_BY_COUNT ? by_names[by] : "";
}

bool group_by_parse(const char *name, enum group_by *ret_by)
{
	int i = name ? name_find(by_names, GROUP_BY_COUNT, name) : -1;

	if (i < 0)
		return false;
	*ret_by = (enum group_by)i;
	return true;
}

static void read_group(struct db_stmt *s, struct arena *a, void *to)
{
	struct group *g = to;

	(void)a;
	DB_TEXT_INTO(s, 0, g->ref);
	g->count = db_int(s, 1);
}

enum err group_list(struct db *db, enum group_by by, int limit, struct arena *a,
		    struct group **ret_groups, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_GROUP_EVENT + (int)by);
	struct rows rows = {.a = a, .size = sizeof(struct group)};
	enum err e;

	db_bind_int(s, 1, limit);
	e = rows_read(s, &rows, read_group);
	if (e != OK)
		return e;
	*ret_groups = (void *)rows.data;
	*ret_count = rows.count;
	return OK;
}

static void read_part(struct db_stmt *s, struct arena *a, void *to)
{
	struct group_part *p = to;

	(void)a;
	DB_TEXT_INTO(s, 0, p->issue_type);
	DB_TEXT_INTO(s, 1, p->currency);
	p->count = db_int(s, 2);
	p->amount_minor = db_int(s, 3);
	p->urgent_ms = db_int(s, 4);
	p->event_ms = db_int(s, 5);
	p->waiting_task = db_int(s, 6);
	p->held = db_int(s, 7);
}

enum err group_parts(struct db *db, enum group_by by, const char *ref,
		     int runs_max, struct arena *a,
		     struct group_part **ret_parts, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_GROUP_PART_EVENT + (int)by);
	struct rows rows = {.a = a, .size = sizeof(struct group_part)};
	enum err e;

	db_bind_text(s, 1, ref);
	db_bind_int(s, 2, runs_max);
	e = rows_read(s, &rows, read_part);
	if (e != OK)
		return e;
	*ret_parts = (void *)rows.data;
	*ret_count = rows.count;
	return OK;
}

enum err stuck_runs(struct db *db, enum run_state state, int limit,
		    void (*each)(void *context, const struct run *r),
		    void *context, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_STUCK_RUNS);
	struct run r = {.state = state};
	enum db_step step;
	int count = 0;

	db_bind_text(s, 1, run_state_name(state));
	db_bind_int(s, 2, limit);
	while ((step = db_step(s)) == DB_ROW) {
		r.id = db_int(s, 0);
		DB_TEXT_INTO(s, 1, r.order_id);
		DB_TEXT_INTO(s, 2, r.queue);
		DB_TEXT_INTO(s, 3, r.wait_adapter);
		DB_TEXT_INTO(s, 4, r.step);
		DB_TEXT_INTO(s, 5, r.reason);
		DB_TEXT_INTO(s, 6, r.last_error);
		r.attempt = (int)db_int(s, 7);
		r.due_ms = db_int(s, 8);
		r.updated_ms = db_int(s, 9);
		each(context, &r);
		count++;
	}
	if (step == DB_ERROR)
		return db_error(s);
	*ret_count = count;
	return OK;
}

static void read_call(struct db_stmt *s, struct arena *a, void *to)
{
	struct stuck_sum *sum = to;

	(void)a;
	DB_TEXT_INTO(s, 0, sum->adapter);
	DB_TEXT_INTO(s, 1, sum->operation);
	sum->count = db_int(s, 2);
	sum->first_ms = db_int(s, 3);
	sum->last_ms = db_int(s, 4);
	DB_TEXT_INTO(s, 5, sum->order_id[0]);
	DB_TEXT_INTO(s, 6, sum->order_id[1]);
	sum->money = db_int(s, 7) != 0;
}

static void read_task(struct db_stmt *s, struct arena *a, void *to)
{
	struct stuck_sum *sum = to;

	(void)a;
	DB_TEXT_INTO(s, 0, sum->issue_type);
	DB_TEXT_INTO(s, 1, sum->step);
	DB_TEXT_INTO(s, 2, sum->role);
	sum->count = db_int(s, 3);
	sum->first_ms = db_int(s, 4);
	sum->last_ms = db_int(s, 5);
	DB_TEXT_INTO(s, 6, sum->order_id[0]);
	DB_TEXT_INTO(s, 7, sum->order_id[1]);
}

static enum err read_sums(struct db_stmt *s, struct arena *a,
			  void (*each)(struct db_stmt *, struct arena *,
				       void *),
			  struct stuck_sum **ret_sums, int *ret_count)
{
	struct rows rows = {.a = a, .size = sizeof(struct stuck_sum)};
	enum err e = rows_read(s, &rows, each);

	if (e != OK)
		return e;
	*ret_sums = (void *)rows.data;
	*ret_count = rows.count;
	return OK;
}

enum err stuck_calls(struct db *db, int limit, struct arena *a,
		     struct stuck_sum **ret_sums, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_STUCK_CALLS);

	db_bind_int(s, 1, limit);
	return read_sums(s, a, read_call, ret_sums, ret_count);
}

enum err stuck_tasks(struct db *db, int64_t now_ms, int limit, struct arena *a,
		     struct stuck_sum **ret_sums, int *ret_count)
{
	struct db_stmt *s = db_bind_start(db, SQL_STUCK_TASKS);

	db_bind_int(s, 1, now_ms);
	db_bind_int(s, 2, limit);
	return read_sums(s, a, read_task, ret_sums, ret_count);
}
