/*
 * The message system: what buyer and seller are told. A message cannot be
 * taken back, which makes it an effect like any other.
 */
#include "cgi/sandbox/sandbox.h"
#include "engine/base/id.h"
#include "engine/base/json.h"

static enum err message_send(struct scene *s)
{
	const cJSON *body = s->c->request.json;
	const char *to = json_string(body, "to", "buyer");
	const char *text =
		json_string(body, "text", json_string(body, "template", NULL));
	if (!text) {
		problems_add(&s->c->problems, "/text",
			     "expected a text or a template");
		return ERR_INVALID;
	}
	enum err e = message_add(s->db, s->story.order_id, "order", s->now_ms,
				 "support", to, text);
	if (e != OK)
		return e;
	char id[ID_SIZE];
	id_make("msg", s->c->world, id);
	cJSON *sent = scene_object(s);
	json_set_string(sent, "messageId", id);
	json_set_string(sent, "to", to);
	json_set_time(sent, "sentAt", s->now_ms);
	scene_answer(s, 200, sent);
	return OK;
}

static const struct field send_body[] = {
	{.name = "to",
	 .type = FIELD_WORD,
	 .required = true,
	 .values = (const char *const[]){"buyer", "seller", NULL}},
	{.name = "template", .type = FIELD_TEXT, .null_ok = true, .max = 200},
	{.name = "text", .type = FIELD_NOTE, .null_ok = true, .max = 4000},
	{0},
};

static const struct service services[] = {
	{.kind = SERVICE_EFFECT,
	 .pattern = "/sandbox/messages/{orderId}",
	 .adapter = "message",
	 .operation = "message.send",
	 .body = send_body,
	 .fn = message_send},
	{.kind = SERVICE_LOOKUP,
	 .pattern = "/sandbox/messages/{orderId}/sent/{key}",
	 .adapter = "message",
	 .operation = "message.send"},
};

const struct system message_system = SYSTEM(services);
