/*
 * Why: two words of an operator that reach into what a run rests on: what
 * became of a call that nobody can find out about, and by which version of its
 * playbook it goes on. Both refuse rather than guess, and say why in the audit.
 */
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "advance_word.h"
#include "migrate.h"
#include "operation.h"

static struct visit_call *of_visit(struct work *w, const char *public_id)
{
	int i;

	for (i = 0; i < w->call_count; i++) {
		if (strcmp(w->call[i].call.public_id, public_id) == 0)
			return &w->call[i];
	}
	return NULL;
}

/* A call of this visit, as the engine holds it, or one of a visit before.
 * Whoever spoke the word wrote the row with it: what is known is read from
 * there. */
static struct call *called(struct work *w, const char *public_id,
			   struct visit_call **ret_mine)
{
	const struct call *row = w->in->named_call;
	struct call *c;

	*ret_mine = NULL;
	if (!public_id[0])
		return NULL;
	*ret_mine = of_visit(w, public_id);
	if (row && strcmp(row->public_id, public_id) != 0)
		row = NULL;
	if (!*ret_mine && !row)
		return NULL;
	c = arena_alloc(w->arena, sizeof(*c));
	*c = row ? *row : (*ret_mine)->call;
	return c;
}

static void settle(struct call *c, const cJSON *body, const char *actor,
		   int64_t now_ms, struct arena *a)
{
	const cJSON *answer = json_get(body, "answer");

	c->maybe_done = false;
	c->answered_ms = now_ms;
	c->code[0] = c->error[0] = '\0';
	if (json_bool(body, "happened", false)) {
		if (c->state != CALL_OK)
			c->answer = cJSON_IsObject(answer)
					    ? json_print_arena(answer, a)
					    : arena_dup(a, "{}");
		c->state = CALL_OK;
		STR_COPY(c->class, call_class_name(CLASS_OK));
		return;
	}
	c->state = CALL_FAILED;
	c->answer = NULL;
	STR_COPY(c->class, call_class_name(CLASS_RETRYABLE));
	(void)snprintf(c->error, sizeof(c->error), "it did not happen, says %s",
		       actor);
}

static cJSON *settled_data(const struct call *c, const cJSON *body)
{
	cJSON *data = cJSON_CreateObject();

	json_set_string(data, "callId", c->public_id);
	json_set_string(data, "operation", c->operation);
	json_set_string(data, "adapter", c->adapter);
	json_set_string(data, "idempotencyKey", c->key);
	json_set_bool(data, "happened", c->state == CALL_OK);
	json_set_string(data, "reason", json_string(body, "reason", ""));
	if (c->answer)
		json_set(data, "answer",
			 cJSON_ParseWithOpts(c->answer, NULL, 0));
	return data;
}

/* The step takes it in as it would any answer. The attempt was counted when its
 * outcome became unknown. */
static void go_on(struct work *w)
{
	struct progress_item *item = work_progress(w);

	if (item->count > 0)
		item->count--;
	item->until_ms = 0;
	work_phase(w, "call");
	if (strcmp(w->run->paused_state, "HELD") == 0)
		STR_COPY(w->run->paused_state, run_state_name(RUN_READY));
	/* Who was told to cancel, and was held over this call, still is. */
	if (w->run->state == RUN_HELD &&
	    work_state(w, json_get(work_case(w), "cancel") ? RUN_EV_CANCEL
							   : RUN_EV_RETRY))
		work_clear(w);
}

/* UNKNOWN, or already as the word says. */
static bool fits(const struct call *c, const cJSON *happened)
{
	return c->state == CALL_UNKNOWN ||
	       c->state == (cJSON_IsTrue(happened) ? CALL_OK : CALL_FAILED);
}

static const char *why_not(struct work *w, const struct call *c,
			   const struct visit_call *mine, const cJSON *body)
{
	const cJSON *happened = json_get(body, "happened");

	if (!c)
		return "the run has no such call";
	if (!cJSON_IsBool(happened))
		return "expected \"happened\": true or false";
	if (c->purpose == PURPOSE_EFFECT && fits(c, happened) &&
	    (!mine || (!mine->in_flight && fits(&mine->call, happened))))
		return NULL;
	return arena_printf(
		w->arena,
		"%s.%s is %s; only an effect whose outcome is "
		"UNKNOWN is settled",
		c->adapter, c->operation,
		call_state_name(mine ? mine->call.state : c->state));
}

void word_settle(struct work *w, const struct inbox_row *row)
{
	cJSON *body = work_body(row);
	struct visit_call *mine;
	struct call *c = called(w, json_string(body, "callId", ""), &mine);
	const char *why = why_not(w, c, mine, body);

	if (why) {
		work_refuse(w, row, why);
		cJSON_Delete(body);
		return;
	}
	settle(c, body, row->actor, w->in->now_ms, w->arena);
	work_note_as(w, AUDIT_SETTLED, row->actor, settled_data(c, body),
		     "%s.%s %s, says %s", c->adapter, c->operation,
		     c->state == CALL_OK ? "happened" : "did not happen",
		     row->actor);
	work_settle(w, c);
	w->money_out = w->money_out && !c->order_scope;
	if (mine) {
		mine->call = *c;
		if (work_resolving(w) && mine == work_call(w, ""))
			go_on(w);
	}
	cJSON_Delete(body);
}

/* ---- migrate ---- */

static const char *cannot(struct work *w, const struct playbook *to,
			  int64_t wanted, const struct step **ret_step)
{
	if (!w->playbook || !w->step)
		return "the run stands in no step of a playbook";
	if (!to || to->document_id != wanted)
		return "no playbook has this document id";
	return migrate_refusal(w->playbook, to, w->run->step, w->arena,
			       ret_step);
}

void word_migrate(struct work *w, const struct inbox_row *row)
{
	const struct playbook *to = w->in->target;
	const struct step *step = NULL;
	cJSON *body = work_body(row), *data;
	const char *why =
		cannot(w, to, json_int(body, "documentId", -1), &step);

	cJSON_Delete(body);
	if (why) {
		work_refuse(w, row, why);
		return;
	}
	data = cJSON_CreateObject();
	json_set_string(data, "playbook", to->name);
	json_set_int(data, "from", w->playbook->version);
	json_set_int(data, "to", to->version);
	work_note_as(w, AUDIT_MIGRATED, row->actor, data,
		     "Playbook %s, version %d, was %d", to->name, to->version,
		     w->playbook->version);
	w->playbook = to;
	w->step = step;
	w->run->playbook_id = to->document_id;
}
