/*
 * How audit entries and calls read in JSON; runs and tasks have files of their
 * own.
 *
 * Always holds: every key of the contract is there, absent values are null,
 * and equal rows give equal text.
 */
#include "view.h"

#include <stddef.h>

#include "../base/json.h"
#include "view_field.h"

static void audit_put(struct strbuf *object, const struct audit_entry *e)
{
	json_object_time(object, "at", e->at_ms);
	json_object_string(object, "kind", e->kind);
	json_object_string(object, "message", e->message);
	view_stored(object, "data", e->data ? e->data : "{}");
	json_object_string(object, "actor", e->actor);
	json_object_int(object, "seq", e->seq);
}

cJSON *view_audit(const struct audit_entry *e)
{
	struct strbuf object;

	json_object_begin(&object);
	audit_put(&object, e);
	return json_own(&object);
}

cJSON *view_audit_raw(const struct audit_entry *e)
{
	struct strbuf object;

	json_object_begin(&object);
	audit_put(&object, e);
	return json_raw(&object);
}

static void put_purpose(struct strbuf *text, const char *key, const void *row,
			const void *more)
{
	const struct call *c = row;

	(void)more;
	json_object_string(text, key, call_purpose_name(c->purpose));
}

static void put_state(struct strbuf *text, const char *key, const void *row,
		      const void *more)
{
	const struct call *c = row;

	(void)more;
	json_object_string(text, key, call_state_name(c->state));
}

static void put_params(struct strbuf *text, const char *key, const void *row,
		       const void *more)
{
	const struct call *c = row;

	(void)more;
	view_stored(text, key, c->params);
}

static void put_answer(struct strbuf *text, const char *key, const void *row,
		       const void *more)
{
	const struct call *c = row;

	(void)more;
	view_stored(text, key, c->answer);
}

static void put_duration(struct strbuf *text, const char *key, const void *row,
			 const void *more)
{
	const struct call *c = row;

	(void)more;
	/* An answer in less than a millisecond took 0, not nothing. */
	if (c->answered_ms)
		json_object_int(text, key, c->duration_ms);
	else
		json_object_null(text, key);
}

#define CALL(key, type, member)                                                \
	{                                                                      \
		key, type, offsetof(struct call, member), NULL                 \
	}

static const struct view_field call_fields[] = {
	CALL("callId", VIEW_TEXT, public_id),
	CALL("step", VIEW_TEXT, step),
	CALL("visit", VIEW_INT, visit),
	CALL("name", VIEW_TEXT, name),
	CALL("adapter", VIEW_TEXT, adapter),
	CALL("operation", VIEW_TEXT, operation),
	VIEW_PUT("purpose", put_purpose),
	CALL("idempotencyKey", VIEW_TEXT, key),
	VIEW_PUT("state", put_state),
	CALL("attempt", VIEW_INT, attempt),
	CALL("class", VIEW_TEXT, class),
	CALL("status", VIEW_INT_SOME, status),
	VIEW_PUT("params", put_params),
	VIEW_PUT("answer", put_answer),
	CALL("error", VIEW_TEXT, error),
	CALL("intentAt", VIEW_TIME, intent_ms),
	CALL("sentAt", VIEW_TIME, sent_ms),
	CALL("answeredAt", VIEW_TIME, answered_ms),
	VIEW_PUT("durationMs", put_duration),
};

static void call_put(struct strbuf *object, const struct call *c)
{
	view_fields(object, c, call_fields,
		    sizeof(call_fields) / sizeof(call_fields[0]), NULL);
}

cJSON *view_call(const struct call *c)
{
	struct strbuf object;

	json_object_begin(&object);
	call_put(&object, c);
	return json_own(&object);
}

cJSON *view_call_raw(const struct call *c)
{
	struct strbuf object;

	json_object_begin(&object);
	call_put(&object, c);
	return json_raw(&object);
}
