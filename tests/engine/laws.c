/*
 * What must hold after every step, whatever happens. See world.h. Looked at is
 * what was touched since the step before; each law says in its failure which
 * one it is, and who broke it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "engine/store/audit_chain.h"
#include "engine/store/slot_store.h"
#include "eye.h"
#include "tally.h"
#include "world.h"

struct seen_run {
	bool known;
	enum run_state state;
	int64_t epoch, lease, inbox_seq, inbox_read;
	char public_id[ID_SIZE];
	struct audit_head chain; /* as we count it */
	int retries;		 /* by operators */
	bool canceled, killed;
};
struct seen_row {
	bool known, consumed;
	uint64_t identity; /* of what may never change */
	int state, attempt;
};

static struct {
	struct seen_run run[SIM_RUNS_MAX + 1]; /* 0: the system's chain */
	struct seen_row call[EYE_ROWS], inbox[EYE_ROWS], task[EYE_ROWS];
	struct seen_row audit[EYE_ROWS];
	int ledger_count;
	bool power_lost;
} seen;

/* ---- which states can be reached from which, over any number of events ----
 */

#define STATES 16
struct reach {
	bool to[STATES][STATES];
	int count;
};
static struct reach run_reach, task_reach, call_reach;

static void close_reach(struct reach *r)
{
	int a, b, c;

	for (a = 0; a < r->count; a++)
		r->to[a][a] = true;
	for (c = 0; c < r->count; c++)
		for (a = 0; a < r->count; a++)
			for (b = 0; b < r->count; b++)
				if (r->to[a][c] && r->to[c][b])
					r->to[a][b] = true;
}

#define FILL(reach, next, state, states, event, events)                        \
	do {                                                                   \
		int a, b;                                                      \
		(reach).count = (states);                                      \
		for (a = 0; a < (states); a++)                                 \
			for (b = 0; b < (events); b++) {                       \
				state to;                                      \
				if (next((state)a, (event)b, &to) == OK)       \
					(reach).to[a][to] = true;              \
			}                                                      \
		close_reach(&(reach));                                         \
	} while (0)

static void fill_reaches(void)
{
	if (run_reach.count)
		return;
	FILL(run_reach, run_next, enum run_state, RUN_STATE_COUNT,
	     enum run_event, RUN_EV_COUNT);
	FILL(task_reach, task_next, enum task_state, TASK_STATE_COUNT,
	     enum task_event, TASK_EV_COUNT);
	FILL(call_reach, call_next, enum call_state, CALL_STATE_COUNT,
	     enum call_event, CALL_EV_COUNT);
}

static int named(const char *(*name)(int), int count, const char *text)
{
	int i;

	for (i = 0; i < count; i++) {
		if (strcmp(name(i), text) == 0)
			return i;
	}
	return 0;
}

static const char *call_name(int i)
{
	return call_state_name((enum call_state)i);
}

static const char *task_name(int i)
{
	return task_state_name((enum task_state)i);
}

/* ---- identity: what may never change ---- */

static uint64_t add_text(uint64_t h, const char *text)
{
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 1099511628211u;
	return (h ^ 0xff) * 1099511628211u;
}

static uint64_t identity_of(const int *columns, int count)
{
	uint64_t h = 1469598103934665603u;
	int i;

	for (i = 0; i < count; i++)
		h = add_text(h, eye_text(columns[i]));
	return h;
}

/* Also after power was lost: what was committed is there, and as it was. */
static bool law_of_durability(struct sim *s, enum eye_table t, int64_t id,
			      struct seen_row *row)
{
	static const char *const names[] = {"run", "call", "inbox", "audit",
					    "task"};

	if (eye_row(t, id))
		return true;
	if (row->known)
		sim_fail(s, "durability: %s row %lld is lost", names[t],
			 (long long)id);
	return false;
}

static void law_of_identity(struct sim *s, const char *what, int64_t id,
			    struct seen_row *row, uint64_t identity)
{
	if (row->known && row->identity != identity)
		sim_fail(s, "identity: %s row %lld was changed", what,
			 (long long)id);
	row->known = true;
	row->identity = identity;
}

/* ---- rows ---- */

/* A run taken back after a crash is due, whatever its state, until it has been
 * looked at. */
