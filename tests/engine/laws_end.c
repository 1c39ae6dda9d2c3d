/*
 * What must hold when all is at rest. See world.h; laws.c has those of every
 * step. Each law says in its failure which one it is, and who broke it.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/flow/audit.h"
#include "engine/store/call_store.h"
#include "engine/store/case_store.h"
#include "engine/store/slot_store.h"
#include "setting.h"
#include "world.h"

static void law_of_hands(struct sim *s)
{
	const struct engine *e = s->engine;
	int i;

	if (e->used_count || e->in_flight)
		sim_fail(s, "%d runs checked out, %d calls in flight at rest",
			 e->used_count, e->in_flight);
	for (i = 0; i < e->gates.count; i++) {
		if (e->gates.gate[i].in_flight ||
		    e->gates.gate[i].breaker.probes)
			sim_fail(s, "the gate of %s has %d in flight at rest",
				 e->gates.gate[i].name,
				 e->gates.gate[i].in_flight);
	}
}

static void found_fault(void *context, const struct audit_finding *f)
{
	struct sim *s = context;

	sim_fail(s, "audit of %s at %lld: %s", f->run_public_id,
		 (long long)f->seq, f->what);
}

static void law_of_record(struct sim *s)
{
	int64_t entries = 0;

	if (audit_verify(s->faces, found_fault, s, &entries) != OK)
		sim_fail(s, "audit not read: %s", db_message(s->faces));
}

/* Of what was said only a signal that nobody asked for is left, and an event
 * that waits behind an unknown outcome or a pause. */
static void law_of_words(struct sim *s, const struct run *r, struct arena *a)
{
	struct inbox_row *row;
	int count = 0, i;

	if (laws_canceled(r->id) && !run_state_closed(r->state) &&
	    r->state != RUN_CANCELING && r->state != RUN_HELD &&
	    strcmp(r->paused_state, "HELD") != 0)
		sim_fail(s, "words: %s (%s) was to be canceled", r->public_id,
			 run_state_name(r->state));
	if (laws_killed(r->id) && !run_state_closed(r->state))
		sim_fail(s, "words: %s (%s) was to be killed", r->public_id,
			 run_state_name(r->state));
	if (run_state_closed(r->state) ||
	    inbox_unconsumed(s->faces, r->id, 1000, a, &row, &count) != OK)
		return;
	for (i = 0; i < count; i++) {
		bool event = row[i].kind == INBOX_EVENT &&
			     (r->state == RUN_PAUSED || r->state == RUN_HELD);

		if (row[i].kind != INBOX_SIGNAL &&
		    row[i].kind != INBOX_COMMENT && !event)
			sim_fail(s, "words: %s (%s) never heard %s",
				 r->public_id, run_state_name(r->state),
				 inbox_kind_name(row[i].kind));
	}
}

static bool in_ledger(const struct sim *s, const struct call *c)
{
	int i;

	for (i = 0; i < s->peers.ledger_count; i++) {
		if (strcmp(s->peers.ledger[i].key, c->key) == 0)
			return true;
	}
	return false;
}

/* What Mend believes of an effect is so. A card that is declined was asked all
 * the same. */
static void law_of_belief(struct sim *s, const struct call *c)
{
	bool done = in_ledger(s, c);

	if (c->state == CALL_OK && !done)
		sim_fail(s, "belief: %s is OK and was never done", c->key);
	if (c->state == CALL_FAILED && done &&
	    strcmp(c->operation, "authorize") != 0)
		sim_fail(s, "belief: %s is FAILED and was done", c->key);
}

static void law_of_calls(struct sim *s, const struct run *r, struct arena *a)
{
	struct call *call;
	int count = 0, i;

	if (call_of_run(s->faces, r->id, 10000, a, &call, &count) != OK)
		return;
	for (i = 0; i < count; i++) {
		const struct call *c = &call[i];

		if (c->purpose != PURPOSE_EFFECT)
			continue;
		if (c->state == CALL_SENT && !laws_killed(r->id) &&
		    (run_state_closed(r->state) ||
		     r->state == RUN_WAITING_TASK))
			sim_fail(s, "calls: %s is out, and nobody waits",
				 c->key);
		law_of_belief(s, c);
	}
}

/* A refund leaves only on a decision that stands. */
static void law_of_decisions(struct sim *s, const struct run *r,
			     struct arena *a)
{
	struct audit_entry *e;
	bool stands = false;
	int count = 0, i;

	if (audit_list(s->faces, r->id, 0, 100000, a, &e, &count) != OK)
		return;
	for (i = 0; i < count; i++) {
		const char *kind = e[i].kind;

		if (strcmp(kind, "TASK_DECIDED") == 0)
			stands = strstr(e[i].data, "\"approved\":true") != NULL;
		else if (strcmp(kind, "DECISION_UNDONE") == 0 ||
			 strcmp(kind, "TASK_VOID") == 0 ||
			 strcmp(kind, "TASK_OPENED") == 0)
			stands = false;
		else if (strcmp(kind, "CALL_INTENT") == 0 &&
			 strstr(e[i].message, "payment.refund") && !stands)
			sim_fail(s, "%s refunds without a decision",
				 r->public_id);
	}
}

