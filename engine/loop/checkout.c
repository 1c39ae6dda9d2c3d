/*
 * Why: a run that has something to do at once stays in memory, its case file
 * parsed, from claim until it waits for something that takes longer than an
 * answer. What is let go is read again from its rows, which is also how a crash
 * is recovered: there is one way in.
 */
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/mem.h"
#include "../base/strbuf.h"
#include "../flow/casefile.h"
#include "../flow/progress.h"
#include "../store/case_store.h"
#include "parts.h"

#define CALL_BITS 8
#define SLOT_BITS 16
_Static_assert(CHECKOUT_MAX <= 1 << SLOT_BITS, "a tag holds every slot");
_Static_assert(VISIT_CALLS_MAX <= 1 << CALL_BITS, "and every call");

int64_t checkout_tag(const struct checkout *c, int call)
{
	return ((int64_t)c->generation << (SLOT_BITS + CALL_BITS)) |
	       ((int64_t)c->slot << CALL_BITS) | call;
}

struct checkout *checkout_by_tag(struct engine *e, int64_t tag, int *ret_call)
{
	int slot = (int)((tag >> CALL_BITS) & ((1 << SLOT_BITS) - 1));
	struct checkout *c;

	if (slot >= e->checkout_count)
		return NULL;
	c = e->checkout[slot];
	*ret_call = (int)(tag & ((1 << CALL_BITS) - 1));
	if (!c || !c->used || *ret_call >= c->call_count ||
	    (int64_t)c->generation != tag >> (SLOT_BITS + CALL_BITS))
		return NULL;
	return c;
}

struct checkout *checkout_of_run(struct engine *e, int64_t run_id)
{
	int i;

	for (i = 0; i < e->checkout_count; i++) {
		struct checkout *c = e->checkout[i];

		if (c && c->used && c->run.id == run_id)
			return c;
	}
	return NULL;
}

static struct checkout *free_slot(struct engine *e)
{
	int i;

	for (i = 0; i < e->checkout_count; i++) {
		if (!e->checkout[i]) {
			e->checkout[i] = mem_alloc(sizeof(struct checkout));
			e->checkout[i]->slot = i;
		}
		if (!e->checkout[i]->used)
			return e->checkout[i];
	}
	return NULL;
}

static void room_for(struct checkout *c, int count)
{
	if (count <= c->call_room)
		return;
	c->call = mem_grow(c->call, (size_t)count, sizeof(*c->call));
	c->unwritten =
		mem_grow(c->unwritten, (size_t)count, sizeof(*c->unwritten));
	c->call_room = count;
}

static enum err load_case(struct engine *e, struct checkout *c)
{
	int64_t updated;
	char *body;
	enum err err = case_load(e->db, c->run.id, &e->arena, &body, &updated);

	if (err == ERR_NOT_FOUND) {
		c->case_file = cJSON_CreateObject();
		json_set_string(c->case_file, "orderId", c->run.order_id);
		return OK;
	}
	if (err != OK)
		return err;
	return json_parse_max(body, strlen(body), CASE_FILE_BYTES_MAX, NULL,
			      &c->case_file);
}

/* The calls of the visit in which the run stands, as their rows say. */
static enum err load_calls(struct engine *e, struct checkout *c)
{
	struct progress progress;
	struct progress_item *item;
	struct call *row;
	int count, i;
	enum err err;

	if (!c->run.phase[0] || !progress_parse(c->run.progress, &progress))
		return OK;
	item = progress_of(&progress, c->run.step);
	if (!item)
		return OK;
	err = call_of_visit(e->db, c->run.id, c->run.step, item->visit,
			    &c->arena, &row, &count);
	if (err != OK)
		return err;
	room_for(c, count);
	for (i = 0; i < count && i < VISIT_CALLS_MAX; i++) {
		memset(&c->call[i], 0, sizeof(c->call[i]));
		c->call[i].call = row[i];
		c->unwritten[i] = false;
		c->call_count++;
	}
	return OK;
}

enum err checkout_add(struct engine *e, const struct run *r,
		      struct checkout **ret_checkout)
{
	struct checkout *c = free_slot(e);
	enum err err;

	if (!c)
		return ERR_TOO_LARGE;
	c->used = true;
	c->ready = true;
	c->refresh = false;
	c->wake_ms = 0;
	c->late = false;
	c->called = 0;
	c->generation = (c->generation + 1) & 0xffffff;
	run_copy(&c->run, r);
	c->case_file = NULL;
	c->call_count = 0;
	arena_init(&c->arena);
	e->used_count++;
	err = load_case(e, c);
	if (err == OK)
		err = load_calls(e, c);
	*ret_checkout = c;
	return err;
}

enum err checkout_refresh(struct engine *e, struct checkout *c)
{
	enum err err = run_by_id(e->db, c->run.id, &c->run);

	c->refresh = err != OK;
	return err;
}

/* What is in flight is not waited for any more: its answer must not be taken
 * for that of a later call in the same place, and its room at the gate is free
 * again. Reads only; an effect that is out is waited for, or found again. */
static void abandon(struct engine *e, struct checkout *c)
{
	int i;

	for (i = 0; i < c->call_count; i++) {
		if (!c->call[i].in_flight)
			continue;
		e->network.drop(e->network.context, checkout_tag(c, i));
		e->in_flight--;
		give_back_place(e, &c->call[i].call);
	}
	c->call_count = 0;
}

void checkout_drop(struct engine *e, struct checkout *c)
{
	abandon(e, c);
	cJSON_Delete(c->case_file);
	c->case_file = NULL;
	arena_release(&c->arena);
	free(c->call);
	free(c->unwritten);
	c->call = NULL;
	c->unwritten = NULL;
	c->call_room = 0;
	c->used = c->ready = false;
	e->used_count--;
}

static void keep_texts(struct checkout *c, struct call *call)
{
	call->params = arena_dup(&c->arena, call->params);
	call->answer = arena_dup(&c->arena, call->answer);
}

int checkout_call_index(const struct checkout *c, const char *key)
{
	int i;

	for (i = 0; i < c->call_count; i++) {
		if (strcmp(c->call[i].call.key, key) == 0)
			return i;
	}
	return -1;
}

void checkout_take_calls(struct engine *e, struct checkout *c,
			 const struct plan *p)
{
	int i;

	if (p->new_visit) {
		abandon(e, c);
		arena_reset(&c->arena);
	}
	for (i = 0; i < p->settled_count; i++) {
		int at = checkout_call_index(c, p->settled[i].key);

		if (at < 0)
			continue;
		c->call[at].call = p->settled[i];
		keep_texts(c, &c->call[at].call);
	}
	for (i = 0; i < p->call_count; i++) {
		const struct plan_call *pc = &p->call[i];
		int at = checkout_call_index(c, pc->call.key);

		if (at < 0) {
			at = c->call_count;
			room_for(c, at + 1);
			memset(&c->call[at], 0, sizeof(c->call[at]));
			c->call_count++;
			memset(&c->call[at], 0, sizeof(c->call[at]));
		}
		c->call[at].call = pc->call;
		keep_texts(c, &c->call[at].call);
		c->call[at].in_flight = true;
		c->unwritten[at] = false;
	}
}
