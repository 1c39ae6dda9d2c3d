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

#define BIT(x) (1u << (x))
#define OPEN (BIT(RUN_COMPLETED) - 1) /* open states stand first */

static const struct operation_rule {
	const char *verb, *done; /* "can't be cancelled" */
	unsigned states;	 /* in which it is allowed */
	enum audit_kind audit;
	bool wake;
} rules[INBOX_KIND_COUNT] = {
	/* clang-format off */
	[INBOX_CANCEL] = {"cancel", "cancelled",
		OPEN & ~BIT(RUN_CANCELING), AUDIT_OPERATOR_ACTION, true},
	[INBOX_PAUSE] = {"pause", "paused",
		OPEN & ~(BIT(RUN_PAUSED) | BIT(RUN_CANCELING)),
		AUDIT_OPERATOR_ACTION, true},
	[INBOX_RESUME] = {"resume", "resumed",
		BIT(RUN_PAUSED), AUDIT_OPERATOR_ACTION, true},
	[INBOX_RETRY] = {"retry", "retried",
		BIT(RUN_HELD) | BIT(RUN_BACKING_OFF) | BIT(RUN_BLOCKED),
		AUDIT_OPERATOR_ACTION, true},
	[INBOX_SIGNAL] = {"signal", "signalled",
		OPEN, AUDIT_SIGNAL_RECEIVED, true},
	[INBOX_KILL] = {"kill", "killed", OPEN, AUDIT_OPERATOR_ACTION, true},
	[INBOX_PRIORITY] = {"prioritise", "prioritised",
		OPEN, AUDIT_OPERATOR_ACTION, true},
	[INBOX_SETTLE] = {"settle a call of", "settled",
		OPEN, AUDIT_OPERATOR_ACTION, true},
	[INBOX_MIGRATE] = {"migrate", "migrated",
		OPEN & ~BIT(RUN_CANCELING), AUDIT_OPERATOR_ACTION, true},
	[INBOX_COMMENT] = {"comment", "commented on",
		~0u, AUDIT_COMMENT, false},
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
	cJSON *data = cJSON_CreateObject();

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
	json_set_string(data, "action", rule->verb);
	json_set_string(data, "reason", q->reason);
	return run_note(db, r, rule->audit, actor->name, now_ms, data,
			"%s asked to %s the run: %s", actor->name, rule->verb,
			q->reason);
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
	e = note(db, &r, request, actor, now_ms);
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
