/*
 * Guards decide what may happen to an order, so their answer must be one that
 * a person can check: every condition that decided it is told, with what was
 * expected and what was seen.
 *
 * Always holds: they fail closed. A condition that cannot be judged (its
 * operand is missing, or the two sides cannot be compared) is neither true nor
 * false, "not" leaves it so, and a guard that rests on it is false. Evaluation
 * never fails and never writes to the document.
 */
#include "guard.h"

#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "guard_operator.h"

#define WHY_MAX 64	    /* conditions told of one guard */
#define SEEN_SCALARS_MAX 16 /* a longer list is told by its length */

#define OPERATOR_DEFAULT "eq"

/* ---- operands that are looked up -------------------------------------- */

static const char *const origins[] = {"policy", "field"};

/* {"policy": "a.b"} or {"field": "a.b"}: which of them, and the path. */
static const char *origin_of(const cJSON *operand, const char **ret_path)
{
	if (!cJSON_IsObject(operand) || !operand->child || operand->child->next)
		return NULL;
	for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		*ret_path = json_string(operand, origins[i], NULL);
		if (*ret_path)
			return origins[i];
	}
	return NULL;
}

/* null counts as missing: peers write it for "there is none". */
static const cJSON *at_path(const cJSON *tree, const char *path)
{
	const cJSON *item = tree ? json_path(tree, path) : NULL;

	return cJSON_IsNull(item) ? NULL : item;
}

static const cJSON *operand_value(const cJSON *operand,
				  const struct guard_context *context)
{
	const char *path;
	const char *origin = origin_of(operand, &path);

	if (!origin)
		return cJSON_IsNull(operand) ? NULL : operand;
	return at_path(origin == origins[0] ? context->policy
					    : context->document,
		       path);
}

/* ---- evaluation ------------------------------------------------------- */

struct evaluation {
	const struct guard_context *context;
	bool negated; /* under an odd number of "not" */
};

static enum truth eval(struct evaluation *e, const cJSON *guard, cJSON *why);

/* A copy that stays small, whatever a peer sent. */
static cJSON *copy_small(const cJSON *item)
{
	const cJSON *part;
	char text[64];
	int count = cJSON_GetArraySize(item);

	if (!item)
		return cJSON_CreateNull();
	if (cJSON_IsObject(item))
		return cJSON_CreateString("an object");
	cJSON_ArrayForEach(part, item)
	{
		if (count <= SEEN_SCALARS_MAX && !cJSON_IsObject(part) &&
		    !cJSON_IsArray(part))
			continue;
		(void)snprintf(text, sizeof(text), "a list of %d", count);
		return cJSON_CreateString(text);
	}
	return cJSON_Duplicate(item, true);
}

static void tell(const struct evaluation *e, const char *field,
		 const char *operator_name, const cJSON *operand,
		 const cJSON *expected, const cJSON *seen, cJSON *why)
{
	const char *path;
	const char *origin = origin_of(operand, &path);
	char from[192];
	cJSON *entry;

	if (!why || cJSON_GetArraySize(why) >= WHY_MAX)
		return;
	entry = cJSON_CreateObject();
	json_set_string(entry, "field", field);
	json_set_string(entry, "operator", operator_name);
	json_set(entry, "expected", copy_small(expected));
	json_set(entry, "seen", copy_small(seen));
	if (origin) {
		(void)snprintf(from, sizeof(from), "%s %s", origin, path);
		json_set_string(entry, "from", from);
	}
	if (e->negated)
		json_set_bool(entry, "not", true);
	cJSON_AddItemToArray(why, entry);
}

static enum truth eval_condition(struct evaluation *e, const char *field,
				 const char *operator_name,
				 const cJSON *operand, cJSON *why)
{
	const struct guard_operator *o = guard_operator(operator_name);
	const cJSON *expected = operand_value(operand, e->context);
	const cJSON *seen = at_path(e->context->document, field);
	enum truth answer = CANT;

	if (o && expected) {
		answer = o->missing;
		if (seen || answer == CANT)
			answer =
				o->judge(o, seen, expected, e->context->now_ms);
	}
	tell(e, field, operator_name, operand, expected, seen, why);
	return answer;
}

