/*
 * The order system: what was sold to whom, and the event it is for.
 */
#include <stdio.h>
#include <string.h>

#include "cgi/sandbox/sandbox.h"
#include "engine/base/json.h"

#define HOUR_MS INT64_C(3600000)

const char *event_status(const struct scene *s)
{
	if (s->situation.event_status[0])
		return s->situation.event_status;
	return story_has(&s->story, STORY_CANCELLED) ? "CANCELLED" : "ON";
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

static bool is_delivered(const struct scene *s)
{
	return transfer_accepted(s) || story_has(&s->story, STORY_SEAT);
}

static const char *order_status(const struct scene *s)
{
	int64_t captured = payment_captured_minor(s);
	if (strcmp(payment_status(s), "DECLINED") == 0)
		return "PAYMENT_PENDING";
	if (captured > 0 && s->situation.refunded_minor >= captured)
		return "REFUNDED";
	return is_delivered(s) ? "DELIVERED" : "CONFIRMED";
}

static cJSON *seats_json(const struct story *story, const struct seats *place)
{
	cJSON *object = cJSON_CreateObject();
	json_set_string(object, "section", place->section);
	json_set_string(object, "row", place->row);
	cJSON *list = cJSON_CreateArray();
	for (int i = 0; i < story->quantity; i++) {
		char seat[12];
		(void)snprintf(seat, sizeof(seat), "%d", place->first + i);
		cJSON_AddItemToArray(list, cJSON_CreateString(seat));
	}
	json_set(object, "seats", list);
	return object;
}

static void set_people(cJSON *order, const struct story *story)
{
	cJSON *buyer = cJSON_CreateObject();
	json_set_string(buyer, "name", story->buyer_name);
	json_set_string(buyer, "email", story->buyer_email);
	json_set_bool(buyer, "emailVerified", true);
	json_set_string(buyer, "phone", story->buyer_phone);
	json_set(order, "buyer", buyer);
	cJSON *seller = cJSON_CreateObject();
	json_set_string(seller, "id", story->seller_id);
	json_set_string(seller, "name", story->seller_name);
	json_set(order, "seller", seller);
}

static void set_money(cJSON *order, const struct story *story)
{
	json_set_int(order, "quantity", story->quantity);
	json_set_string(order, "currency", story->currency);
	json_set_int(order, "totalMinor", story->total_minor);
	cJSON *price = cJSON_CreateObject();
	json_set_int(price, "ticketMinor", story->ticket_minor);
	json_set_int(price, "feesMinor", story->fees_minor);
	json_set_int(price, "deliveryMinor", story->delivery_minor);
	json_set(order, "price", price);
}

static void set_seats(cJSON *order, const struct scene *s)
{
	const struct story *story = &s->story;
	cJSON *listed = seats_json(story, &story->listed);
	json_set_bool(listed, "adjacent", true);
	cJSON *disclosures = cJSON_CreateArray();
	if (story->disclosure)
		cJSON_AddItemToArray(disclosures,
				     cJSON_CreateString(story->disclosure));
	json_set(listed, "disclosures", disclosures);
	json_set(order, "listed", listed);
	if (is_delivered(s))
		json_set(order, "delivered",
			 seats_json(story, &story->delivered));
	else
		json_set_null(order, "delivered");
	cJSON *delivery = cJSON_CreateObject();
	json_set_string(delivery, "method", "MOBILE_TRANSFER");
	json_set_string(delivery, "platform", story->platform);
	json_set_time(delivery, "transferOpensAt", s->times.opens_ms);
	json_set_time(delivery, "inHandAt", s->times.in_hand_ms);
	json_set(order, "delivery", delivery);
}

static void set_state(cJSON *order, const struct scene *s)
{
	bool disputed = payment_disputed(s);
	json_set_bool(order, "vip", story_has(&s->story, STORY_VIP));
	json_set_string(order, "jurisdiction", s->story.jurisdiction);
	cJSON *payout = cJSON_CreateObject();
	json_set_string(payout, "state", disputed ? "FROZEN" : "HELD");
	json_set(order, "payout", payout);
	if (disputed) {
		cJSON *dispute = cJSON_CreateObject();
		json_set_string(dispute, "status", "OPEN");
		json_set_time(dispute, "dueAt", s->times.dispute_due_ms);
		json_set(order, "dispute", dispute);
	} else {
		json_set_null(order, "dispute");
	}
	json_set_string(order, "eventId", s->story.event_id);
	json_set_time(order, "createdAt", s->times.created_ms);
}

static enum err order_get(struct scene *s)
{
	cJSON *contacts = cJSON_CreateArray(), *first = cJSON_CreateObject();
	json_set_time(first, "at", s->times.complaint_ms);
	json_set_string(first, "from", "buyer");
	json_set_string(first, "to", "support");
	json_set_string(first, "text", story_complaint(&s->story));
	cJSON_AddItemToArray(contacts, first);
	enum err e = message_list(s->db, s->story.order_id, "order",
				  s->c->arena, contacts);
	if (e != OK) {
		cJSON_Delete(contacts);
		return e;
	}
	cJSON *order = scene_object(s);
	json_set_string(order, "status", order_status(s));
	set_people(order, &s->story);
	set_money(order, &s->story);
	set_seats(order, s);
	set_state(order, s);
	json_set(order, "contacts", contacts);
	scene_answer(s, 200, order);
	return OK;
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
	json_set_string(event, "officialSource",
			arena_printf(s->c->arena,
				     "https://events.example.com/%s",
				     story->event_id));
	scene_answer(s, 200, event);
	return OK;
}

static const struct service services[] = {
	{.kind = SERVICE_READ,
	 .pattern = "/sandbox/orders/{orderId}",
	 .adapter = "order",
	 .operation = "order.get",
	 .fn = order_get},
	{.kind = SERVICE_READ,
	 .pattern = "/sandbox/orders/{orderId}/event",
	 .adapter = "event",
	 .operation = "event.get",
	 .fn = event_get},
};

const struct system order_system = SYSTEM(services);
