/*
 * The supplier system: sellers and what they say. A silent seller answers the
 * second ping when the order id says ANSWERS; he then has sent the tickets.
 */
#include <string.h>

#include "cgi/sandbox/sandbox.h"
#include "engine/base/json.h"

#define PINGS_NEEDED 2

static const char *supplier_status(const struct scene *s)
{
	if (s->situation.supplier_status[0])
		return s->situation.supplier_status;
	return story_has(&s->story, STORY_SUPPLIER) ? "SILENT" : "RESPONSIVE";
}

static enum err supplier_json(struct scene *s, cJSON **ret_supplier)
{
	const struct situation *now = &s->situation;
	cJSON *messages = cJSON_CreateArray();
	enum err e = message_list(s->db, s->story.order_id, "supplier",
				  s->c->arena, messages);
	if (e != OK) {
		cJSON_Delete(messages);
		return e;
	}
	cJSON *supplier = scene_object(s);
	json_set_string(supplier, "sellerId", s->story.seller_id);
	json_set_string(supplier, "status", supplier_status(s));
	if (story_has(&s->story, STORY_CONTRADICT))
		json_set_string(supplier, "transferStatus", "ACCEPTED");
	json_set_int(supplier, "pings", now->pings);
	json_set_time(supplier, "lastPingAt", now->pinged_ms);
	json_set_time(supplier, "lastAnswerAt", now->answered_ms);
	scene_set_text(supplier, "answer", now->supplier_answer);
	json_set_time(supplier, "deadlineAt", s->times.seller_deadline_ms);
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

static enum err answer_ping(struct scene *s)
{
	struct situation *now = &s->situation;
	bool silent = strcmp(supplier_status(s), "SILENT") == 0;
	bool answers = !silent || (story_has(&s->story, STORY_ANSWERS) &&
				   now->pings >= PINGS_NEEDED);
	if (!answers)
		return OK;
	now->answered_ms = s->now_ms;
	STR_COPY(now->supplier_answer, "We are looking into it.");
	if (silent) {
		STR_COPY(now->supplier_status, "ANSWERED");
		STR_COPY(now->supplier_answer,
			 "Sorry for the wait. The tickets are sent now.");
		if (!story_has(&s->story, STORY_FAIL)) {
			STR_COPY(now->transfer_status, "ACCEPTED");
			now->accepted_ms = s->now_ms;
		}
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
		e = answer_ping(s);
	return e == OK ? supplier_get(s) : e;
}

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
};

const struct system supplier_system = SYSTEM(services);
