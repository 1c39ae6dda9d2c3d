/*
 * The supplier system: sellers and what they say. A silent seller answers the
 * second ping when the order id says ANSWERS; he then has sent the tickets, or
 * (PARTIAL) the missing one. A seller knows how often we wrote to him, about
 * whichever order: who was telephoned about one answers for the others too.
 */
#include <string.h>

#include "cgi/sandbox/sandbox.h"
#include "engine/base/id.h"
#include "engine/base/json.h"

#define PINGS_NEEDED 2
#define HEARD_MS INT64_C(600000)
#define SENT_NOW "Sorry for the wait. The tickets are sent now."

bool supplier_heard(const struct scene *s)
{
	const struct situation *now = &s->situation;
	return story_has(&s->story, STORY_SUPPLIER) &&
	       story_has(&s->story, STORY_ANSWERS) &&
	       now->pings < PINGS_NEEDED && !now->supplier_status[0] &&
	       strcmp(now->contact.channel, "phone") == 0 &&
	       s->now_ms < now->contact.pinged_ms + HEARD_MS &&
	       s->now_ms >= now->seen_ms + ANSWER_MS;
}

int64_t supplier_heard_ms(const struct scene *s)
{
	int64_t seen_ms = s->situation.seen_ms,
		pinged_ms = s->situation.contact.pinged_ms;

	return (pinged_ms > seen_ms ? pinged_ms : seen_ms) + ANSWER_MS;
}

static const char *supplier_status(const struct scene *s)
{
	if (s->situation.supplier_status[0])
		return s->situation.supplier_status;
	static const enum story_word cannot[] = {STORY_CANNOT, STORY_NOSTOCK,
						 STORY_WORD_COUNT};
	if (supplier_heard(s))
		return "ANSWERED";
	if (story_has(&s->story, STORY_SUPPLIER))
		return "SILENT";
	return story_has_any(&s->story, cannot) ? "CANNOT_FULFIL"
						: "RESPONSIVE";
}

static const char *cannot_reason(const struct scene *s)
{
	return strcmp(supplier_status(s), "CANNOT_FULFIL") == 0
		       ? "SOLD_ELSEWHERE"
		       : NULL;
}

/* What a seller owes by his contract who does not deliver: 25 and what the
 * replacement cost more, or 40 % when there is none. Whether he is charged is
 * not for a machine to say. */
static cJSON *penalty_json(const struct scene *s)
{
	struct offer offer;
	int number = (int)s->situation.offer_bought;
	bool replaced = s->situation.offer_bought != MAYBE_BY_STORY &&
			offer_tell(s, number, &offer);
	int64_t owed = s->story.ticket_minor * 40 / 100;
	if (replaced) {
		int64_t more = offer.price_minor - s->story.ticket_minor;
		owed = 2500 + (more > 0 ? more : 0);
	}
	cJSON *penalty = cJSON_CreateObject();
	json_set_int(penalty, "amountMinor", owed);
	json_set_string(penalty, "currency", s->story.currency);
	json_set_string(penalty, "rule",
			replaced ? "25 and what the replacement cost more"
				 : "40 % of the ticket price");
	return penalty;
}

static enum err supplier_json(struct scene *s, cJSON **ret_supplier)
{
	const struct situation *now = &s->situation;
	cJSON *messages = cJSON_CreateArray();
	const struct contact *contact = &now->contact;
	enum err e = message_list(s->db, s->story.order_id, "supplier",
				  s->c->arena, messages);
	if (e != OK) {
		cJSON_Delete(messages);
		return e;
	}
	cJSON *supplier = scene_object(s);
	json_set_string(supplier, "sellerId", s->story.seller_id);
	json_set_string(supplier, "status", supplier_status(s));
	/* At the door and about an event others contradict each other. */
	static const enum story_word elsewhere[] = {
		STORY_DENIED, STORY_CANCELLED, STORY_POSTPONED,
		STORY_WORD_COUNT};
	if (story_has(&s->story, STORY_CONTRADICT) &&
	    !story_has_any(&s->story, elsewhere))
		json_set_string(supplier, "transferStatus", "ACCEPTED");
	json_set_int(supplier, "pings", now->pings);
	json_set_time(supplier, "lastPingAt", now->pinged_ms);
	json_set_time(supplier, "lastAnswerAt", now->answered_ms);
	scene_set_text(supplier, "answer",
		       supplier_heard(s) ? SENT_NOW : now->supplier_answer);
	json_set_time(supplier, "deadlineAt", s->times.seller_deadline_ms);
	scene_set_text(supplier, "reason", cannot_reason(s));
	json_set(supplier, "penalty", penalty_json(s));
	cJSON *seller = cJSON_CreateObject();
	json_set_string(seller, "id", s->story.seller_id);
	json_set_string(seller, "name", s->story.seller_name);
	json_set_int(seller, "pings", contact->pings);
	json_set_time(seller, "lastPingAt", contact->pinged_ms);
	scene_set_text(seller, "lastChannel", contact->channel);
	json_set(supplier, "seller", seller);
	json_set(supplier, "messages", messages);
	*ret_supplier = supplier;
	return OK;
}

