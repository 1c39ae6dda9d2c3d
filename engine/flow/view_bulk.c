/*
 * How a bulk and its items read in JSON (bulk.h).
 */
#include <string.h>

#include "../base/json.h"
#include "bulk.h"

static cJSON *parsed(const char *text)
{
	cJSON *tree = NULL;

	if (!text || json_parse(text, strlen(text), NULL, &tree) != OK)
		return cJSON_CreateObject();
	return tree;
}

static cJSON *view_reasons(struct db *db, const struct bulk *b)
{
	cJSON *list = cJSON_CreateArray();
	struct bulk_count *counts = NULL;
	struct arena arena;
	int count = 0;

	arena_init(&arena);
	if (bulk_item_count(db, b->id, &arena, &counts, &count) != OK)
		count = 0;
	for (int i = 0; i < count; i++) {
		cJSON *row;

		if (counts[i].state == ITEM_WAITING ||
		    counts[i].state == ITEM_DONE)
			continue;
		row = cJSON_CreateObject();
		json_set_string(row, "state",
				bulk_item_state_name(counts[i].state));
		json_set_string(row, "code", counts[i].code);
		json_set_int(row, "count", counts[i].count);
		cJSON_AddItemToArray(list, row);
	}
	arena_release(&arena);
	return list;
}

cJSON *view_bulk(struct db *db, const struct bulk *b)
{
	cJSON *o = cJSON_CreateObject();

	json_set_string(o, "bulkId", b->public_id);
	json_set_string(o, "operation", b->operation);
	json_set_string(o, "state", bulk_state_name(b->state));
	json_set(o, "filter", parsed(b->filter));
	json_set(o, "params", parsed(b->params));
	json_set_string(o, "reason", b->reason);
	json_set_string(o, "actor", b->actor.name);
	json_set_string(o, "role", role_name(b->actor.role));
	json_set_int(o, "ratePerSecond", b->rate);
	json_set_int(o, "total", b->total);
	json_set_int(o, "waiting", b->waiting);
	json_set_int(o, "done", b->done);
	json_set_int(o, "skipped", b->skipped);
	json_set_int(o, "failed", b->failed);
	json_set(o, "reasons", view_reasons(db, b));
	json_set_time(o, "createdAt", b->created_ms);
	json_set_time(o, "startedAt", b->started_ms);
	json_set_time(o, "endedAt", b->ended_ms);
	return o;
}

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

cJSON *view_bulk_item(const struct bulk_item *item)
{
	cJSON *o = cJSON_CreateObject(), *run = cJSON_CreateObject();

	json_set_string(o, "runId", item->run_public_id);
	json_set_string(o, "orderId", item->order_id);
	json_set_string(o, "state", bulk_item_state_name(item->state));
	json_set_string(o, "code", or_null(item->code));
	json_set_string(o, "detail", or_null(item->detail));
	json_set_string(o, "taskId", or_null(item->task_id));
	json_set_time(o, "at", item->at_ms);
	json_set_string(run, "state", run_state_name(item->run_state));
	json_set_string(run, "outcome", or_null(item->outcome));
	json_set_string(run, "result", or_null(item->result));
	json_set_string(run, "issueType", or_null(item->issue_type));
	json_set_null(run, "amountMinor");
	if (item->amount_minor >= 0)
		json_set_int(run, "amountMinor", item->amount_minor);
	json_set_string(run, "currency", or_null(item->currency));
	json_set(o, "run", run);
	return o;
}
