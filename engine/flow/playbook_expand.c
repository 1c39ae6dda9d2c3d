/*
 * Why: a way of asking a seller, or of freezing a payout, is written once and
 * used by many playbooks; yet a run must keep to the version that it began
 * with. So the steps are copied in before a version is stored.
 *
 * Always holds: what comes out has no step of kind playbook, every name in it
 * is still told apart, and it is bounded, however the parts use each other.
 */
#include "playbook_expand.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"

#define USES_MAX 16 /* within each other */

struct expansion {
	const struct playbook_finder *finder;
	struct problems *problems;
	const char *name[USES_MAX]; /* of the playbooks that we are in */
	int depth;
	int step_count;
	bool failed;
};

/* Where a list of steps stands. */
struct place {
	const char *prefix;    /* "" in the outermost */
	const char *at;	       /* pointer into the outermost document */
	const char *after;     /* behind the last one: its repeat, or NULL */
	const char *as, *back; /* of a finish; back NULL: outermost */
	cJSON *into;
};

__attribute__((format(printf, 3, 4))) static void
fault(struct expansion *x, const char *at, const char *format, ...)
{
	char text[300];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (!x->failed)
		problems_add(x->problems, at, "%s", text);
	x->failed = true;
}

static bool prefixed(struct expansion *x, const struct place *where,
		     const char *name, char *text, size_t size)
{
	int n = snprintf(text, size, "%s%s", where->prefix, name);

	if (n >= 0 && (size_t)n < size)
		return true;
	fault(x, where->at, "the name \"%s%s\" is longer than %d characters",
	      where->prefix, name, NAME_SIZE - 1);
	return false;
}

/* A member that names a step. */
static void rename_target(struct expansion *x, const struct place *where,
			  cJSON *object, const char *key)
{
	const char *target = json_string(object, key, NULL);
	char text[NAME_SIZE];

	if (target && strcmp(target, "hold") != 0 &&
	    prefixed(x, where, target, text, sizeof(text)))
		json_set_string(object, key, text);
}

static void rename_step(struct expansion *x, const struct place *where,
			cJSON *step)
{
	static const char *const target[] = {
		"step",	       "next",	    "onFailure", "onUnknown",
		"onExhausted", "onApprove", "onReject",	 "onVoid",
		"onDue",       "onTimeout", "onStale",
	};
	static const char *const list[] = {"rules", "stop", "alternatives"};
	cJSON *item;
	size_t i;

	for (i = 0; i < sizeof(target) / sizeof(target[0]); i++)
		rename_target(x, where, step, target[i]);
	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		cJSON_ArrayForEach(
			item, cJSON_GetObjectItemCaseSensitive(step, list[i]))
		{
			rename_target(x, where, item, "next");
		}
	}
}

/* A choose with one rule, which always fits. */
static cJSON *add_choose(const struct place *where, const char *step,
			 const char *rule, cJSON *set, const char *next)
{
	cJSON *choose = cJSON_CreateObject();
	cJSON *rules = cJSON_CreateArray();
	cJSON *only = cJSON_CreateObject();

	json_set_string(choose, "step", step);
	json_set_string(choose, "kind", "choose");
	json_set_string(only, "name", rule);
	if (set)
		json_set(only, "set", set);
	json_set_string(only, "next", next);
	cJSON_AddItemToArray(rules, only);
	json_set(choose, "rules", rules);
	cJSON_AddItemToArray(where->into, choose);
	return choose;
}

static void copy_member(cJSON *to, const cJSON *from, const char *key)
{
	const cJSON *item = json_get(from, key);

	if (item)
		json_set(to, key, cJSON_Duplicate(item, true));
}

/* The end of a sub-playbook is a way back. */
static void come_back(struct expansion *x, const struct place *where,
		      const cJSON *finish)
{
	cJSON *set = cJSON_CreateObject();
	cJSON *answer = cJSON_CreateObject();
	char step[NAME_SIZE];

	if (json_bool(finish, "compensate", false))
		fault(x, where->at,
		      "\"%s\" of \"%s\" compensates, which is for the playbook "
		      "that uses it to decide",
		      json_string(finish, "step", ""), x->name[x->depth - 1]);
	copy_member(answer, finish, "outcome");
	copy_member(answer, finish, "result");
	copy_member(answer, finish, "reason");
	copy_member(answer, finish, "followUp");
	json_set_bool(answer, "failed", json_bool(finish, "failed", false));
	json_set(set, where->as ? where->as : "returned", answer);
	if (!prefixed(x, where, json_string(finish, "step", ""), step,
		      sizeof(step))) {
		cJSON_Delete(set);
		return;
	}
	copy_member(add_choose(where, step, json_string(finish, "outcome", ""),
			       set, where->back),
		    finish, "marks");
}

static void lay(struct expansion *x, const struct place *where,
		const cJSON *list);

static bool circle(struct expansion *x, const struct place *where,
		   const char *name)
{
	char text[200];
	size_t used;
	int i;

	for (i = 0; i < x->depth; i++) {
		if (strcmp(x->name[i], name) == 0)
			break;
	}
	if (i == x->depth && x->depth < USES_MAX)
		return false;
	for (text[0] = '\0'; i < x->depth; i++) {
		used = strlen(text);
		snprintf(text + used, sizeof(text) - used, "%s → ", x->name[i]);
	}
	fault(x, where->at, "playbooks use each other in a circle: %s%s", text,
	      name);
	return true;
}

