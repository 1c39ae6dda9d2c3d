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
#include "migrate.h"
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

static enum err judge_word(struct db *db, struct bulk_desk *desk,
			   const struct bulk *b, const struct run *r,
			   struct arena *a, struct bulk_item *item)
{
	struct problems p = {.count = 0};

	(void)desk;
	(void)db;
	(void)a;
	if (operate_judge(r, word_of(b), &p) != OK)
		skip(item, "state", &p);
	return OK;
}

static enum err apply_word(struct db *db, const struct world *w,
			   struct bulk_desk *desk, const struct bulk *b,
			   struct bulk_item *item, struct arena *a,
			   struct problems *p)
{
	struct operation_request q = {
		.kind = word_of(b),
		.reason = b->reason,
		.priority = (int)json_int(desk->params, "priority", -1),
		.bulk_id = b->public_id,
	};
	struct run after;

	(void)a;
	return run_operate(db, w, item->run_public_id, &q, &b->actor, p,
			   &after);
}

static enum err judge_replay(struct db *db, struct bulk_desk *desk,
			     const struct bulk *b, const struct run *r,
			     struct arena *a, struct bulk_item *item)
{
	struct problems p = {.count = 0};
	enum err e = replay_judge(db, r, json_string(desk->params, "step", ""),
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
	return e;
}

static enum err apply_replay(struct db *db, const struct world *w,
			     struct bulk_desk *desk, const struct bulk *b,
			     struct bulk_item *item, struct arena *a,
			     struct problems *p)
{
	struct replay_request q = {
		.step = json_string(desk->params, "step", ""),
		.reason = b->reason,
		.bulk_id = b->public_id};
	struct run next;
	enum err e = run_replay(db, w, item->run_public_id, &q, &b->actor, a, p,
				&next);

	if (e == OK)
		STR_COPY(item->detail, next.public_id);
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

static enum err judge_decide(struct db *db, struct bulk_desk *desk,
			     const struct bulk *b, const struct run *r,
			     struct arena *a, struct bulk_item *item)
{
	struct problems p = {.count = 0};
	struct task t;
	enum err e = task_open_of_run(db, r->id, a, &t);

	(void)desk;
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
			     struct bulk_desk *desk, const struct bulk *b,
			     struct bulk_item *item, struct arena *a,
			     struct problems *p)
{
	const cJSON *d = json_get(desk->params, "decision");
	struct task_decision decision = {
		.approved = cJSON_IsTrue(json_get(d, "approved")),
		.notes = arena_printf(a, "%s (%s)",
				      json_string(d, "notes", b->reason),
				      b->public_id),
		.reason_code = json_string(d, "reasonCode", NULL),
		.digest = item->digest,
		.alternative = json_string(d, "alternative", NULL),
		.form = json_get(d, "form"),
		.spending = desk->spending,
	};
	struct task t;
	enum err e = task_decide(db, w, item->task_id, NULL, &decision,
				 &b->actor, a, p, &t);

	if (e == OK)
		STR_COPY(item->detail, t.title);
	return e;
}

static enum err judge_migrate(struct db *db, struct bulk_desk *desk,
			      const struct bulk *b, const struct run *r,
			      struct arena *a, struct bulk_item *item)
{
	struct problems p = {.count = 0};
	const char *why;
	int from;
	enum err e;

	if (operate_judge(r, word_of(b), &p) != OK) {
		skip(item, "state", &p);
		return OK;
	}
	e = migrate_judge(desk->catalog, db, r, desk->to, a, &why, &from);
	if (e == OK && why) {
		problems_add(&p, "", "%s", why);
		skip(item, "version", &p);
	}
	return e;
}

static enum err apply_migrate(struct db *db, const struct world *w,
			      struct bulk_desk *desk, const struct bulk *b,
			      struct bulk_item *item, struct arena *a,
			      struct problems *p)
{
	struct operation_request q = {
		.kind = INBOX_MIGRATE,
		.reason = b->reason,
		.document_id = desk->to ? desk->to->document_id : 0,
		.bulk_id = b->public_id,
	};
	const char *why = NULL;
	struct run r;
	int from = 0;
	enum err e = run_by_id(db, item->run_id, &r);

	if (e == OK)
		e = migrate_judge(desk->catalog, db, &r, desk->to, a, &why,
				  &from);
	if (e == OK && why) {
		problems_add(p, "", "%s", why);
		STR_COPY(item->code, "version");
		return ERR_CONFLICT;
	}
	if (e == OK)
		e = run_operate(db, w, item->run_public_id, &q, &b->actor, p,
				&r);
	if (e == OK)
		(void)snprintf(item->detail, sizeof(item->detail),
			       "version %d to %d", from, desk->to->version);
	return e;
}

static const struct bulk_kind kinds[] = {
	{"pause", judge_word, apply_word, INBOX_PAUSE, ROLE_AGENT},
	{"resume", judge_word, apply_word, INBOX_RESUME, ROLE_AGENT},
	{"retry", judge_word, apply_word, INBOX_RETRY, ROLE_AGENT},
	{"cancel", judge_word, apply_word, INBOX_CANCEL, ROLE_AGENT},
	{"kill", judge_word, apply_word, INBOX_KILL, ROLE_AGENT},
	{"priority", judge_word, apply_word, INBOX_PRIORITY, ROLE_AGENT},
	{"replay", judge_replay, apply_replay, -1, ROLE_AGENT},
	{"decide", judge_decide, apply_decide, -1, ROLE_AGENT},
	{"migrate", judge_migrate, apply_migrate, INBOX_MIGRATE,
	 ROLE_SUPERVISOR},
};

const struct bulk_kind *bulk_kind_find(const char *name)
{
	for (size_t i = 0; name && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}
