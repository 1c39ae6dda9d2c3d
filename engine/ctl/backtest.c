/*
 * Why: a playbook that passes its cases may still surprise: the past has more
 * cases than anybody writes down. See backtest.h.
 */
#include "backtest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "backtest_jobs.h"
#include "backtest_sum.h"
#include "backtest_way.h"
#include "why_words.h"

const char *backtest_fate_name(enum backtest_fate f)
{
	static const char *const name[BACKTEST_FATES] = {
		[BACKTEST_SAME] = "same",
		[BACKTEST_OTHER] = "other",
		[BACKTEST_UNASKED] = "unanswerable",
		[BACKTEST_UNDECIDED] = "undecided",
		[BACKTEST_NOT_ON_RECORD] = "notReproducible",
	};

	return name[f];
}

struct backtesting {
	struct ctl *ctl;
	struct backtest *b;
	struct db *db; /* NULL: none is open */
	struct catalog *then;
	const struct catalog *draft;
	struct arena arena; /* of one run */
	bool same_rest;	    /* adapters and policy are the same in both */
	struct {
		const struct playbook *version;
		bool same; /* the draft's of this name is the same */
	} known[CATALOG_PLAYBOOKS_MAX];
	int known_count;
};

/* ---- what need not be played twice ---- */

static bool same_adapters(const struct catalog *a, const struct catalog *b)
{
	int i;

	if (a->adapter_count != b->adapter_count)
		return false;
	for (i = 0; i < a->adapter_count; i++) {
		const struct adapter *other =
			catalog_adapter(b, a->adapter[i]->name);

		if (!other || !cJSON_Compare(a->adapter[i]->document,
					     other->document, true))
			return false;
	}
	return cJSON_Compare(a->policy.document, b->policy.document, true);
}

static bool same_playbook(struct backtesting *t, const struct playbook *version)
{
	const struct playbook *other;
	bool same;
	int i;

	for (i = 0; i < t->known_count; i++) {
		if (t->known[i].version == version)
			return t->known[i].same;
	}
	other = catalog_playbook(t->draft, version->name);
	same = other && cJSON_Compare(version->document, other->document, true);
	if (t->known_count < CATALOG_PLAYBOOKS_MAX) {
		t->known[t->known_count].version = version;
		t->known[t->known_count++].same = same;
	}
	return same;
}

/* A run that met nothing that the draft changes goes the same way: what a run
 * does depends on nothing else. */
static bool met_no_change(struct backtesting *t, const struct rehearsal *r)
{
	const struct playbook *last = NULL;
	int i;

	for (i = 0; t->same_rest && i < r->step_count; i++) {
		if (r->step[i].playbook == last)
			continue;
		last = r->step[i].playbook;
		if (!same_playbook(t, last))
			return false;
	}
	return t->same_rest;
}

/* ---- one run ---- */

/* Routes lead to the version that the run had. Says whose place it took. */
static int put_version(struct catalog *c, const struct playbook *version,
		       struct playbook **ret_active)
{
	int i;

	for (i = 0; i < c->active_count; i++) {
		if (c->playbook[i] == version)
			return -1;
		if (strcmp(c->playbook[i]->name, version->name) != 0)
			continue;
		*ret_active = c->playbook[i];
		for (int j = c->active_count; j < c->playbook_count; j++) {
			if (c->playbook[j] == version)
				c->playbook[i] = c->playbook[j];
		}
		return i;
	}
	return -1;
}

static enum err play_then(struct backtesting *t, struct past_run *p,
			  struct rehearsal *r)
{
	const struct playbook *version = NULL;
	struct playbook *active = NULL;
	int at = -1;
	enum err e = OK;

	if (p->run->playbook_id)
		e = catalog_playbook_by_id(t->then, t->db, p->run->playbook_id,
					   &version);
	if (e != OK)
		return e;
	if (version)
		at = put_version(t->then, version, &active);
	past_play(p, t->then, false, r);
	if (at >= 0)
		t->then->playbook[at] = active;
	return OK;
}

static void compare(const struct past_run *p, const struct rehearsal *before,
		    const struct rehearsal *after, struct arena *a,
		    struct told *t)
{
	t->compared = true;
	t->assumed = p->assumed[0] != '\0';
	t->fate = BACKTEST_OTHER;
	if (after->end == REHEARSE_UNANSWERED) {
		t->fate = BACKTEST_UNASKED;
		(void)snprintf(t->where, sizeof(t->where), "%s, at %s",
			       after->unanswered, after->run.step);
	} else if (after->end == REHEARSE_REFUSED) {
		t->fate = BACKTEST_UNDECIDED;
		STR_COPY(t->where, after->problem);
	} else if (p->unasked[0]) {
		t->fate = BACKTEST_UNDECIDED;
		(void)snprintf(t->where, sizeof(t->where), "at %s", p->unasked);
	} else if (way_same(before, after)) {
		t->fate = BACKTEST_SAME;
	} else {
		way_parted_words(before, after, t->where, sizeof(t->where));
	}
	told_sides(t, before, after, a);
}

