/*
 * The official source: what the organiser himself says about an event. He
 * agrees with the marketplace, unless the order id says CONTRADICT (then he
 * knows of nothing) or a test puts other words into his mouth.
 */
#include <string.h>

#include "cgi/sandbox/sandbox.h"
#include "engine/base/json.h"

#define CONFIRMED_MS INT64_C(300000) /* ago */

static const char *official_status(const struct scene *s)
{
	if (s->situation.official_status[0])
		return s->situation.official_status;
	if (s->situation.happening.official_status[0])
		return s->situation.happening.official_status;
	if (story_has(&s->story, STORY_CONTRADICT))
		return "ON";
	return event_status(s);
}

static enum err official_get(struct scene *s)
{
	const char *status = official_status(s);
	bool moved = strcmp(status, "RESCHEDULED") == 0;
	const struct happening *told = &s->situation.happening;
	cJSON *event = scene_object(s);
	json_set_string(event, "eventId", s->story.event_id);
	json_set_string(event, "status", status);
	json_set_time(event, "startsAt", event_starts_ms(s));
	json_set_time(event, "doorsAt", event_doors_ms(s));
	json_set_time(event, "newStartsAt", moved ? event_new_starts_ms(s) : 0);
	json_set_string(event, "source",
			arena_printf(s->c->arena,
				     "https://events.example.com/%s",
				     s->story.event_id));
	json_set_time(event, "confirmedAt",
		      told->told_ms ? told->told_ms : s->now_ms - CONFIRMED_MS);
	scene_answer(s, 200, event);
	return OK;
}

static const struct service services[] = {
	{.kind = SERVICE_READ,
	 .pattern = "/sandbox/official/{orderId}",
	 .adapter = "event",
	 .operation = "event.get",
	 .fn = official_get},
};

const struct system official_system = SYSTEM(services);
