/*
 * What the outside says to a run: an inbox row, an audit entry, a nudge.
 *
 * Always holds: nothing here changes a run's state; it only refuses what that
 * state does not allow, so that whoever asks learns it at once and not from a
 * run that ignored him. The engine judges again when it reads the row, since
 * the run may have moved on by then. A signal is taken in any open state: one
 * that comes early waits in the inbox for its step.
 */
#include "operate.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/mem.h"
#include "note.h"
#include "settle.h"

#define BIT(x) (1u << (x))
#define OPEN (BIT(RUN_COMPLETED) - 1) /* open states stand first */
#define PRIORITY_LAST 3

static const struct operation_rule {
	const char *verb, *done; /* "can't be cancelled" */
	unsigned states;	 /* in which it is allowed */
	enum audit_kind audit;
	bool wake;
	const char *offer; /* what it does, for who may ask for it */
} rules[INBOX_KIND_COUNT] = {
	/* clang-format off */
	[INBOX_CANCEL] = {"cancel", "cancelled",
		OPEN & ~BIT(RUN_CANCELING), AUDIT_OPERATOR_ACTION, true,
		"end it: what is out is waited for, compensations run"},
	[INBOX_KILL] = {"kill", "killed",
		OPEN, AUDIT_OPERATOR_ACTION, true,
		"end it at once, without compensations; a money call of "
		"unknown outcome goes on blocking the order's next one"},
	[INBOX_PAUSE] = {"pause", "paused",
		OPEN & ~(BIT(RUN_PAUSED) | BIT(RUN_CANCELING)),
		AUDIT_OPERATOR_ACTION, true,
		"let it stand still until it is resumed"},
	[INBOX_RESUME] = {"resume", "resumed",
		BIT(RUN_PAUSED), AUDIT_OPERATOR_ACTION, true,
		"let it go on where it was paused"},
	[INBOX_RETRY] = {"retry", "retried",
		BIT(RUN_HELD) | BIT(RUN_BACKING_OFF) | BIT(RUN_BLOCKED),
		AUDIT_OPERATOR_ACTION, true,
		"let it try again now"},
	[INBOX_PRIORITY] = {"change the priority of", "reprioritised",
		OPEN, AUDIT_OPERATOR_ACTION, true,
		"change its place in the queue"},
	[INBOX_SETTLE] = {"settle a call of", "settled",
		~0u, AUDIT_OPERATOR_ACTION, true, NULL},
	[INBOX_SIGNAL] = {"signal", "signalled",
		OPEN, AUDIT_SIGNAL_RECEIVED, true, NULL},
	[INBOX_MIGRATE] = {"migrate", "migrated",
		OPEN & ~BIT(RUN_CANCELING), AUDIT_OPERATOR_ACTION, true, NULL},
	[INBOX_COMMENT] = {"comment", "commented on",
		~0u, AUDIT_COMMENT, false, NULL},
	/* clang-format on */
};
_Static_assert(RUN_CANCELING + 1 == RUN_COMPLETED, "OPEN is all before it");

static bool signal_name_check(const char *name, struct problems *p)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	size_t length = name ? strspn(name, allowed) : 0;

	if (name && length > 0 && length < NAME_SIZE && !name[length] &&
	    name[0] >= 'a')
		return true;
	problems_add(p, "/name",
		     "expected a signal's name: a-z, then a-z 0-9 _, at most "
		     "63 characters");
	return false;
}

static enum err check(const struct operation_request *q, struct problems *p)
{
	size_t max =
		q->kind == INBOX_COMMENT ? NOTE_BYTES_MAX : REASON_SIZE - 1;

	if ((unsigned)q->kind >= INBOX_KIND_COUNT || !rules[q->kind].verb) {
		problems_add(p, "",
			     "expected one of signal, cancel, pause, "
			     "resume, retry, comment, kill, priority, settle, "
			     "migrate");
		return ERR_INVALID;
	}
	if (q->kind == INBOX_PRIORITY &&
	    (q->priority < 0 || q->priority > PRIORITY_LAST)) {
		problems_add(p, "/priority", "expected 0 to %d", PRIORITY_LAST);
		return ERR_INVALID;
	}
	if (q->kind == INBOX_SIGNAL) {
		if (!signal_name_check(q->name, p))
			return ERR_INVALID;
		return said_check(q->body, "", p);
	}
	return text_check(q->reason, "/reason", max, p) ? OK : ERR_INVALID;
}

static enum err refuse(const struct run *r, const struct operation_rule *rule,
		       struct problems *p)
{
	char since[MOMENT_SIZE];

	if (run_state_closed(r->state)) {
		moment_words(r->closed_ms, since);
		problems_add(p, "",
			     "the run is %s since %s; it can't be %s any more",
			     run_state_name(r->state), since, rule->done);
	} else {
		problems_add(p, "", "the run is %s; it can't be %s now",
			     run_state_name(r->state), rule->done);
	}
	return ERR_CONFLICT;
}

static enum err put(struct db *db, const struct run *r,
		    const struct operation_request *q,
		    const struct actor *actor, int64_t now_ms)
{
	struct inbox_row row = {
		.run_id = r->id,
		.kind = q->kind,
		.received_ms = now_ms,
	};
	cJSON *body = cJSON_CreateObject();
	enum err e;

	json_set_string(body, "reason", q->reason);
	if (q->kind == INBOX_PRIORITY)
		json_set_int(body, "priority", q->priority);
	if (q->kind == INBOX_MIGRATE)
		json_set_int(body, "documentId", q->document_id);
	if (q->kind == INBOX_SETTLE)
		settle_body(q, body);
	if (q->kind == INBOX_SIGNAL) {
		STR_COPY(row.name, q->name);
		row.body = q->body ? json_print(q->body) : mem_dup("{}");
	} else {
		row.body = json_print(body);
	}
	STR_COPY(row.actor, actor->name);
	e = inbox_insert(db, &row);
	free(row.body);
	cJSON_Delete(body);
	return e;
}

