/*
 * The hand that moves the world in a test or a demo: it sets where a system
 * stands without being one. null gives a matter back to the story.
 */
#include "cgi/sandbox/sandbox.h"
#include "engine/base/json.h"

#define FAIL_NEXT_MAX 1000
#define DELAY_MS_MAX 30000

static enum err world_get(struct scene *s)
{
	const struct situation *now = &s->situation;
	cJSON *world = scene_object(s);
	json_set_time(world, "seenAt", now->seen_ms);
	scene_set_text(world, "transferStatus", now->transfer_status);
	scene_set_text(world, "supplierStatus", now->supplier_status);
	scene_set_text(world, "supplierAnswer", now->supplier_answer);
	scene_set_text(world, "eventStatus", now->event_status);
	scene_set_text(world, "paymentStatus", now->payment_status);
	json_set_time(world, "doorsAt", now->doors_ms);
	json_set_int(world, "failNext", now->fail_next);
	json_set_int(world, "delayMs", now->delay_ms);
	if (now->dispute == DISPUTE_BY_STORY)
		json_set_null(world, "dispute");
	else
		json_set_bool(world, "dispute", now->dispute == DISPUTE_OPEN);
	scene_answer(s, 200, world);
	return OK;
}

/* Leaves the field alone when the body doesn't name it. */
static void steer_text(const cJSON *body, const char *key, char *field,
		       size_t size)
{
	if (cJSON_GetObjectItemCaseSensitive(body, key))
		(void)str_copy(field, size, json_string(body, key, ""));
}
#define STEER_TEXT(body, key, field)                                           \
	steer_text((body), (key), (field), sizeof(field))

static void steer_supplier(struct scene *s, const cJSON *body)
{
	struct situation *now = &s->situation;
	STEER_TEXT(body, "supplierAnswer", now->supplier_answer);
	if (json_string(body, "supplierAnswer", NULL)) {
		now->answered_ms = s->now_ms;
		STR_COPY(now->supplier_status, "ANSWERED");
	}
	STEER_TEXT(body, "supplierStatus", now->supplier_status);
}

static enum err world_steer(struct scene *s)
{
	const cJSON *body = s->c->request.json;
	struct situation *now = &s->situation;
	STEER_TEXT(body, "transferStatus", now->transfer_status);
	STEER_TEXT(body, "eventStatus", now->event_status);
	STEER_TEXT(body, "paymentStatus", now->payment_status);
	steer_supplier(s, body);
	const cJSON *doors = cJSON_GetObjectItemCaseSensitive(body, "doorsAt");
	if (doors && (cJSON_IsNull(doors) ||
		      time_parse(doors->valuestring, &now->doors_ms) != 0))
		now->doors_ms = 0;
	now->fail_next = json_int(body, "failNext", now->fail_next);
	now->delay_ms = json_int(body, "delayMs", now->delay_ms);
	const cJSON *dispute =
		cJSON_GetObjectItemCaseSensitive(body, "dispute");
	if (cJSON_IsBool(dispute))
		now->dispute =
			cJSON_IsTrue(dispute) ? DISPUTE_OPEN : DISPUTE_NONE;
	else if (dispute)
		now->dispute = DISPUTE_BY_STORY;
	return world_get(s);
}

#define WORDS(...)                                                             \
	(const char *const[])                                                  \
	{                                                                      \
		__VA_ARGS__, NULL                                              \
	}

static const struct field steer_body[] = {
	{.name = "transferStatus",
	 .type = FIELD_WORD,
	 .null_ok = true,
	 .values = WORDS("FAILED", "PENDING", "ACCEPTED", "NOT_ACCEPTED",
			 "LOCKED")},
	{.name = "supplierStatus",
	 .type = FIELD_WORD,
	 .null_ok = true,
	 .values = WORDS("RESPONSIVE", "SILENT", "ANSWERED", "CANNOT_FULFIL")},
	{.name = "supplierAnswer",
	 .type = FIELD_NOTE,
	 .null_ok = true,
	 .min = 1,
	 .max = TEXT_SIZE - 1},
	{.name = "eventStatus",
	 .type = FIELD_WORD,
	 .null_ok = true,
	 .values = WORDS("ON", "POSTPONED", "RESCHEDULED", "CANCELLED")},
	{.name = "paymentStatus",
	 .type = FIELD_WORD,
	 .null_ok = true,
	 .values = WORDS("CAPTURED", "AUTHORIZED", "DECLINED")},
	{.name = "doorsAt", .type = FIELD_TIME, .null_ok = true},
	{.name = "failNext", .type = FIELD_INT, .max = FAIL_NEXT_MAX},
	{.name = "delayMs", .type = FIELD_INT, .max = DELAY_MS_MAX},
	{.name = "dispute", .type = FIELD_BOOL, .null_ok = true},
	{0},
};

static const struct service services[] = {
	{.kind = SERVICE_SHOW,
	 .pattern = "/sandbox/world/{orderId}",
	 .fn = world_get},
	{.kind = SERVICE_STEER,
	 .pattern = "/sandbox/world/{orderId}",
	 .body = steer_body,
	 .fn = world_steer},
};

const struct system world_system = SYSTEM(services);
