/*
 * One operation on many runs (bulk.h).
 *
 * Always holds: an item's result and what was said to its run are written in
 * one transaction; what a bulk was asked for is never changed afterwards. What
 * a run refuses is that item's result and stops no other.
 */
#include "bulk.h"

#include <assert.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "audit.h"
#include "bulk_item.h"
#include "filter.h"
#include "note.h"

#define PRIORITY_LAST 3

static enum err note(struct db *db, const struct bulk *b, enum audit_kind kind,
		     const char *actor, int64_t now_ms, struct arena *a)
{
	static const char *const done[AUDIT_KIND_COUNT] = {
		[AUDIT_BULK_MADE] = "prepared",
		[AUDIT_BULK_STARTED] = "started",
		[AUDIT_BULK_STOPPED] = "stopped",
		[AUDIT_BULK_DONE] = "finished",
	};
	cJSON *data = cJSON_CreateObject();
	struct audit_entry entry = {
		.at_ms = now_ms,
		.kind = audit_kind_name(kind),
		.actor = actor,
	};

	json_set_string(data, "bulkId", b->public_id);
	json_set_string(data, "operation", b->operation);
	json_set_string(data, "reason", b->reason);
	json_set(data, "filter", cJSON_CreateRaw(b->filter));
	json_set(data, "params", cJSON_CreateRaw(b->params));
	json_set_int(data, "total", b->total);
	json_set_int(data, "done", b->done);
	json_set_int(data, "skipped", b->skipped);
	json_set_int(data, "failed", b->failed);
	entry.data = json_print_arena(data, a);
	entry.message = arena_printf(
		a, "%s %s the bulk %s: %s of %lld runs: %s", actor, done[kind],
		b->public_id, b->operation, (long long)b->total, b->reason);
	cJSON_Delete(data);
	return audit_append_system(db, &entry);
}

/* A member that nobody reads would leave the proposal chosen by mistake, for
 * all of them. */
static void check_decision(const cJSON *d, struct problems *p)
{
	static const struct {
		const char *name;
		int types;
		const char *expected;
	} members[] = {
		{"approved", cJSON_True | cJSON_False, "true or false"},
		{"reasonCode", cJSON_String, "a text"},
		{"alternative", cJSON_String | cJSON_NULL, "a text"},
		{"notes", cJSON_String | cJSON_NULL, "a text"},
		{"form", cJSON_Object | cJSON_NULL, "an object"},
	};
	const size_t count = sizeof(members) / sizeof(members[0]);
	const cJSON *item;
	char at[128];

	cJSON_ArrayForEach(item, d)
	{
		size_t i = 0;

		while (i < count && strcmp(members[i].name, item->string) != 0)
			i++;
		if (i < count && item->type & members[i].types)
			continue;
		STR_COPY(at, "/decision");
		json_pointer_key(at, sizeof(at), item->string);
		if (i < count)
			problems_add(p, at, "expected %s", members[i].expected);
		else
			problems_add(p, at,
				     "unknown; expected approved, reasonCode, "
				     "alternative, notes or form");
	}
}

static void check_params(const struct bulk_request *q, struct problems *p)
{
	const cJSON *d = q->decision;

	if (strcmp(q->operation, "priority") == 0 &&
	    (q->priority < 0 || q->priority > PRIORITY_LAST))
		problems_add(p, "/priority", "expected 0 to %d", PRIORITY_LAST);
	if (strcmp(q->operation, "replay") == 0 && (!q->step || !*q->step))
		problems_add(p, "/step", "missing: the step to start from");
	if (strcmp(q->operation, "migrate") == 0 &&
	    (!q->playbook || !*q->playbook))
		problems_add(p, "/playbook", "missing: the playbook to go by");
	if (strcmp(q->operation, "decide") != 0)
		return;
	if (!cJSON_IsObject(d) || !cJSON_IsBool(json_get(d, "approved")))
		problems_add(p, "/decision/approved", "expected true or false");
	check_decision(d, p);
	if (!json_string(d, "reasonCode", "")[0])
		problems_add(p, "/decision/reasonCode",
			     "missing: one reason code for all of them");
	if (!json_string(q->filter, "issue", "")[0])
		problems_add(p, "/filter/issue",
			     "missing: a decision is for one issue type");
}

static enum err check(const struct bulk_request *q, struct problems *p)
{
	int before = p->count + p->dropped;