static bool taken_back(const struct run *r)
{
	return r->crash_count > 0 && r->due_ms && !r->lease;
}

static bool waits_for_place(const struct run *r)
{
	return strcmp(r->phase, "slot") == 0;
}

static void law_of_columns(struct sim *s, const struct run *r)
{
	const char *wrong = run_columns_wrong(r);

	if (wrong && r->inbox_read == r->inbox_seq && !taken_back(r))
		sim_fail(s, "columns: %s is %s with %s wrong", r->public_id,
			 run_state_name(r->state), wrong);
}

static void law_of_transitions(struct sim *s, const struct run *r,
			       const struct seen_run *w)
{
	if (!run_reach.to[w->state][r->state])
		sim_fail(s, "transitions: %s went from %s to %s", r->public_id,
			 run_state_name(w->state), run_state_name(r->state));
	if (w->state == r->state)
		return;
	sim_say(s, "%s %s %s/%s %.60s", r->order_id, run_state_name(r->state),
		r->step, r->phase, r->reason);
	if (r->state == RUN_BLOCKED)
		tally_one(TALLY_RUN_BLOCKED);
	if (r->state == RUN_WAITING_SIGNAL)
		tally_one(TALLY_RUN_WAITING_SIGNAL);
	if (r->state == RUN_HELD)
		tally_one(TALLY_RUN_HELD);
	if (r->state == RUN_CANCELING)
		tally_one(TALLY_RUN_CANCELING);
	if (r->state == RUN_COMPLETED)
		tally_one(TALLY_RUN_COMPLETED);
	if (r->state == RUN_CANCELED)
		tally_one(TALLY_RUN_CANCELED);
	if (r->state == RUN_TIMED_OUT)
		tally_one(TALLY_RUN_TIMED_OUT);
	if (r->state == RUN_BLOCKED && waits_for_place(r))
		tally_one(TALLY_SLOT_WAIT);
}

/* A claim need not be on the disk when the power goes; all else must. */
static void law_of_fences(struct sim *s, const struct run *r,
			  const struct seen_run *w)
{
	if (r->epoch < w->epoch && !seen.power_lost)
		sim_fail(s, "epoch: that of %s fell", r->public_id);
	if (r->lease && r->lease != w->lease && w->known &&
	    r->epoch <= w->epoch && !seen.power_lost)
		sim_fail(s, "epoch: %s was leased without a new one",
			 r->public_id);
	if (r->lease && s->engine && r->lease != s->engine->engine_id)
		sim_fail(s, "epoch: %s is leased to an engine that is gone",
			 r->public_id);
	if (r->inbox_seq < w->inbox_seq || r->inbox_read < w->inbox_read ||
	    r->inbox_read > r->inbox_seq)
		sim_fail(s, "inbox_seq: %s went from %lld/%lld to %lld/%lld",
			 r->public_id, (long long)w->inbox_read,
			 (long long)w->inbox_seq, (long long)r->inbox_read,
			 (long long)r->inbox_seq);
}

/* Past its route, a run of a playbook that only so many go by at once has a
 * place; that no place is had twice, and none beyond the limit, is the index's
 * and the number's. */
static void law_of_places(struct sim *s, const struct run *r)
{
	const struct playbook *b = NULL;
	bool holds = false;

	if (!s->engine || !r->playbook_id ||
	    catalog_playbook_by_id(s->engine->catalog, s->faces, r->playbook_id,
				   &b) != OK ||
	    b->concurrency_limit == 0 ||
	    slot_holds(s->faces, r->id, &holds) != OK)
		return;
	if (holds && run_state_closed(r->state))
		sim_fail(s, "places: %s is closed and has one", r->public_id);
	if (!holds && !run_state_closed(r->state) && !waits_for_place(r) &&
	    strcmp(r->step, "@undo") != 0)
		sim_fail(s, "places: %s has none at %s", r->public_id, r->step);
}

