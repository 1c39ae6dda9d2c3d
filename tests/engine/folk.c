/*
 * What people and other systems do to runs, by the same functions that the
 * programs call, on a handle of their own. See world.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/flow/control.h"
#include "engine/flow/intake.h"
#include "engine/flow/operate.h"
#include "engine/flow/task.h"
#include "engine/store/call_store.h"
#include "tally.h"
#include "world.h"

const struct actor folk_agent = {"Ana", ROLE_AGENT, true};
const struct actor folk_other = {"Ben", ROLE_ADMIN, true};
const struct actor folk_supervisor = {"Sue", ROLE_SUPERVISOR, true};

static const struct actor *anybody(struct sim *s)
{
	static const struct actor *const all[] = {&folk_agent, &folk_other,
						  &folk_supervisor};

	return all[sim_below(s, 3)];
}

static enum err begin(struct sim *s)
{
	return db_begin(s->faces);
}

static enum err end(struct sim *s, enum err e, const char *what,
		    const char *whom)
{
	if (e == OK)
		e = db_commit(s->faces);
	db_rollback(s->faces);
	s->action_count++;
	sim_say(s, "%s %s: %s", what, whom, err_name(e));
	return e;
}

static enum tally tally_of(enum inbox_kind kind)
{
	static const enum tally kinds[INBOX_KIND_COUNT] = {
		[INBOX_CANCEL] = TALLY_CANCEL,
		[INBOX_PAUSE] = TALLY_PAUSE,
		[INBOX_RESUME] = TALLY_RESUME,
		[INBOX_RETRY] = TALLY_RETRY,
		[INBOX_SIGNAL] = TALLY_SIGNAL,
		[INBOX_COMMENT] = TALLY_COMMENT,
		[INBOX_KILL] = TALLY_KILL,
		[INBOX_PRIORITY] = TALLY_PRIORITY,
		[INBOX_SETTLE] = TALLY_SETTLE,
	};

	return kinds[kind];
}

enum err folk_start(struct sim *s, const char *order_id, const char *key)
{
	struct problems p = {.count = 0};
	struct intake in = {
		.order_id = order_id,
		.source = "sim",
		.event_key = key,
		.priority = sim_below(s, 4),
	};
	enum intake_way way = INTAKE_CREATED;
	struct run r;
	enum err e = begin(s);

	if (e == OK)
		e = order_intake(s->faces, &s->world, &in, &folk_agent, &p, &r,
				 &way);
	e = end(s, e, "start", order_id);
	if (e == OK)
		tally_one(way == INTAKE_CREATED	   ? TALLY_START
			  : way == INTAKE_REPLAYED ? TALLY_START_AGAIN
						   : TALLY_START_JOINED);
	if (e != OK || way != INTAKE_REPLAYED)
		model_event(s, order_id);
	return e;
}

static enum err operate(struct sim *s, const char *run_id,
			const struct operation_request *q,
			const struct actor *who)
{
	enum inbox_kind kind = q->kind;
	struct problems p = {.count = 0};
	struct run r = {.id = 0};
	enum err e = begin(s);

	if (e == OK)
		e = run_operate(s->faces, &s->world, run_id, q, who, &p, &r);
	e = end(s, e, inbox_kind_name(kind), run_id);
	/* In doubt after a disk error, so a retry counts as said. */
	if (e == OK || (kind == INBOX_RETRY && e == ERR_IO))
		laws_told(r.id, kind);
	if (e == OK)
		tally_one(tally_of(kind));
	if (r.id)
		model_disturbed(s, r.order_id, inbox_kind_name(kind));
	return e;
}

enum err folk_operate(struct sim *s, const char *run_id, enum inbox_kind kind,
		      const char *name)
{
	struct operation_request q = {
		.kind = kind, .name = name, .reason = "because"};

	if (kind == INBOX_PRIORITY)
		q.priority = sim_below(s, 4);
	return operate(s, run_id, &q, &folk_other);
}

/* Whether a request under this key is still on its way: then nobody can say
 * what becomes of it. */
