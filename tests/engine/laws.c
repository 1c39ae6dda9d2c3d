/*
 * What must hold, whatever happens: at every step, and when all is at rest. See
 * world.h. Each law says in its failure which run broke it.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/flow/audit.h"
#include "engine/store/call_store.h"
#include "world.h"

/* ---- at every step ---- */

/* Which states can be reached from which, over any number of events. */
static bool reach[RUN_STATE_COUNT][RUN_STATE_COUNT];

static void fill_reach(void)
{
	int a, b, c;

	for (a = 0; a < RUN_STATE_COUNT; a++) {
		reach[a][a] = true;
		for (b = 0; b < RUN_EV_COUNT; b++) {
			enum run_state to;

			if (run_next((enum run_state)a, (enum run_event)b,
				     &to) == OK)
				reach[a][to] = true;
		}
	}
	for (c = 0; c < RUN_STATE_COUNT; c++)
		for (a = 0; a < RUN_STATE_COUNT; a++)
			for (b = 0; b < RUN_STATE_COUNT; b++)
				if (reach[a][c] && reach[c][b])
					reach[a][b] = true;
}

static int all_runs(struct sim *s, struct run *runs)
{
	int count = 0;

	if (run_sweep(s->faces, 0, SIM_RUNS_MAX, runs, &count) != OK)
		sim_fail(s, "runs not read: %s", db_message(s->faces));
	if (count == SIM_RUNS_MAX)
		sim_fail(s, "more runs than the simulation has room for");
	return count;
}

/* A run taken back after a crash is due, whatever its state, until it has been
 * looked at. */
static bool taken_back(const struct run *r)
{
	return r->crash_count > 0 && r->due_ms && !r->lease;
}

static void law_of_rows(struct sim *s, const struct run *r)
{
	const char *wrong = run_columns_wrong(r);
	struct watched *w = &s->run[r->id];

	if (wrong && r->inbox_read == r->inbox_seq && !taken_back(r))
		sim_fail(s, "%s is %s with %s wrong", r->public_id,
			 run_state_name(r->state), wrong);
	if (!reach[w->state][r->state])
		sim_fail(s, "%s went from %s to %s", r->public_id,
			 run_state_name(w->state), run_state_name(r->state));
	if (w->state != r->state)
		sim_say(s, "%s %s %s/%s %.60s", r->order_id,
			run_state_name(r->state), r->step, r->phase, r->reason);
	w->state = r->state;
}

static void law_of_money(struct sim *s)
{
	int i;

	for (i = 0; i < s->peers.order_count; i++) {
		const struct peer_order *o = &s->peers.order[i];

		if (o->refunded_minor > o->captured_minor)
			sim_fail(s, "%s: more refunded than captured", o->id);
		if (peers_effects(&s->peers, o->id, "refund") > 1)
			sim_fail(s, "%s: refunded twice", o->id);
	}
	if (s->peers.fault[0])
		sim_fail(s, "peers: %s", s->peers.fault);
}

static void law_of_keys(struct sim *s)
{
	int i, j;

	for (i = 0; i < s->peers.ledger_count; i++) {
		for (j = 0; j < i; j++) {
			if (strcmp(s->peers.ledger[i].key,
				   s->peers.ledger[j].key) == 0)
				sim_fail(s, "%s was done twice",
					 s->peers.ledger[i].key);
		}
	}
}

void laws_step(struct sim *s)
{
	static struct run runs[SIM_RUNS_MAX];
	int count, i;

	if (!reach[0][0])
		fill_reach();
	count = all_runs(s, runs);
	for (i = 0; i < count; i++)
		law_of_rows(s, &runs[i]);
	law_of_money(s);
}

bool laws_at_rest(struct sim *s)
{
	static struct run runs[SIM_RUNS_MAX];
	int count = all_runs(s, runs), i;

	for (i = 0; i < count; i++) {
		const struct run *r = &runs[i];
		bool waits = r->state == RUN_HELD || r->state == RUN_PAUSED ||
			     r->state == RUN_WAITING_TASK ||
			     run_state_closed(r->state);

		if (!waits || r->lease || r->due_ms)
			return false;
	}
	return s->engine->used_count == 0 && s->engine->in_flight == 0;
}

/* ---- at the end ---- */

static void law_of_hands(struct sim *s)
{
	const struct engine *e = s->engine;
	int i;

	if (e->used_count || e->in_flight)
		sim_fail(s, "%d runs checked out, %d calls in flight at rest",
			 e->used_count, e->in_flight);
	for (i = 0; i < e->gates.count; i++) {
		if (e->gates.gate[i].in_flight || e->gates.gate[i].probes)
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

	if (run_state_closed(r->state) ||
	    inbox_unconsumed(s->faces, r->id, 1000, a, &row, &count) != OK)
		return;
	for (i = 0; i < count; i++) {
		bool event = row[i].kind == INBOX_EVENT &&
			     (r->state == RUN_PAUSED || r->state == RUN_HELD);

		if (row[i].kind != INBOX_SIGNAL &&
		    row[i].kind != INBOX_COMMENT && !event)
			sim_fail(s, "%s (%s) never heard %s", r->public_id,
				 run_state_name(r->state),
				 inbox_kind_name(row[i].kind));
	}
}

static void law_of_attempts(struct sim *s, const struct run *r, struct arena *a)
{
	struct call *call;
	int count = 0, i;

	if (call_of_run(s->faces, r->id, 10000, a, &call, &count) != OK)
		return;
	for (i = 0; i < count; i++) {
		const struct call *c = &call[i];
		const struct adapter *ad =
			catalog_adapter(s->engine->catalog, c->adapter);
		int most = adapter_operation(ad, c->operation)
				   ->retry.maximum_attempts;

		if (c->attempt > most * (1 + s->run[r->id].retries))
			sim_fail(s, "%s: %d attempts", c->key, c->attempt);
		if (c->purpose == PURPOSE_EFFECT && c->state == CALL_SENT &&
		    (run_state_closed(r->state) ||
		     r->state == RUN_WAITING_TASK))
			sim_fail(s, "%s is out, and nobody waits", c->key);
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

/* Who says that money went back is right, and the other way round. */
static void law_of_results(struct sim *s, const struct run *r)
{
	int refunds = peers_effects(&s->peers, r->order_id, "refund");

	if (strcmp(r->result, "REFUNDED") == 0 && refunds != 1)
		sim_fail(s, "%s says refunded, the ledger has %d", r->public_id,
			 refunds);
	if (refunds == 1 && r->state == RUN_COMPLETED &&
	    strcmp(r->outcome, "ESCALATED_APPROVED") != 0) {
		struct run newest;

		if (folk_run(s, r->order_id, &newest) && newest.id == r->id &&
		    r->id == 1)
			sim_fail(s, "%s hides a refund", r->public_id);
	}
}

void laws_end(struct sim *s)
{
	static struct run runs[SIM_RUNS_MAX];
	int count = all_runs(s, runs), i;
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
	law_of_keys(s);
	for (i = 0; i < count; i++) {
		arena_init(&a);
		law_of_words(s, &runs[i], &a);
		law_of_attempts(s, &runs[i], &a);
		law_of_decisions(s, &runs[i], &a);
		law_of_results(s, &runs[i]);
		arena_release(&a);
	}
}