static void look_at_run(struct sim *s, int64_t id)
{
	struct seen_run *w;
	struct run r;
	enum err e;

	if (id > SIM_RUNS_MAX) {
		sim_fail(s, "more runs than the simulation has room for");
		return;
	}
	w = &seen.run[id];
	e = run_by_id(s->faces, id, &r);
	if (e == ERR_NOT_FOUND && !w->known)
		return;
	if (e != OK) {
		sim_fail(s, "durability: run %lld: %s", (long long)id,
			 err_name(e));
		return;
	}
	law_of_columns(s, &r);
	law_of_transitions(s, &r, w);
	law_of_fences(s, &r, w);
	law_of_places(s, &r);
	memcpy(w->public_id, r.public_id, sizeof(w->public_id));
	w->known = true;
	w->state = r.state;
	w->epoch = r.epoch;
	w->lease = r.lease;
	w->inbox_seq = r.inbox_seq;
	w->inbox_read = r.inbox_read;
	if (r.audit.seq != w->chain.seq ||
	    memcmp(r.audit.hash, w->chain.hash, DIGEST_SIZE) != 0)
		sim_fail(s, "audit: the head of %s is not its last entry",
			 r.public_id);
}

static void law_of_attempts(struct sim *s)
{
	const struct adapter *a =
		catalog_adapter(s->engine->catalog, eye_text(CALL_AT_ADAPTER));
	const struct operation *op =
		adapter_operation(a, eye_text(CALL_AT_OPERATION));
	int most = op->retry.maximum_attempts;
	int64_t run = eye_int(CALL_AT_RUN);

	if (run > SIM_RUNS_MAX)
		return;
	if (eye_int(CALL_AT_ATTEMPT) > most * (1 + seen.run[run].retries))
		sim_fail(s, "attempts: %s had %lld", eye_text(CALL_AT_KEY),
			 (long long)eye_int(CALL_AT_ATTEMPT));
}

/* run/step/visit and perhaps a name; no attempt, no epoch. */
static void law_of_call_keys(struct sim *s, int64_t run)
{
	char key[KEY_SIZE];
	const char *name = eye_text(CALL_AT_NAME);

	if (strcmp(eye_text(CALL_AT_PURPOSE), "effect") != 0)
		return;
	snprintf(key, sizeof(key), "%s/%s/%lld%s%s", seen.run[run].public_id,
		 eye_text(CALL_AT_STEP), (long long)eye_int(CALL_AT_VISIT),
		 name[0] ? "/" : "", name);
	if (strcmp(key, eye_text(CALL_AT_KEY)) != 0)
		sim_fail(s, "keys: %s should be %s", eye_text(CALL_AT_KEY),
			 key);
}

static void look_at_call(struct sim *s, int64_t id)
{
	static const int fixed[] = {CALL_AT_RUN,     CALL_AT_PURPOSE,
				    CALL_AT_KEY,     CALL_AT_STEP,
				    CALL_AT_VISIT,   CALL_AT_NAME,
				    CALL_AT_DIGEST,  CALL_AT_PARAMS,
				    CALL_AT_ADAPTER, CALL_AT_OPERATION};
	struct seen_row *w = &seen.call[id];
	int state, attempt;

	if (!law_of_durability(s, EYE_CALL, id, w))
		return;
	state = named(call_name, CALL_STATE_COUNT, eye_text(CALL_AT_STATE));
	attempt = (int)eye_int(CALL_AT_ATTEMPT);
	if (w->known && !call_reach.to[w->state][state])
		sim_fail(s, "transitions: call %s went from %s to %s",
			 eye_text(CALL_AT_KEY), call_name(w->state),
			 call_name(state));
	if (attempt < w->attempt)
		sim_fail(s, "attempts: those of %s fell",
			 eye_text(CALL_AT_KEY));
	if (state == CALL_UNKNOWN && w->state != state)
		tally_one(TALLY_CALL_UNKNOWN);
	law_of_identity(s, "call", id, w, identity_of(fixed, 10));
	if (s->engine)
		law_of_attempts(s);
	law_of_call_keys(s, eye_int(CALL_AT_RUN));
	w->state = state;
	w->attempt = attempt;
}

static void look_at_inbox(struct sim *s, int64_t id)
{
	static const int fixed[] = {INBOX_AT_RUN,   INBOX_AT_KIND,
				    INBOX_AT_NAME,  INBOX_AT_BODY,
				    INBOX_AT_ACTOR, INBOX_AT_RECEIVED};
	struct seen_row *w = &seen.inbox[id];
	bool consumed;

	if (!law_of_durability(s, EYE_INBOX, id, w))
		return;
	consumed = eye_int(INBOX_AT_CONSUMED) != 0;
	law_of_identity(s, "inbox", id, w, identity_of(fixed, 6));
	if (w->consumed && !consumed)
		sim_fail(s, "inbox: row %lld is unread again", (long long)id);
	w->consumed = consumed;
}

