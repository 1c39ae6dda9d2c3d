/*
 * Why: the last question before a playbook is put in force is what it would do
 * with this very order, now. See trial.h.
 *
 * Always holds: only operations that are declared as reads ever leave.
 */
#include "trial.h"

#include <string.h>

#include "../adapters/adapter.h"
#include "../adapters/confine.h"
#include "../base/json.h"
#include "../base/secret.h"

/* ---- options ---- */

static enum err cut(struct ctl *c, const char *option, const char *text,
		    const char **ret_name, const char **ret_value)
{
	const char *equals = strchr(text, '=');

	if (!equals || equals == text)
		return ctl_refuse(c, ERR_INVALID,
				  "--%s expects NAME=VALUE, found '%.60s'",
				  option, text);
	*ret_name = arena_printf(&c->arena, "%.*s", (int)(equals - text), text);
	*ret_value = equals + 1;
	return OK;
}

static enum err add_assumed(struct trial *t, const char *text)
{
	struct problems p = {.count = 0};
	const char *name, *value;
	cJSON *body;
	enum err e = cut(t->ctl, "assume", text, &name, &value);

	if (e)
		return e;
	if (json_parse(value, strlen(value), &p, &body) != OK)
		return ctl_refuse(t->ctl, ERR_INVALID, "--assume %s: %s", name,
				  p.count ? p.item[0].detail : "no JSON");
	json_set(t->assume, name, body);
	return OK;
}

static enum err add_signal(struct trial *t, const char *text)
{
	struct problems p = {.count = 0};
	const char *equals = strchr(text, '=');
	const char *name = text, *value = "{}";
	cJSON *body;
	enum err e = OK;

	if (t->said_count == TRIAL_WORDS_MAX)
		return ctl_refuse(t->ctl, ERR_INVALID, "too many signals");
	if (equals)
		e = cut(t->ctl, "signal", text, &name, &value);
	if (e)
		return e;
	if (json_parse(value, strlen(value), &p, &body) != OK ||
	    !cJSON_IsObject(body))
		return ctl_refuse(t->ctl, ERR_INVALID,
				  "--signal %s: no JSON object", name);
	cJSON_Delete(body);
	t->said[t->said_count++] = (struct rehearse_said){
		.kind = INBOX_SIGNAL, .name = name, .body = value};
	return OK;
}

static enum err add_word(struct trial *t, const char *option, const char *text)
{
	struct trial_word *w = &t->word[t->word_count];

	if (t->word_count == TRIAL_WORDS_MAX)
		return ctl_refuse(t->ctl, ERR_INVALID, "too many decisions");
	t->word_count++;
	w->approved = strcmp(option, "reject") != 0;
	w->step = text;
	if (strcmp(option, "choose") == 0)
		return cut(t->ctl, option, text, &w->step, &w->alternative);
	return OK;
}

enum err trial_begin(struct ctl *c, struct trial *t)
{
	enum err e = OK;
	int i;

	memset(t, 0, sizeof(*t));
	t->ctl = c;
	t->assume = cJSON_CreateObject();
	t->settings = cJSON_CreateObject();
	json_set_string(t->settings, "sandbox_url", c->config.sandbox_url);
	for (i = 0; e == OK && i < c->option_count; i++) {
		const char *name = c->option[i].name;
		const char *value = c->option[i].value;

		if (strcmp(name, "assume") == 0)
			e = add_assumed(t, value);
		else if (strcmp(name, "signal") == 0)
			e = add_signal(t, value);
		else if (strcmp(name, "approve") == 0 ||
			 strcmp(name, "reject") == 0 ||
			 strcmp(name, "choose") == 0)
			e = add_word(t, name, value);
	}
	return e == OK ? http_open(&t->network) : e;
}

void trial_end(struct trial *t)
{
	rehearsal_release(&t->record);
	http_close(&t->network);
	cJSON_Delete(t->assume);
	cJSON_Delete(t->settings);
}

/* ---- calls ---- */

static struct trial_call *next_call(struct trial *t,
				    const struct rehearse_call *c)
{
	struct trial_call *k;

	/* The last one is written over: nobody reads as far. */
	if (t->call_count == TRIAL_CALLS_MAX)
		t->call_count--;
	k = &t->call[t->call_count++];
	memset(k, 0, sizeof(*k));
	STR_COPY(k->operation, c->name);
	STR_COPY(k->step, c->call->step);
	k->visit = c->call->visit;
	k->effect = c->operation->kind == OPERATION_EFFECT;
	return k;
}

static void keep_answer(struct trial *t, struct trial_call *k,
			const struct call_answer *a)
{
	struct arena *arena = &t->ctl->arena;

	k->class = a->class;
	k->status = a->status;
	k->duration_ms = a->duration_ms;
	k->answer = a->body ? json_print_arena(a->body, arena) : NULL;
	k->error = a->error[0] ? arena_dup(arena, a->error) : NULL;
}

