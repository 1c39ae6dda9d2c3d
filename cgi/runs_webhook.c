/*
 * What suppliers and other systems send in, in the Standard Webhooks form.
 *
 * Always holds: nothing that a body says is taken before one of the signatures
 * has been found right, over exactly the bytes that came; nobody is told which
 * of id, time, key or signature it was that did not fit.
 */
#include "../engine/flow/webhook.h"

#include <stdlib.h>
#include <string.h>

#include "../engine/base/json.h"
#include "../engine/base/log.h"
#include "../engine/base/secret.h"
#include "../engine/base/signature.h"
#include "lib/once.h"
#include "runs.h"

#define TOLERANCE_S 300
#define SOURCE_MAX 31

static enum err refuse(struct context *c)
{
	c->response.status = 401;
	return response_refuse(&c->response, ERR_DENIED, "signature",
			       "webhook-id, webhook-timestamp (within five "
			       "minutes) and webhook-signature do not fit "
			       "together with a key of this source");
}

static bool source_valid(const char *source)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	size_t length = strspn(source, word);

	return length > 0 && length <= SOURCE_MAX && !source[length] &&
	       source[0] >= 'a' && source[0] <= 'z';
}

/* A replay of an old message is as bad as a forged one. */
static bool timely(struct context *c, const char *timestamp)
{
	int64_t now_s = world_wall_ms(c->world) / 1000;
	char *end;
	long long at;

	if (strspn(timestamp, "0123456789") != strlen(timestamp) ||
	    strlen(timestamp) > 12)
		return false;
	at = strtoll(timestamp, &end, 10);
	return at >= now_s - TOLERANCE_S && at <= now_s + TOLERANCE_S;
}

static bool signed_rightly(struct context *c, const char *source,
			   const char *id)
{
	const char *timestamp =
		request_header(&c->request, "Webhook-Timestamp");
	const char *signatures =
		request_header(&c->request, "Webhook-Signature");
	const char *body = c->request.body ? c->request.body : "";
	struct secret secret;
	enum err e;
	bool valid;

	if (!id || !timestamp || !signatures || !timely(c, timestamp))
		return false;
	e = secret_read(c->config, arena_printf(c->arena, "webhook_%s", source),
			&secret);
	if (e) {
		log_warning("webhook without a key source=%s: credential "
			    "webhook_%s: %s",
			    source, source, secret_error(e));
		return false;
	}
	valid = signature_valid(secret.text, id, timestamp, body,
				(size_t)c->request.body_length, signatures);
	secret_clear(&secret);
	return valid;
}

static enum err work(struct context *c)
{
	const cJSON *body = c->request.json;
	const cJSON *data = json_get(body, "data");
	const struct webhook_in in = {
		.source = request_param(&c->request, "source"),
		.webhook_id = request_header(&c->request, "Webhook-Id"),
		.type = json_string(body, "type", ""),
		.order_id = json_string(body, "orderId",
					json_string(data, "orderId", "")),
		.data = data,
		.raw = c->request.body,
	};
	enum webhook_way way;
	struct run run;
	cJSON *answer;
	enum err e =
		webhook_receive(c->db, c->world, &in, &c->problems, &run, &way);

	if (e)
		return e;
	answer = cJSON_CreateObject();
	json_set_string(answer, "way", webhook_way_name(way));
	json_set_string(answer, "orderId", in.order_id);
	json_set_string(answer, "runId", run.id ? run.public_id : NULL);
	response_json(&c->response, 202, answer);
	return OK;
}

enum err runs_webhook(struct context *c)
{
	const char *source = request_param(&c->request, "source");
	const char *id = request_header(&c->request, "Webhook-Id");

	if (!source_valid(source) || !signed_rightly(c, source, id))
		return refuse(c);
	return once_write(c, work);
}
