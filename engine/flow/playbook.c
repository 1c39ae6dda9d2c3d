/*
 * Why: a playbook is read once and then walked millions of times, so names
 * become indexes here. First the steps are laid flat (a repeat before its
 * body), then every reference between them is resolved, so that a step may name
 * a later one. What each kind of step reads stands in playbook_step.c.
 */
#include "playbook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/mem.h"
#include "fields.h"
#include "keys.h"
#include "playbook_step.h"

static const char *const kind_name[STEP_KIND_COUNT] = {
	[STEP_CALL] = "call",	      [STEP_GATHER] = "gather",
	[STEP_CHOOSE] = "choose",     [STEP_TASK] = "task",
	[STEP_WAIT] = "wait",	      [STEP_REPEAT] = "repeat",
	[STEP_FINISH] = "finish",     [STEP_COMPENSATE] = "compensate",
	[STEP_PLAYBOOK] = "playbook",
};

const char *step_kind_name(enum step_kind k)
{
	return kind_name[k];
}

static bool kind_parse(const char *name, enum step_kind *ret_kind)
{
	int i;

	for (i = 0; i < STEP_KIND_COUNT; i++) {
		if (strcmp(kind_name[i], name) == 0) {
			*ret_kind = (enum step_kind)i;
			return true;
		}
	}
	return false;
}

static int step_index(const struct playbook *b, const char *name)
{
	int i;

	for (i = 0; i < b->step_count; i++) {
		if (strcmp(b->step[i].name, name) == 0)
			return i;
	}
	return GO_NOWHERE;
}

const struct step *playbook_step(const struct playbook *b, const char *name)
{
	int i = step_index(b, name);

	return i < 0 ? NULL : &b->step[i];
}

static void lay_flat(struct playbook *b, const cJSON *list, const char *pointer,
		     int parent, struct problems *p);

/* "ask", or in a stored version also "ask_seller.ask". */
static const char *step_name(struct fields *f)
{
	const char *text = fields_string(f, "step", true);
	const char *at = text;
	char part[NAME_SIZE];
	size_t length;

	if (!text)
		return NULL;
	for (;;) {
		length = strcspn(at, ".");
		if (length < sizeof(part)) {
			memcpy(part, at, length);
			part[length] = '\0';
		}
		if (length >= sizeof(part) || !name_valid(part) ||
		    strlen(text) >= NAME_SIZE) {
			fields_problem(f, "step",
				       "expected a name like \"ask_refund\" "
				       "(a-z, 0-9, _), found \"%.80s\"",
				       text);
			return NULL;
		}
		if (!at[length])
			return text;
		at += length + 1;
	}
}

/* "ask_seller" of "ask_seller.ping"; it stands before its steps. */
static int step_use(const struct playbook *b, const char *name)
{
	const char *dot = strrchr(name, '.');
	char use[NAME_SIZE];

	if (!dot)
		return -1;
	(void)snprintf(use, sizeof(use), "%.*s", (int)(dot - name), name);
	return step_index(b, use) < 0 ? -1 : step_index(b, use);
}

static void lay_one(struct playbook *b, const cJSON *item, const char *at,
		    int parent, struct problems *p)
{
	struct fields f;
	const char *name, *kind;
	struct step *s;
	char below[192];

	if (!fields_begin(&f, item, at, p))
		return;
	name = step_name(&f);
	kind = fields_string(&f, "kind", true);
	if (!name || !kind)
		return;
	if (b->step_count == STEPS_MAX) {
		problems_add(p, at, "more than %d steps", STEPS_MAX);
		return;
	}
	if (step_index(b, name) >= 0) {
		fields_problem(&f, "step", "a second step named \"%s\"", name);
		return;
	}
	s = &b->step[b->step_count];
	if (!kind_parse(kind, &s->kind)) {
		fields_problem(&f, "kind",
			       "expected call, gather, choose, task, wait, "
			       "repeat, compensate, playbook or finish, found "
			       "\"%.40s\"",
			       kind);
		return;
	}
	STR_COPY(s->name, name);
	s->parent = parent;
	s->use = step_use(b, name);
	s->json = item;
	b->step_count++;
	if (s->kind == STEP_REPEAT) {
		s->body = b->step_count;
		fields_at(&f, "steps", below, sizeof(below));
		lay_flat(b, fields_array(&f, "steps", true, STEPS_MAX), below,
			 (int)(s - b->step), p);
	}
}

/* Each step goes on to the one written after it; the last one of a body goes
 * back to its repeat. */
static void lay_flat(struct playbook *b, const cJSON *list, const char *pointer,
		     int parent, struct problems *p)
{
	const cJSON *item;
	int before = -1;
	int i = 0;
	char at[192];

	if (list && !list->child)
		problems_add(p, pointer, "expected at least one step");
	cJSON_ArrayForEach(item, list)
	{
		int index = b->step_count;

		snprintf(at, sizeof(at), "%s", pointer);
		json_pointer_index(at, sizeof(at), i++);
		lay_one(b, item, at, parent, p);
		if (b->step_count == index)
			continue;
		if (before >= 0)
			b->step[before].next = index;
		before = index;
	}
	if (before >= 0)
		b->step[before].next = parent >= 0 ? parent : GO_NOWHERE;
}

