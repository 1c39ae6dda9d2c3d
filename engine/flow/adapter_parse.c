/*
 * Reads an adapter's declaration strictly, for what it gets wrong would show as
 * a refund that is sent twice, months later.
 *
 * Always holds: every fault is told in one go, with its JSON Pointer and what
 * was expected; an adapter that comes out has only names, numbers, templates
 * and guards that fit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/mem.h"
#include "../base/secret.h"
#include "keys.h"
#include "operation_parse.h"
#include "template.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define POINTER_SIZE 192
#define SECOND INT64_C(1000)

#define RATE_MAX 100000
#define HEADERS_MAX 8

int parse_choice(struct fields *f, const char *key, const char *const *names,
		 int count, bool required, int fallback)
{
	const char *text = fields_string(f, key, required);
	char list[120] = "";

	if (!text)
		return fallback;
	for (int i = 0; i < count; i++) {
		size_t used = strlen(list);

		if (strcmp(names[i], text) == 0)
			return i;
		(void)snprintf(list + used, sizeof(list) - used, "%s\"%s\"",
			       i ? ", " : "", names[i]);
	}
	fields_problem(f, key, "expected one of %s, found \"%.40s\"", list,
		       text);
	return fallback;
}

int64_t parse_span(struct fields *f, const char *key, int64_t min, int64_t max,
		   int64_t fallback)
{
	int64_t ms = fields_duration(f, key, fallback);

	if (ms >= min && ms <= max)
		return ms;
	fields_problem(f, key, "expected %lldms to %lldms", (long long)min,
		       (long long)max);
	return fallback;
}

void parse_refuse(struct fields *f, const char *key, const char *reason)
{
	if (fields_any(f, key))
		fields_problem(f, key, "%s", reason);
}

void parse_rate(struct fields *parent, int *ret_per_second, int *ret_burst)
{
	const cJSON *json = fields_object(parent, "rate", false);
	char at[POINTER_SIZE];
	struct fields f;

	if (!json ||
	    !fields_begin(&f, json, fields_at(parent, "rate", at, sizeof(at)),
			  parent->problems))
		return;
	if (!json_get(json, "perSecond"))
		fields_problem(&f, "perSecond", "missing; expected a number");
	*ret_per_second = (int)fields_int(&f, "perSecond", 1, RATE_MAX, 1);
	*ret_burst = (int)fields_int(&f, "burst", 1, RATE_MAX, *ret_per_second);
	fields_end(&f);
}

/* A number above 0 and up to 1. */
static double read_share(struct fields *f, const char *key, double fallback)
{
	const cJSON *item = fields_any(f, key);

	if (!item)
		return fallback;
	if (cJSON_IsNumber(item) && item->valuedouble > 0.0 &&
	    item->valuedouble <= 1.0)
		return item->valuedouble;
	fields_problem(f, key, "expected a number above 0 and up to 1");
	return fallback;
}

static void read_budget(struct fields *parent, struct adapter *a)
{
	const cJSON *json = fields_object(parent, "retryBudget", false);
	char at[POINTER_SIZE];
	struct fields f;

	if (!json ||
	    !fields_begin(&f, json,
			  fields_at(parent, "retryBudget", at, sizeof(at)),
			  parent->problems))
		return;
	a->retry_share = read_share(&f, "share", 0.1);
	a->retry_window_ms =
		parse_span(&f, "window", SECOND, 3600 * SECOND, 60 * SECOND);
	a->retry_least = (int)fields_int(&f, "least", 1, 100000, 10);
	fields_end(&f);
}

static void read_breaker(struct fields *parent, struct adapter *a)
{
	const cJSON *json = fields_object(parent, "breaker", false);
	char at[POINTER_SIZE];
	struct fields f;

	a->breaker_failures = 5;
	a->breaker_window = 100;
	a->breaker_ratio = 0.5;
	a->breaker_open_ms = 30 * SECOND;
	if (!json || !fields_begin(&f, json,
				   fields_at(parent, "breaker", at, sizeof(at)),
				   parent->problems))
		return;
	a->breaker_failures =
		(int)fields_int(&f, "failures", 1, 1000, a->breaker_failures);
	a->breaker_window = (int)fields_int(&f, "window", 1, ADAPTER_WINDOW_MAX,
					    a->breaker_window);
	a->breaker_ratio = read_share(&f, "ratio", a->breaker_ratio);
	a->breaker_open_ms =
		parse_span(&f, "open", 10, 3600 * SECOND, a->breaker_open_ms);
	fields_end(&f);
}

/* A token of RFC 9110 as far as headers are named in practice. */
static bool header_name_valid(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length <= 64 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == length;
}

static void read_credential(struct fields *f, struct adapter *a, bool used)
{
	const char *name = fields_string(f, "credential", false);

	if (name && !secret_name_valid(name))
		fields_problem(f, "credential",
			       "expected a file's name like \"payment_token\"");
	else if (name && !used)
		fields_problem(f, "credential",
			       "expected a header with {{credential}}");
	else if (!name && used)
		fields_problem(f, "credential",
			       "missing; a header asks for it");
	else if (name)
		STR_COPY(a->credential, name);
}

