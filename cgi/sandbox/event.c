/*
 * Events, as the marketplace knows them. What befalls an event befalls all of
 * its orders: a test or a demo says it once, and every order tells it from then
 * on, also one that nobody has seen.
 */
#include <string.h>

#include "cgi/sandbox/sandbox.h"
#include "engine/base/json.h"

#define HOUR_MS INT64_C(3600000)
#define NEW_DATE_MS (60 * 24 * HOUR_MS)

/* Until the organiser has told a new date. FAIL: he never does. */
static bool has_new_date(const struct scene *s)
{
	return !story_has(&s->story, STORY_FAIL) &&
	       s->now_ms >= s->times.reissue_ms;
}

const char *event_status(const struct scene *s)
{
	if (s->situation.event_status[0])
		return s->situation.event_status;
	if (s->situation.happening.status[0])
		return s->situation.happening.status;
	if (story_has(&s->story, STORY_CANCELLED))
		return "CANCELLED";
	if (!story_has(&s->story, STORY_POSTPONED))
		return "ON";
	return has_new_date(s) ? "RESCHEDULED" : "POSTPONED";
}

int64_t event_new_starts_ms(const struct scene *s)
{
	if (s->situation.happening.new_starts_ms)
		return s->situation.happening.new_starts_ms;
	bool moved = strcmp(event_status(s), "RESCHEDULED") == 0;
	return moved ? event_starts_ms(s) + NEW_DATE_MS : 0;
}

int64_t event_doors_ms(const struct scene *s)
{
	return s->situation.doors_ms ? s->situation.doors_ms
				     : s->times.doors_ms;
}

int64_t event_starts_ms(const struct scene *s)
{
	return s->situation.doors_ms ? s->situation.doors_ms + HOUR_MS
				     : s->times.starts_ms;
}

static enum err event_get(struct scene *s)
{
	const struct story *story = &s->story;
	cJSON *event = scene_object(s);
	json_set_string(event, "eventId", story->event_id);
	json_set_string(event, "name", story->event_name);
	json_set_string(event, "venue", story->venue);
	json_set_string(event, "city", story->city);
	json_set_string(event, "timezone", story->timezone);
	json_set_time(event, "startsAt", event_starts_ms(s));
	json_set_time(event, "doorsAt", event_doors_ms(s));
	json_set_string(event, "status", event_status(s));
	json_set_time(event, "newStartsAt", event_new_starts_ms(s));
	json_set_string(event, "officialSource",
			arena_printf(s->c->arena,
				     "https://events.example.com/%s",
				     story->event_id));
	scene_answer(s, 200, event);
	return OK;
}

static enum err answer(struct context *c, const char *event_id,
		       const struct happening *h)
{
	cJSON *event = cJSON_CreateObject();
	json_set_string(event, "eventId", event_id);
	scene_set_text(event, "status", h->status);
	scene_set_text(event, "officialStatus", h->official_status);
	json_set_time(event, "newStartsAt", h->new_starts_ms);
	json_set_time(event, "toldAt", h->told_ms);
	response_json(&c->response, 200, event);
	return OK;
}

static enum err event_show(struct context *c)
{
	const char *id = request_param(&c->request, "eventId");
	struct happening h = {0};
	enum err e = happening_load(c->db, id, &h);
	return e == OK || e == ERR_NOT_FOUND ? answer(c, id, &h) : e;
}

static enum err event_tell(struct context *c)
{
	const cJSON *body = c->request.json;
	const char *id = request_param(&c->request, "eventId");
	struct happening h = {.told_ms = world_wall_ms(c->world)};
	const char *status = json_string(body, "status", "");
	const char *date = json_string(body, "newStartsAt", NULL);
	STR_COPY(h.status, status);
	STR_COPY(h.official_status,
		 json_string(body, "officialStatus", status));
	if (date && time_parse(date, &h.new_starts_ms) != 0)
		h.new_starts_ms = 0;
	db_set_durable(c->db, true);
	enum err e = db_begin(c->db);
	if (e == OK)
		e = happening_set(c->db, id, &h);
	if (e == OK)
		e = db_commit(c->db);
	return e == OK ? answer(c, id, &h) : e;
}

static const char *const states[] = {"ON", "POSTPONED", "RESCHEDULED",
				     "CANCELLED", NULL};
/* officialStatus: the same, unless the two are to differ. */
static const struct field tell_body[] = {
	{.name = "status",
	 .type = FIELD_WORD,
	 .required = true,
	 .null_ok = true,
	 .values = states},
	{.name = "officialStatus",
	 .type = FIELD_WORD,
	 .null_ok = true,
	 .values = states},
	{.name = "newStartsAt", .type = FIELD_TIME, .null_ok = true},
	{0},
};

static const struct service services[] = {
	{.kind = SERVICE_READ,
	 .pattern = "/sandbox/orders/{orderId}/event",
	 .adapter = "order",
	 .operation = "order.event",
	 .fn = event_get},
	{.kind = SERVICE_LIST,
	 .pattern = "/sandbox/events/{eventId}",
	 .list = event_show},
	{.kind = SERVICE_CONTROL,
	 .pattern = "/sandbox/events/{eventId}",
	 .body = tell_body,
	 .list = event_tell},
};

const struct system event_system = SYSTEM(services);
