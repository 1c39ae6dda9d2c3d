/*
 * What a person has approved, kept for the next decision (task_store.h).
 *
 * Always holds: every decision up to last_id was read when it was there, and
 * ids only grow, so what is read next is what was decided since.
 */
#include "task_store.h"

#include <string.h>

#include "../base/strbuf.h"
#include "rows.h"
#include "sql.h"

#define EXACT_EVERY_MS 1000

static int place_of(struct spending *s, const char *actor, const char *currency)
{
	if (strcmp(s->actor, actor) != 0) {
		*s = (struct spending){.count = 0};
		STR_COPY(s->actor, actor);
	}
	for (int i = 0; i < s->count; i++) {
		if (strcmp(s->of[i].currency, currency) == 0)
			return i;
	}
	return -1;
}

static enum err last_id(struct db *db, int64_t *ret_id)
{
	struct db_stmt *q = db_bind_start(db, SQL_DECISION_LAST);
	enum err e = db_one(q);

	if (e != OK)
		return e;
	*ret_id = db_int(q, 0);
	db_done(q);
	return OK;
}

static enum err add_up(struct db *db, struct spending *s, int at,
		       const char *currency, int64_t since_ms, int64_t now_ms)
{
	int64_t minor = 0, last = 0;
	enum err e = last_id(db, &last);

	if (e == OK)
		e = decision_spent(db, s->actor, currency, since_ms, &minor);
	if (e != OK)
		return e;
	STR_COPY(s->of[at].currency, currency);
	s->of[at].minor = minor;
	s->of[at].last_id = last;
	s->of[at].exact_ms = now_ms;
	return OK;
}

static enum err add_since(struct db *db, struct spending *s, int at)
{
	struct db_stmt *q = db_bind_start(db, SQL_DECISION_SPENT_AFTER);
	enum err e;

	db_bind_text(q, 1, s->actor);
	db_bind_text_or_null(q, 2, s->of[at].currency);
	db_bind_int(q, 3, s->of[at].last_id);
	e = db_one(q);
	if (e != OK)
		return e;
	s->of[at].minor += db_int(q, 0);
	s->of[at].last_id = db_int(q, 1);
	db_done(q);
	return OK;
}

static enum err sum(struct db *db, struct spending *s, bool exact,
		    const char *actor, const char *currency, int64_t since_ms,
		    int64_t now_ms, int64_t *ret_minor)
{
	int at = place_of(s, actor, currency);
	bool known = at >= 0;
	enum err e;

	if (!known && s->count < SPENDING_CURRENCIES)
		at = s->count++;
	else if (!known)
		at = 0;
	if (known && exact && now_ms - s->of[at].exact_ms < EXACT_EVERY_MS &&
	    now_ms >= s->of[at].exact_ms)
		exact = false;
	e = known && !exact ? add_since(db, s, at)
			    : add_up(db, s, at, currency, since_ms, now_ms);
	if (e != OK)
		*s = (struct spending){.count = 0};
	else
		*ret_minor = s->of[at].minor;
	return e;
}

enum err spending_bound(struct db *db, struct spending *s, const char *actor,
			const char *currency, int64_t since_ms, int64_t now_ms,
			int64_t *ret_minor)
{
	return sum(db, s, false, actor, currency, since_ms, now_ms, ret_minor);
}

enum err spending_exact(struct db *db, struct spending *s, const char *actor,
			const char *currency, int64_t since_ms, int64_t now_ms,
			int64_t *ret_minor)
{
	return sum(db, s, true, actor, currency, since_ms, now_ms, ret_minor);
}