	if (!bulk_kind_find(q->operation)) {
		problems_add(p, "/operation",
			     "expected one of pause, resume, retry, cancel, "
			     "kill, priority, replay, decide, migrate");
		return ERR_INVALID;
	}
	(void)text_check(q->reason, "/reason", REASON_SIZE - 1, p);
	if (q->rate < 1 || q->rate > BULK_RATE_MAX)
		problems_add(p, "/ratePerSecond", "expected 1 to %d",
			     BULK_RATE_MAX);
	check_params(q, p);
	return p->count + p->dropped > before ? ERR_INVALID : OK;
}

static enum err check_role(const char *operation, const struct actor *actor,
			   struct problems *p)
{
	const struct bulk_kind *kind = bulk_kind_find(operation);

	if (!kind || actor->role >= kind->role)
		return OK;
	problems_add(p, "", "%s needs the role %s", operation,
		     role_name(kind->role));
	return ERR_DENIED;
}

/* ---- onto which version ---- */

/* 0: the version in force. */
static enum err find_target(struct db *db, struct bulk_desk *desk,
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
		e = find_target(
			db, desk, json_string(desk->params, "playbook", ""),
			(int)json_int(desk->params, "version", 0), a, &p);
	return e == ERR_INVALID || e == ERR_TOO_LARGE ? OK : e;
}

/* ---- making one ---- */

static void fill(const struct bulk_request *q, const struct world *w,
		 struct bulk_desk *desk, const struct actor *actor,
		 struct arena *a, struct bulk *b)
{
	cJSON *params = desk->params = cJSON_CreateObject();

	*b = (struct bulk){.state = BULK_PREVIEW,
			   .actor = *actor,
			   .rate = q->rate,
			   .created_ms = world_wall_ms(w)};
	id_make("bulk", w, b->public_id);
	STR_COPY(b->operation, q->operation);
	STR_COPY(b->reason, q->reason);
	if (strcmp(q->operation, "priority") == 0)
		json_set_int(params, "priority", q->priority);
	if (strcmp(q->operation, "replay") == 0)
		json_set_string(params, "step", q->step);
	if (strcmp(q->operation, "decide") == 0)
		json_set(params, "decision",
			 cJSON_Duplicate(q->decision, true));
	if (desk->to) {
		json_set_string(params, "playbook", desk->to->name);
		json_set_int(params, "version", desk->to->version);
	}
	b->params = json_print_arena(params, a);
	b->filter = json_print_arena(q->filter, a);
}

struct found {
	int64_t *run_id;
	int count;
};

static enum err add_found(void *context, const struct run *r)
{
	struct found *f = context;

	if (f->count == BULK_ITEMS_MAX)
		return ERR_TOO_LARGE;
	f->run_id[f->count++] = r->id;
	return OK;
}

enum err bulk_find(struct db *db, const struct world *w, struct bulk_request *q,
		   struct arena *a, struct problems *p)
{
	struct found f = {
		.run_id = arena_alloc(a, BULK_ITEMS_MAX * sizeof(int64_t))};
	struct filter filter;
	enum err e = check(q, p);

	if (e == OK)
		e = filter_parse(q->filter, world_wall_ms(w), p, &filter);
	if (e == OK)
		e = filter_each(db, &filter, add_found, &f);
	if (e == ERR_TOO_LARGE)
		problems_add(p, "/filter",
			     "more than %d runs match, or more than %d would "
			     "have to be looked at; narrow it down",
			     BULK_ITEMS_MAX, FILTER_SCAN_MAX);
	q->run_ids = f.run_id;
	q->run_count = f.count;
	return e;
}

static enum err add_item(struct db *db, struct bulk_desk *desk, struct bulk *b,
			 int64_t run_id, struct arena *scratch)
{
	const struct bulk_kind *kind = bulk_kind_find(b->operation);
	struct bulk_item item = {.run_id = run_id, .state = ITEM_WAITING};
	struct run r;
	enum err e = run_by_id(db, run_id, &r);

	item.urgency_ms = e == OK ? run_urgency_ms(&r) : 0;
	if (e == OK)
		e = kind ? kind->judge(db, desk, b, &r, scratch, &item)
			 : ERR_INVALID;
	if (e != OK)
		return e;
	if (item.state != ITEM_WAITING)
		item.at_ms = b->created_ms;
	e = bulk_item_insert(db, b->id, &item);
	/* Two of the given ids are of one run. */
	if (e == ERR_CONSTRAINT)
		return OK;
	b->total++;
	b->waiting += item.state == ITEM_WAITING;
	b->skipped += item.state == ITEM_SKIPPED;
	return e;
}

