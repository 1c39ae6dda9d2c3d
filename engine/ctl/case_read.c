/*
 * The parts of a golden case as they stand in its file: what it starts from,
 * what is said and when, which people act.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "case_play.h"

cJSON *case_tree(const char *path, struct problems *p)
{
	char *text = malloc(JSON_BYTES_MAX + 1);
	FILE *f = fopen(path, "re");
	cJSON *tree = NULL;
	struct problems own = {.count = 0};
	size_t n = 0;

	if (f && text)
		n = fread(text, 1, JSON_BYTES_MAX, f);
	if (f)
		fclose(f);
	if (!f || json_parse(text, n, &own, &tree) != OK)
		problems_add(p, path, "%s%s%s",
			     own.count ? own.item[0].pointer : "",
			     own.count ? " " : "",
			     own.count ? own.item[0].detail : "cannot be read");
	free(text);
	return tree;
}

const cJSON *case_base(struct playing *y, const char *name)
{
	char path[600];
	cJSON *tree;
	FILE *f;
	int i;

	for (i = 0; i < y->base_count; i++) {
		if (strcmp(y->base_name[i], name) == 0)
			return y->base[i];
	}
	(void)snprintf(path, sizeof(path), "%s/_base/%s.json", y->dir, name);
	f = fopen(path, "re");
	if (f)
		fclose(f);
	else
		(void)snprintf(path, sizeof(path), "%s/../_base/%s.json",
			       y->dir, name);
	tree = y->base_count < CASE_BASES_MAX ? case_tree(path, y->problems)
					      : NULL;
	if (!tree)
		return NULL;
	y->base_name[y->base_count] = arena_dup(y->arena, name);
	y->base[y->base_count] = tree;
	return y->base[y->base_count++];
}

static int64_t after(struct playing *y, const cJSON *item, const char *file)
{
	const char *text = json_string(item, "after", "0");
	int64_t ms = 0;

	if (duration_parse(text, &ms) != 0)
		problems_add(y->problems, file,
			     "\"after\": expected a duration like 5m, found "
			     "\"%.40s\"",
			     text);
	return ms;
}

static void add_said(struct playing *y, const cJSON *item, const char *file,
		     enum inbox_kind kind, const char *name, cJSON *body)
{
	struct rehearse_said *s, at;
	int i;

	if (y->said_count == CASE_SAID_MAX) {
		problems_add(y->problems, file, "more than %d words",
			     CASE_SAID_MAX);
		cJSON_Delete(body);
		return;
	}
	fixture_resolve(&y->fixture, NULL, body);
	at = (struct rehearse_said){
		.at_ms = y->fixture.now_ms + after(y, item, file),
		.kind = kind,
		.name = name,
		.actor = json_string(item, "from", "case"),
		.body = body ? json_print_arena(body, y->arena) : "{}",
	};
	cJSON_Delete(body);
	for (i = y->said_count++; i > 0 && y->said[i - 1].at_ms > at.at_ms; i--)
		y->said[i] = y->said[i - 1];
	s = &y->said[i];
	*s = at;
}

static bool word_kind(const char *name, enum inbox_kind *ret_kind)
{
	int k;

	for (k = 0; k < INBOX_KIND_COUNT; k++) {
		if (strcmp(inbox_kind_name((enum inbox_kind)k), name) == 0) {
			*ret_kind = (enum inbox_kind)k;
			return true;
		}
	}
	return false;
}

void case_read_said(struct playing *y, const cJSON *tree, const char *file)
{
	const cJSON *item;

	y->said_count = 0;
	cJSON_ArrayForEach(item, json_get(tree, "signals")) add_said(
		y, item, file, INBOX_SIGNAL, json_string(item, "name", ""),
		cJSON_Duplicate(json_get(item, "body"), true));
	cJSON_ArrayForEach(item, json_get(tree, "events"))
		add_said(y, item, file, INBOX_EVENT, "",
			 cJSON_Duplicate(json_get(item, "body"), true));
	cJSON_ArrayForEach(item, json_get(tree, "operators"))
	{
		const char *verb = json_string(item, "do", "");
		enum inbox_kind kind = INBOX_COMMENT;
		cJSON *body = cJSON_CreateObject();

		json_set_string(
			body, "reason",
			json_string(item, "reason", "as the case says"));
		if (!word_kind(verb, &kind))
			problems_add(y->problems, file,
				     "no operator's word \"%.40s\"", verb);
		add_said(y, item, file, kind, "", body);
	}
}

void case_read_people(struct playing *y, const cJSON *tree, const char *file)
{
	const cJSON *item;

	y->people_count = 0;
	cJSON_ArrayForEach(item, json_get(tree, "people"))
	{
		const char *verb = json_string(item, "do", "");

		if (strcmp(verb, "approve") != 0 &&
		    strcmp(verb, "reject") != 0 && strcmp(verb, "nothing") != 0)
			problems_add(y->problems, file,
				     "a person may approve, reject or do "
				     "nothing, not \"%.40s\"",
				     verb);
		if (y->people_count == CASE_PEOPLE_MAX)
			continue;
		y->acted[y->people_count] = false;
		y->people[y->people_count++] = item;
	}
}
