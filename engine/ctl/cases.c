/*
 * Why: a playbook is changed without fear when what it must do stands written
 * down as cases. This finds them and plays each one through.
 */
#include <ftw.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "case_play.h"

#define FILES_MAX 4096
#define NOW_DEFAULT "2026-05-01T10:00:00Z"

/* ---- files ---- */

struct listing {
	char *path[FILES_MAX];
	int count;
};

/* nftw() has no context of the caller's. */
static struct listing *listing;

static int take_file(const char *path, const struct stat *st, int type,
		     struct FTW *at)
{
	size_t length = strlen(path);

	(void)st;
	if (type == FTW_F && path[at->base] != '.' && length > 5 &&
	    strcmp(path + length - 5, ".json") == 0 &&
	    !strstr(path, "/_base/") && listing->count < FILES_MAX)
		listing->path[listing->count++] = strdup(path);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ---- what is asked of a case while it is played ---- */

static bool person(void *context, const struct task *t,
		   struct rehearse_decision *ret_decision)
{
	struct playing *y = context;
	struct rehearse_decision *d = ret_decision;
	int i;

	for (i = 0; i < y->people_count; i++) {
		const cJSON *p = y->people[i];
		const char *verb = json_string(p, "do", "");

		if (y->acted[i] ||
		    strcmp(json_string(p, "task", ""), t->step) != 0)
			continue;
		y->acted[i] = true;
		d->approved = strcmp(verb, "approve") == 0;
		d->lapses = strcmp(verb, "nothing") == 0;
		(void)duration_parse(json_string(p, "after", "1m"),
				     &d->after_ms);
		d->by = json_string(p, "by", "Ana");
		d->alternative = json_string(p, "alternative", NULL);
		d->form = json_get(p, "form");
		d->reason_code = json_string(p, "reasonCode", NULL);
		d->notes = json_string(p, "notes", NULL);
		if (!role_parse(json_string(p, "role", "admin"), &d->role))
			d->role = ROLE_ADMIN;
		return true;
	}
	return false;
}

static bool answer(void *context, const struct rehearse_call *c,
		   struct call_answer *ret_answer)
{
	struct playing *y = context;

	return fixture_answer(&y->fixture, c, ret_answer);
}

/* Of the whole group: what another order's run has done. */
static const char *shared(void *context, const char *operation, const char *key)
{
	struct playing *y = context;
	const cJSON *theirs = json_get(y->group, operation);

	(void)key;
	return theirs ? json_print_arena(theirs, y->arena) : NULL;
}

/* ---- one case ---- */

static bool begin_case(struct playing *y, struct case_run *k)
{
	const cJSON *tree = k->document;
	const char *name = json_string(tree, "base", NULL);
	const cJSON *base = name ? case_base(y, name) : NULL;
	const char *now =
		json_string(tree, "now", json_string(base, "now", NOW_DEFAULT));
	int before = y->problems->count + y->problems->dropped;

	case_check(y, tree, k->file);
	k->name = json_string(tree, "case", "");
	k->about = json_string(tree, "about", "");
	memset(&y->fixture, 0, sizeof(y->fixture));
	y->fixture.base = json_get(base, "answers");
	y->fixture.answers = json_get(tree, "answers");
	y->fixture.order_id = json_string(
		tree, "orderId", json_string(base, "orderId", "ORDER-1001"));
	if (time_parse(now, &y->fixture.now_ms) != 0)
		problems_add(y->problems, k->file, "now: no time \"%.40s\"",
			     now);
	case_read_said(y, tree, k->file);
	case_read_people(y, tree, k->file);
	y->group = json_get(tree, "group");
	return y->problems->count + y->problems->dropped == before;
}

static void play_case(struct playing *y, struct case_run *k)
{
	cJSON *request =
		cJSON_Duplicate(json_get(k->document, "request"), true);
	struct rehearse_input in = {
		.catalog = y->catalog,
		.order_id = y->fixture.order_id,
		.request = request,
		.now_ms = y->fixture.now_ms,
		.said = y->said,
		.said_count = y->said_count,
		.ports = {.answer = answer,
			  .decide = person,
			  .shared = shared,
			  .context = y},
		.explain = true,
	};

	fixture_resolve(&y->fixture, NULL, request);
	rehearse(&in, y->arena, &k->record);
	case_judge(k, y->arena);
	cJSON_Delete(request);
}

static struct case_run *next_case(struct cases *cs)
{
	int count = cs->count;

