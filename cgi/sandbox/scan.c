/*
 * The scan log at the doors. DENIED: the first barcode of the party was
 * refused, for somebody went in with it before, or (by a hash of the order id)
 * because it is not known. DENIED-CONTRADICT: the log says they all went in.
 */
#include <string.h>

#include "cgi/sandbox/sandbox.h"
#include "engine/base/json.h"

#define MINUTE_MS INT64_C(60000)

static const char *scan_status(const struct scene *s)
{
	if (s->situation.scan_status[0])
		return s->situation.scan_status;
	if (!story_has(&s->story, STORY_DENIED))
		return "NOT_SCANNED";
	return story_has(&s->story, STORY_CONTRADICT) ? "SCANNED" : "REFUSED";
}

static void add_entry(cJSON *entries, int64_t at_ms, const char *gate,
		      const char *what)
{
	cJSON *entry = cJSON_CreateObject();
	json_set_time(entry, "at", at_ms);
	json_set_string(entry, "gate", gate);
	json_set_string(entry, "result", what);
	cJSON_AddItemToArray(entries, entry);
}

static enum err scan_get(struct scene *s)
{
	static const char *const gates[] = {"North 3", "East 1", "West 7"};
	const char *status = scan_status(s);
	const char *gate = gates[s->story.hash % 3];
	bool refused = strcmp(status, "REFUSED") == 0;
	bool twice = s->story.hash % 2 == 0;
	int64_t at_ms = s->situation.seen_ms - 6 * MINUTE_MS;
	cJSON *scan = scene_object(s), *entries = cJSON_CreateArray();
	if (refused && twice)
		add_entry(entries, at_ms - 5 * MINUTE_MS, gates[1], "ADMITTED");
	if (strcmp(status, "NOT_SCANNED") != 0)
		add_entry(entries, at_ms, gate,
			  refused ? "REFUSED" : "ADMITTED");
	bool any = cJSON_GetArraySize(entries) > 0;
	json_set_string(scan, "status", status);
	json_set_time(scan, "at", any ? at_ms : 0);
	scene_set_text(scan, "gate", any ? gate : NULL);
	scene_set_text(scan, "reason",
		       !refused ? NULL
		       : twice	? "ALREADY_SCANNED"
				: "INVALID_BARCODE");
	json_set(scan, "entries", entries);
	scene_answer(s, 200, scan);
	return OK;
}

static const struct service services[] = {
	{.kind = SERVICE_READ,
	 .pattern = "/sandbox/scans/{orderId}",
	 .adapter = "scan",
	 .operation = "scan.get",
	 .fn = scan_get},
};

const struct system scan_system = SYSTEM(services);
