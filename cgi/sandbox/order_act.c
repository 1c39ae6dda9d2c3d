/*
 * The order system, what it does: freezes, cancels, delivers otherwise; and the
 * orders that look like this one.
 */
#include <string.h>

#include "cgi/sandbox/sandbox.h"
#include "engine/base/json.h"

#define TWIN_MS INT64_C(90000) /* between an order and its duplicate */

/* The same party, seats and price a minute and a half apart; with FAIL only
 * the event is the same. */
static cJSON *twin_json(const struct scene *s)
{
	const struct story *story = &s->story;
	const char *id = story->order_id, *tail = STORY_TWIN;
	size_t length = strlen(id), cut = strlen(tail);
	bool second = length > cut && strcmp(id + length - cut, tail) == 0;
	bool similar = story_has(story, STORY_FAIL);
	cJSON *twin = cJSON_CreateObject();
	json_set_string(twin, "orderId",
			second ? arena_dup_n(s->c->arena, id, length - cut)
			       : arena_printf(s->c->arena, "%s%s", id, tail));
	json_set_time(twin, "createdAt",
		      s->times.created_ms + (second ? -TWIN_MS : TWIN_MS) *
						    (similar ? 2000 : 1));
	json_set_int(twin, "secondsApart",
		     TWIN_MS / 1000 * (similar ? 2000 : 1));
	json_set_string(twin, "buyerEmail", story->buyer_email);
	json_set_int(twin, "totalMinor",
		     story->total_minor + (similar ? 5000 : 0));
	json_set_string(twin, "currency", story->currency);
	struct seats place = story->listed;
	if (similar)
		place.first += 8;
	json_set(twin, "listed", seats_json(&place, story->quantity));
	json_set_bool(twin, "sameSeats", !similar);
	json_set_bool(twin, "sameTotal", !similar);
	json_set_bool(twin, "sameCard", !similar);
	json_set_null(twin, "delivered");
	json_set_bool(twin, "transferAccepted", false);
	json_set_string(twin, "status", "CONFIRMED");
	return twin;
}

static enum err order_related(struct scene *s)
{
	cJSON *related = scene_object(s), *orders = cJSON_CreateArray();
	if (story_has(&s->story, STORY_DUPLICATE))
		cJSON_AddItemToArray(orders, twin_json(s));
	json_set_int(related, "count", cJSON_GetArraySize(orders));
	json_set(related, "orders", orders);
	scene_answer(s, 200, related);
	return OK;
}

static enum err answer_frozen(struct scene *s)
{
	cJSON *order = scene_object(s);
	json_set_bool(order, "frozen", order_frozen(s));
	json_set(order, "payout", cJSON_CreateObject());
	json_path_set(order, "payout.state",
		      cJSON_CreateString(payout_state(s)));
	scene_answer(s, 200, order);
	return OK;
}

/* Neither tickets nor money leave a frozen order. */
static enum err order_freeze(struct scene *s)
{
	s->situation.frozen = 1;
	return answer_frozen(s);
}

static enum err order_unfreeze(struct scene *s)
{
	s->situation.frozen = 0;
	return answer_frozen(s);
}

static enum err order_cancel(struct scene *s)
{
	if (transfer_accepted(s))
		return scene_refuse(s, "ALREADY_DELIVERED",
				    "the buyer has accepted the tickets");
	if (!s->situation.cancelled_ms)
		s->situation.cancelled_ms = s->now_ms;
	cJSON *order = scene_object(s);
	json_set_string(order, "status", order_status(s));
	scene_answer(s, 200, order);
	return OK;
}

static enum err order_delivery_method(struct scene *s)
{
	const char *method = json_string(s->c->request.json, "method", "");
	bool rotating = story_has(&s->story, STORY_ROTATING);
	if (story_has(&s->story, STORY_FAIL))
		return scene_refuse(s, "NOT_ALLOWED",
				    "this event's delivery cannot be changed");
	if (rotating && strcmp(method, "PDF") == 0)
		return scene_refuse(s, "BARCODE_ROTATES",
				    "a picture of it is worthless");
	(void)str_copy(s->situation.delivery_method,
		       sizeof(s->situation.delivery_method), method);
	cJSON *order = scene_object(s);
	json_set_string(order, "method", method);
	scene_answer(s, 200, order);
	return OK;
}

static enum err order_accept(struct scene *s)
{
	if (!order_delivered(s))
		return scene_refuse(s, "NOT_DELIVERED", "there are no seats");
	s->situation.seats_accepted_ms = s->now_ms;
	cJSON *order = scene_object(s);
	json_set_time(order, "acceptedAt", s->now_ms);
	scene_answer(s, 200, order);
	return OK;
}

static const struct field reason_body[] = {
	{.name = "reason", .type = FIELD_NOTE, .null_ok = true, .max = 1000},
	{0},
};
static const struct field method_body[] = {
	{.name = "method",
	 .type = FIELD_WORD,
	 .required = true,
	 .values = (const char *const[]){"MOBILE_TRANSFER", "PDF", "WILL_CALL",
					 NULL}},
	{0},
};
static const struct field accept_body[] = {
	{.name = "consent", .type = FIELD_NOTE, .null_ok = true, .max = 1000},
	{0},
};

#define EFFECT(path, name, fields, function)                                   \
	{.kind = SERVICE_EFFECT,                                               \
	 .pattern = "/sandbox/orders/{orderId}/" path,                         \
	 .adapter = "order",                                                   \
	 .operation = "order." name,                                           \
	 .body = (fields),                                                     \
	 .fn = (function)},                                                    \
	{                                                                      \
		.kind = SERVICE_LOOKUP,                                        \
		.pattern = "/sandbox/orders/{orderId}/" path "/{key}",         \
		.adapter = "order", .operation = "order." name                 \
	}

static const struct service services[] = {
	{.kind = SERVICE_READ,
	 .pattern = "/sandbox/orders/{orderId}/related",
	 .adapter = "order",
	 .operation = "order.related",
	 .fn = order_related},
	EFFECT("freeze", "freeze", reason_body, order_freeze),
	EFFECT("unfreeze", "unfreeze", reason_body, order_unfreeze),
	EFFECT("cancel", "cancel", reason_body, order_cancel),
	EFFECT("delivery-method", "deliveryMethod", method_body,
	       order_delivery_method),
	EFFECT("accept", "accept", accept_body, order_accept),
};

const struct system order_act_system = SYSTEM(services);