static void read_headers(struct fields *f, struct adapter *a)
{
	const cJSON *item;
	char at[POINTER_SIZE];
	bool credential = false;
	int count = 0;

	a->headers = fields_object(f, "headers", false);
	cJSON_ArrayForEach(item, a->headers)
	{
		fields_at(f, "headers", at, sizeof(at));
		json_pointer_key(at, sizeof(at), item->string);
		if (!header_name_valid(item->string))
			problems_add(f->problems, at,
				     "expected a header's name, found "
				     "\"%.40s\"",
				     item->string);
		if (cJSON_IsString(item))
			template_check(item->valuestring, at, f->problems);
		else
			problems_add(f->problems, at, "expected a string");
		credential |= cJSON_IsString(item) &&
			      strstr(item->valuestring, "{{credential}}");
		count++;
	}
	if (count > HEADERS_MAX)
		fields_problem(f, "headers", "expected at most %d",
			       HEADERS_MAX);
	read_credential(f, a, credential);
}

static void read_peer(struct fields *f, struct adapter *a)
{
	static const char only_http[] = "a local adapter has no peer";
	char at[POINTER_SIZE];

	if (a->local) {
		parse_refuse(f, "baseUrl", only_http);
		parse_refuse(f, "headers", only_http);
		parse_refuse(f, "credential", only_http);
		return;
	}
	read_headers(f, a);
	a->base_url = fields_string(f, "baseUrl", true);
	if (!a->base_url)
		return;
	template_check(a->base_url, fields_at(f, "baseUrl", at, sizeof(at)),
		       f->problems);
	if (strncmp(a->base_url, "http://", 7) != 0 &&
	    strncmp(a->base_url, "https://", 8) != 0 &&
	    strncmp(a->base_url, "{{setting.", 10) != 0)
		fields_problem(f, "baseUrl",
			       "expected http://…, https://… or "
			       "{{setting.…}}, found \"%.80s\"",
			       a->base_url);
	if (a->base_url[0] && a->base_url[strlen(a->base_url) - 1] == '/')
		fields_problem(f, "baseUrl", "expected no / at its end");
}

static void read_operations(struct fields *f, struct adapter *a)
{
	const cJSON *json = fields_object(f, "operations", true);
	const cJSON *item;
	char at[POINTER_SIZE];

	if (!json)
		return;
	if (!json->child)
		fields_problem(f, "operations",
			       "expected at least one operation");
	cJSON_ArrayForEach(item, json)
	{
		if (item->string[0] == '_')
			continue;
		if (a->operation_count == ADAPTER_OPERATIONS_MAX) {
			fields_problem(f, "operations", "expected at most %d",
				       ADAPTER_OPERATIONS_MAX);
			return;
		}
		fields_at(f, "operations", at, sizeof(at));
		json_pointer_key(at, sizeof(at), item->string);
		operation_parse(item, at, a->local, f->problems,
				&a->operation[a->operation_count++]);
	}
}

/* A lookup is a read of the same adapter, with the key to ask for. */
static void check_lookups(const struct fields *f, const struct adapter *a)
{
	for (int i = 0; i < a->operation_count; i++) {
		const struct operation *o = &a->operation[i];
		const struct operation *lookup =
			adapter_operation(a, o->lookup);
		char at[POINTER_SIZE];

		if (o->lookup[0] == '\0')
			continue;
		fields_at(f, "operations", at, sizeof(at));
		json_pointer_key(at, sizeof(at), o->name);
		json_pointer_key(at, sizeof(at), "lookup");
		if (!lookup || lookup->kind != OPERATION_READ)
			problems_add(f->problems, at,
				     "expected a read operation of this "
				     "adapter, found \"%s\"",
				     o->lookup);
		else if (lookup->path && !strstr(lookup->path, "{{key}}"))
			problems_add(f->problems, at,
				     "expected \"%s\" to ask for {{key}} in "
				     "its path",
				     o->lookup);
	}
}

static void read_adapter(struct adapter *a, struct problems *p)
{
	static const char *const kinds[] = {"http", "local"};
	struct fields f;
	const char *name;

	if (!fields_begin(&f, a->document, "", p))
		return;
	name = fields_name(&f, "adapter", true);
	if (name && !str_copy(a->name, sizeof(a->name), name))
		fields_problem(&f, "adapter", "expected at most %d characters",
			       ADAPTER_SIZE - 1);
	a->title = fields_string(&f, "title", false);
	a->local = parse_choice(&f, "kind", kinds, COUNT(kinds), true, 0) == 1;
	read_peer(&f, a);
	a->concurrency =
		(int)fields_int(&f, "concurrency", 1, CONCURRENCY_MAX, 16);
	parse_rate(&f, &a->rate_per_second, &a->rate_burst);
	read_budget(&f, a);
	read_breaker(&f, a);
	read_operations(&f, a);
	fields_end(&f);
	check_lookups(&f, a);
}

enum err adapter_parse(cJSON *document, struct problems *p,
		       struct adapter **ret_adapter)
{
	struct adapter *a = mem_alloc(sizeof(*a));
	struct problems told = {.count = 0}, shape = {.count = 0};

	a->document = document;
	read_adapter(a, &told);
	keys_check(document, &keys_adapter, "", &shape);
	if (!keys_merge(p, &told, &shape)) {
		adapter_free(a);
		return ERR_INVALID;
	}
	if (!a->title)
		a->title = a->name;
	*ret_adapter = a;
	return OK;
}