/* A list of parts, ANDed or ORed: the one truth that settles it at once, and
 * whether one that cannot be judged was among the rest. */
struct joined {
	enum truth settles, otherwise;
	enum truth answer;
	cJSON *held, *failed; /* reasons of the parts, by their truth */
};

static void join_begin(struct joined *j, enum truth settles, const cJSON *why)
{
	j->settles = settles;
	j->otherwise = settles == YES ? NO : YES;
	j->answer = j->otherwise;
	j->held = why ? cJSON_CreateArray() : NULL;
	j->failed = why ? cJSON_CreateArray() : NULL;
}

static void join_part(struct joined *j, enum truth part, cJSON *reasons)
{
	cJSON *list = part == YES ? j->held : j->failed;
	cJSON *entry;

	if (part == j->settles)
		j->answer = part;
	else if (part == CANT && j->answer == j->otherwise)
		j->answer = CANT;
	while (list && (entry = cJSON_DetachItemFromArray(reasons, 0)))
		cJSON_AddItemToArray(list, entry);
	cJSON_Delete(reasons);
}

/* The parts that are as true as the whole explain it. */
static enum truth join_end(struct joined *j, cJSON *why)
{
	cJSON *list = j->answer == YES ? j->held : j->failed;
	cJSON *entry;

	while (why && cJSON_GetArraySize(why) < WHY_MAX &&
	       (entry = cJSON_DetachItemFromArray(list, 0)))
		cJSON_AddItemToArray(why, entry);
	cJSON_Delete(j->held);
	cJSON_Delete(j->failed);
	return j->answer;
}

static enum truth eval_list(struct evaluation *e, const cJSON *list,
			    enum truth settles, cJSON *why)
{
	const cJSON *part;
	struct joined j;

	if (!cJSON_IsArray(list) || !list->child)
		return CANT;
	join_begin(&j, settles, why);
	cJSON_ArrayForEach(part, list)
	{
		cJSON *reasons = why ? cJSON_CreateArray() : NULL;

		join_part(&j, eval(e, part, reasons), reasons);
	}
	return join_end(&j, why);
}

static enum truth eval_not(struct evaluation *e, const cJSON *guard, cJSON *why)
{
	enum truth answer;

	e->negated = !e->negated;
	answer = eval(e, guard, why);
	e->negated = !e->negated;
	return answer == CANT ? CANT : answer == YES ? NO : YES;
}

/* A field's member: a bare value, a lookup, or an object of operators. */
static enum truth eval_field(struct evaluation *e, const cJSON *member,
			     cJSON *why)
{
	const char *path;
	const cJSON *operand;
	struct joined j;

	if (!cJSON_IsObject(member) || origin_of(member, &path))
		return eval_condition(e, member->string, OPERATOR_DEFAULT,
				      member, why);
	if (!member->child)
		return CANT;
	join_begin(&j, NO, why);
	cJSON_ArrayForEach(operand, member)
	{
		cJSON *reasons = why ? cJSON_CreateArray() : NULL;
		enum truth part = eval_condition(
			e, member->string, operand->string, operand, reasons);

		join_part(&j, part, reasons);
	}
	return join_end(&j, why);
}

static enum truth eval_member(struct evaluation *e, const cJSON *member,
			      cJSON *why)
{
	if (strcmp(member->string, "any") == 0)
		return eval_list(e, member, YES, why);
	if (strcmp(member->string, "all") == 0)
		return eval_list(e, member, NO, why);
	if (strcmp(member->string, "not") == 0)
		return eval_not(e, member, why);
	return eval_field(e, member, why);
}

static enum truth eval(struct evaluation *e, const cJSON *guard, cJSON *why)
{
	const cJSON *member;
	struct joined j;

	if (!cJSON_IsObject(guard) || !guard->child)
		return CANT;
	join_begin(&j, NO, why);
	cJSON_ArrayForEach(member, guard)
	{
		cJSON *reasons = why ? cJSON_CreateArray() : NULL;

		join_part(&j, eval_member(e, member, reasons), reasons);
	}
	return join_end(&j, why);
}

bool guard_eval(const cJSON *guard, const struct guard_context *context,
		cJSON *why)
{
	struct evaluation e = {.context = context};

	return !guard || eval(&e, guard, why) == YES;
}
