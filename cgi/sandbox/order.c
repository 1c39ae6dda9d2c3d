/*
 * The order system: what was sold to whom, and the event it is for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/sandbox/sandbox.h"
#include "engine/base/json.h"

#define HOUR_MS INT64_C(3600000)
#define TWIN_MS INT64_C(90000) /* between an order and its duplicate */
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

static bool is_delivered(const struct scene *s)
{
	return transfer_accepted(s) || story_has(&s->story, STORY_SEAT) ||
	       (story_has(&s->story, STORY_PARTIAL) &&
		strcmp(transfer_status(s), "PARTIAL") == 0);
}

static const char *order_status(const struct scene *s)
{
	int64_t captured = payment_captured_minor(s);
	if (s->situation.cancelled_ms)
		return "CANCELLED";
	if (strcmp(payment_status(s), "DECLINED") == 0)
		return "PAYMENT_PENDING";
	if (captured > 0 && s->situation.refunded_minor >= captured)
		return "REFUNDED";
	return is_delivered(s) ? "DELIVERED" : "CONFIRMED";
}

cJSON *seats_json(const struct seats *place, int quantity)
{
	cJSON *object = cJSON_CreateObject();
	json_set_string(object, "section", place->section);
	json_set_string(object, "row", place->row);
	json_set_int(object, "quantity", quantity);
	cJSON *list = cJSON_CreateArray();
	for (int i = 0; i < quantity; i++) {
		char seat[12];
		(void)snprintf(seat, sizeof(seat), "%d", place->first + i);
		cJSON_AddItemToArray(list, cJSON_CreateString(seat));
	}
	json_set(object, "seats", list);
	return object;
}

/* How well the buyer can be reached, and where the ticket went wrong. */
static void set_contact(cJSON *buyer, const struct scene *s)
{
	bool lost = story_has(&s->story, STORY_UNREACHABLE);
	json_set_bool(buyer, "emailVerified", !lost);
	json_set_string(buyer, "emailStatus", lost ? "BOUNCED" : "OK");
	json_set_bool(buyer, "phoneVerified", true);
}

