/*
 * The order system, what it tells: what was sold to whom, and what of it lies
 * in the buyer's account. What it does stands in order_act.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/sandbox/sandbox.h"
#include "engine/base/json.h"

bool order_delivered(const struct scene *s)
{
	return transfer_accepted(s) || story_has(&s->story, STORY_SEAT) ||
	       (story_has(&s->story, STORY_PARTIAL) &&
		strcmp(transfer_status(s), "PARTIAL") == 0);
}

const char *order_status(const struct scene *s)
{
	int64_t captured = payment_captured_minor(s);
	if (s->situation.cancelled_ms)
		return "CANCELLED";
	if (strcmp(payment_status(s), "DECLINED") == 0)
		return "PAYMENT_PENDING";
	if (captured > 0 && s->situation.refunded_minor >= captured)
		return "REFUNDED";
	return order_delivered(s) ? "DELIVERED" : "CONFIRMED";
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
		 order_delivered(s) ? delivered_json(s) : cJSON_CreateNull());
	json_set_time(order, "seatsAcceptedAt", s->situation.seats_accepted_ms);
	set_delivery(order, s);
}

static bool is_resold(const struct scene *s)
{
	if (s->situation.resold != MAYBE_BY_STORY)
		return s->situation.resold == 1;
	return story_has(&s->story, STORY_RESOLD);
}

bool order_frozen(const struct scene *s)
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
	json_set_bool(order, "frozen", order_frozen(s));
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

static const struct service services[] = {
	{.kind = SERVICE_READ,
	 .pattern = "/sandbox/orders/{orderId}",
	 .adapter = "order",
	 .operation = "order.get",
	 .fn = order_get},
};

const struct system order_system = SYSTEM(services);