static void read_now(struct trial *t, const struct rehearse_call *c,
		     const cJSON *params, const struct http_request *request,
		     const struct secret *secret, struct call_answer *answer)
{
	struct http_response response = {.tag = 0};

	if (t->network.start(t->network.context, request) != OK) {
		answer->class = CLASS_PERMANENT;
		STR_COPY(answer->error, "the request could not be made");
		return;
	}
	while (!t->network.next(t->network.context, &response))
		t->network.wait(t->network.context, NULL, 0, 1000);
	if (response.body)
		(void)secret_hide(secret, response.body, response.length);
	(void)secret_hide(secret, response.error, strlen(response.error));
	adapter_answer(c->operation, params, &response, answer);
}

/* As if the peer had done it: what was sent, and what else must be there. */
static void imagine(struct trial *t, const struct rehearse_call *c,
		    struct trial_call *k, cJSON *params,
		    struct call_answer *answer)
{
	const cJSON *given = json_get(t->assume, c->name);
	int i;

	k->assumed = given != NULL;
	answer->class = CLASS_OK;
	answer->status = 200;
	answer->body = cJSON_Duplicate(given ? given : params, true);
	for (i = 0; !given && i < c->operation->require_count; i++) {
		if (!json_path(answer->body, c->operation->require[i]))
			json_path_set(answer->body, c->operation->require[i],
				      cJSON_CreateString("ASSUMED"));
	}
}

/* Only what really leaves takes the credential along. */
static enum err find_secret(struct trial *t, const struct rehearse_call *c,
			    struct secret *secret, struct problems *p)
{
	enum err e;

	secret->name[0] = secret->text[0] = '\0';
	secret->length = 0;
	if (!c->adapter->credential[0])
		return OK;
	if (c->operation->kind == OPERATION_EFFECT) {
		STR_COPY(secret->text, "***");
		return OK;
	}
	e = secret_read(&t->ctl->config, c->adapter->credential, secret);
	if (e != OK)
		problems_add(p, "", "credential %s: %s", c->adapter->credential,
			     secret_error(e));
	return e;
}

static void ask(struct trial *t, const struct rehearse_call *c,
		struct trial_call *k, cJSON *params, struct secret *secret,
		struct call_answer *answer)
{
	struct problems p = {.count = 0};
	struct http_request request = {.tag = 1};
	enum err e = find_secret(t, c, secret, &p);

	if (e == OK)
		e = adapter_request(c->adapter, c->operation, params,
				    c->call->key, t->settings,
				    secret->text[0] ? secret->text : NULL,
				    &t->ctl->arena, &p, &request);
	if (e != OK) {
		k->fault = arena_dup(&t->ctl->arena,
				     p.count ? p.item[0].detail
					     : "the request cannot be made");
		answer->class = CLASS_PERMANENT;
		STR_COPY(answer->error, k->fault);
		return;
	}
	request.tag = 1;
	k->method = request.method;
	k->url = request.url;
	k->body = request.body;
	if (k->effect)
		imagine(t, c, k, params, answer);
	else
		read_now(t, c, params, &request, secret, answer);
}

static bool answer(void *context, const struct rehearse_call *c,
		   struct call_answer *ret_answer)
{
	struct trial *t = context;
	struct trial_call *k = next_call(t, c);
	cJSON *params = cJSON_Parse(c->call->params);
	struct secret secret;

	ask(t, c, k, params, &secret, ret_answer);
	secret_clear(&secret);
	keep_answer(t, k, ret_answer);
	cJSON_Delete(params);
	return true;
}

static bool decide(void *context, const struct task *task,
		   struct rehearse_decision *ret_decision)
{
	struct trial *t = context;
	int i;

	for (i = 0; i < t->word_count; i++) {
		const struct trial_word *w = &t->word[i];

		if (strcmp(w->step, task->step) != 0)
			continue;
		ret_decision->approved = w->approved;
		ret_decision->alternative = w->alternative;
		ret_decision->by = t->ctl->actor.name;
		ret_decision->role = ROLE_ADMIN;
		ret_decision->on_record = true;
		return true;
	}
	return false;
}

void trial_play(struct trial *t, const struct catalog *catalog,
		const char *order_id)
{
	struct rehearse_input in = {
		.catalog = catalog,
		.order_id = order_id,
		.now_ms = world_wall_ms(t->ctl->world),
		.said = t->said,
		.said_count = t->said_count,
		.ports = {.answer = answer, .decide = decide, .context = t},
		.explain = true,
	};
	int i;

	(void)confine_rules(catalog, &t->ctl->config, t->settings,
			    &t->ctl->arena, &t->reach);
	t->network.confine(t->network.context, &t->reach);
	for (i = 0; i < t->said_count; i++)
		t->said[i].at_ms = in.now_ms;
	rehearse(&in, &t->ctl->arena, &t->record);
}
