/*
 * The payout system: what the seller gets. Held until the event is over;
 * frozen, it waits for a person; a chargeback freezes it by itself.
 */
#include <string.h>

#include "cgi/sandbox/sandbox.h"
#include "engine/base/json.h"

const char *payout_state(const struct scene *s)
{
	if (s->situation.payout_state[0])
		return s->situation.payout_state;
	bool frozen = payment_disputed(s) || s->situation.frozen == 1;
	return frozen ? "FROZEN" : "HELD";
}

static enum err payout_get(struct scene *s)
{
	cJSON *payout = scene_object(s);
	json_set_string(payout, "state", payout_state(s));
	json_set_string(payout, "sellerId", s->story.seller_id);
	json_set_int(payout, "amountMinor", s->story.ticket_minor);
	json_set_string(payout, "currency", s->story.currency);
	scene_answer(s, 200, payout);
	return OK;
}

static enum err payout_freeze(struct scene *s)
{
	if (strcmp(payout_state(s), "PAID") == 0)
		return scene_refuse(s, "ALREADY_PAID",
				    "the seller has been paid");
	STR_COPY(s->situation.payout_state, "FROZEN");
	return payout_get(s);
}

static enum err payout_release(struct scene *s)
{
	if (payment_disputed(s))
		return scene_refuse(s, "DISPUTE_OPEN",
				    "a chargeback is open on this payment");
	STR_COPY(s->situation.payout_state, "HELD");
	return payout_get(s);
}

static const struct field reason_body[] = {
	{.name = "reason", .type = FIELD_NOTE, .null_ok = true, .max = 1000},
	{0},
};

static const struct service services[] = {
	{.kind = SERVICE_READ,
	 .pattern = "/sandbox/payouts/{orderId}",
	 .adapter = "payout",
	 .operation = "payout.get",
	 .fn = payout_get},
	{.kind = SERVICE_EFFECT,
	 .pattern = "/sandbox/payouts/{orderId}/freeze",
	 .adapter = "payout",
	 .operation = "payout.freeze",
	 .body = reason_body,
	 .fn = payout_freeze},
	{.kind = SERVICE_EFFECT,
	 .pattern = "/sandbox/payouts/{orderId}/release",
	 .adapter = "payout",
	 .operation = "payout.release",
	 .body = reason_body,
	 .fn = payout_release},
};

const struct system payout_system = SYSTEM(services);
