/*
 * Why: a seller of three hundred orders is asked once. The first run that comes
 * to such a call takes it on and makes it like any other; those that come while
 * it is under way wait for what becomes of it, and those that come within its
 * time take its answer. Whoever finds that it failed for good, or is too long
 * ago, takes it on himself; what nobody knows the end of is waited for as long.
 *
 * Always holds: who has it stands in a row that is taken from whom we saw there
 * and from nobody else, in the transaction of the call's intent.
 */
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "advance_work.h"
#include "template.h"

#define LOOK_MS 2000	   /* for what became of it */
#define LOOK_LONG_MS 30000 /* when that is a person's to say */

char *advance_once_key(const struct step *s, const cJSON *case_file,
		       struct arena *a)
{
	char *key = NULL;

	if (!s || !s->once_key)
		return NULL;
	if (template_text(s->once_key, case_file, TEMPLATE_EXACT, a, &key) !=
		    OK ||
	    !key[0] || strlen(key) >= KEY_SIZE)
		return NULL;
	return key;
}

static enum way wait(struct work *w, const char *who, bool unknown)
{
	char text[REASON_SIZE];

	(void)snprintf(text, sizeof(text),
		       unknown ? "nobody knows what became of %s, which %s "
				 "did for the whole group"
			       : "%s is done for the whole group by %s",
		       w->step->operation, who);
	return work_back_off(w, "once",
			     w->in->now_ms + (unknown ? LOOK_LONG_MS : LOOK_MS),
			     "", text);
}

static void take_answer(struct work *w, const struct shared_call *s)
{
	struct visit_call *c = &w->call[w->call_count++];
	cJSON *data = cJSON_CreateObject();
	const char *dot = strchr(w->step->operation, '.');

	memset(c, 0, sizeof(*c));
	c->known = c->local = true;
	c->call.purpose = PURPOSE_EFFECT;
	c->call.state = CALL_OK;
	c->call.answer = s->answer;
	c->call.intent_ms = c->call.answered_ms = w->in->now_ms;
	STR_COPY(c->call.class, "OK");
	(void)snprintf(c->call.adapter, sizeof(c->call.adapter), "%.*s",
		       (int)strcspn(w->step->operation, "."),
		       w->step->operation);
	STR_COPY(c->call.operation, dot ? dot + 1 : "");
	json_set_string(data, "operation", w->step->operation);
	json_set_string(data, "runId", s->run_public_id);
	json_set_string(data, "idempotencyKey", s->call_key);
	work_note(w, AUDIT_EFFECT_KNOWN, data,
		  "%s was done for the whole group by %s: its answer is taken",
		  w->step->operation, s->run_public_id);
	work_phase(w, "call");
}

static bool lasts(const struct work *w, const struct shared_call *s)
{
	return w->in->now_ms < s->since_ms + w->step->once_ms;
}

/* Also between two tries: or each who looks then would make one of his own. */
static bool under_way(const struct work *w, const struct shared_call *s)
{
	bool failed = s->state == CALL_FAILED;

	if (s->state == CALL_OK || (failed && !s->tries))
		return false;
	return (!failed && s->state != CALL_UNKNOWN) || lasts(w, s);
}

bool work_once(struct work *w, enum way *ret_way)
{
	const struct advance_once *o = w->in->once;
	const struct shared_call *s = o ? o->shared : NULL;
	char *key = advance_once_key(w->step, work_case(w), w->arena);

	/* What has no name is nobody else's: it is done for this one alone. */
	if (!key)
		return false;
	if (!work_in_phase(w, "once")) {
		work_phase(w, "once");
		*ret_way = work_again(w);
		return true;
	}
	if (o && o->busy) {
		*ret_way = wait(w, "another order's run", false);
		return true;
	}
	if (s && s->run_id != w->run->id) {
		if (s->state == CALL_OK && lasts(w, s)) {
			take_answer(w, s);
			*ret_way = ON;
			return true;
		}
		if (under_way(w, s)) {
			*ret_way = wait(w, s->run_public_id,
					s->state == CALL_UNKNOWN);
			return true;
		}
	}
	w->plan->once_key = key;
	w->plan->once_seen = s ? s->call_key : NULL;
	return false;
}