static enum err supplier_get(struct scene *s)
{
	cJSON *supplier;
	enum err e = supplier_json(s, &supplier);
	if (e == OK)
		scene_answer(s, 200, supplier);
	return e;
}

/* The tickets, or the missing one, are in the buyer's account now. */
static void send_tickets(struct scene *s)
{
	if (story_has(&s->story, STORY_FAIL))
		return;
	STR_COPY(s->situation.transfer_status, "ACCEPTED");
	s->situation.accepted_ms = s->now_ms;
	s->situation.sent_quantity = s->story.quantity;
}

static enum err answer_ping(struct scene *s)
{
	struct situation *now = &s->situation;
	const char *status = supplier_status(s);
	bool silent = strcmp(status, "SILENT") == 0;
	bool partial = strcmp(transfer_status(s), "PARTIAL") == 0;
	bool persuaded = story_has(&s->story, STORY_ANSWERS) &&
			 now->pings >= PINGS_NEEDED;
	if (silent && !persuaded)
		return OK;
	now->answered_ms = s->now_ms;
	STR_COPY(now->supplier_answer, "We are looking into it.");
	if (silent || (partial && persuaded)) {
		STR_COPY(now->supplier_status, "ANSWERED");
		STR_COPY(now->supplier_answer, SENT_NOW);
		send_tickets(s);
	} else if (partial) {
		STR_COPY(now->supplier_answer, "That is all that I have.");
	} else if (strcmp(status, "CANNOT_FULFIL") == 0) {
		STR_COPY(now->supplier_answer,
			 "I am sorry, they went to somebody else.");
	}
	return message_add(s->db, s->story.order_id, "supplier", s->now_ms,
			   "seller", "support", now->supplier_answer);
}

static enum err supplier_ping(struct scene *s)
{
	const cJSON *body = s->c->request.json;
	const char *text = json_string(body, "text", "Are the tickets sent?");
	s->situation.pings++;
	s->situation.pinged_ms = s->now_ms;
	enum err e = message_add(s->db, s->story.order_id, "supplier",
				 s->now_ms, "support", "seller", text);
	if (e == OK)
		e = contact_note(s->db, s->story.seller_id, s->now_ms,
				 json_string(body, "channel", ""));
	if (e == OK)
		e = answer_ping(s);
	return e == OK ? supplier_get(s) : e;
}

/* Taken from what the seller is paid; nobody asks him. */
static enum err supplier_charge(struct scene *s)
{
	const cJSON *body = s->c->request.json;
	const char *currency = json_string(body, "currency", "");
	if (strcmp(currency, s->story.currency) != 0)
		return scene_refuse(s, "CURRENCY_MISMATCH",
				    "the order is in %s", s->story.currency);
	s->amount_minor = json_int(body, "amountMinor", 0);
	char id[ID_SIZE];
	id_make("charge", s->c->world, id);
	cJSON *charge = scene_object(s);
	json_set_string(charge, "chargeId", id);
	json_set_string(charge, "sellerId", s->story.seller_id);
	json_set_int(charge, "amountMinor", s->amount_minor);
	json_set_string(charge, "currency", currency);
	scene_answer(s, 200, charge);
	return OK;
}

static const struct field charge_body[] = {
	{.name = "amountMinor",
	 .type = FIELD_INT,
	 .required = true,
	 .min = 1,
	 .max = INT64_C(1000000000)},
	{.name = "currency",
	 .type = FIELD_TEXT,
	 .required = true,
	 .min = 3,
	 .max = 3},
	{.name = "reason", .type = FIELD_NOTE, .null_ok = true, .max = 1000},
	{0},
};
static const struct field ping_body[] = {
	{.name = "channel",
	 .type = FIELD_WORD,
	 .required = true,
	 .values = (const char *const[]){"email", "phone", NULL}},
	{.name = "text", .type = FIELD_NOTE, .null_ok = true, .max = 4000},
	{0},
};

static const struct service services[] = {
	{.kind = SERVICE_READ,
	 .pattern = "/sandbox/suppliers/{orderId}",
	 .adapter = "supplier",
	 .operation = "supplier.get",
	 .fn = supplier_get},
	{.kind = SERVICE_EFFECT,
	 .pattern = "/sandbox/suppliers/{orderId}/ping",
	 .adapter = "supplier",
	 .operation = "supplier.ping",
	 .body = ping_body,
	 .fn = supplier_ping},
	{.kind = SERVICE_LOOKUP,
	 .pattern = "/sandbox/suppliers/{orderId}/pings/{key}",
	 .adapter = "supplier",
	 .operation = "supplier.ping"},
	{.kind = SERVICE_EFFECT,
	 .pattern = "/sandbox/suppliers/{orderId}/charge",
	 .adapter = "supplier",
	 .operation = "supplier.charge",
	 .body = charge_body,
	 .fn = supplier_charge},
};

const struct system supplier_system = SYSTEM(services);
