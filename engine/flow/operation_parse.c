/*
 * Reads one operation of an adapter: how it is asked, what its peer promises,
 * and what answers mean.
 *
 * Always holds: an effect says what its peer offers, for without it nobody
 * could tell whether a repeat is safe; a read offers nothing, and has nothing
 * that only effects have.
 */
#include "operation_parse.h"

#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "guard.h"
#include "template.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define POINTER_SIZE 192
#define SECOND INT64_C(1000)
#define DAY (24 * 3600 * SECOND)
#define OPERATION_NAME_MAX 31 /* "adapter.operation" must fit NAME_SIZE */

static const char *const kinds[] = {"read", "effect"};
static const char *const offers[] = {"", "keyed", "lookup", "neither"};
static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
static const char *const scopes[] = {"order"};

static void read_name(const cJSON *json, const char *pointer,
		      struct problems *p, struct operation *o)
{
	const char *name = json->string;
	size_t length = strlen(name);

	if (length > OPERATION_NAME_MAX || name[0] < 'a' || name[0] > 'z' ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz"
			 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != length)
		problems_add(p, pointer,
			     "expected a name like \"findRefund\" of at most "
			     "%d characters, found \"%.40s\"",
			     OPERATION_NAME_MAX, name);
	STR_COPY(o->name, name);
}

static void read_request(struct fields *f, bool local, struct operation *o)
{
	static const char no_peer[] = "a local operation has no peer";
	int fallback = o->kind == OPERATION_READ ? 0 : 1;
	char at[POINTER_SIZE];
	int method;

	if (local) {
		parse_refuse(f, "method", no_peer);
		parse_refuse(f, "path", no_peer);
		parse_refuse(f, "body", no_peer);
		return;
	}
	method = parse_choice(f, "method", methods, COUNT(methods), false,
			      fallback);
	STR_COPY(o->method, methods[method]);
	if (o->kind == OPERATION_EFFECT && method == 0)
		fields_problem(f, "method",
			       "an effect is not asked with GET, which may be "
			       "repeated by anybody on the way");
	o->path = fields_string(f, "path", true);
	if (o->path) {
		template_check(o->path, fields_at(f, "path", at, sizeof(at)),
			       f->problems);
		if (o->path[0] != '/' && o->path[0] != '\0')
			fields_problem(f, "path",
				       "expected \"/…\" or \"\", found "
				       "\"%.80s\"",
				       o->path);
	}
	o->body = fields_object(f, "body", false);
	if (o->body)
		template_check_json(o->body,
				    fields_at(f, "body", at, sizeof(at)),
				    f->problems);
	if (o->body && method == 0)
		fields_problem(f, "body", "a GET has none");
}

/* Members that say what the peer promises; each belongs to one offer. */
static void read_promise(struct fields *f, struct operation *o)
{
	static const char only_effects[] = "only an effect has it";
	const char *lookup;

	if (o->kind == OPERATION_READ) {
		parse_refuse(f, "offers", only_effects);
		parse_refuse(f, "effectScope", only_effects);
		parse_refuse(f, "keyRetention", only_effects);
		parse_refuse(f, "lookup", only_effects);
		parse_refuse(f, "visibleWithin", only_effects);
		return;
	}
	o->offer = (enum operation_offer)(
		1 + parse_choice(f, "offers", offers + 1, COUNT(offers) - 1,
				 true, 2));
	o->order_scope = parse_choice(f, "effectScope", scopes, COUNT(scopes),
				      false, -1) == 0;
	if (o->offer == OFFER_KEYED || o->offer == OFFER_LOOKUP)
		o->key_retention_ms =
			parse_span(f, "keyRetention", 0, 3650 * DAY, 0);
	else
		parse_refuse(f, "keyRetention",
			     "only for offers \"keyed\" and \"lookup\"");
	if (o->offer != OFFER_LOOKUP) {
		parse_refuse(f, "lookup", "only for offers \"lookup\"");
		parse_refuse(f, "visibleWithin", "only for offers \"lookup\"");
		return;
	}
	lookup = fields_string(f, "lookup", true);
	if (lookup && (lookup[0] == '\0' ||
		       !str_copy(o->lookup, sizeof(o->lookup), lookup)))
		fields_problem(f, "lookup", "expected an operation's name");
	o->visible_within_ms =
		parse_span(f, "visibleWithin", 0, DAY, 5 * SECOND);
}

/* Within those of the adapter. */
static void read_limits(struct fields *f, bool local, struct operation *o)
{
	static const char no_peer[] = "a local operation has no peer";

	if (local) {
		parse_refuse(f, "concurrency", no_peer);
		parse_refuse(f, "rate", no_peer);
		return;
	}
	o->concurrency =
		(int)fields_int(f, "concurrency", 1, CONCURRENCY_MAX, 0);
	parse_rate(f, &o->rate_per_second, &o->rate_burst);
}

