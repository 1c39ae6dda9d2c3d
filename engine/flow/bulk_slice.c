/*
 * Why: the engine carries a bulk out a slice at a time. Each item is judged
 * again, spoken to and given its result in one transaction.
 *
 * Always holds: what a run or a rule refuses, or what cannot be read any more,
 * is the item's result and never the slice's.
 */
#include <assert.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "audit.h"
#include "bulk_item.h"

enum err bulk_desk_target(struct db *db, struct bulk_desk *desk,
			  const char *name, int version, struct arena *a,
			  struct problems *p)
{
	struct document d;
	enum err e;

	desk->to = version ? NULL : catalog_playbook(desk->catalog, name);
	if (desk->to)
		return OK;
	e = version ? document_by_version(db, DOCUMENT_PLAYBOOK, name, version,
					  a, &d)
		    : ERR_NOT_FOUND;
	if (e == OK)
		e = catalog_playbook_by_id(desk->catalog, db, d.id, &desk->to);
	if (e != ERR_NOT_FOUND && e != ERR_INVALID)
		return e;
	if (e == ERR_INVALID)
		problems_add(p, "/version",
			     "version %d of %.60s cannot be read any more",
			     version, name);
	else if (version)
		problems_add(p, "/version", "%.60s has no version %d", name,
			     version);
	else
		problems_add(p, "/playbook",
			     "no playbook \"%.60s\" is in force", name);
	return ERR_INVALID;
}

/* What it was asked for, and what of that there still is: without, its items
 * say so one by one, and the next bulk has its turn. */
static enum err open_desk(struct db *db, struct bulk_desk *desk,
			  const struct bulk *b, struct arena *a)
{
	struct problems p = {.count = 0};
	enum err e =
		json_parse(b->params, strlen(b->params), &p, &desk->params);

	desk->to = NULL;
	if (e == OK && strcmp(b->operation, "migrate") == 0)
		e = bulk_desk_target(
			db, desk, json_string(desk->params, "playbook", ""),
			(int)json_int(desk->params, "version", 0), a, &p);
	return e == ERR_INVALID || e == ERR_TOO_LARGE ? OK : e;
}

/* What a run or a rule says no to, as the item's result. */
static const struct {
	enum err error;
	const char *code;
	enum bulk_item_state state;
} answers[] = {
	{ERR_CONFLICT, "state", ITEM_SKIPPED},
	{ERR_STALE, "changed", ITEM_SKIPPED},
	{ERR_DENIED, "denied", ITEM_SKIPPED},
	{ERR_NOT_FOUND, "gone", ITEM_SKIPPED},
	{ERR_INVALID, "invalid", ITEM_FAILED},
	{ERR_TOO_LARGE, "too_large", ITEM_FAILED},
	{ERR_CONSTRAINT, "rule", ITEM_FAILED},
};

static bool set_answer(struct bulk_item *item, enum err e,
		       const struct problems *p)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (answers[i].error != e)
			continue;
		item->state = answers[i].state;
		if (!item->code[0])
			STR_COPY(item->code, answers[i].code);
		STR_COPY(item->detail,
			 p->count > 0 ? p->item[0].detail : err_name(e));
		return true;
	}
	return false;
}

static enum err do_item(struct db *db, const struct world *w,
			struct bulk_desk *desk, struct bulk *b,
			struct bulk_item *item, struct arena *a)
{
	const struct bulk_kind *kind = bulk_kind_find(b->operation);
	struct problems p = {.count = 0};
	enum err e = db_mark(db), undone;

	if (e != OK)
		return e;
	item->state = ITEM_DONE;
	item->at_ms = world_wall_ms(w);
	if (kind && desk->params)
		e = kind->apply(db, w, desk, b, item, a, &p);
	else
		e = ERR_INVALID;
	if (!desk->params)
		problems_add(&p, "",
			     "what it was asked for cannot be read any more");
	undone = e == OK ? db_mark_keep(db) : db_mark_undo(db);
	if (undone != OK)
		return undone;
	if (e != OK && !set_answer(item, e, &p))
		return e;
	e = bulk_item_finish(db, b->id, item);
	b->waiting--;
	b->done += item->state == ITEM_DONE;
	b->skipped += item->state == ITEM_SKIPPED;
	b->failed += item->state == ITEM_FAILED;
	return e;
}

enum err bulk_slice(struct db *db, const struct world *w,
		    struct bulk_desk *desk, struct bulk *b, int most,
		    struct arena *a, int *ret_count)
{
	struct bulk_item *items = NULL;
	struct bulk now;
	int count = 0;
	enum err e = bulk_by_public_id(db, b->public_id, a, &now);

	assert(db_in_transaction(db));
	*ret_count = 0;
	if (e == OK && now.state != BULK_RUNNING)
		return OK;
	if (e == OK)
		e = open_desk(db, desk, &now, a);
	if (e == OK)
		e = bulk_item_waiting(db, now.id, most, a, &items, &count);
	for (int i = 0; e == OK && i < count; i++)
		e = do_item(db, w, desk, &now, &items[i], a);
	cJSON_Delete(desk->params);
	desk->params = NULL;
	if (e == OK && count < most) {
		now.state = BULK_DONE;
		now.ended_ms = world_wall_ms(w);
		e = bulk_note(db, &now, AUDIT_BULK_DONE, "mend", now.ended_ms,
			      a);
	}
	if (e == OK)
		e = bulk_update(db, &now);
	if (e != OK)
		return e;
	*b = now;
	*ret_count = count;
	return OK;
}
