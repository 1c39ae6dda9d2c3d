/*
 * The transfer system: hands tickets to the buyer's account on a platform.
 * Accepted on the second retry, never when the order id says FAIL. attempts
 * counts the retries that were asked for, not the first sending.
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
	{STORY_FAIL, "FAILED"},
	{STORY_UNKNOWN, "ACCEPTED"},
	{STORY_SEAT, "ACCEPTED"},
};

static const char *const errors[] = {
	"RECIPIENT_TIMEOUT: the recipient's account did not answer",
	"PLATFORM_ERROR: the platform refused the session",
	"BARCODE_PENDING: barcodes were not issued in time",
};

const char *transfer_status(const struct scene *s)
{
	if (s->situation.transfer_status[0])
		return s->situation.transfer_status;
	if (story_has(&s->story, STORY_LOCKED) && s->now_ms < s->times.opens_ms)
		return "LOCKED";
	for (size_t i = 0; i < sizeof(at_first) / sizeof(at_first[0]); i++) {
		if (story_has(&s->story, at_first[i].word))
			return at_first[i].status;
	}
	return "FAILED";
}

bool transfer_accepted(const struct scene *s)
{
	return strcmp(transfer_status(s), "ACCEPTED") == 0;
}

static int64_t sent_ms(const struct scene *s, const char *status)
{
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
	return s->times.sent_ms + FIRST_ACCEPTED_MS;
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
	json_set_string(transfer, "recipientEmail",
			s->situation.recipient[0] ? s->situation.recipient
						  : s->story.buyer_email);
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
};

const struct system transfer_system = SYSTEM(services);