static bool on_its_way(const struct sim *s, const char *key)
{
	int i;

	for (i = 0; i < s->exchange_count; i++) {
		const struct exchange *x = &s->exchange[i];

		if (x->used && !x->arrived && strcmp(x->request.key, key) == 0)
			return true;
	}
	return false;
}

/* Who settles a call has looked it up, and says what is so. */
static bool settle_one(struct sim *s, const struct run *r)
{
	bool closed = run_state_closed(r->state), found = false;
	struct arena a;
	struct call *call;
	int count = 0, i;

	arena_init(&a);
	if (call_of_run(s->faces, r->id, 1000, &a, &call, &count) != OK)
		count = 0;
	for (i = 0; i < count && !found; i++) {
		const struct call *c = &call[i];
		struct operation_request q = {.kind = INBOX_SETTLE,
					      .reason = "looked",
					      .call_id = c->public_id};

		if (c->purpose != PURPOSE_EFFECT || on_its_way(s, c->key) ||
		    !(c->state == CALL_UNKNOWN ||
		      (closed && c->state == CALL_SENT)))
			continue;
		found = true;
		q.happened = peers_did(&s->peers, c->key);
		if (operate(s, r->public_id, &q, &folk_supervisor) == OK &&
		    closed)
			tally_one(TALLY_SETTLE_CLOSED);
	}
	arena_release(&a);
	return found;
}

void folk_settle(struct sim *s)
{
	static struct run all[SIM_RUNS_MAX];
	int count = 0, from, i;

	if (run_sweep(s->faces, 0, SIM_RUNS_MAX, all, &count) != OK || !count)
		return;
	from = sim_below(s, count);
	for (i = 0; i < count; i++) {
		if (settle_one(s, &all[(from + i) % count]))
			return;
	}
}

/* What he decides on is what he has seen. */
enum err folk_decide(struct sim *s, const char *task_id, bool approved,
		     int64_t undo_ms, const struct actor *who)
{
	struct problems p = {.count = 0};
	struct task_decision d = {.approved = approved, .undo_ms = undo_ms};
	struct arena a;
	struct task t = {.id = 0};
	bool seen = false;
	enum err e = begin(s);

	arena_init(&a);
	if (e == OK)
		seen = task_by_public_id(s->faces, task_id, &a, &t) == OK;
	if (e == OK)
		e = task_decide(s->faces, &s->world, task_id, NULL, &d, who, &a,
				&p, &t);
	e = end(s, e, approved ? "approve" : "reject", task_id);
	if (e == OK)
		tally_one(approved ? TALLY_APPROVE : TALLY_REJECT);
	else if (e == ERR_CONFLICT)
		tally_one(TALLY_DECIDED_TWICE);
	else if (e == ERR_DENIED)
		tally_one(TALLY_DENIED);
	if (seen && (e == OK || e == ERR_IO))
		model_decided(s, &t, approved, who, e == OK);
	arena_release(&a);
	return e;
}

enum err folk_undo(struct sim *s, const char *task_id, const struct actor *who)
{
	struct problems p = {.count = 0};
	struct arena a;
	struct task t = {.id = 0};
	enum err e = begin(s);

	arena_init(&a);
	if (e == OK)
		e = task_undo(s->faces, &s->world, task_id, 0, who, &a, &p, &t);
	e = end(s, e, "undo", task_id);
	if (e == OK)
		tally_one(TALLY_UNDO);
	else if (e == ERR_CONFLICT)
		tally_one(TALLY_UNDO_LATE);
	if (e == OK || e == ERR_IO)
		model_undone(s, task_id, e == OK);
	arena_release(&a);
	return e;
}

enum err folk_claim(struct sim *s, const char *task_id, const struct actor *who)
{
	struct problems p = {.count = 0};
	struct arena a;
	struct task t;
	enum err e = begin(s);

	arena_init(&a);
	if (e == OK)
		e = task_claim(s->faces, &s->world, task_id, 0, who, &a, &p,
			       &t);
	arena_release(&a);
	e = end(s, e, "claim", task_id);
	if (e == OK)
		tally_one(TALLY_CLAIM);
	return e;
}

bool folk_run(struct sim *s, const char *order_id, struct run *ret_run)
{
	return run_latest_of_order(s->faces, order_id, ret_run) == OK;
}

