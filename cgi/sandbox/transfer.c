/*
 * The transfer system: hands tickets to the buyer's account on a platform.
 * Accepted on the second retry, never when the order id says FAIL; what is sent
 * anew (after an opening, to another address, other seats) is accepted a moment
 * later. attempts counts the retries that were asked for, not the first
 * sending.
 */
#include <string.h>

#include "cgi/sandbox/sandbox.h"
#include "engine/base/json.h"

#define RETRIES_NEEDED 2
#define FIRST_ACCEPTED_MS INT64_C(300000) /* after it was sent */

/* Where a transfer stands at first; the first row that fits. */
static const struct {
	enum story_word word;
	const char *status;
} at_first[] = {
	{STORY_PAYMENT, "PENDING"}, /* nothing is sent unpaid */
	{STORY_SUPPLIER, "PENDING"},
	{STORY_LOCKED, "PENDING"}, /* once it has opened */
	{STORY_PARTIAL, "PARTIAL"},
	{STORY_CANNOT, "PENDING"},
	{STORY_NOSTOCK, "PENDING"},
	{STORY_DELIVERY, "PENDING"},
	{STORY_ROTATING, "PENDING"},
	{STORY_DUPLICATE, "PENDING"},
	{STORY_UNREACHABLE, "PENDING"},
	{STORY_FRAUD, "PENDING"},
	{STORY_NOTACCEPTED, "NOT_ACCEPTED"},
	{STORY_WRONGMAIL, "NOT_ACCEPTED"},
	{STORY_DENIED, "ACCEPTED"},
	{STORY_POSTPONED, "ACCEPTED"},
	{STORY_RESOLD, "ACCEPTED"},
	{STORY_FAIL, "FAILED"},
	{STORY_UNKNOWN, "ACCEPTED"},
	{STORY_SEAT, "ACCEPTED"},
};

static const char *const errors[] = {
	"RECIPIENT_TIMEOUT: the recipient's account did not answer",
	"PLATFORM_ERROR: the platform refused the session",
	"BARCODE_PENDING: barcodes were not issued in time",
};

/* After transfer.send: under way, then there. */
static const char *sent_status(const struct scene *s)
{
	if (s->now_ms < s->situation.sent_ms + ANSWER_MS)
		return "PENDING";
	return story_has(&s->story, STORY_FAIL) ? "FAILED" : "ACCEPTED";
}

/* A buyer who had not seen the mail accepts when we have written to him. */
static bool was_reminded(const struct scene *s)
{
	int64_t told_ms = s->situation.buyer_told_ms;
	return story_has(&s->story, STORY_NOTACCEPTED) &&
	       !story_has(&s->story, STORY_FAIL) && told_ms &&
	       s->now_ms >= told_ms + ANSWER_MS;
}

/* It opens; with FAIL it does not, whatever was announced. */
static bool is_locked(const struct scene *s)
{
	return story_has(&s->story, STORY_LOCKED) &&
	       (story_has(&s->story, STORY_FAIL) ||
		s->now_ms < s->times.opens_ms);
}

const char *transfer_status(const struct scene *s)
{
	if (s->situation.transfer_status[0])
		return s->situation.transfer_status;
	if (s->situation.sent_ms)
		return sent_status(s);
	if (s->situation.revoked_ms)
		return "REVOKED";
	if (is_locked(s))
		return "LOCKED";
	bool heard = supplier_heard(s) && !story_has(&s->story, STORY_FAIL);
	if (was_reminded(s) || heard)
		return "ACCEPTED";
	for (size_t i = 0; i < sizeof(at_first) / sizeof(at_first[0]); i++) {
		if (story_has(&s->story, at_first[i].word))
			return at_first[i].status;
	}
	return "FAILED";
}

int transfer_quantity(const struct scene *s)
{
	if (s->situation.sent_quantity != MAYBE_BY_STORY)
		return (int)s->situation.sent_quantity;
	bool some = strcmp(transfer_status(s), "PARTIAL") == 0;
	return s->story.quantity - (some ? 1 : 0);
}

bool transfer_accepted(const struct scene *s)
{
	return strcmp(transfer_status(s), "ACCEPTED") == 0;
}

static int64_t sent_ms(const struct scene *s, const char *status)
{
	if (s->situation.sent_ms)
		return s->situation.sent_ms;
	if (s->situation.retried_ms)
		return s->situation.retried_ms;
	bool waits =
		strcmp(status, "PENDING") == 0 || strcmp(status, "LOCKED") == 0;
	return waits ? 0 : s->times.sent_ms;
}

static int64_t accepted_ms(const struct scene *s)
{
	if (!transfer_accepted(s))
		return 0;
	if (s->situation.accepted_ms)
		return s->situation.accepted_ms;
	if (s->situation.sent_ms)
		return s->situation.sent_ms + ANSWER_MS;
	if (was_reminded(s))
		return s->situation.buyer_told_ms + ANSWER_MS;
	if (supplier_heard(s))
		return supplier_heard_ms(s);
	if (story_has(&s->story, STORY_LOCKED))
		return s->times.opens_ms;
	return s->times.sent_ms + FIRST_ACCEPTED_MS;
}

/* Where it went: not always to the buyer. */
static const char *recipient(const struct scene *s)
{
	if (s->situation.recipient[0])
		return s->situation.recipient;
	return story_has(&s->story, STORY_WRONGMAIL)
		       ? arena_printf(s->c->arena, "x.%s", s->story.buyer_email)
		       : s->story.buyer_email;
}

