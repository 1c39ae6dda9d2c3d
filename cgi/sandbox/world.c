/*
 * The hand that moves the world in a test or a demo: it sets where a system
 * stands without being one. null gives a matter back to the story.
 */
#include <stddef.h>
#include <string.h>

#include "cgi/sandbox/sandbox.h"
#include "engine/base/json.h"

#define FAIL_NEXT_MAX 1000
#define DELAY_MS_MAX 30000
#define AMOUNT_MAX INT64_C(1000000000)

#define WORDS(name, ...) static const char *const name[] = {__VA_ARGS__, NULL}
WORDS(transfer_words, "FAILED", "PENDING", "ACCEPTED", "NOT_ACCEPTED",
      "LOCKED");
WORDS(supplier_words, "RESPONSIVE", "SILENT", "ANSWERED", "CANNOT_FULFIL");
WORDS(event_words, "ON", "POSTPONED", "RESCHEDULED", "CANCELLED");
WORDS(payment_words, "CAPTURED", "AUTHORIZED", "DECLINED");
WORDS(dispute_words, "NONE", "OPEN", "WON", "LOST");
WORDS(payout_words, "HELD", "FROZEN", "PAID");
WORDS(method_words, "MOBILE_TRANSFER", "PDF", "WILL_CALL");
WORDS(scan_words, "NOT_SCANNED", "SCANNED", "REFUSED");
WORDS(risk_words, "LOW", "HIGH");
WORDS(choice_words, "ACCEPT", "REFUND", "KEEP");

/* What can be decided: its name, its type, the member of the situation, and
 * the words or the most that it may be. */
#define WORD_ROWS(X)                                                           \
	X("transferStatus", transfer_status, transfer_words)                   \
	X("supplierStatus", supplier_status, supplier_words)                   \
	X("eventStatus", event_status, event_words)                            \
	X("officialStatus", official_status, event_words)                      \
	X("paymentStatus", payment_status, payment_words)                      \
	X("disputeStatus", dispute_status, dispute_words)                      \
	X("payoutState", payout_state, payout_words)                           \
	X("deliveryMethod", delivery_method, method_words)                     \
	X("scanStatus", scan_status, scan_words)                               \
	X("riskLevel", risk, risk_words)                                       \
	X("buyerChoice", buyer_choice, choice_words)
#define NOTE_ROWS(X)                                                           \
	X("supplierAnswer", supplier_answer, 0)                                \
	X("buyerAnswer", buyer_answer, 0)
#define NUMBER_ROWS(X)                                                         \
	X("failNext", fail_next, FAIL_NEXT_MAX)                                \
	X("delayMs", delay_ms, DELAY_MS_MAX)                                   \
	X("refundedMinor", refunded_minor, AMOUNT_MAX)
#define MAYBE_ROWS(X)                                                          \
	X("dispute", dispute, 1)                                               \
	X("frozen", frozen, 1)                                                 \
	X("resold", resold, 1)

#define MEMBER(name, member, most)                                             \
	{(name), offsetof(struct situation, member),                           \
	 sizeof(((struct situation *)0)->member)},
static const struct member {
	const char *name;
	size_t offset, size;
} texts[] = {WORD_ROWS(MEMBER) NOTE_ROWS(MEMBER)},
  numbers[] = {NUMBER_ROWS(MEMBER)}, maybes[] = {MAYBE_ROWS(MEMBER)};
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static int64_t *number_at(struct situation *s, const struct member *m)
{
	return (int64_t *)(void *)((char *)s + m->offset);
}

static enum err world_get(struct scene *s)
{
	struct situation *now = &s->situation;
	cJSON *world = scene_object(s);
	json_set_time(world, "seenAt", now->seen_ms);
	json_set_string(world, "eventId", s->story.event_id);
	json_set_string(world, "sellerId", s->story.seller_id);
	for (size_t i = 0; i < COUNT(texts); i++)
		scene_set_text(world, texts[i].name,
			       (const char *)now + texts[i].offset);
	for (size_t i = 0; i < COUNT(numbers); i++)
		json_set_int(world, numbers[i].name,
			     *number_at(now, &numbers[i]));
	for (size_t i = 0; i < COUNT(maybes); i++) {
		int64_t value = *number_at(now, &maybes[i]);
		if (value == MAYBE_BY_STORY)
			json_set_null(world, maybes[i].name);
		else
			json_set_bool(world, maybes[i].name, value != 0);
	}
	json_set_time(world, "doorsAt", now->doors_ms);
	scene_answer(s, 200, world);
	return OK;
}

/* A supplier that is given words has answered, a dispute that is decided anew
 * is no longer where the bank had it. */
static void steer_besides(struct scene *s, const cJSON *body)
{
	struct situation *now = &s->situation;
	if (json_string(body, "supplierAnswer", NULL)) {
		now->answered_ms = s->now_ms;
		if (!json_get(body, "supplierStatus"))
			STR_COPY(now->supplier_status, "ANSWERED");
	}
	if (json_get(body, "dispute") && !json_get(body, "disputeStatus"))
		now->dispute_status[0] = '\0';
	const cJSON *doors = json_get(body, "doorsAt");
	if (doors && (cJSON_IsNull(doors) ||
		      time_parse(doors->valuestring, &now->doors_ms) != 0))
		now->doors_ms = 0;
}

/* Leaves alone what the body does not name. */
static enum err world_steer(struct scene *s)
{
	const cJSON *body = s->c->request.json;
	struct situation *now = &s->situation;
	for (size_t i = 0; i < COUNT(texts); i++) {
		if (json_get(body, texts[i].name))
			(void)str_copy((char *)now + texts[i].offset,
				       texts[i].size,
				       json_string(body, texts[i].name, ""));
	}
	for (size_t i = 0; i < COUNT(numbers); i++) {
		int64_t *value = number_at(now, &numbers[i]);
		*value = json_int(body, numbers[i].name, *value);
	}
	for (size_t i = 0; i < COUNT(maybes); i++) {
		const cJSON *item = json_get(body, maybes[i].name);
		if (item)
			*number_at(now, &maybes[i]) =
				cJSON_IsNull(item) ? MAYBE_BY_STORY
						   : cJSON_IsTrue(item);
	}
	steer_besides(s, body);
	if (json_bool(body, "expireHolds", false)) {
		enum err e =
			holds_expire(s->db, s->story.order_id, s->now_ms - 1);
		if (e != OK)
			return e;
	}
	return world_get(s);
}

#define WORD_FIELD(field, member, words)                                       \
	{.name = (field),                                                      \
	 .type = FIELD_WORD,                                                   \
	 .null_ok = true,                                                      \
	 .values = (words)},
#define NOTE_FIELD(field, member, most)                                        \
	{.name = (field),                                                      \
	 .type = FIELD_NOTE,                                                   \
	 .null_ok = true,                                                      \
	 .min = 1,                                                             \
	 .max = TEXT_SIZE - 1},
#define NUMBER_FIELD(field, member, most)                                      \
	{.name = (field), .type = FIELD_INT, .max = (most)},
#define MAYBE_FIELD(field, member, most)                                       \
	{.name = (field), .type = FIELD_BOOL, .null_ok = true},

static const struct field steer_body[] = {
	WORD_ROWS(WORD_FIELD) NOTE_ROWS(NOTE_FIELD) NUMBER_ROWS(NUMBER_FIELD)
		MAYBE_ROWS(MAYBE_FIELD){
			.name = "doorsAt", .type = FIELD_TIME, .null_ok = true},
	{.name = "expireHolds", .type = FIELD_BOOL},
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
