/*
 * Stopping and letting go (control.h).
 *
 * Always holds: nothing is in force without a reason, a name under it and an
 * end; what is named exists, so that nobody believes to have stopped what he
 * has misspelt.
 */
#include "control.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "../store/audit_store.h"
#include "../store/document_store.h"
#include "note.h"

#define ENGINE "mend"

/* ---- what is named ---------------------------------------------------- */

static bool has_operation(const struct document *d, const char *operation)
{
	cJSON *body = NULL;
	bool has = json_parse(d->body, strlen(d->body), NULL, &body) == OK &&
		   json_get(json_get(body, "operations"), operation);

	cJSON_Delete(body);
	return has;
}

/* "payment", or "payment.refund" when operation is its second part. */
static bool adapter_exists(struct db *db, const char *name,
			   const char *operation, struct arena *a)
{
	struct document *d = NULL;
	int count = 0;

	if (document_active_of(db, DOCUMENT_ADAPTER, a, &d, &count) != OK)
		return false;
	for (int i = 0; i < count; i++) {
		if (strcmp(d[i].name, name) == 0)
			return !operation || has_operation(&d[i], operation);
	}
	return false;
}

/* "triage", or "triage@3", written as who looks for it writes it. */
static bool playbook_exists(struct db *db, const char *name, struct arena *a)
{
	char version[NAME_SIZE + 16];
	struct document *d = NULL;
	int count = 0;

	if (document_list(db, DOCUMENT_PLAYBOOK, a, &d, &count) != OK)
		return false;
	for (int i = 0; i < count; i++) {
		(void)snprintf(version, sizeof(version), "%s@%d", d[i].name,
			       d[i].version);
		if (strcmp(d[i].name, name) == 0 || strcmp(version, name) == 0)
			return true;
	}
	return false;
}

static bool exists(struct db *db, enum control_kind kind, const char *name)
{
	struct arena a;
	char *adapter, *dot;
	bool there = true;

	arena_init(&a);
	adapter = arena_dup(&a, name);
	dot = strchr(adapter, '.');
	if (dot)
		*dot = '\0';
	if (kind == CONTROL_PLAYBOOK)
		there = playbook_exists(db, name, &a);
	else if (kind == CONTROL_ADAPTER)
		there = !dot && adapter_exists(db, adapter, NULL, &a);
	else if (kind == CONTROL_ACTION)
		there = dot && adapter_exists(db, adapter, dot + 1, &a);
	else if (kind == CONTROL_PROBE)
		there = adapter_exists(db, adapter, dot ? dot + 1 : NULL, &a);
	arena_release(&a);
	return there;
}

static enum err check(struct db *db, const struct control_request *q,
		      int64_t now_ms, struct problems *p)
{
	bool good = text_check(q->reason, "/reason", REASON_SIZE - 1, p);

	if (!text_check(q->name, "/name", REF_SIZE - 1, p))
		return ERR_INVALID;
	if (q->kind != CONTROL_PROBE &&
	    (q->expires_ms <= now_ms ||
	     q->expires_ms > now_ms + CONTROL_MS_MAX)) {
		problems_add(p, "/expiresAt",
			     "expected an end ahead, within 30 days: "
			     "\"expiresAt\", or \"for\" like \"30m\"");
		good = false;
	}
	if (!good)
		return ERR_INVALID;
	if (exists(db, q->kind, q->name))
		return OK;
	problems_add(p, "/name", "there is no %s \"%s\"",
		     q->kind == CONTROL_PLAYBOOK  ? "playbook"
		     : q->kind == CONTROL_ADAPTER ? "adapter"
						  : "operation",
		     q->name);
	return ERR_NOT_FOUND;
}

/* ---- the record ------------------------------------------------------- */

cJSON *control_view(const struct control *c)
{
	cJSON *view = cJSON_CreateObject();

	json_set_string(view, "switchId", c->public_id);
	json_set_string(view, "kind", control_kind_name(c->kind));
	json_set_string(view, "name", c->name);
	json_set_string(view, "reason", c->reason);
	json_set_string(view, "actor", c->actor);
	json_set_time(view, "createdAt", c->created_ms);
	json_set_time(view, "expiresAt", c->expires_ms);
	if (!c->lifted_ms) {
		json_set_null(view, "liftedAt");
		json_set_null(view, "liftedBy");
		json_set_null(view, "liftReason");
		return view;
	}
	json_set_time(view, "liftedAt", c->lifted_ms);
	json_set_string(view, "liftedBy", c->lifted_by);
	json_set_string(view, "liftReason", c->lift_reason);
	return view;
}

