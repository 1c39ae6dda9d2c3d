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

enum err bulk_note(struct db *db, const struct bulk *b, enum audit_kind kind,
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
	e = bulk_note(db, b, AUDIT_BULK_STARTED, actor->name, now_ms, a);
	if (e == OK && b->state == BULK_DONE) {
		b->ended_ms = now_ms;
		e = bulk_note(db, b, AUDIT_BULK_DONE, "mend", now_ms, a);
	}
	return e;
}

enum err bulk_make(struct db *db, const struct world *w,
		   const struct bulk_request *q, const struct actor *actor,
		   struct arena *a, struct problems *p, struct bulk *ret_bulk)
{
	struct bulk_desk desk = {.catalog = NULL};
	struct bulk b;
	enum err e = bulk_check(q, p);

	assert(db_in_transaction(db));
	if (e == OK)
		e = check_role(q->operation, actor, p);
	if (e == OK && strcmp(q->operation, "migrate") == 0) {
		e = catalog_load(db, &desk.catalog, p);
		if (e == OK)
			e = bulk_desk_target(db, &desk, q->playbook, q->version,
					     a, p);
	}
	if (e != OK)
		goto out;
	fill(q, w, &desk, actor, a, &b);
	e = bulk_insert(db, &b);
	if (e == OK)
		e = fix_items(db, q, &desk, &b);
	if (e == OK)
		e = bulk_note(db, &b, AUDIT_BULK_MADE, actor->name,
			      b.created_ms, a);
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
	e = bulk_note(db, &b, AUDIT_BULK_STOPPED, actor->name, world_wall_ms(w),
		      a);
	if (e == OK)
		e = bulk_update(db, &b);
	if (e == OK)
		*ret_bulk = b;
	return e;
}
