/*
 * What other systems send in (webhook.h).
 *
 * Always holds: what was answered with 2xx is a signal, an event, or a row that
 * waits for the order's next run, all in the transaction that remembers the id.
 */
#include "webhook.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/mem.h"
#include "../base/strbuf.h"
#include "../store/inbox_store.h"
#include "../store/webhook_store.h"
#include "intake.h"
#include "note.h"
#include "operate.h"

#define EVENT_TYPE "order.broken"

static const char *const way_names[] = {
	[WEBHOOK_SIGNALLED] = "signalled", [WEBHOOK_KEPT] = "kept",
	[WEBHOOK_STARTED] = "started",	   [WEBHOOK_JOINED] = "joined",
	[WEBHOOK_REPLAYED] = "replayed",
};

const char *webhook_way_name(enum webhook_way w)
{
	return way_names[w];
}

/* "Supplier.answer-late" → supplier_answer_late; false: no signal's name. */
static bool signal_of(const char *type, char name[NAME_SIZE])
{
	size_t i;

	for (i = 0; type[i] && i < NAME_SIZE - 1; i++) {
		char c = type[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		else if (c == '.' || c == '-' || c == '/')
			c = '_';
		else if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			   c == '_'))
			return false;
		name[i] = c;
	}
	name[i] = '\0';
	return !type[i] && name[0] >= 'a' && name[0] <= 'z';
}

static enum err check(const struct webhook_in *in, struct webhook *h,
		      struct problems *p)
{
	int before = p->count + p->dropped;

	(void)order_id_check(in->order_id, "/orderId", p);
	(void)text_check(in->webhook_id, "webhook-id", KEY_SIZE - 1, p);
	if (!signal_of(in->type, h->name))
		problems_add(p, "/type",
			     "expected a-z, then a-z 0-9 . _ -, at most 63 "
			     "characters");
	if (p->count + p->dropped > before)
		return ERR_INVALID;
	return said_check(in->data, "/data", p);
}

static struct actor actor_of(const char *source)
{
	struct actor a = {.role = ROLE_AGENT};

	(void)snprintf(a.name, sizeof(a.name), "webhook:%.64s", source);
	return a;
}

static enum err start(struct db *db, const struct world *w,
		      const struct webhook_in *in, struct problems *p,
		      struct run *ret_run, enum webhook_way *ret_way)
{
	struct actor actor = actor_of(in->source);
	struct intake event = {.order_id = in->order_id,
			       .source = in->source,
			       .event_key = in->webhook_id,
			       .priority = -1,
			       .event = in->data};
	enum intake_way way;
	enum err e = order_intake(db, w, &event, &actor, p, ret_run, &way);

	if (e == OK)
		*ret_way = way == INTAKE_CREATED  ? WEBHOOK_STARTED
			   : way == INTAKE_JOINED ? WEBHOOK_JOINED
						  : WEBHOOK_REPLAYED;
	return e;
}

/* Who sends more than anybody could read is told so. */
static enum err room_to_keep(struct db *db, const char *order_id,
			     struct problems *p)
{
	struct webhook *rows = NULL;
	struct arena arena;
	int count = 0;
	enum err e;

	arena_init(&arena);
	e = webhook_waiting(db, order_id, WEBHOOKS_KEPT_MAX, &arena, &rows,
			    &count);
	arena_release(&arena);
	if (e == OK && count == WEBHOOKS_KEPT_MAX) {
		problems_add(p, "/orderId",
			     "%d are kept for this order, which has no run",
			     count);
		e = ERR_TOO_LARGE;
	}
	return e;
}

static enum err signal_run(struct db *db, const struct world *w,
			   const struct webhook_in *in, const struct webhook *h,
			   struct problems *p, struct run *r,
			   enum webhook_way *ret_way)
{
	struct operation_request q = {
		.kind = INBOX_SIGNAL, .name = h->name, .body = in->data};
	struct actor actor = actor_of(in->source);
	enum err e = run_open_of_order(db, in->order_id, r);

