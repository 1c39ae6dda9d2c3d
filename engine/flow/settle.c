/*
 * Settling a call that nobody knows the outcome of (settle.h).
 *
 * Always holds: only an effect that is UNKNOWN is settled, or one that was out
 * when its run ended; a word over money is a supervisor's. The row is written
 * here and not by the engine, since nobody reads the inbox of a closed run, and
 * its money call blocks the order's next one until somebody knows.
 */
#include "settle.h"

#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "../store/call_store.h"
#include "note.h"
#include "operation.h"

static enum err check(const struct run *r, const struct call *c,
		      const struct actor *actor, struct problems *p)
{
	bool out = c->state == CALL_UNKNOWN ||
		   (run_state_closed(r->state) &&
		    (c->state == CALL_SENT || c->state == CALL_INTENT));

	if (c->purpose != PURPOSE_EFFECT || !out) {
		problems_add(p, "/callId",
			     "the call is %s; only an effect of unknown "
			     "outcome is settled",
			     call_state_name(c->state));
		return ERR_CONFLICT;
	}
	if (c->order_scope && actor->role < ROLE_SUPERVISOR) {
		problems_add(p, "",
			     "%s.%s moves money: a supervisor settles it",
			     c->adapter, c->operation);
		return ERR_DENIED;
	}
	return OK;
}

/* "" is kept apart from no answer: a step may look into it. */
static char *answer_text(const struct operation_request *q, struct arena *a)
{
	cJSON *answer = cJSON_IsObject(q->answer)
				? cJSON_Duplicate(q->answer, true)
				: cJSON_CreateObject();
	char *text;

	json_set_bool(answer, "settled", true);
	text = json_print_arena(answer, a);
	cJSON_Delete(answer);
	return text;
}

static enum err write_call(struct db *db, struct call *c,
			   const struct operation_request *q,
			   const struct actor *actor, int64_t now_ms,
			   struct arena *a)
{
	enum call_class class = q->happened ? CLASS_OK : CLASS_PERMANENT;

	c->state = q->happened ? CALL_OK : CALL_FAILED;
	c->maybe_done = false;
	c->answered_ms = now_ms;
	STR_COPY(c->class, call_class_name(class));
	if (q->happened) {
		c->answer = answer_text(q, a);
		c->error[0] = c->code[0] = '\0';
	} else {
		c->answer = NULL;
		STR_COPY(c->code, "settled");
		(void)snprintf(c->error, sizeof(c->error),
			       "%s settled it: it did not happen", actor->name);
	}
	return call_answer(db, c);
}

enum err settle(struct db *db, struct run *r, const struct operation_request *q,
		const struct actor *actor, int64_t now_ms, struct problems *p)
{
	struct arena arena;
	struct call c;
	cJSON *data;
	enum err e;

	arena_init(&arena);
	e = q->call_id ? call_by_public_id(db, q->call_id, &arena, &c)
		       : ERR_NOT_FOUND;
	if (e == ERR_NOT_FOUND || (e == OK && c.run_id != r->id)) {
		problems_add(p, "/callId", "the run has no call of this id");
		e = ERR_INVALID;
	}
	if (e == OK)
		e = check(r, &c, actor, p);
	if (e == OK)
		e = write_call(db, &c, q, actor, now_ms, &arena);
	if (e == OK) {
		data = cJSON_CreateObject();
		json_set_string(data, "action", "settle");
		settle_body(q, data);
		json_set_string(data, "reason", q->reason);
		json_set_string(data, "adapter", c.adapter);
		json_set_string(data, "operation", c.operation);
		json_set_string(data, "idempotencyKey", c.key);
		e = run_note(db, r, AUDIT_OPERATOR_ACTION, actor->name, now_ms,
			     data, "%s settled %s.%s: it %s: %s", actor->name,
			     c.adapter, c.operation,
			     q->happened ? "happened" : "did not happen",
			     q->reason);
	}
	arena_release(&arena);
	return e;
}

void settle_body(const struct operation_request *q, cJSON *body)
{
	json_set_string(body, "callId", q->call_id);
	json_set_bool(body, "happened", q->happened);
	if (cJSON_IsObject(q->answer))
		json_set(body, "answer", cJSON_Duplicate(q->answer, true));
}
