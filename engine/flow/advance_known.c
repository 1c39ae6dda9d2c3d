/*
 * Why: a run that replays another one must not do again what that one did. What
 * happened stands in its case file (replay.h); an effect with the same
 * operation and the same params takes the recorded answer, as if it had come
 * back at once, and nothing leaves.
 */
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "advance_work.h"

/* It happened, and was undone since: it may be done again. */
static bool undone(const struct work *w, const cJSON *known)
{
	const char *id = json_string(known, "callId", "");
	const cJSON *entry;

	cJSON_ArrayForEach(entry, json_get(work_case(w), "undo"))
	{
		if (strcmp(json_string(entry, "state", ""), "open") != 0 &&
		    strcmp(json_string(entry, "callId", ""), id) == 0)
			return true;
	}
	return false;
}

static const cJSON *find(const struct work *w, const char *operation,
			 const char *digest)
{
	const cJSON *done =
		json_get(json_get(work_case(w), "replayOf"), "done");
	const cJSON *entry, *found = NULL;

	cJSON_ArrayForEach(entry, done)
	{
		if (strcmp(json_string(entry, "operation", ""), operation) ==
			    0 &&
		    strcmp(json_string(entry, "digest", ""), digest) == 0 &&
		    !undone(w, entry))
			found = entry;
	}
	return found;
}

bool work_known(struct work *w, struct visit_call *c, const char *operation)
{
	const cJSON *entry;
	cJSON *data;

	if (c->local || c->call.purpose != PURPOSE_EFFECT)
		return false;
	entry = find(w, operation, c->call.digest);
	if (!entry)
		return false;
	c->known = c->local = true;
	c->call.state = CALL_OK;
	c->call.answered_ms = w->in->now_ms;
	c->call.answer = json_print_arena(json_get(entry, "answer"), w->arena);
	STR_COPY(c->call.class, "OK");
	STR_COPY(c->call.public_id, json_string(entry, "callId", ""));
	w->answered = true;
	data = cJSON_CreateObject();
	json_set_string(data, "operation", operation);
	json_set_string(data, "callId", json_string(entry, "callId", NULL));
	json_set_string(data, "runId", json_string(entry, "runId", NULL));
	work_note(w, AUDIT_EFFECT_KNOWN, data,
		  "%s is not done again: %s did it, and its answer is taken",
		  operation, json_string(entry, "runId", "another run"));
	return true;
}