	if (e == ERR_NOT_FOUND) {
		memset(r, 0, sizeof(*r));
		*ret_way = WEBHOOK_KEPT;
		return room_to_keep(db, in->order_id, p);
	}
	*ret_way = WEBHOOK_SIGNALLED;
	return e == OK ? run_operate(db, w, r->public_id, &q, &actor, p, r) : e;
}

static enum err heard(struct db *db, const struct webhook *h,
		      struct problems *p, struct run *ret_run)
{
	char digest[DIGEST_HEX_SIZE];
	int64_t run_id = 0;
	enum err e = webhook_get(db, h->source, h->webhook_id, digest, &run_id);

	if (e != OK)
		return e;
	if (strcmp(digest, h->digest) != 0) {
		problems_add(p, "webhook-id",
			     "this id came with another body before");
		return ERR_MISMATCH;
	}
	return run_id ? run_by_id(db, run_id, ret_run) : OK;
}

enum err webhook_receive(struct db *db, const struct world *w,
			 const struct webhook_in *in, struct problems *p,
			 struct run *ret_run, enum webhook_way *ret_way)
{
	struct webhook h = {.received_ms = world_wall_ms(w)};
	enum err e = check(in, &h, p);

	assert(db_in_transaction(db));
	memset(ret_run, 0, sizeof(*ret_run));
	if (e != OK)
		return e;
	STR_COPY(h.source, in->source);
	STR_COPY(h.webhook_id, in->webhook_id);
	STR_COPY(h.order_id, in->order_id);
	digest_text_hex(in->raw, h.digest);
	e = heard(db, &h, p, ret_run);
	if (e != ERR_NOT_FOUND) {
		*ret_way = WEBHOOK_REPLAYED;
		return e;
	}
	if (strcmp(in->type, EVENT_TYPE) == 0)
		e = start(db, w, in, p, ret_run, ret_way);
	else
		e = signal_run(db, w, in, &h, p, ret_run, ret_way);
	if (e != OK)
		return e;
	h.run_id = ret_run->id;
	h.body = in->data ? json_print(in->data) : mem_dup("{}");
	e = webhook_put(db, &h);
	free(h.body);
	return e;
}

static enum err hand_over(struct db *db, struct run *r, const struct webhook *h,
			  int64_t now_ms)
{
	struct inbox_row row = {.run_id = r->id,
				.kind = INBOX_SIGNAL,
				.body = h->body,
				.received_ms = h->received_ms};
	struct actor actor = actor_of(h->source);
	cJSON *data = cJSON_CreateObject();
	enum err e;

	STR_COPY(row.name, h->name);
	STR_COPY(row.actor, actor.name);
	json_set_string(data, "signal", h->name);
	json_set_string(data, "webhookId", h->webhook_id);
	json_set_time(data, "receivedAt", h->received_ms);
	e = run_note(db, r, AUDIT_SIGNAL_RECEIVED, actor.name, now_ms, data,
		     "%s sent the signal %s before the run began", actor.name,
		     h->name);
	if (e == OK)
		e = inbox_insert(db, &row);
	if (e == OK)
		e = webhook_deliver(db, h, r->id);
	return e == OK ? run_nudge(db, r, true, now_ms) : e;
}

enum err webhook_hand_over(struct db *db, struct run *r, int64_t now_ms,
			   int *ret_count)
{
	struct webhook *rows = NULL;
	struct arena arena;
	int count = 0;
	enum err e;

	arena_init(&arena);
	e = webhook_waiting(db, r->order_id, WEBHOOKS_KEPT_MAX, &arena, &rows,
			    &count);
	for (int i = 0; e == OK && i < count; i++)
		e = hand_over(db, r, &rows[i], now_ms);
	arena_release(&arena);
	*ret_count = e == OK ? count : 0;
	return e;
}