static void read_times(struct fields *f, struct operation *o)
{
	const cJSON *retry;
	char at[POINTER_SIZE];

	o->timeout_ms = parse_span(f, "timeout", 1, 300 * SECOND, 5 * SECOND);
	o->connect_timeout_ms =
		parse_span(f, "connectTimeout", 1, 60 * SECOND,
			   o->timeout_ms < SECOND ? o->timeout_ms : SECOND);
	if (o->connect_timeout_ms > o->timeout_ms)
		fields_problem(f, "connectTimeout",
			       "expected no more than timeout");
	o->retry = retry_default;
	retry = fields_object(f, "retry", false);
	/* Its problems are in the list; the caller looks there. */
	if (retry && retry_parse(retry, fields_at(f, "retry", at, sizeof(at)),
				 f->problems, &o->retry) != OK)
		return;
}

/* A list of members of the answer. */
static int read_members(struct fields *f, const char *key,
			const struct operation *o, const char **members)
{
	const cJSON *list = fields_array(f, key, false, OPERATION_LIST_MAX);
	const cJSON *item;
	char at[POINTER_SIZE];
	int count = 0;

	cJSON_ArrayForEach(item, list)
	{
		const char *name = cJSON_GetStringValue(item);

		fields_at(f, key, at, sizeof(at));
		json_pointer_index(at, sizeof(at), count);
		if (!name || !*name)
			problems_add(f->problems, at,
				     "expected a member's name");
		else if (o->map && !json_get(o->map, name))
			problems_add(f->problems, at,
				     "expected a member of \"map\", found "
				     "\"%.80s\"",
				     name);
		members[count++] = name ? name : "";
	}
	return count;
}

static void read_map(struct fields *f, struct operation *o)
{
	const cJSON *item;
	char at[POINTER_SIZE];

	o->map = fields_object(f, "map", false);
	cJSON_ArrayForEach(item, o->map)
	{
		fields_at(f, "map", at, sizeof(at));
		json_pointer_key(at, sizeof(at), item->string);
		if (!cJSON_IsString(item) || item->valuestring[0] == '\0')
			problems_add(f->problems, at,
				     "expected a path like \"data.status\"");
	}
}

/* "409" or "4xx". */
static bool status_parse(const char *text, struct class_rule *rule)
{
	static const char digits[] = "0123456789";

	if (strlen(text) != 3 || text[0] < '1' || text[0] > '5')
		return false;

	int hundred = (text[0] - '0') * 100;

	if (strcmp(text + 1, "xx") == 0) {
		rule->status_low = hundred;
		rule->status_high = hundred + 99;
		return true;
	}
	if (strspn(text, digits) != 3)
		return false;
	rule->status_low = hundred + (text[1] - '0') * 10 + (text[2] - '0');
	rule->status_high = rule->status_low;
	return true;
}

static void read_class(const cJSON *json, const char *pointer,
		       struct problems *p, struct class_rule *rule)
{
	const char *status, *class, *code;
	char at[POINTER_SIZE];
	struct fields f;

	if (!fields_begin(&f, json, pointer, p))
		return;
	rule->status_low = 100;
	rule->status_high = 599;
	status = fields_string(&f, "status", false);
	if (status && !status_parse(status, rule))
		fields_problem(&f, "status",
			       "expected \"409\" or \"4xx\", found \"%.40s\"",
			       status);
	rule->when = fields_object(&f, "when", false);
	if (rule->when)
		guard_check(rule->when, fields_at(&f, "when", at, sizeof(at)),
			    p);
	if (!status && !rule->when)
		problems_add(p, pointer, "expected \"status\" or \"when\"");
	class = fields_string(&f, "class", true);
	if (class && !call_class_parse(class, &rule->class))
		fields_problem(&f, "class",
			       "expected OK, RETRYABLE, PERMANENT, UNKNOWN or "
			       "THROTTLED, found \"%.40s\"",
			       class);
	code = fields_string(&f, "code", false);
	if (code && !str_copy(rule->code, sizeof(rule->code), code))
		fields_problem(&f, "code", "expected at most %d characters",
			       NAME_SIZE - 1);
	fields_end(&f);
}

static void read_answer(struct fields *f, struct operation *o)
{
	const cJSON *list, *item;
	char at[POINTER_SIZE];

	read_map(f, o);
	o->require_count = read_members(f, "require", o, o->require);
	o->echo_count = read_members(f, "echo", o, o->echo);
	list = fields_array(f, "classes", false, OPERATION_LIST_MAX);
	cJSON_ArrayForEach(item, list)
	{
		fields_at(f, "classes", at, sizeof(at));
		json_pointer_index(at, sizeof(at), o->class_rule_count);
		read_class(item, at, f->problems,
			   &o->class_rule[o->class_rule_count++]);
	}
}

void operation_parse(const cJSON *json, const char *pointer, bool local,
		     struct problems *p, struct operation *ret_operation)
{
	struct operation *o = ret_operation;
	struct fields f;

	read_name(json, pointer, p, o);
	if (!fields_begin(&f, json, pointer, p))
		return;
	o->kind = (enum operation_kind)parse_choice(&f, "kind", kinds,
						    COUNT(kinds), true, 0);
	read_request(&f, local, o);
	read_promise(&f, o);
	read_limits(&f, local, o);
	read_times(&f, o);
	read_answer(&f, o);
	fields_end(&f);
}
