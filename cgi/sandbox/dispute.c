/*
 * The chargeback system: what the buyer's bank holds against a payment, and
 * what we say to it. The bank decides in weeks, so here only a test does.
 */
#include <string.h>

#include "cgi/sandbox/sandbox.h"
#include "engine/base/json.h"

const char *dispute_status(const struct scene *s)
{
	if (s->situation.dispute_status[0])
		return s->situation.dispute_status;
	if (s->situation.dispute != MAYBE_BY_STORY)
		return s->situation.dispute ? "OPEN" : "NONE";
	return story_has(&s->story, STORY_DISPUTE) ? "OPEN" : "NONE";
}

static const char *reason(const struct scene *s)
{
	if (story_has(&s->story, STORY_FRAUD))
		return "FRAUDULENT";
	return story_has(&s->story, STORY_SEAT) ? "NOT_AS_DESCRIBED"
						: "PRODUCT_NOT_RECEIVED";
}

static enum err dispute_get(struct scene *s)
{
	const char *status = dispute_status(s);
	bool none = strcmp(status, "NONE") == 0;
	char id[24];
	story_id(&s->story, "dsp", id);
	cJSON *dispute = scene_object(s);
	json_set_string(dispute, "status", status);
	scene_set_text(dispute, "disputeId", none ? NULL : id);
	scene_set_text(dispute, "reason", none ? NULL : reason(s));
	json_set_int(dispute, "amountMinor",
		     none ? 0 : payment_disputed_minor(s));
	json_set_string(dispute, "currency", s->story.currency);
	json_set_time(dispute, "openedAt",
		      none ? 0 : s->times.dispute_opened_ms);
	json_set_time(dispute, "dueAt", none ? 0 : s->times.dispute_due_ms);
	json_set_time(dispute, "evidenceSubmittedAt", s->situation.evidence_ms);
	scene_answer(s, 200, dispute);
	return OK;
}

static enum err dispute_submit(struct scene *s)
{
	if (strcmp(dispute_status(s), "OPEN") != 0)
		return scene_refuse(s, "NO_OPEN_DISPUTE",
				    "there is nothing to answer");
	if (s->situation.evidence_ms)
		return scene_refuse(s, "ALREADY_SUBMITTED",
				    "evidence is handed in once");
	s->situation.evidence_ms = s->now_ms;
	return dispute_get(s);
}

static const struct field submit_body[] = {
	{.name = "evidence", .type = FIELD_OBJECT, .required = true},
	{0},
};

static const struct service services[] = {
	{.kind = SERVICE_READ,
	 .pattern = "/sandbox/disputes/{orderId}",
	 .adapter = "dispute",
	 .operation = "dispute.get",
	 .fn = dispute_get},
	{.kind = SERVICE_EFFECT,
	 .pattern = "/sandbox/disputes/{orderId}/evidence",
	 .adapter = "dispute",
	 .operation = "dispute.submit",
	 .body = submit_body,
	 .fn = dispute_submit},
	{.kind = SERVICE_LOOKUP,
	 .pattern = "/sandbox/disputes/{orderId}/evidence/{key}",
	 .adapter = "dispute",
	 .operation = "dispute.submit"},
};

const struct system dispute_system = SYSTEM(services);
