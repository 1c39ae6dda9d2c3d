/*
 * Whether a guard is written as guards are, so that evaluation never meets
 * what it does not know.
 *
 * Always holds: all problems of a guard are told in one go, each at its own
 * JSON Pointer. An empty guard, list or condition is one: it says nothing, and
 * what it would be taken for nobody can tell. (No guard at all is "always".)
 */
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "guard.h"
#include "guard_operator.h"

#define POINTER_SIZE 192
#define PATH_MAX_BYTES 120

static void below(char pointer[POINTER_SIZE], const char *parent,
		  const char *key)
{
	(void)snprintf(pointer, POINTER_SIZE, "%s", parent);
	json_pointer_key(pointer, POINTER_SIZE, key);
}

/* "order.buyer.name": parts of letters, digits, _ and -, with single dots. */
static bool path_valid(const char *path)
{
	size_t length = strlen(path);

	if (length == 0 || length > PATH_MAX_BYTES || path[0] == '.' ||
	    path[length - 1] == '.' || strstr(path, ".."))
		return false;
	return strspn(path, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789_-.") == length;
}

/* An object where an operand is expected is a lookup; true if there is one. */
static bool check_lookup(const cJSON *operand, const char *pointer,
			 struct problems *p)
{
	const cJSON *member = operand->child;
	char at[POINTER_SIZE];

	if (!cJSON_IsObject(operand))
		return false;
	if (!member || member->next ||
	    (strcmp(member->string, "policy") != 0 &&
	     strcmp(member->string, "field") != 0)) {
		problems_add(p, pointer,
			     "expected a value, {\"policy\": \"a.b\"} or "
			     "{\"field\": \"a.b\"}");
		return true;
	}
	below(at, pointer, member->string);
	if (!cJSON_IsString(member) || !path_valid(member->valuestring))
		problems_add(p, at,
			     "expected a path like \"order.totalMinor\"");
	return true;
}

static void check_operator(const cJSON *operand, const char *pointer,
			   struct problems *p)
{
	const struct guard_operator *o = guard_operator(operand->string);

	if (!o)
		problems_add(p, pointer,
			     "unknown operator \"%.40s\"; expected one of %s",
			     operand->string, guard_operator_names);
	else if (!check_lookup(operand, pointer, p) && !o->takes(operand))
		problems_add(p, pointer, "%s expects %s", o->name, o->wants);
}

static void check_field(const cJSON *member, const char *pointer,
			struct problems *p)
{
	const cJSON *operand = member->child;
	char at[POINTER_SIZE];

	if (!path_valid(member->string))
		problems_add(p, pointer,
			     "expected a field like \"order.totalMinor\", "
			     "found \"%.80s\"",
			     member->string);
	if (cJSON_IsArray(member) || cJSON_IsNull(member)) {
		problems_add(p, pointer,
			     "expected a value or an object of operators; "
			     "for a list use {\"in\": […]}, for null "
			     "{\"exists\": false}");
		return;
	}
	if (!cJSON_IsObject(member))
		return;
	if (!operand) {
		problems_add(p, pointer, "expected at least one operator of %s",
			     guard_operator_names);
		return;
	}
	if (strcmp(operand->string, "policy") == 0 ||
	    strcmp(operand->string, "field") == 0) {
		check_lookup(member, pointer, p);
		return;
	}
	cJSON_ArrayForEach(operand, member)
	{
		below(at, pointer, operand->string);
		check_operator(operand, at, p);
	}
}

static void check_list(const cJSON *list, const char *pointer,
		       struct problems *p)
{
	const cJSON *part;
	char at[POINTER_SIZE];
	int index = 0;

	if (!cJSON_IsArray(list) || !list->child) {
		problems_add(p, pointer, "expected a list of guards");
		return;
	}
	cJSON_ArrayForEach(part, list)
	{
		(void)snprintf(at, sizeof(at), "%s", pointer);
		json_pointer_index(at, sizeof(at), index++);
		guard_check(part, at, p);
	}
}

void guard_check(const cJSON *guard, const char *pointer, struct problems *p)
{
	const cJSON *member;
	char at[POINTER_SIZE];

	if (!cJSON_IsObject(guard) || !guard->child) {
		problems_add(p, pointer,
			     "expected an object of conditions, like "
			     "{\"order.vip\": true}");
		return;
	}
	cJSON_ArrayForEach(member, guard)
	{
		below(at, pointer, member->string);
		if (strcmp(member->string, "any") == 0 ||
		    strcmp(member->string, "all") == 0)
			check_list(member, at, p);
		else if (strcmp(member->string, "not") == 0)
			guard_check(member, at, p);
		else
			check_field(member, at, p);
	}
}