static void look_at_task(struct sim *s, int64_t id)
{
	static const int fixed[] = {TASK_AT_RUN, TASK_AT_DIGEST,
				    TASK_AT_PROPOSAL};
	struct seen_row *w = &seen.task[id];
	int state;

	if (!law_of_durability(s, EYE_TASK, id, w))
		return;
	state = named(task_name, TASK_STATE_COUNT, eye_text(TASK_AT_STATE));
	if (w->known && !task_reach.to[w->state][state])
		sim_fail(s, "transitions: task %lld went from %s to %s",
			 (long long)id, task_name(w->state), task_name(state));
	law_of_identity(s, "task", id, w, identity_of(fixed, 3));
	if (w->state != state && state == TASK_VOID)
		tally_one(TALLY_TASK_VOID);
	if (w->state != state && state == TASK_EXPIRED)
		tally_one(TALLY_TASK_EXPIRED);
	w->state = state;
}

static void add_to_trace(struct sim *s, const uint8_t hash[DIGEST_SIZE])
{
	int i;

	for (i = 0; i < DIGEST_SIZE; i++)
		s->trace = (s->trace ^ hash[i]) * 1099511628211u;
}

/* Each entry goes on where the one before it in its chain ended. */
static void look_at_audit(struct sim *s, int64_t id)
{
	struct seen_row *w = &seen.audit[id];
	struct seen_run *chain;
	struct audit_entry e;
	uint8_t hash[DIGEST_SIZE];
	int64_t run;

	if (!law_of_durability(s, EYE_AUDIT, id, w))
		return;
	run = eye_int(AUDIT_AT_RUN);
	if (w->known || run > SIM_RUNS_MAX)
		return;
	w->known = true;
	chain = &seen.run[run];
	e = (struct audit_entry){.seq = eye_int(AUDIT_AT_SEQ),
				 .at_ms = eye_int(AUDIT_AT_TIME),
				 .kind = eye_text(AUDIT_AT_KIND),
				 .actor = eye_text(AUDIT_AT_ACTOR),
				 .message = eye_text(AUDIT_AT_MESSAGE),
				 .data = eye_text(AUDIT_AT_DATA)};
	audit_hash(chain->chain.hash, run ? chain->public_id : AUDIT_SYSTEM,
		   e.seq, &e, hash);
	if (e.seq != chain->chain.seq + 1 ||
	    memcmp(hash, eye_blob(AUDIT_AT_HASH), DIGEST_SIZE) != 0)
		sim_fail(s, "audit: entry %lld of %s breaks its chain",
			 (long long)e.seq, run ? chain->public_id : "system");
	chain->chain.seq = e.seq;
	memcpy(chain->chain.hash, hash, DIGEST_SIZE);
	add_to_trace(s, hash);
	if (strcmp(e.kind, "UNDONE") == 0)
		tally_one(TALLY_UNDONE);
	if (strcmp(e.kind, "TIMED_OUT") == 0 && strstr(e.data, "\"step\""))
		tally_one(TALLY_STEP_TIMED_OUT);
}

/* The chains are named after their runs. */
static void learn_name(struct sim *s, int64_t id)
{
	struct run r;

	if (id <= SIM_RUNS_MAX && !seen.run[id].known &&
	    run_by_id(s->faces, id, &r) == OK)
		memcpy(seen.run[id].public_id, r.public_id,
		       sizeof(r.public_id));
}

/* ---- ledger ---- */

static void law_of_money(struct sim *s)
{
	int i;

	for (i = 0; i < s->peers.order_count; i++) {
		const struct peer_order *o = &s->peers.order[i];

		if (o->refunded_minor > o->captured_minor)
			sim_fail(s, "money: %s: more refunded than captured",
				 o->id);
	}
}

/* The first three parts: run/step/visit. */
static int key_length(const char *key)
{
	const char *end = key;
	int parts;

	for (parts = 0; parts < 3; parts++) {
		end += strcspn(end, "/");
		if (*end && parts < 2)
			end++;
	}
	return (int)(end - key);
}