bool folk_task(struct sim *s, const struct run *r, struct arena *a,
	       struct task *ret_task)
{
	return task_open_of_run(s->faces, r->id, a, ret_task) == OK;
}

/* Beside the kinds of inbox rows in whims.words. */
#define WORD_MOVE (1u << 20)
#define WORD_STOP (1u << 21)

static void order_name(int i, char name[ORDER_ID_SIZE])
{
	static const char *const words[] = {
		"",
		"-FAIL",
		"-SUPPLIER",
		"-FAIL",
		"-PAYMENT",
		"-FAIL-VIP",
		"-CONTRADICT",
		"-SUPPLIER-ANSWERS",
		"-PAYMENT-STOLEN",
		"-FAIL-DISPUTE",
		"-PAYMENT-FAIL",
		"-CANCELLED",
	};

	snprintf(name, ORDER_ID_SIZE, "O%d%s", i, words[i % 12]);
}

static void start_some(struct sim *s)
{
	char name[ORDER_ID_SIZE], key[ORDER_ID_SIZE + 16];
	int i = sim_below(s, s->whims.orders);

	i = (int)((s->seed + (uint64_t)i) % 14); /* not always the same */

	order_name(i, name);
	snprintf(key, sizeof(key), "%s/%d", name, sim_below(s, 3));
	(void)folk_start(s, name, sim_chance(s, 50) ? key : NULL);
}

/* One with a task before others, when that is asked for. */
static bool some_run(struct sim *s, bool task, struct run *ret_run)
{
	static struct run runs[SIM_RUNS_MAX];
	int count = 0, i, from;

	if (run_sweep(s->faces, 0, SIM_RUNS_MAX, runs, &count) != OK ||
	    count == 0)
		return false;
	from = sim_below(s, count);
	*ret_run = runs[from];
	for (i = 0; i < count; i++) {
		const struct run *r = &runs[(from + i) % count];

		if (task ? r->wait_task_id != 0 : !run_state_closed(r->state)) {
			*ret_run = *r;
			return true;
		}
	}
	return true;
}

static void operate_some(struct sim *s, const struct run *r)
{
	static const enum inbox_kind kinds[] = {
		INBOX_CANCEL,  INBOX_PAUSE,  INBOX_RESUME, INBOX_RESUME,
		INBOX_RETRY,   INBOX_RETRY,  INBOX_SIGNAL, INBOX_SIGNAL,
		INBOX_COMMENT, INBOX_PAUSE,  INBOX_KILL,   INBOX_PRIORITY,
		INBOX_SETTLE,  INBOX_SETTLE,
	};
	enum inbox_kind kind = kinds[sim_below(s, 14)];

	if (!(s->whims.words & (1u << kind)))
		return;
	if (kind == INBOX_SETTLE) {
		folk_settle(s);
		return;
	}
	(void)folk_operate(s, r->public_id, kind,
			   kind == INBOX_SIGNAL ? "supplier_answer" : NULL);
}

/* Claims, returns, snoozes, looks: all that moves a task and decides nothing.
 */
static void handle(struct sim *s, const struct task *t, const struct actor *who)
{
	struct problems p = {.count = 0};
	struct arena a;
	struct task out;
	enum err e = begin(s);
	int what = sim_below(s, 3);

	arena_init(&a);
	if (e == OK && what == 1)
		e = task_return(s->faces, &s->world, t->public_id, 0, "no", who,
				&a, &p, &out);
	else if (e == OK && what == 2)
		e = task_snooze(s->faces, &s->world, t->public_id, 0, 0, who,
				&a, &p, &out);
	else if (e == OK)
		e = task_seen(s->faces, &s->world, t->public_id, true, who, &a,
			      &out);
	arena_release(&a);
	if (end(s, e, "handle", t->public_id) == OK)
		tally_one(TALLY_HANDLE);
}

