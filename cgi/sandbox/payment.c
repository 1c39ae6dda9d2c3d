/*
 * The payment system. Two rules hold whatever a story says: no more goes back
 * than was captured and is neither refunded nor disputed, and nothing goes
 * back while a chargeback is open (the buyer would be paid twice).
 */
#include <string.h>

#include "cgi/sandbox/sandbox.h"
#include "engine/base/id.h"
#include "engine/base/json.h"

#define TRIES_NEEDED 2
#define REFUND_WITHIN_MS (30 * INT64_C(86400000))
#define AMOUNT_MAX INT64_C(1000000000)

const char *payment_status(const struct scene *s)
{
	if (s->situation.voided_ms)
		return "VOIDED";
	if (s->situation.payment_status[0])
		return s->situation.payment_status;
	return story_has(&s->story, STORY_PAYMENT) ? "DECLINED" : "CAPTURED";
}

bool payment_disputed(const struct scene *s)
{
	return strcmp(dispute_status(s), "OPEN") == 0;
}

int64_t payment_captured_minor(const struct scene *s)
{
	bool captured = strcmp(payment_status(s), "CAPTURED") == 0;
	return captured ? s->story.total_minor : 0;
}

/* A chargeback takes back all that the buyer has not got yet. */
int64_t payment_disputed_minor(const struct scene *s)
{
	if (!payment_disputed(s))
		return 0;
	int64_t left = payment_captured_minor(s) - s->situation.refunded_minor;
	return left > 0 ? left : 0;
}

int64_t payment_refundable_minor(const struct scene *s)
{
	int64_t left = payment_captured_minor(s) - s->situation.refunded_minor -
		       payment_disputed_minor(s);
	return left > 0 ? left : 0;
}

static bool is_stolen(const struct scene *s)
{
	return story_has(&s->story, STORY_STOLEN);
}

static const char *decline_code(const struct scene *s)
{
	return is_stolen(s) ? "STOLEN_CARD" : "INSUFFICIENT_FUNDS";
}

static cJSON *dispute_json(const struct scene *s)
{
	char id[24];
	story_id(&s->story, "dsp", id);
	cJSON *dispute = cJSON_CreateObject();
	json_set_string(dispute, "disputeId", id);
	json_set_string(dispute, "status", "OPEN");
	json_set_string(dispute, "reason", "PRODUCT_NOT_RECEIVED");
	json_set_int(dispute, "amountMinor", payment_disputed_minor(s));
	json_set_string(dispute, "currency", s->story.currency);
	json_set_time(dispute, "openedAt", s->times.dispute_opened_ms);
	json_set_time(dispute, "dueAt", s->times.dispute_due_ms);
	return dispute;
}

static cJSON *payment_json(const struct scene *s)
{
	const char *status = payment_status(s);
	bool declined = strcmp(status, "DECLINED") == 0;
	cJSON *payment = scene_object(s);
	json_set_string(payment, "status", status);
	scene_set_text(payment, "declineCode",
		       declined ? decline_code(s) : NULL);
	scene_set_text(payment, "declineClass",
		       !declined      ? NULL
		       : is_stolen(s) ? "HARD"
				      : "SOFT");
	json_set_int(payment, "attempts", s->situation.authorizations);
	json_set_int(payment, "capturedMinor", payment_captured_minor(s));
	json_set_int(payment, "refundedMinor", s->situation.refunded_minor);
	json_set_int(payment, "disputedMinor", payment_disputed_minor(s));
	json_set_int(payment, "refundableMinor", payment_refundable_minor(s));
	json_set_string(payment, "currency", s->story.currency);
	cJSON *card = cJSON_CreateObject();
	json_set_string(card, "brand", s->story.card_brand);
	json_set_string(card, "last4", s->story.card_last4);
	json_set(payment, "card", card);
	json_set(payment, "dispute",
		 payment_disputed(s) ? dispute_json(s) : cJSON_CreateNull());
	return payment;
}

static enum err payment_get(struct scene *s)
{
	scene_answer(s, 200, payment_json(s));
	return OK;
}

/* Fees stay with us only when nobody on our side failed. */
static int64_t fees_kept_minor(const struct scene *s, int64_t refundable)
{
	if (!story_has(&s->story, STORY_UNKNOWN) ||
	    strcmp(event_status(s), "CANCELLED") == 0)
		return 0;
	return s->story.fees_minor < refundable ? s->story.fees_minor
						: refundable;
}

/* What of it is for the tickets, for fees, for delivery: the fees come last
 * and are the first that is missing. */
static cJSON *components_json(const struct story *story, int64_t left)
{
	const struct {
		const char *name;
		int64_t minor;
	} parts[] = {
		{"ticketMinor", story->ticket_minor},
		{"deliveryMinor", story->delivery_minor},
		{"feesMinor", story->fees_minor},
	};
	cJSON *components = cJSON_CreateObject();
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		int64_t part = parts[i].minor < left ? parts[i].minor : left;
		json_set_int(components, parts[i].name, part);
		left -= part;
	}
	return components;
}

/* To the card it came from, within 30 days. */
static enum err refund_quote(struct scene *s)
{
	int64_t refundable = payment_refundable_minor(s);
	int64_t fees = fees_kept_minor(s, refundable);
	cJSON *quote = scene_object(s);
	json_set_int(quote, "refundableMinor", refundable - fees);
	json_set_string(quote, "currency", s->story.currency);
	json_set_int(quote, "feesRetainedMinor", fees);
	json_set(quote, "components",
		 components_json(&s->story, refundable - fees));
	json_set_string(quote, "method", "CARD");
	json_set_time(quote, "deadlineAt",
		      s->situation.seen_ms + REFUND_WITHIN_MS);
	/* Of the tickets that are missing, should the buyer keep the others. */
	int missing = s->story.quantity - transfer_quantity(s);
	json_set_int(quote, "missing", missing);
	json_set_int(quote, "missingMinor",
		     (refundable - fees) * missing / s->story.quantity);
	scene_answer(s, 200, quote);
	return OK;
}