static void set_people(cJSON *order, const struct scene *s)
{
	const struct story *story = &s->story;
	cJSON *buyer = cJSON_CreateObject();
	json_set_string(buyer, "name", story->buyer_name);
	json_set_string(buyer, "email", story->buyer_email);
	json_set_string(buyer, "phone", story->buyer_phone);
	set_contact(buyer, s);
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

static cJSON *disclosures_json(const struct scene *s, const char *more)
{
	cJSON *list = cJSON_CreateArray();
	if (s->story.disclosure)
		cJSON_AddItemToArray(list,
				     cJSON_CreateString(s->story.disclosure));
	if (more)
		cJSON_AddItemToArray(list, cJSON_CreateString(more));
	return list;
}

/* A letter or a number; the smaller, the closer. */
static int row_number(const struct seats *place)
{
	char first = place->row[0];
	if (first >= '0' && first <= '9')
		return (int)strtol(place->row, NULL, 10);
	return first - 'A' + 1;
}

/* What lies in the buyer's account: the seats of his order, others by mistake,
 * too few of them, or those that were bought instead. */
static cJSON *delivered_json(const struct scene *s)
{
	const struct story *story = &s->story;
	struct offer offer;
	int number = (int)s->situation.offer_bought;
	bool replaced = s->situation.offer_bought != MAYBE_BY_STORY &&
			offer_tell(s, number, &offer);
	const struct seats *place = replaced ? &offer.seats : &story->delivered;
	cJSON *delivered = seats_json(place, replaced ? story->quantity
						      : transfer_quantity(s));
	json_set_bool(delivered, "adjacent", true);
	json_set_int(delivered, "rowNumber", row_number(place));
	json_set_int(delivered, "rowsCloser",
		     row_number(&story->listed) - row_number(place));
	bool worse =
		story_has(story, STORY_SEAT) && story_has(story, STORY_FAIL);
	json_set(delivered, "disclosures",
		 disclosures_json(s, worse ? "Behind a pillar" : NULL));
	json_set_bool(delivered, "newRestriction", worse);
	json_set_bool(delivered, "amenitiesKept", true);
	return delivered;
}

static void set_delivery(cJSON *order, const struct scene *s)
{
	const struct story *story = &s->story;
	bool pdf = story_has(story, STORY_DELIVERY);
	bool rotating = story_has(story, STORY_ROTATING);
	const char *method = rotating ? "PDF" : "MOBILE_TRANSFER";
	if (s->situation.delivery_method[0])
		method = s->situation.delivery_method;
	cJSON *delivery = cJSON_CreateObject();
	json_set_string(delivery, "method", method);
	json_set_string(delivery, "required", pdf ? "PDF" : "MOBILE_TRANSFER");
	json_set_string(delivery, "barcode", rotating ? "ROTATING" : "STATIC");
	/* Why it cannot be delivered so; null once the method was switched. */
	const char *problem = pdf ? "STATIC_BARCODE" : "ROTATING_BARCODE";
	bool fits = strcmp(method, pdf ? "PDF" : "MOBILE_TRANSFER") == 0;
	scene_set_text(delivery, "problem", fits ? NULL : problem);
	json_set_bool(delivery, "switchAllowed", !story_has(story, STORY_FAIL));
	json_set_string(delivery, "platform", story->platform);
	json_set_time(delivery, "transferOpensAt", s->times.opens_ms);
	json_set_time(delivery, "inHandAt", s->times.in_hand_ms);
	json_set(order, "delivery", delivery);
}

static void set_seats(cJSON *order, const struct scene *s)
{
	const struct story *story = &s->story;
	cJSON *listed = seats_json(&story->listed, story->quantity);
	json_set_bool(listed, "adjacent", true);
	json_set_int(listed, "rowNumber", row_number(&story->listed));
	json_set(listed, "disclosures", disclosures_json(s, NULL));
	json_set(order, "listed", listed);
	json_set(order, "delivered",
		 is_delivered(s) ? delivered_json(s) : cJSON_CreateNull());
	json_set_time(order, "seatsAcceptedAt", s->situation.seats_accepted_ms);
	set_delivery(order, s);
}

static bool is_resold(const struct scene *s)
{
	if (s->situation.resold != MAYBE_BY_STORY)
		return s->situation.resold == 1;
	return story_has(&s->story, STORY_RESOLD);
}

static bool is_frozen(const struct scene *s)
{
	return s->situation.frozen == 1;
}

/* What the risk system thinks, and why. */
static void set_risk(cJSON *order, const struct scene *s)
{
	const char *level = s->situation.risk;
	if (!level[0])
		level = story_has(&s->story, STORY_FRAUD) ? "HIGH" : "LOW";
	bool high = strcmp(level, "HIGH") == 0;
	cJSON *risk = cJSON_CreateObject(), *flags = cJSON_CreateArray();
	json_set_string(risk, "level", level);
	json_set_int(risk, "score", high ? 93 : 4);
	if (high) {
		cJSON_AddItemToArray(flags, cJSON_CreateString("CARD_TESTING"));
		cJSON_AddItemToArray(flags,
				     cJSON_CreateString("ADDRESS_CHANGED"));
	}
	json_set(risk, "flags", flags);
	json_set(order, "risk", risk);
}

/* What the buyer has complained about, as far as he chose it from a list. */
static const char *reported_kind(const struct scene *s)
{
	static const struct {
		enum story_word word;
		const char *kind;
	} kinds[] = {
		{STORY_DENIED, "DENIED_ENTRY"},
		{STORY_SEAT, "WRONG_SEATS"},
		{STORY_PARTIAL, "TICKETS_MISSING"},
		{STORY_DUPLICATE, "CHARGED_TWICE"},
		{STORY_UNKNOWN, "OTHER"},
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (story_has(&s->story, kinds[i].word))
			return kinds[i].kind;
	}
	return "NOT_RECEIVED";
}

static void set_state(cJSON *order, const struct scene *s)
{
	bool disputed = payment_disputed(s);
	json_set_bool(order, "vip", story_has(&s->story, STORY_VIP));
	json_set_string(order, "jurisdiction", s->story.jurisdiction);
	cJSON *payout = cJSON_CreateObject();
	json_set_string(payout, "state", payout_state(s));
	json_set(order, "payout", payout);
	if (disputed) {
		cJSON *dispute = cJSON_CreateObject();
		json_set_string(dispute, "status", "OPEN");
		json_set_time(dispute, "dueAt", s->times.dispute_due_ms);
		json_set(order, "dispute", dispute);
	} else {
		json_set_null(order, "dispute");
	}
	cJSON *reported = cJSON_CreateObject();
	json_set_string(reported, "kind", reported_kind(s));
	json_set_time(reported, "at", s->times.complaint_ms);
	json_set(order, "reported", reported);
	set_risk(order, s);
	json_set_bool(order, "frozen", is_frozen(s));
	json_set_bool(order, "resold", is_resold(s));
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
	set_people(order, s);
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
	json_set_time(event, "newStartsAt", event_new_starts_ms(s));
	json_set_string(event, "officialSource",
			arena_printf(s->c->arena,
				     "https://events.example.com/%s",
				     story->event_id));
	scene_answer(s, 200, event);
	return OK;
}

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
	json_set_bool(order, "frozen", is_frozen(s));
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
	if (!is_delivered(s))
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
	 .pattern = "/sandbox/orders/{orderId}",
	 .adapter = "order",
	 .operation = "order.get",
	 .fn = order_get},
	{.kind = SERVICE_READ,
	 .pattern = "/sandbox/orders/{orderId}/event",
	 .adapter = "order",
	 .operation = "order.event",
	 .fn = event_get},
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

const struct system order_system = SYSTEM(services);
