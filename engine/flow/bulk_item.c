/*
 * What a bulk does with one run: judged when it is made, judged again and
 * carried out when its turn comes. Both ask the functions that single calls
 * ask, so nothing is allowed to many that is not allowed to one.
 */
#include "bulk_item.h"

#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "operate.h"
#include "replay.h"
#include "task.h"

static void skip(struct bulk_item *item, const char *code,
		 const struct problems *p)
{
	item->state = ITEM_SKIPPED;
	STR_COPY(item->code, code);
	if (p && p->count > 0)
		STR_COPY(item->detail, p->item[0].detail);
}

static enum inbox_kind word_of(const struct bulk *b)
{
	const struct bulk_kind *kind = bulk_kind_find(b->operation);

	return kind ? (enum inbox_kind)kind->inbox : INBOX_COMMENT;
}

static cJSON *params_of(const struct bulk *b)
{
	cJSON *params = NULL;

	if (json_parse(b->params, strlen(b->params), NULL, &params) != OK)
		params = cJSON_CreateObject();
	return params;
}

static enum err judge_word(struct db *db, const struct bulk *b,
			   const struct run *r, struct arena *a,
			   struct bulk_item *item)
{
	struct problems p = {.count = 0};

	(void)db;
	(void)a;
	if (operate_judge(r, word_of(b), &p) != OK)
		skip(item, "state", &p);
	return OK;
}

static enum err apply_word(struct db *db, const struct world *w,
			   const struct bulk *b, struct bulk_item *item,
			   struct arena *a, struct problems *p)
{
	cJSON *params = params_of(b);
	struct operation_request q = {
		.kind = word_of(b),
		.reason = b->reason,
		.priority = (int)json_int(params, "priority", -1),
		.bulk_id = b->public_id,
	};
	struct run after;
	enum err e = run_operate(db, w, item->run_public_id, &q, &b->actor, p,
				 &after);

	(void)a;
	cJSON_Delete(params);
	return e;
}

static enum err judge_replay(struct db *db, const struct bulk *b,
			     const struct run *r, struct arena *a,
			     struct bulk_item *item)
{
	struct problems p = {.count = 0};
	cJSON *params = params_of(b);
	enum err e = replay_judge(db, r, json_string(params, "step", ""),
				  &b->actor, a, &p);

	if (e == ERR_CONFLICT || e == ERR_INVALID || e == ERR_NOT_FOUND ||
	    e == ERR_DENIED) {
		skip(item,
		     e == ERR_INVALID  ? "step"
		     : e == ERR_DENIED ? "denied"
				       : "state",
		     &p);
		e = OK;
	}
	cJSON_Delete(params);
	return e;
}

static enum err apply_replay(struct db *db, const struct world *w,
			     const struct bulk *b, struct bulk_item *item,
			     struct arena *a, struct problems *p)
{
	cJSON *params = params_of(b);
	struct replay_request q = {.step = json_string(params, "step", ""),
				   .reason = b->reason,
				   .bulk_id = b->public_id};
	struct run next;
	enum err e = run_replay(db, w, item->run_public_id, &q, &b->actor, a, p,
				&next);

	if (e == OK)
		STR_COPY(item->detail, next.public_id);
	cJSON_Delete(params);
	return e;
}

/* The words of the filter that the decision is bound to. */
static bool of_issue(const struct bulk *b, const struct task *t)
{
	cJSON *filter = NULL;
	bool same;

	if (json_parse(b->filter, strlen(b->filter), NULL, &filter) != OK)
		return false;
	same = strcmp(json_string(filter, "issue", ""), t->issue_type) == 0;
	cJSON_Delete(filter);
	return same;
}

static enum err judge_decide(struct db *db, const struct bulk *b,
			     const struct run *r, struct arena *a,
			     struct bulk_item *item)
{
	struct problems p = {.count = 0};
	struct task t;
	enum err e = task_open_of_run(db, r->id, a, &t);

	if (e == ERR_NOT_FOUND) {
		problems_add(&p, "", "the run waits for no decision");
		skip(item, "no_task", &p);
		return OK;
	}
	if (e != OK)
		return e;
	STR_COPY(item->task_id, t.public_id);
	STR_COPY(item->digest, t.digest);
	if (t.state != TASK_OPEN && t.state != TASK_CLAIMED) {
		problems_add(&p, "", "the task is %s",
			     task_state_name(t.state));
		skip(item, "state", &p);
	} else if (!of_issue(b, &t)) {
		problems_add(&p, "", "the task is about %s", t.issue_type);
		skip(item, "issue_type", &p);
	} else if (b->actor.role < t.role) {
		problems_add(&p, "", "the task needs the role %s",
			     role_name(t.role));
		skip(item, "denied", &p);
	}
	return OK;
}

static enum err apply_decide(struct db *db, const struct world *w,
			     const struct bulk *b, struct bulk_item *item,
			     struct arena *a, struct problems *p)
{
	cJSON *params = params_of(b);
	const cJSON *d = json_get(params, "decision");
	struct task_decision decision = {
		.approved = cJSON_IsTrue(json_get(d, "approved")),
		.notes = arena_printf(a, "%s (%s)",
				      json_string(d, "notes", b->reason),
				      b->public_id),
		.reason_code = json_string(d, "reasonCode", NULL),
		.digest = item->digest,
		.alternative = json_string(d, "alternative", NULL),
		.form = json_get(d, "form"),
	};
	struct task t;
	enum err e = task_decide(db, w, item->task_id, NULL, &decision,
				 &b->actor, a, p, &t);

	if (e == OK)
		STR_COPY(item->detail, t.title);
	cJSON_Delete(params);
	return e;
}

static const struct bulk_kind kinds[] = {
	{"pause", judge_word, apply_word, INBOX_PAUSE},
	{"resume", judge_word, apply_word, INBOX_RESUME},
	{"retry", judge_word, apply_word, INBOX_RETRY},
	{"cancel", judge_word, apply_word, INBOX_CANCEL},
	{"kill", judge_word, apply_word, INBOX_KILL},
	{"priority", judge_word, apply_word, INBOX_PRIORITY},
	{"replay", judge_replay, apply_replay, -1},
	{"decide", judge_decide, apply_decide, -1},
};

const struct bulk_kind *bulk_kind_find(const char *name)
{
	for (size_t i = 0; name && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}
