/*
 * The message system: what buyer and seller are told, and what they answer. A
 * message cannot be taken back, which makes it an effect like any other.
 *
 * Somebody who is asked (by a template with "ask" or "choose" in its name, or
 * by a text with a question mark) answers two seconds later: the buyer agrees,
 * or wants the money back when the order id says REFUSES. UNREACHABLE: e-mail
 * bounces, and only who is asked by another channel answers; with FAIL nobody
 * does. What was answered shows when somebody reads; until the next question is
 * put nothing of it is stored.
 */
#include <string.h>

#include "cgi/sandbox/sandbox.h"
#include "engine/base/id.h"
#include "engine/base/json.h"

static bool bounces(const struct scene *s, const char *channel)
{
	bool mail = channel[0] == '\0' || strcmp(channel, "email") == 0;
	return mail && story_has(&s->story, STORY_UNREACHABLE);
}

struct reply buyer_reply(const struct scene *s)
{
	const struct situation *now = &s->situation;
	struct reply none = {0},
		     reply = {
			     .at_ms = now->buyer_asked_ms + ANSWER_MS,
			     .text = "Yes, that is fine with me.",
			     .choice = "ACCEPT",
		     };
	if (now->buyer_answer[0])
		return (struct reply){
			.at_ms = now->buyer_asked_ms ? now->buyer_asked_ms
						     : now->seen_ms,
			.text = now->buyer_answer,
			.choice =
				now->buyer_choice[0] ? now->buyer_choice : NULL,
		};
	bool lost = story_has(&s->story, STORY_UNREACHABLE);
	if (!now->buyer_asked_ms || s->now_ms < reply.at_ms ||
	    bounces(s, now->buyer_channel) ||
	    (lost && story_has(&s->story, STORY_FAIL)))
		return none;
	if (story_has(&s->story, STORY_REFUSES)) {
		reply.text = "No. I want my money back.";
		reply.choice = "REFUND";
	} else if (lost) {
		reply.text = "This is me. Please use my new address.";
	}
	return reply;
}

/* A silent seller stays so here too. */
static struct reply seller_reply(const struct scene *s)
{
	struct reply none = {0},
		     reply = {
			     .at_ms = s->situation.seller_asked_ms + ANSWER_MS,
			     .text = "We are looking into it.",
		     };
	static const enum story_word silent[] = {STORY_SUPPLIER, STORY_FAIL,
						 STORY_WORD_COUNT};
	if (!s->situation.seller_asked_ms || s->now_ms < reply.at_ms ||
	    story_has_any(&s->story, silent))
		return none;
	if (story_has(&s->story, STORY_DENIED))
		reply.text = "The tickets were good when I sent them.";
	return reply;
}

static void add_reply(cJSON *messages, const char *from,
		      const struct reply *reply)
{
	if (!reply->at_ms)
		return;
	cJSON *m = cJSON_CreateObject();
	json_set_time(m, "at", reply->at_ms);
	json_set_string(m, "from", from);
	json_set_string(m, "to", "support");
	json_set_string(m, "text", reply->text);
	cJSON_AddItemToArray(messages, m);
}

static enum err message_read(struct scene *s)
{
	cJSON *messages = cJSON_CreateArray();
	enum err e = message_list(s->db, s->story.order_id, "order",
				  s->c->arena, messages);
	if (e != OK) {
		cJSON_Delete(messages);
		return e;
	}
	struct reply buyer = buyer_reply(s), seller = seller_reply(s);
	add_reply(messages, "buyer", &buyer);
	add_reply(messages, "seller", &seller);
	cJSON *list = scene_object(s);
	json_set(list, "messages", messages);
	json_set_time(list, "lastFromBuyerAt", buyer.at_ms);
	json_set_time(list, "lastFromSellerAt", seller.at_ms);
	json_set_time(list, "lastToBuyerAt", s->situation.buyer_told_ms);
	scene_set_text(list, "buyerText", buyer.text);
	scene_set_text(list, "buyerChoice", buyer.choice);
	bool told = buyer.at_ms && story_has(&s->story, STORY_UNREACHABLE);
	scene_set_text(
		list, "verifiedEmail",
		told ? arena_printf(s->c->arena, "new.%s", s->story.buyer_email)
		     : NULL);
	scene_answer(s, 200, list);
	return OK;
}

static bool is_question(const char *name, const char *text)
{
	return strstr(name, "ask") || strstr(name, "choose") ||
	       strchr(text, '?');
}

/* What was answered before is kept: a new answer takes its place. */
static enum err keep_answer(struct scene *s, const char *from,
			    const struct reply *reply)
{
	if (!reply->at_ms)
		return OK;
	return message_add(s->db, s->story.order_id, "order", reply->at_ms,
			   from, "support", reply->text);
}

static enum err note_told(struct scene *s, const char *to, const char *channel,
			  bool question)
{
	struct situation *now = &s->situation;
	enum err e = OK;
	if (strcmp(to, "buyer") == 0) {
		struct reply before = buyer_reply(s);
		if (question)
			e = keep_answer(s, "buyer", &before);
		if (!bounces(s, channel))
			now->buyer_told_ms = s->now_ms;
		if (question) {
			now->buyer_asked_ms = s->now_ms;
			now->buyer_answer[0] = now->buyer_choice[0] = '\0';
			(void)str_copy(now->buyer_channel,
				       sizeof(now->buyer_channel), channel);
		}
	} else if (strcmp(to, "seller") == 0 && question) {
		struct reply before = seller_reply(s);
		e = keep_answer(s, "seller", &before);
		now->seller_asked_ms = s->now_ms;
	}
	return e;
}

static enum err message_send(struct scene *s)
{
	const cJSON *body = s->c->request.json;
	const char *to = json_string(body, "to", "buyer");
	const char *name = json_string(body, "template", "");
	const char *channel = json_string(body, "channel", "");
	const char *text = json_string(body, "text", name);
	if (!*text) {
		problems_add(&s->c->problems, "/text",
			     "expected a text or a template");
		return ERR_INVALID;
	}
	enum err e = note_told(s, to, channel, is_question(name, text));
	if (e == OK)
		e = message_add(s->db, s->story.order_id, "order", s->now_ms,
				"support", to, text);
	if (e != OK)
		return e;
	char id[ID_SIZE];
	id_make("msg", s->c->world, id);
	bool lost = strcmp(to, "buyer") == 0 && bounces(s, channel);
	cJSON *sent = scene_object(s);
	json_set_string(sent, "messageId", id);
	json_set_string(sent, "to", to);
	json_set_string(sent, "status", lost ? "BOUNCED" : "SENT");
	json_set_time(sent, "sentAt", s->now_ms);
	scene_answer(s, 200, sent);
	return OK;
}

#define WORDS(...)                                                             \
	(const char *const[])                                                  \
	{                                                                      \
		__VA_ARGS__, NULL                                              \
	}

static const struct field send_body[] = {
	{.name = "to",
	 .type = FIELD_WORD,
	 .required = true,
	 .values = WORDS("buyer", "seller", "venue")},
	{.name = "template", .type = FIELD_TEXT, .null_ok = true, .max = 200},
	{.name = "text", .type = FIELD_NOTE, .null_ok = true, .max = 4000},
	{.name = "channel",
	 .type = FIELD_WORD,
	 .null_ok = true,
	 .values = WORDS("email", "phone", "sms", "app")},
	{0},
};

static const struct service services[] = {
	{.kind = SERVICE_READ,
	 .pattern = "/sandbox/messages/{orderId}",
	 .adapter = "message",
	 .operation = "message.list",
	 .fn = message_read},
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
