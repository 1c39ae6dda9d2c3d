/*
 * What the run that replays another one knows when it begins: what that one
 * knew, without what it concluded, and the effects that stand.
 */
#include "replay_case.h"

#include <string.h>

#include "../base/digest.h"
#include "../base/json.h"
#include "../store/call_store.h"
#include "../store/case_store.h"

#define EFFECTS_MAX 500

static bool is_open(const cJSON *entry)
{
	return strcmp(json_string(entry, "state", ""), "open") == 0;
}

/* Of an entry that says which call it undoes, whatever run made that. */
static bool undoes(const cJSON *entry, const char *call_id, const char *of)
{
	const char *id = json_string(entry, "callId", NULL);

	return id ? strcmp(id, call_id) == 0
		  : of && strcmp(json_string(entry, "of", ""), of) == 0;
}

/* What was undone is not done any more, and what undid it is no effect that a
 * step of the new run would find done. */
static bool stands(const struct call *c, const cJSON *file, struct arena *a)
{
	const char *of = arena_printf(a, "%s/%d", c->step, c->visit);
	const char *full = arena_printf(a, "%s.%s", c->adapter, c->operation);
	char digest[DIGEST_HEX_SIZE];
	const cJSON *entry;

	cJSON_ArrayForEach(entry, json_get(file, "undo"))
	{
		if (is_open(entry))
			continue;
		if (undoes(entry, c->public_id, of))
			return false;
		digest_text_hex(json_canonical(json_get(entry, "params"), a),
				digest);
		if (strcmp(json_string(entry, "operation", ""), full) == 0 &&
		    strcmp(digest, c->digest) == 0)
			return false;
	}
	return true;
}

/* The same, of what a run before did and this one undid. */
static void forget_done(cJSON *done, const cJSON *file)
{
	cJSON *item = done->child, *next;
	const cJSON *entry;

	for (; item; item = next) {
		const char *id = json_string(item, "callId", "");
		bool undone = false;

		next = item->next;
		cJSON_ArrayForEach(entry, json_get(file, "undo"))
		{
			undone = undone ||
				 (!is_open(entry) && undoes(entry, id, NULL));
		}
		if (undone)
			cJSON_Delete(cJSON_DetachItemViaPointer(done, item));
	}
}

static void forget_undone(cJSON *file)
{
	cJSON *list = cJSON_GetObjectItemCaseSensitive(file, "undo");
	cJSON *entry = list ? list->child : NULL, *next;

	for (; entry; entry = next) {
		next = entry->next;
		if (!is_open(entry))
			cJSON_Delete(cJSON_DetachItemViaPointer(list, entry));
	}
}

static cJSON *done_entry(const struct run *r, const struct call *c,
			 struct arena *a)
{
	cJSON *o = cJSON_CreateObject(), *answer = NULL;

	if (c->answer &&
	    json_parse(c->answer, strlen(c->answer), NULL, &answer) != OK)
		answer = NULL;
	json_set_string(o, "operation",
			arena_printf(a, "%s.%s", c->adapter, c->operation));
	json_set_string(o, "digest", c->digest);
	json_set_string(o, "callId", c->public_id);
	json_set_string(o, "runId", r->public_id);
	json_set(o, "answer", answer ? answer : cJSON_CreateObject());
	json_set_time(o, "at", c->answered_ms);
	return o;
}

/* What this run did, and what it took over from the one it replayed. */
static enum err list_done(struct db *db, const struct run *r, cJSON *file,
			  struct arena *a, cJSON **ret_done)
{
	cJSON *before = cJSON_DetachItemFromObject(
		cJSON_GetObjectItemCaseSensitive(file, "replayOf"), "done");
	struct call *calls = NULL;
	int count = 0;
	enum err e =
		call_effect_of_run(db, r->id, EFFECTS_MAX, a, &calls, &count);

	if (e != OK) {
		cJSON_Delete(before);
		return e;
	}
	if (!cJSON_IsArray(before)) {
		cJSON_Delete(before);
		before = cJSON_CreateArray();
	}
	forget_done(before, file);
	for (int i = 0; i < count; i++) {
		if (calls[i].state == CALL_OK && stands(&calls[i], file, a))
			cJSON_AddItemToArray(before,
					     done_entry(r, &calls[i], a));
	}
	*ret_done = before;
	return OK;
}

/* What was concluded when it ended is not evidence. */
static void forget(cJSON *file)
{
	static const char *const member[] = {"cancel", "stopped", "failure",
					     "superseded", "signals"};

	for (size_t i = 0; i < sizeof(member) / sizeof(member[0]); i++)
		cJSON_DeleteItemFromObjectCaseSensitive(file, member[i]);
}

enum err replay_case(struct db *db, const struct run *r,
		     const struct replay_request *q, const struct actor *actor,
		     int64_t now_ms, struct arena *a, cJSON **ret_file)
{
	cJSON *file = NULL, *of, *done = NULL;
	char *body = NULL;
	int64_t updated_ms;
	enum err e = case_load(db, r->id, a, &body, &updated_ms);

	if (e == OK)
		e = json_parse_max(body, strlen(body), 8 * JSON_BYTES_MAX, NULL,
				   &file);
	if (e == OK)
		e = list_done(db, r, file, a, &done);
	if (e != OK) {
		cJSON_Delete(file);
		return e;
	}
	forget(file);
	forget_undone(file);
	of = cJSON_CreateObject();
	json_set_string(of, "runId", r->public_id);
	json_set_string(of, "step", q->step);
	json_set_string(of, "reason", q->reason);
	json_set_string(of, "by", actor->name);
	json_set_time(of, "at", now_ms);
	json_set(of, "done", done);
	json_set(file, "replayOf", of);
	*ret_file = file;
	return OK;
}