static void law_of_keys(struct sim *s)
{
	int i, j;

	for (i = seen.ledger_count; i < s->peers.ledger_count; i++) {
		const struct peer_entry *e = &s->peers.ledger[i];
		int length = key_length(e->key);

		if (strcmp(e->operation, "refund") == 0)
			tally_one(TALLY_REFUND);
		for (j = 0; j < i; j++) {
			const char *other = s->peers.ledger[j].key;

			if (key_length(other) == length &&
			    strncmp(e->key, other, (size_t)length) == 0)
				sim_fail(s, "keys: %s was done twice", e->key);
		}
	}
	seen.ledger_count = s->peers.ledger_count;
}

/* ---- all of them ---- */

void laws_open(struct sim *s)
{
	(void)s;
	fill_reaches();
	memset(&seen, 0, sizeof(seen));
	eye_forget();
}

void laws_begin(struct sim *s)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/mend.db", s->folder);
	eye_open(path);
	eye_touch_all();
	seen.power_lost = true;
	laws_step(s);
	seen.power_lost = false;
}

void laws_leave(struct sim *s)
{
	(void)s;
	eye_close();
}

void laws_told(int64_t run_id, enum inbox_kind kind)
{
	if (run_id > SIM_RUNS_MAX)
		return;
	seen.run[run_id].retries += kind == INBOX_RETRY;
	if (kind == INBOX_CANCEL || kind == INBOX_RETRY)
		seen.run[run_id].canceled = kind == INBOX_CANCEL;
	seen.run[run_id].killed |= kind == INBOX_KILL;
}

bool laws_killed(int64_t run_id)
{
	return run_id <= SIM_RUNS_MAX && seen.run[run_id].killed;
}

bool laws_canceled(int64_t run_id)
{
	return run_id <= SIM_RUNS_MAX && seen.run[run_id].canceled;
}

static void look(struct sim *s, enum eye_table t,
		 void (*at)(struct sim *s, int64_t id))
{
	int64_t id;

	while (eye_next(t, &id))
		at(s, id);
	eye_done();
}

void laws_step(struct sim *s)
{
	struct disk kept = disk;
	int64_t id[SIM_RUNS_MAX];
	int count = 0;

	disk.trouble = DISK_WELL; /* for us */
	while (count < SIM_RUNS_MAX && eye_next(EYE_RUN, &id[count])) {
		learn_name(s, id[count]);
		count++;
	}
	look(s, EYE_AUDIT, look_at_audit);
	while (count > 0)
		look_at_run(s, id[--count]);
	look(s, EYE_CALL, look_at_call);
	look(s, EYE_INBOX, look_at_inbox);
	look(s, EYE_TASK, look_at_task);
	if (eye_trouble())
		sim_fail(s, "rows: %s", eye_trouble());
	if (seen.ledger_count != s->peers.ledger_count) {
		law_of_money(s);
		law_of_keys(s);
	}
	if (s->peers.fault[0])
		sim_fail(s, "peers: %s", s->peers.fault);
	disk.trouble = kept.trouble;
}

int laws_runs(struct sim *s, struct run runs[SIM_RUNS_MAX])
{
	int count = 0;

	if (run_sweep(s->faces, 0, SIM_RUNS_MAX, runs, &count) != OK)
		sim_fail(s, "runs not read: %s", db_message(s->faces));
	if (count == SIM_RUNS_MAX)
		sim_fail(s, "more runs than the simulation has room for");
	return count;
}

bool laws_at_rest(struct sim *s)
{
	static struct run runs[SIM_RUNS_MAX];
	int count, i;

	if (s->engine->used_count || s->engine->in_flight)
		return false;
	count = laws_runs(s, runs);
	for (i = 0; i < count; i++) {
		const struct run *r = &runs[i];
		bool waits = r->state == RUN_HELD || r->state == RUN_PAUSED ||
			     r->state == RUN_WAITING_TASK ||
			     run_state_closed(r->state);
		bool holds = false;

		/* It asks again now and then, but others have what it wants. */
		if (r->state == RUN_BLOCKED && waits_for_place(r) &&
		    !r->lease && r->due_ms >= s->wall_ms &&
		    slot_holds(s->faces, r->id, &holds) == OK && !holds)
			continue;
		if (!waits || r->lease || r->due_ms)
			return false;
	}
	return true;
}