static enum err note(struct db *db, const struct control *c,
		     enum audit_kind kind, const char *actor, int64_t now_ms)
{
	cJSON *view = control_view(c);
	char *data = json_print(view);
	bool probe = c->kind == CONTROL_PROBE;
	struct strbuf text;
	enum err e;

	strbuf_init(&text, 1024);
	if (kind == AUDIT_CONTROL_LIFTED)
		strbuf_printf(&text, "%s lifted the stop of %s %s: %s", actor,
			      control_kind_name(c->kind), c->name,
			      c->lift_reason);
	else
		strbuf_printf(&text, "%s %s %s %s: %s", actor,
			      probe ? "asked to" : "stopped",
			      probe ? "try" : control_kind_name(c->kind),
			      c->name, c->reason);
	e = audit_append_system(db, &(struct audit_entry){
					    .at_ms = now_ms,
					    .kind = audit_kind_name(kind),
					    .actor = actor,
					    .message = text.data,
					    .data = data,
				    });
	free(data);
	cJSON_Delete(view);
	strbuf_release(&text);
	return e;
}

static enum err lift(struct db *db, const struct control *c, const char *by,
		     const char *reason, int64_t now_ms,
		     struct control *ret_control)
{
	struct control lifted = *c;
	enum err e = control_lift(db, c->id, by, reason, now_ms);

	if (e != OK)
		return e;
	lifted.lifted_ms = now_ms;
	STR_COPY(lifted.lifted_by, by);
	STR_COPY(lifted.lift_reason, reason);
	if (ret_control)
		*ret_control = lifted;
	return note(db, &lifted, AUDIT_CONTROL_LIFTED, by, now_ms);
}

static enum err check_room(struct db *db, struct problems *p)
{
	struct control *all = NULL;
	struct arena a;
	int count = 0;
	enum err e;

	arena_init(&a);
	e = control_in_force(db, &a, &all, &count);
	arena_release(&a);
	if (e != OK || count < CONTROLS_MAX)
		return e;
	problems_add(p, "", "%d stops are in force: lift one first", count);
	return ERR_TOO_LARGE;
}

/* ---- the ways in ------------------------------------------------------ */

enum err control_pull(struct db *db, const struct world *w,
		      const struct control_request *q,
		      const struct actor *actor, struct problems *p,
		      struct control *ret_control)
{
	int64_t now_ms = world_wall_ms(w);
	struct control c = {.kind = q->kind, .created_ms = now_ms};
	struct control before;
	enum err e = check(db, q, now_ms, p);

	assert(db_in_transaction(db));
	if (e != OK)
		return e;
	e = control_of(db, q->kind, q->name, &before);
	if (e == OK)
		e = lift(db, &before, actor->name, "said anew", now_ms, NULL);
	if (e == ERR_NOT_FOUND)
		e = check_room(db, p);
	if (e != OK)
		return e;
	id_make("switch", w, c.public_id);
	STR_COPY(c.name, q->name);
	STR_COPY(c.reason, q->reason);
	STR_COPY(c.actor, actor->name);
	c.expires_ms = q->kind == CONTROL_PROBE ? now_ms + CONTROL_MS_MAX
						: q->expires_ms;
	e = control_insert(db, &c);
	if (e == OK)
		e = note(db, &c, AUDIT_CONTROL_PULLED, actor->name, now_ms);
	if (e == OK)
		*ret_control = c;
	return e;
}

enum err control_release(struct db *db, const struct world *w,
			 const struct control *c, const char *reason,
			 const struct actor *actor, struct problems *p,
			 struct control *ret_control)
{
	enum err e;

	assert(db_in_transaction(db));
	if (!text_check(reason, "/reason", REASON_SIZE - 1, p))
		return ERR_INVALID;
	e = lift(db, c, actor->name, reason, world_wall_ms(w), ret_control);
	if (e == ERR_STALE) {
		problems_add(p, "", "it is not in force any more");
		return ERR_CONFLICT;
	}
	return e;
}

enum err control_expire(struct db *db, const struct control *c, const char *why,
			int64_t now_ms)
{
	enum err e = lift(db, c, ENGINE, why, now_ms, NULL);

	return e == ERR_STALE ? OK : e;
}

int64_t control_until_ms(const char *text_for, const char *text_at,
			 int64_t now_ms)
{
	int64_t ms = 0;

	if (text_at)
		return time_parse(text_at, &ms) == 0 ? ms : 0;
	if (text_for && duration_parse(text_for, &ms) == 0)
		return now_ms + ms;
	return 0;
}