static enum err one_run(void *context, int index, struct arena *a,
			struct told *ret_told)
{
	struct backtesting *t = context;
	struct rehearsal before = {.case_file = NULL};
	struct rehearsal after = {.case_file = NULL};
	struct past_run *p = arena_alloc(&t->arena, sizeof(*p));
	char why[BACKTEST_WHERE_SIZE] = "its record cannot be read";
	enum err e = past_load(t->db, &t->b->history, index, &t->arena, p);

	ret_told->index = index;
	ret_told->fate = BACKTEST_NOT_ON_RECORD;
	if (e == OK)
		e = play_then(t, p, &before);
	if (e == ERR_INVALID ||
	    (e == OK && !way_as_recorded(p, &before, why, sizeof(why)))) {
		STR_COPY(ret_told->where, why);
		e = OK;
	} else if (e == OK && met_no_change(t, &before)) {
		compare(p, &before, &before, a, ret_told);
	} else if (e == OK) {
		past_play(p, t->draft, false, &after);
		compare(p, &before, &after, a, ret_told);
	}
	rehearsal_release(&before);
	rehearsal_release(&after);
	past_release(p);
	arena_reset(&t->arena);
	return e;
}

static enum err open_own(void *context)
{
	struct backtesting *t = context;

	return store_open(&t->ctl->config, DB_READ_ONLY, "mendctl", &t->db);
}

static void add(void *context, const struct told *told)
{
	struct backtesting *t = context;

	backtest_add(t->b, told);
}

/* On so many cores, in which no handle of ours may be open meanwhile. */
static enum err play_all(struct backtesting *t, int jobs)
{
	const struct jobs_work w = {open_own, one_run, add, t};
	enum err e;

	db_close(t->ctl->db);
	t->ctl->db = NULL;
	e = jobs_run(&w, t->b->history.count, jobs);
	/* Who was alone has opened it already. */
	if (e == OK && !t->db)
		e = open_own(t);
	t->ctl->db = t->db;
	return e;
}

/* ---- why, for one example of each group ---- */

static const char *why_after(const struct rehearsal *r, int at, struct arena *a)
{
	const char *text = NULL;
	int i;

	for (i = 0; i < r->rule_count && !text; i++) {
		const struct rehearse_rule *rule = &r->rule[i];

		if (rule->at == at - 1 && rule->held)
			text = arena_printf(a, "rule \"%s\" held: %s",
					    rule->rule,
					    why_words(rule->why, a));
	}
	return text;
}

static enum err explain(struct backtesting *t, struct backtest_group *g)
{
	struct rehearsal before = {.case_file = NULL};
	struct rehearsal after = {.case_file = NULL};
	struct past_run *p = arena_alloc(&t->arena, sizeof(*p));
	enum err e =
		past_load(t->db, &t->b->history, g->example[0], &t->arena, p);

	if (e == OK)
		e = play_then(t, p, &before);
	if (e == OK) {
		past_play(p, t->draft, true, &after);
		g->why = arena_dup(&t->b->arena,
				   why_after(&after,
					     way_parting(&before, &after),
					     &t->arena));
	}
	rehearsal_release(&before);
	rehearsal_release(&after);
	past_release(p);
	arena_reset(&t->arena);
	return e;
}

enum err backtest_run(struct ctl *c, const struct draft *d, int64_t since_ms,
		      int limit, int jobs, struct backtest *ret_backtest)
{
	struct problems problems = {.count = 0};
	struct backtest *b = ret_backtest;
	struct backtesting t = {.ctl = c, .b = b, .draft = d->catalog};
	enum err e;
	int i;

	memset(b, 0, sizeof(*b));
	arena_init(&b->arena);
	arena_init(&t.arena);
	arena_reserve(&t.arena, 2 * 1024 * 1024);
	e = catalog_load(c->db, &t.then, &problems);
	if (e == OK)
		e = history_load(c->db, since_ms, limit, &b->history);
	if (e == OK)
		b->change = arena_alloc(&b->arena, ((size_t)b->history.count +
						    1) * sizeof(*b->change));
	t.same_rest = e == OK && same_adapters(t.then, d->catalog);
	if (e == OK)
		e = play_all(&t, jobs);
	for (i = 0; e == OK && i < b->group_count; i++) {
		if (b->group[i].fate != BACKTEST_NOT_ON_RECORD)
			e = explain(&t, &b->group[i]);
	}
	catalog_free(t.then);
	arena_release(&t.arena);
	if (e != OK)
		backtest_release(b);
	return e;
}

void backtest_release(struct backtest *b)
{
	history_release(&b->history);
	arena_release(&b->arena);
}