static enum err check_currency(struct scene *s)
{
	const char *currency = json_string(s->c->request.json, "currency", "");
	if (strcmp(currency, s->story.currency) == 0)
		return OK;
	return scene_refuse(s, "CURRENCY_MISMATCH", "the order is in %s",
			    s->story.currency);
}

static enum err payment_refund(struct scene *s)
{
	int64_t amount = json_int(s->c->request.json, "amountMinor", 0);
	int64_t refundable = payment_refundable_minor(s);
	enum err e = check_currency(s);
	if (e != OK)
		return e;
	if (payment_disputed(s))
		return scene_refuse(s, "DISPUTE_OPEN",
				    "a chargeback is open on this payment");
	if (amount > refundable)
		return scene_refuse(s, "ABOVE_REFUNDABLE",
				    "at most %lld can be refunded",
				    (long long)refundable);
	s->situation.refunded_minor += amount;
	s->amount_minor = amount;
	char id[ID_SIZE];
	id_make("refund", s->c->world, id);
	cJSON *refund = scene_object(s);
	json_set_string(refund, "refundId", id);
	json_set_int(refund, "amountMinor", amount);
	json_set_string(refund, "currency", s->story.currency);
	json_set_string(refund, "status", "REFUNDED");
	json_set_int(refund, "refundedMinor", s->situation.refunded_minor);
	scene_answer(s, 200, refund);
	return OK;
}

static enum err payment_authorize(struct scene *s)
{
	int64_t amount = json_int(s->c->request.json, "amountMinor", 0);
	enum err e = check_currency(s);
	if (e != OK)
		return e;
	if (strcmp(payment_status(s), "DECLINED") != 0)
		return scene_refuse(s, "NOT_DECLINED", "the payment stands");
	if (amount > s->story.total_minor)
		return scene_refuse(s, "ABOVE_TOTAL",
				    "the order's total is %lld",
				    (long long)s->story.total_minor);
	s->situation.authorizations++;
	if (is_stolen(s) || story_has(&s->story, STORY_FAIL) ||
	    s->situation.authorizations < TRIES_NEEDED) {
		cJSON *decline = scene_object(s);
		json_set_string(decline, "code", decline_code(s));
		json_set_string(decline, "declineClass",
				is_stolen(s) ? "HARD" : "SOFT");
		s->in_vain = true;
		scene_answer(s, 402, decline);
		return OK;
	}
	STR_COPY(s->situation.payment_status, "AUTHORIZED");
	s->amount_minor = amount;
	scene_answer(s, 200, payment_json(s));
	return OK;
}

/* Gives an authorization back before it is captured. */
static enum err payment_void(struct scene *s)
{
	if (strcmp(payment_status(s), "AUTHORIZED") != 0)
		return scene_refuse(s, "NOT_AUTHORIZED",
				    "there is no open authorization");
	s->situation.voided_ms = s->now_ms;
	scene_answer(s, 200, payment_json(s));
	return OK;
}

#define MONEY                                                                  \
	{.name = "amountMinor",                                                \
	 .type = FIELD_INT,                                                    \
	 .required = true,                                                     \
	 .min = 1,                                                             \
	 .max = AMOUNT_MAX},                                                   \
	{                                                                      \
		.name = "currency", .type = FIELD_TEXT, .required = true,      \
		.min = 3, .max = 3                                             \
	}

static const struct field refund_body[] = {
	MONEY,
	{.name = "reason", .type = FIELD_NOTE, .null_ok = true, .max = 1000},
	{0},
};
static const struct field authorize_body[] = {MONEY, {0}};

static const struct service services[] = {
	{.kind = SERVICE_READ,
	 .pattern = "/sandbox/payments/{orderId}",
	 .adapter = "payment",
	 .operation = "payment.get",
	 .fn = payment_get},
	{.kind = SERVICE_READ,
	 .pattern = "/sandbox/payments/{orderId}/refund-quote",
	 .adapter = "payment",
	 .operation = "payment.quote",
	 .fn = refund_quote},
	{.kind = SERVICE_EFFECT,
	 .pattern = "/sandbox/payments/{orderId}/refund",
	 .adapter = "payment",
	 .operation = "payment.refund",
	 .body = refund_body,
	 .fn = payment_refund},
	{.kind = SERVICE_LOOKUP,
	 .pattern = "/sandbox/payments/{orderId}/refunds/{key}",
	 .adapter = "payment",
	 .operation = "payment.refund"},
	{.kind = SERVICE_EFFECT,
	 .pattern = "/sandbox/payments/{orderId}/authorize",
	 .adapter = "payment",
	 .operation = "payment.authorize",
	 .body = authorize_body,
	 .fn = payment_authorize},
	{.kind = SERVICE_LOOKUP,
	 .pattern = "/sandbox/payments/{orderId}/authorizations/{key}",
	 .adapter = "payment",
	 .operation = "payment.authorize"},
	{.kind = SERVICE_EFFECT,
	 .pattern = "/sandbox/payments/{orderId}/void",
	 .adapter = "payment",
	 .operation = "payment.void",
	 .fn = payment_void},
};

const struct system payment_system = SYSTEM(services);