static enum err fix_items(struct db *db, const struct bulk_request *q,
			  struct bulk_desk *desk, struct bulk *b)
{
	struct arena scratch;
	enum err e = OK;

	arena_init(&scratch);
	for (int i = 0; e == OK && i < q->run_count; i++) {
		arena_reset(&scratch);
		e = add_item(db, desk, b, q->run_ids[i], &scratch);
	}
	arena_release(&scratch);
	return e;
}

/* Sets the state and says so in the audit, whoever asked for it. */
static enum err set_running(struct db *db, struct bulk *b,
			    const struct actor *actor, int64_t now_ms,
			    struct arena *a)
{
	enum err e;

	b->actor = *actor;
	b->state = b->waiting > 0 ? BULK_RUNNING : BULK_DONE;
	if (!b->started_ms)
		b->started_ms = now_ms;
	e = note(db, b, AUDIT_BULK_STARTED, actor->name, now_ms, a);
	if (e == OK && b->state == BULK_DONE) {
		b->ended_ms = now_ms;
		e = note(db, b, AUDIT_BULK_DONE, "mend", now_ms, a);
	}
	return e;
}

enum err bulk_make(struct db *db, const struct world *w,
		   const struct bulk_request *q, const struct actor *actor,
		   struct arena *a, struct problems *p, struct bulk *ret_bulk)
{
	struct bulk_desk desk = {.catalog = NULL};
	struct bulk b;
	enum err e = check(q, p);

	assert(db_in_transaction(db));
	if (e == OK)
		e = check_role(q->operation, actor, p);
	if (e == OK && strcmp(q->operation, "migrate") == 0) {
		e = catalog_load(db, &desk.catalog, p);
		if (e == OK)
			e = find_target(db, &desk, q->playbook, q->version, a,
					p);
	}
	if (e != OK)
		goto out;
	fill(q, w, &desk, actor, a, &b);
	e = bulk_insert(db, &b);
	if (e == OK)
		e = fix_items(db, q, &desk, &b);
	if (e == OK)
		e = note(db, &b, AUDIT_BULK_MADE, actor->name, b.created_ms, a);
	if (e == OK && !q->preview)
		e = set_running(db, &b, actor, b.created_ms, a);
	if (e == OK)
		e = bulk_update(db, &b);
	if (e == OK)
		*ret_bulk = b;
out:
	cJSON_Delete(desk.params);
	catalog_free(desk.catalog);
	return e;
}

static enum err refuse(const struct bulk *b, const char *verb,
		       struct problems *p)
{
	problems_add(p, "", "the bulk is %s; it can't be %s now",
		     bulk_state_name(b->state), verb);
	return ERR_CONFLICT;
}

enum err bulk_start(struct db *db, const struct world *w, const char *bulk_id,
		    const struct actor *actor, struct arena *a,
		    struct problems *p, struct bulk *ret_bulk)
{
	struct bulk b;
	enum err e = bulk_by_public_id(db, bulk_id, a, &b);

	if (e != OK)
		return e;
	*ret_bulk = b;
	if (b.state != BULK_PREVIEW && b.state != BULK_STOPPED)
		return refuse(&b, "started", p);
	e = check_role(b.operation, actor, p);
	if (e != OK)
		return e;
	e = set_running(db, &b, actor, world_wall_ms(w), a);
	if (e == OK)
		e = bulk_update(db, &b);
	if (e == OK)
		*ret_bulk = b;
	return e;
}

enum err bulk_stop(struct db *db, const struct world *w, const char *bulk_id,
		   const struct actor *actor, struct arena *a,
		   struct problems *p, struct bulk *ret_bulk)
{
	struct bulk b;
	enum err e = bulk_by_public_id(db, bulk_id, a, &b);

	if (e != OK)
		return e;
	*ret_bulk = b;
	if (b.state != BULK_RUNNING)
		return refuse(&b, "stopped", p);
	b.state = BULK_STOPPED;
	e = note(db, &b, AUDIT_BULK_STOPPED, actor->name, world_wall_ms(w), a);
	if (e == OK)
		e = bulk_update(db, &b);
	if (e == OK)
		*ret_bulk = b;
	return e;
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
		e = note(db, &now, AUDIT_BULK_DONE, "mend", now.ended_ms, a);
	}
	if (e == OK)
		e = bulk_update(db, &now);
	if (e != OK)
		return e;
	*b = now;
	*ret_count = count;
	return OK;
}