int playbook_target(const struct playbook *b, struct fields *f, const char *key,
		    int fallback)
{
	const char *name = fields_string(f, key, false);
	int index;

	if (!name)
		return fallback;
	if (strcmp(name, "hold") == 0)
		return GO_HOLD;
	index = step_index(b, name);
	if (index < 0) {
		fields_problem(f, key, "no step named \"%.60s\"", name);
		return GO_HOLD;
	}
	return index;
}

static void pointer_of(const struct playbook *b, int index, char *at,
		       size_t size)
{
	const struct step *s = &b->step[index];
	const cJSON *list = json_get(b->document, "steps");
	const cJSON *item;
	int i = 0;

	if (s->parent >= 0) {
		pointer_of(b, s->parent, at, size);
		json_pointer_key(at, size, "steps");
		list = json_get(b->step[s->parent].json, "steps");
	} else {
		snprintf(at, size, "/steps");
	}
	cJSON_ArrayForEach(item, list)
	{
		if (item == s->json)
			break;
		i++;
	}
	json_pointer_index(at, size, i);
}

void playbook_pointer(const struct playbook *b, const struct step *s, char *at,
		      size_t size)
{
	pointer_of(b, (int)(s - b->step), at, size);
}

/* A path, or a list of them. */
static void read_moments(struct fields *f, const char *key)
{
	const cJSON *item = fields_any(f, key), *path;

	if (!cJSON_IsArray(item)) {
		fields_string(f, key, false);
		return;
	}
	if (fields_array(f, key, false, MOMENTS_MAX) && !item->child)
		fields_problem(f, key, "expected at least one path");
	cJSON_ArrayForEach(path, item)
	{
		if (!cJSON_IsString(path))
			fields_problem(f, key, "expected paths");
	}
}

static void read_index(struct playbook *b, struct fields *top,
		       struct problems *p)
{
	static const char *const key[] = {
		"amountMinor", "currency", "eventAt",	 "eventRef",
		"sellerRef",   "venueRef", "platformRef"};
	struct fields f;
	size_t i;

	b->index = fields_object(top, "index", false);
	if (!b->index || !fields_begin(&f, b->index, "/index", p))
		return;
	read_moments(&f, "urgentAt");
	for (i = 0; i < sizeof(key) / sizeof(key[0]); i++)
		fields_string(&f, key[i], false);
	fields_end(&f);
}

static void read_concurrency(struct playbook *b, struct fields *top,
			     struct problems *p)
{
	const cJSON *json = fields_object(top, "concurrency", false);
	struct fields f;

	if (!json || !fields_begin(&f, json, "/concurrency", p))
		return;
	b->concurrency_key = read_text(&f, "key", true);
	b->concurrency_limit = (int)fields_int(&f, "limit", 1, 1000, 1);
	fields_end(&f);
}

/* After the steps were laid flat: onTimeout names one. */
static void read_run_rules(struct playbook *b, struct fields *f,
			   struct problems *p)
{
	const char *target = json_string(f->object, "onTimeout", NULL);

	b->timeout_ms = fields_duration(f, "timeout", 0);
	b->priority = (int)fields_int(f, "priority", 0, 3, PRIORITY_NONE);
	read_concurrency(b, f, p);
	b->on_timeout = GO_FAIL;
	if (!target || strcmp(target, "fail") != 0)
		b->on_timeout = playbook_target(b, f, "onTimeout", GO_HOLD);
	else
		(void)fields_any(f, "onTimeout");
	if (target && !json_get(f->object, "timeout"))
		fields_problem(f, "onTimeout", "only with \"timeout\"");
}

static void read_playbook(struct playbook *b, struct problems *p)
{
	struct fields f;
	const char *name;
	char at[192];
	int i;

	if (!fields_begin(&f, b->document, "", p))
		return;
	name = fields_name(&f, "playbook", true);
	if (name)
		STR_COPY(b->name, name);
	b->title = fields_string(&f, "title", true);
	read_index(b, &f, p);
	lay_flat(b, fields_array(&f, "steps", true, STEPS_MAX), "/steps", -1,
		 p);
	read_run_rules(b, &f, p);
	fields_end(&f);
	for (i = 0; i < b->step_count; i++) {
		pointer_of(b, i, at, sizeof(at));
		playbook_read_step(b, &b->step[i], at, p);
	}
}

enum err playbook_parse(cJSON *document, struct problems *p,
			struct playbook **ret_playbook)
{
	struct playbook *b = mem_alloc(sizeof(*b));
	struct problems told = {.count = 0}, shape = {.count = 0};

	b->document = document;
	read_playbook(b, &told);
	keys_check(document, &keys_playbook, "", &shape);
	if (!keys_merge(p, &told, &shape)) {
		playbook_free(b);
		return ERR_INVALID;
	}
	*ret_playbook = b;
	return OK;
}

void playbook_free(struct playbook *b)
{
	int i;

	if (!b)
		return;
	for (i = 0; i < b->step_count; i++) {
		free(b->step[i].choice);
		free(b->step[i].alternative);
	}
	cJSON_Delete(b->document);
	free(b);
}