/* Who says that money went back is right. */
static void law_of_results(struct sim *s, const struct run *r)
{
	size_t n = strlen(r->public_id);
	int refunds = 0, i;

	for (i = 0; i < s->peers.ledger_count; i++) {
		const struct peer_entry *e = &s->peers.ledger[i];

		refunds += strcmp(e->operation, "refund") == 0 &&
			   strncmp(e->key, r->public_id, n) == 0;
	}
	if (strcmp(r->result, "REFUNDED") == 0 && refunds != 1)
		sim_fail(s, "results: %s says refunded, the ledger has %d",
			 r->public_id, refunds);
}

static int count_of(const cJSON *list, const char *state)
{
	const cJSON *entry;
	int count = 0;

	cJSON_ArrayForEach(entry, list) count +=
		!state || strcmp(json_string(entry, "state", ""), state) == 0;
	return count;
}

/* What was to be undone was undone as often as it says, and all of it where the
 * run ended by a cancel or a time-out. What is done and not yet heard of may be
 * one more. */
static void law_of_undoing(struct sim *s, const struct run *r, struct arena *a)
{
	bool closed = run_state_closed(r->state);
	size_t n = strlen(r->public_id);
	cJSON *file = NULL;
	const cJSON *list;
	int64_t updated;
	int done = 0, i;
	char *body;

	if (case_load(s->faces, r->id, a, &body, &updated) != OK)
		return;
	file = cJSON_Parse(body);
	list = json_get(file, "undo");
	for (i = 0; i < s->peers.ledger_count; i++) {
		const struct peer_entry *e = &s->peers.ledger[i];

		done += strcmp(e->operation, SIM_UNDO) == 0 &&
			strncmp(e->key, r->public_id, n) == 0;
	}
	if (done < count_of(list, "done") ||
	    done > count_of(list, "done") + 1 || done > count_of(list, NULL))
		sim_fail(s, "undo: %s says %d of %d, the ledger has %d",
			 r->public_id, count_of(list, "done"),
			 count_of(list, NULL), done);
	if (closed && strcmp(r->outcome, "KILLED") != 0 &&
	    done != count_of(list, "done"))
		sim_fail(s, "undo: %s ended without having heard of it",
			 r->public_id);
	if ((r->state == RUN_TIMED_OUT ||
	     strcmp(r->outcome, "CANCELED") == 0) &&
	    count_of(list, "open") > 0)
		sim_fail(s, "undo: %s ended with %d to undo", r->public_id,
			 count_of(list, "open"));
	cJSON_Delete(file);
}

static int limit_of(struct sim *s, const struct run *r)
{
	const struct playbook *b = NULL;

	return r->playbook_id && catalog_playbook_by_id(
					 s->engine->catalog, s->faces,
					 r->playbook_id, &b) == OK
		       ? b->concurrency_limit
		       : 0;
}

/* No more than may have a place of a key have one, and nobody waits for one
 * that is free. */
static void law_of_places(struct sim *s, const struct run *runs, int count)
{
	char key[KEY_SIZE], other[KEY_SIZE];
	int64_t number, its;
	int i, j;

	for (i = 0; i < count; i++) {
		int limit = limit_of(s, &runs[i]), holding = 0;
		bool waits = runs[i].state == RUN_BLOCKED &&
			     strcmp(runs[i].phase, "slot") == 0;

		if (limit == 0 ||
		    slot_of_run(s->faces, runs[i].id, key, &number) != OK)
			continue;
		for (j = 0; j < count; j++)
			holding += slot_of_run(s->faces, runs[j].id, other,
					       &its) == OK &&
				   its >= 0 && strcmp(key, other) == 0;
		if (holding > limit)
			sim_fail(s, "places: %d of %s are taken", holding, key);
		if (waits && number < 0 && holding < limit)
			sim_fail(s, "places: %s waits, and %d of %s are taken",
				 runs[i].public_id, holding, key);
	}
}

void laws_end(struct sim *s)
{
	static struct run runs[SIM_RUNS_MAX];
	int count = laws_runs(s, runs), i;
	struct arena a;

	if (!laws_at_rest(s)) {
		for (i = 0; i < count; i++) {
			const struct run *r = &runs[i];

			if (!run_state_closed(r->state))
				sim_say(s, "%s %s %s/%s due %lld lease %lld",
					r->order_id, run_state_name(r->state),
					r->step, r->phase,
					(long long)(r->due_ms
							    ? r->due_ms -
								      s->wall_ms
							    : 0),
					(long long)r->lease);
		}
		sim_fail(s, "does not come to rest");
	}
	law_of_hands(s);
	law_of_record(s);
	model_end(s);
	law_of_places(s, runs, count);
	for (i = 0; i < count; i++) {
		arena_init(&a);
		law_of_words(s, &runs[i], &a);
		law_of_calls(s, &runs[i], &a);
		law_of_decisions(s, &runs[i], &a);
		law_of_results(s, &runs[i]);
		law_of_undoing(s, &runs[i], &a);
		arena_release(&a);
	}
}