/* When an event is put off its old barcodes are void; new ones come with the
 * new date. */
static const char *barcodes(const struct scene *s)
{
	const char *event = event_status(s);
	if (strcmp(event, "RESCHEDULED") == 0)
		return "REISSUED";
	return strcmp(event, "ON") == 0 ? "VALID" : "VOID";
}

static cJSON *transfer_json(struct scene *s)
{
	const char *status = transfer_status(s), *error = NULL;
	if (strcmp(status, "FAILED") == 0)
		error = errors[s->story.hash % 3];
	char id[24];
	story_id(&s->story, "trf", id);
	cJSON *transfer = scene_object(s);
	json_set_string(transfer, "transferId", id);
	json_set_string(transfer, "status", status);
	json_set_int(transfer, "attempts", s->situation.retries);
	json_set_string(transfer, "recipientEmail", recipient(s));
	json_set_int(transfer, "quantity", s->story.quantity);
	json_set_int(transfer, "sentQuantity",
		     sent_ms(s, status) ? transfer_quantity(s) : 0);
	json_set_string(transfer, "barcodes", barcodes(s));
	json_set_time(transfer, "sentAt", sent_ms(s, status));
	json_set_time(transfer, "acceptedAt", accepted_ms(s));
	json_set_time(transfer, "opensAt", s->times.opens_ms);
	scene_set_text(transfer, "lastError", error);
	return transfer;
}

static enum err transfer_get(struct scene *s)
{
	scene_answer(s, 200, transfer_json(s));
	return OK;
}

static enum err transfer_retry(struct scene *s)
{
	struct situation *now = &s->situation;
	if (strcmp(transfer_status(s), "LOCKED") == 0)
		return scene_refuse(s, "TRANSFER_LOCKED",
				    "the transfer window has not opened yet");
	if (transfer_accepted(s))
		return scene_refuse(s, "ALREADY_ACCEPTED",
				    "the buyer has accepted this transfer");
	const char *recipient =
		json_string(s->c->request.json, "recipientEmail", "");
	if (*recipient)
		STR_COPY(now->recipient, recipient);
	now->retries++;
	now->retried_ms = s->now_ms;
	if (now->retries >= RETRIES_NEEDED &&
	    !story_has(&s->story, STORY_FAIL)) {
		STR_COPY(now->transfer_status, "ACCEPTED");
		now->accepted_ms = s->now_ms;
	}
	scene_answer(s, 200, transfer_json(s));
	return OK;
}

/* Takes back what was sent and not accepted. */
static enum err transfer_revoke(struct scene *s)
{
	struct situation *now = &s->situation;
	if (transfer_accepted(s))
		return scene_refuse(s, "ALREADY_ACCEPTED",
				    "the buyer has accepted this transfer");
	now->transfer_status[0] = '\0';
	now->sent_ms = 0;
	now->revoked_ms = s->now_ms;
	scene_answer(s, 200, transfer_json(s));
	return OK;
}

static enum err transfer_send(struct scene *s)
{
	struct situation *now = &s->situation;
	if (now->frozen == 1)
		return scene_refuse(s, "FROZEN", "the order is frozen");
	if (strcmp(transfer_status(s), "LOCKED") == 0)
		return scene_refuse(s, "TRANSFER_LOCKED",
				    "the transfer window has not opened yet");
	if (transfer_accepted(s) && now->offer_bought == MAYBE_BY_STORY)
		return scene_refuse(s, "ALREADY_ACCEPTED",
				    "the buyer has accepted this transfer");
	const char *to = json_string(s->c->request.json, "recipientEmail", "");
	if (*to)
		STR_COPY(now->recipient, to);
	now->transfer_status[0] = '\0';
	now->revoked_ms = 0;
	now->sent_ms = s->now_ms;
	now->sent_quantity = s->story.quantity;
	scene_answer(s, 200, transfer_json(s));
	return OK;
}

static const struct field send_body[] = {
	{.name = "recipientEmail",
	 .type = FIELD_TEXT,
	 .null_ok = true,
	 .max = 254},
	{.name = "seats", .type = FIELD_OBJECT, .null_ok = true},
	{0},
};
static const struct field retry_body[] = {
	{.name = "recipientEmail",
	 .type = FIELD_TEXT,
	 .null_ok = true,
	 .max = 254},
	{0},
};

static const struct service services[] = {
	{.kind = SERVICE_READ,
	 .pattern = "/sandbox/transfers/{orderId}",
	 .adapter = "transfer",
	 .operation = "transfer.get",
	 .fn = transfer_get},
	{.kind = SERVICE_EFFECT,
	 .pattern = "/sandbox/transfers/{orderId}/retry",
	 .adapter = "transfer",
	 .operation = "transfer.retry",
	 .body = retry_body,
	 .fn = transfer_retry},
	{.kind = SERVICE_LOOKUP,
	 .pattern = "/sandbox/transfers/{orderId}/retries/{key}",
	 .adapter = "transfer",
	 .operation = "transfer.retry"},
	{.kind = SERVICE_EFFECT,
	 .pattern = "/sandbox/transfers/{orderId}/revoke",
	 .adapter = "transfer",
	 .operation = "transfer.revoke",
	 .fn = transfer_revoke},
	{.kind = SERVICE_EFFECT,
	 .pattern = "/sandbox/transfers/{orderId}/send",
	 .adapter = "transfer",
	 .operation = "transfer.send",
	 .body = send_body,
	 .fn = transfer_send},
};

const struct system transfer_system = SYSTEM(services);