/* where is of the step itself; after: the name that follows it, or NULL. */
static void use(struct expansion *x, const struct place *where,
		const cJSON *step, const char *after)
{
	const char *name = json_string(step, "playbook", "");
	const cJSON *document = x->finder->find(x->finder->context, name);
	const cJSON *steps = json_get(document, "steps");
	const cJSON *set = json_get(step, "set");
	const char *next = json_string(step, "next", NULL);
	char own[NAME_SIZE], prefix[NAME_SIZE], first[NAME_SIZE];
	char back[NAME_SIZE];
	struct place inner = *where;
	cJSON *origin;

	if (circle(x, where, name))
		return;
	if (!steps) {
		fault(x, where->at, "no playbook \"%s\"", name);
		return;
	}
	if (next && strcmp(next, "hold") != 0) {
		if (!prefixed(x, where, next, back, sizeof(back)))
			return;
		next = back;
	}
	if (!prefixed(x, where, json_string(step, "step", ""), own,
		      sizeof(own)))
		return;
	snprintf(prefix, sizeof(prefix), "%.62s.", own);
	inner.prefix = prefix;
	inner.back = next ? next : after;
	inner.as = json_string(step, "as", NULL);
	inner.after = NULL;
	if (!prefixed(x, &inner, json_string(steps->child, "step", ""), first,
		      sizeof(first)))
		return;
	x->name[x->depth++] = name;
	origin = cJSON_CreateObject();
	json_set_string(origin, "playbook", name);
	json_set(add_choose(where, own, name,
			    set ? cJSON_Duplicate(set, true) : NULL, first),
		 "origin", origin);
	lay(x, &inner, steps);
	x->depth--;
}

static void lay_body(struct expansion *x, const struct place *where,
		     cJSON *step)
{
	const cJSON *body = json_get(step, "steps");
	struct place inner = *where;
	char own[NAME_SIZE];
	cJSON *old;

	STR_COPY(own, json_string(step, "step", ""));
	inner.after = own;
	inner.into = cJSON_CreateArray();
	old = cJSON_DetachItemFromObjectCaseSensitive(step, "steps");
	lay(x, &inner, body);
	json_set(step, "steps", inner.into);
	cJSON_Delete(old);
}

/* What only an expansion may write. */
static void refuse_own(struct expansion *x, const struct place *where,
		       const cJSON *item)
{
	char at[192];

	if (strchr(json_string(item, "step", ""), '.')) {
		(void)snprintf(at, sizeof(at), "%s/step", where->at);
		fault(x, at,
		      "expected a name without dots: they are for the steps of "
		      "sub-playbooks");
	}
	if (json_get(item, "origin")) {
		(void)snprintf(at, sizeof(at), "%s/origin", where->at);
		fault(x, at,
		      "only a stored version says which sub-playbook a step "
		      "stood for");
	}
}

static void lay_one(struct expansion *x, const struct place *where,
		    const cJSON *item, const char *after)
{
	const char *kind = json_string(item, "kind", "");
	cJSON *copy;

	if (!where->prefix[0])
		refuse_own(x, where, item);
	if (++x->step_count > STEPS_MAX)
		fault(x, where->at,
		      "with the steps of its sub-playbooks it has more than "
		      "%d steps",
		      STEPS_MAX);
	if (x->failed)
		return;
	if (strcmp(kind, "playbook") == 0) {
		use(x, where, item, after);
		return;
	}
	if (where->back && strcmp(kind, "finish") == 0) {
		come_back(x, where, item);
		return;
	}
	copy = cJSON_Duplicate(item, true);
	if (where->prefix[0])
		rename_step(x, where, copy);
	cJSON_AddItemToArray(where->into, copy);
	if (strcmp(kind, "repeat") == 0)
		lay_body(x, where, copy);
}

static void lay(struct expansion *x, const struct place *where,
		const cJSON *list)
{
	bool outermost = where->prefix[0] == '\0';
	const cJSON *item;
	char at[192], after[NAME_SIZE];
	int i = 0;

	cJSON_ArrayForEach(item, list)
	{
		struct place one = *where;
		const cJSON *next = item->next;
		const char *behind = where->after;

		snprintf(at, sizeof(at), "%s", where->at);
		if (outermost) {
			json_pointer_key(at, sizeof(at), "steps");
			json_pointer_index(at, sizeof(at), i++);
			one.at = at;
		}
		if (next && prefixed(x, where, json_string(next, "step", ""),
				     after, sizeof(after)))
			behind = after;
		lay_one(x, &one, item, behind);
	}
}

static bool fits(const cJSON *document)
{
	char *text = json_print(document);
	bool good = strlen(text) <= JSON_BYTES_MAX &&
		    !json_deeper_than(document, JSON_DEPTH_MAX);

	free(text);
	return good;
}

enum err playbook_expand(const cJSON *document,
			 const struct playbook_finder *finder,
			 struct problems *p, cJSON **ret_document)
{
	struct expansion x = {.finder = finder, .problems = p};
	struct place where = {.prefix = "", .at = ""};
	cJSON *copy = cJSON_Duplicate(document, true);

	where.into = cJSON_CreateArray();
	x.name[x.depth++] = json_string(document, "playbook", "");
	lay(&x, &where, json_get(document, "steps"));
	json_set(copy, "steps", where.into);
	if (!x.failed && !fits(copy))
		fault(&x, "/steps",
		      "with the steps of its sub-playbooks it is over %d KiB, "
		      "or too deep",
		      JSON_BYTES_MAX / 1024);
	if (x.failed) {
		cJSON_Delete(copy);
		return ERR_INVALID;
	}
	*ret_document = copy;
	return OK;
}