/* What a signal said stands in its inbox row, and in the case file when a step
 * has taken it. */
static enum err note(struct db *db, struct run *r,
		     const struct operation_request *q,
		     const struct actor *actor, int64_t now_ms)
{
	const struct operation_rule *rule = &rules[q->kind];
	cJSON *data = cJSON_CreateObject(), *stopped;

	if (q->kind == INBOX_SIGNAL) {
		json_set_string(data, "signal", q->name);
		return run_note(db, r, rule->audit, actor->name, now_ms, data,
				"%s sent the signal %s", actor->name, q->name);
	}
	if (q->kind == INBOX_COMMENT) {
		json_set_string(data, "text", q->reason);
		return run_note(db, r, rule->audit, actor->name, now_ms, data,
				"%s: %s", actor->name, q->reason);
	}
	json_set_string(data, "action", inbox_kind_name(q->kind));
	json_set_string(data, "reason", q->reason);
	if (q->bulk_id)
		json_set_string(data, "bulkId", q->bulk_id);
	stopped = operate_clocks(q->kind);
	if (stopped)
		json_set(data, "clocks", stopped);
	if (q->kind == INBOX_PRIORITY) {
		json_set_int(data, "before", r->priority);
		json_set_int(data, "priority", q->priority);
		return run_note(db, r, rule->audit, actor->name, now_ms, data,
				"%s asked to change the priority from %d to "
				"%d: %s",
				actor->name, r->priority, q->priority,
				q->reason);
	}
	return run_note(db, r, rule->audit, actor->name, now_ms, data,
			"%s asked to %s the run: %s", actor->name, rule->verb,
			q->reason);
}

enum err operate_judge(const struct run *r, enum inbox_kind kind,
		       struct problems *p)
{
	const struct operation_rule *rule = &rules[kind];

	if (!rule->verb)
		return ERR_INVALID;
	return rule->states & BIT(r->state) ? OK : refuse(r, rule, p);
}

const char *operate_offer(enum inbox_kind kind, enum run_state state)
{
	const struct operation_rule *rule = &rules[kind];

	return rule->states & BIT(state) ? rule->offer : NULL;
}

/* Deadlines are moments and are not moved: what a pause hides comes due in it,
 * and fires when it is over. */
static const struct {
	enum inbox_kind kind;
	const char *stand[5], *go_on[6], *words;
} clocks[] = {
	{INBOX_PAUSE,
	 {"back-off", "wait", "round", NULL},
	 {"task due time", "run time-out", "event start", "key retention",
	  NULL},
	 "While it is paused nothing is sent and no timer of it fires. None "
	 "is moved: what came due meanwhile fires when it is resumed. The "
	 "task's due time, the run's time-out, the event's start and what a "
	 "peer keeps of a key go on."},
	{INBOX_RESUME,
	 {NULL},
	 {"back-off", "wait", "round", "task due time", "run time-out", NULL},
	 "All its timers fire again; what came due while it was paused fires "
	 "now."},
	{INBOX_CANCEL,
	 {"back-off", "wait", "round", "task due time", NULL},
	 {"call time-out", "key retention", NULL},
	 "Only what is out is waited for, and compensations; no other timer "
	 "of it fires any more."},
	{INBOX_KILL,
	 {"back-off", "wait", "round", "task due time", NULL},
	 {"key retention", NULL},
	 "No timer of it fires any more. What is out is not waited for."},
};

static cJSON *words_list(const char *const *words, size_t most)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < most && words[i]; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(words[i]));
	return list;
}

cJSON *operate_clocks(enum inbox_kind kind)
{
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		cJSON *o;

		if (clocks[i].kind != kind)
			continue;
		o = cJSON_CreateObject();
		json_set(o, "standStill", words_list(clocks[i].stand, 5));
		json_set(o, "goOn", words_list(clocks[i].go_on, 6));
		json_set_string(o, "words", clocks[i].words);
		return o;
	}
	return NULL;
}

enum err run_operate(struct db *db, const struct world *w,
		     const char *run_public_id,
		     const struct operation_request *request,
		     const struct actor *actor, struct problems *p,
		     struct run *ret_run)
{
	const struct operation_rule *rule;
	int64_t now_ms = world_wall_ms(w);
	struct run r;
	enum err e;

	assert(db_in_transaction(db));
	e = run_by_public_id(db, run_public_id, &r);
	if (e != OK)
		return e;
	*ret_run = r;
	e = check(request, p);
	if (e != OK)
		return e;
	rule = &rules[request->kind];
	if (!(rule->states & BIT(r.state)))
		return refuse(&r, rule, p);
	e = request->kind == INBOX_SETTLE
		    ? settle(db, &r, request, actor, now_ms, p)
		    : note(db, &r, request, actor, now_ms);
	if (e != OK)
		return e;
	/* A closed run reads no inbox any more: the record is all there is. */
	if (run_state_closed(r.state)) {
		e = run_write_audit_head(db, &r);
	} else {
		e = put(db, &r, request, actor, now_ms);
		if (e == OK)
			e = run_nudge(db, &r, rule->wake, now_ms);
	}
	if (e == OK)
		*ret_run = r;
	return e;
}