static void task_some(struct sim *s, const struct run *r)
{
	static const int64_t undo_ms[] = {0, 0, 100, 5000};
	const struct actor *who = anybody(s);
	struct arena a;
	struct task t;

	arena_init(&a);
	if (folk_task(s, r, &a, &t)) {
		if (sim_chance(s, 20))
			(void)folk_claim(s, t.public_id, who);
		else if (sim_chance(s, 20))
			handle(s, &t, who);
		else if (sim_chance(s, 20))
			(void)folk_undo(s, t.public_id, who);
		else
			(void)folk_decide(s, t.public_id, sim_chance(s, 75),
					  undo_ms[sim_below(s, 4)], who);
	}
	arena_release(&a);
}

/* The world around an order goes on by itself, too. */
static void move_order(struct sim *s)
{
	struct peer_order *o;

	if (!s->peers.order_count)
		return;
	o = &s->peers.order[sim_below(s, s->peers.order_count)];
	sim_say(s, "world moves %s", o->id);
	tally_one(TALLY_ORDER_MOVED);
	model_disturbed(s, o->id, "moved");
	switch (sim_below(s, 4)) {
	case 0:
		o->accept_after = o->retries;
		break;
	case 1:
		o->event_off = !o->event_off;
		break;
	case 2:
		o->silent = !o->silent;
		break;
	default:
		o->disputed_minor =
			o->disputed_minor
				? 0
				: o->captured_minor - o->refunded_minor;
	}
}

/* ---- operators stop and let go ------------------------------------------ */

static void stop_some(struct sim *s)
{
	static const struct {
		enum control_kind kind;
		const char *name;
	} whom[] = {
		{CONTROL_ADAPTER, "order"},
		{CONTROL_ADAPTER, "payment"},
		{CONTROL_ACTION, "transfer.retry"},
		{CONTROL_ACTION, "payment.refund"},
		{CONTROL_PLAYBOOK, "transfer_failed"},
		{CONTROL_PLAYBOOK, "triage@1"},
		{CONTROL_PROBE, "order"},
		{CONTROL_PROBE, "payment.refund"},
	};
	static const int64_t for_ms[] = {1, 500, 20000, 600000};
	int i = sim_below(s, 8);
	struct control_request q = {
		.kind = whom[i].kind,
		.name = whom[i].name,
		.reason = "because",
		.expires_ms = s->wall_ms + for_ms[sim_below(s, 4)],
	};
	struct problems p = {.count = 0};
	struct control c;
	enum err e = begin(s);

	if (e == OK)
		e = control_pull(s->faces, &s->world, &q, &folk_other, &p, &c);
	s->probed = s->probed || q.kind == CONTROL_PROBE;
	if (end(s, e, "stop", q.name) == OK)
		tally_one(q.kind == CONTROL_PROBE ? TALLY_PROBED
						  : TALLY_STOPPED);
}

static void lift_one(struct sim *s, const struct control *c)
{
	struct problems p = {.count = 0};
	struct control after;
	enum err e = begin(s);

	if (e == OK)
		e = control_release(s->faces, &s->world, c, "enough",
				    &folk_other, &p, &after);
	if (end(s, e, "lift", c->name) == OK)
		tally_one(TALLY_LIFTED);
}

static void lift_some(struct sim *s, bool all)
{
	struct control *rows = NULL;
	struct arena a;
	int count = 0, i;

	arena_init(&a);
	if (control_in_force(s->faces, &a, &rows, &count) != OK)
		count = 0;
	for (i = 0; i < count; i++) {
		if (all || sim_chance(s, 50))
			lift_one(s, &rows[i]);
	}
	arena_release(&a);
}

void folk_lift_all(struct sim *s)
{
	lift_some(s, true);
}

void folk_act(struct sim *s)
{
	struct run r;
	int what = sim_below(s, 100);

	if (what < (s->action_count < 2 * s->whims.orders ? 50 : 6))
		start_some(s);
	else if (what < 9 && (s->whims.words & WORD_STOP))
		stop_some(s);
	else if (what < 12 && (s->whims.words & WORD_STOP))
		lift_some(s, false);
	else if (what < 20 && (s->whims.words & WORD_MOVE))
		move_order(s);
	else if (what < 40 && some_run(s, sim_chance(s, 30), &r))
		operate_some(s, &r);
	else if (what >= 40 && some_run(s, true, &r))
		task_some(s, &r);
}