	if ((count & (count - 1)) == 0) {
		size_t room = count ? 2 * (size_t)count : 1;
		struct case_run *more =
			arena_alloc(&cs->arena, room * sizeof(*more));

		if (count)
			memcpy(more, cs->item, (size_t)count * sizeof(*more));
		cs->item = more;
	}
	return &cs->item[cs->count++];
}

/* What is no case has not passed; the others are played all the same. */
static void faulty(struct playing *y, struct case_run *k)
{
	const struct problems *p = y->problems;
	int i;

	k->difference = arena_alloc(y->arena, PROBLEMS_MAX * sizeof(char *));
	for (i = 0; i < p->count; i++)
		k->difference[k->difference_count++] =
			arena_dup(y->arena, p->item[i].detail);
	y->problems->count = y->problems->dropped = 0;
}

/* Takes the document. */
static void play_one(struct playing *y, struct cases *cs, const char *file,
		     cJSON *document, const char *only)
{
	struct case_run *k;

	if (only && !strstr(file, only) &&
	    !strstr(json_string(document, "case", ""), only)) {
		cJSON_Delete(document);
		return;
	}
	k = next_case(cs);
	memset(k, 0, sizeof(*k));
	k->file = arena_dup(&cs->arena, file);
	k->document = document;
	if (begin_case(y, k))
		play_case(y, k);
	else
		faulty(y, k);
}

static void play_file(struct playing *y, struct cases *cs, const char *path,
		      const char *only)
{
	size_t length = strlen(y->dir);
	const char *file = path + length + (path[length] == '/');
	cJSON *tree = case_tree(path, y->problems);
	cJSON *item;

	if (!tree) {
		struct case_run *k = next_case(cs);

		memset(k, 0, sizeof(*k));
		k->file = arena_dup(&cs->arena, file);
		k->name = k->about = "";
		faulty(y, k);
		return;
	}
	if (!cJSON_IsArray(tree)) {
		play_one(y, cs, file, tree, only);
		return;
	}
	while ((item = cJSON_DetachItemFromArray(tree, 0)))
		play_one(y, cs, file, item, only);
	cJSON_Delete(tree);
}

enum err cases_play(const struct catalog *c, const char *dir, const char *only,
		    struct cases *ret_cases)
{
	struct listing files = {.count = 0};
	struct cases *cs = ret_cases;
	struct playing *y;
	bool there;
	int i;

	memset(cs, 0, sizeof(*cs));
	arena_init(&cs->arena);
	y = arena_alloc(&cs->arena, sizeof(*y));
	y->catalog = c;
	y->dir = dir;
	y->arena = &cs->arena;
	y->problems = arena_alloc(&cs->arena, sizeof(*y->problems));
	cs->playing = y;
	listing = &files;
	there = nftw(dir, take_file, 16, FTW_PHYS) == 0;
	qsort(files.path, (size_t)files.count, sizeof(char *), by_name);
	for (i = 0; i < files.count; i++) {
		play_file(y, cs, files.path[i], only);
		free(files.path[i]);
	}
	return there ? OK : ERR_NOT_FOUND;
}

bool cases_again(struct cases *cs, int index)
{
	struct playing *y = cs->playing;
	struct case_run k = {.file = cs->item[index].file,
			     .document = cs->item[index].document};
	struct arena own;

	if (!cs->item[index].record.case_file)
		return false;
	arena_init(&own);
	y->arena = &own;
	if (begin_case(y, &k))
		play_case(y, &k);
	rehearsal_release(&k.record);
	arena_release(&own);
	y->arena = &cs->arena;
	y->problems->count = y->problems->dropped = 0;
	return k.result.passed;
}

void cases_release(struct cases *cs)
{
	int i;

	for (i = 0; cs->playing && i < cs->playing->base_count; i++)
		cJSON_Delete(cs->playing->base[i]);
	for (i = 0; i < cs->count; i++) {
		rehearsal_release(&cs->item[i].record);
		cJSON_Delete(cs->item[i].document);
	}
	arena_release(&cs->arena);
}
