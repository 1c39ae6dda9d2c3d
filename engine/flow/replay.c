/*
 * Replaying a run from one of its steps (replay.h).
 *
 * Always holds: what is known to have happened is listed in the new run's case
 * file before it takes its first step, and nothing is replayed over an effect
 * that nobody knows the outcome of. The old run stays as it was.
 */
#include "replay.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/mem.h"
#include "../base/strbuf.h"
#include "../store/call_store.h"
#include "../store/case_store.h"
#include "../store/document_store.h"
#include "note.h"
#include "playbook.h"
#include "progress.h"
#include "replay_case.h"
#include "webhook.h"

/* Has the run's playbook, in its version, a step of this name? */
static enum err find_step(struct db *db, const struct run *r, const char *step,
			  struct arena *a, struct problems *p)
{
	struct problems ignored = {.count = 0};
	struct playbook *playbook = NULL;
	struct document document;
	cJSON *tree = NULL;
	enum err e = r->playbook_id
			     ? document_by_id(db, r->playbook_id, a, &document)
			     : ERR_NOT_FOUND;

	if (e == ERR_NOT_FOUND) {
		problems_add(p, "/step", "the run never came to a playbook");
		return ERR_INVALID;
	}
	if (e == OK)
		e = json_parse_max(document.body, strlen(document.body),
				   8 * JSON_BYTES_MAX, NULL, &tree);
	if (e == OK)
		e = playbook_parse(tree, &ignored, &playbook);
	if (e == ERR_INVALID)
		problems_add(p, "/step",
			     "%s version %d cannot be read any more",
			     document.name, document.version);
	if (e != OK)
		return e;
	if (!playbook_step(playbook, step)) {
		problems_add(p, "/step", "%s version %d has no step \"%.60s\"",
			     document.name, document.version, step);
		e = ERR_INVALID;
	}
	playbook_free(playbook);
	return e;
}

/* Only the order's last one: what a later one did is not in this one's list,
 * and would be done again. */
static enum err refuse_open(struct db *db, const struct run *r,
			    struct problems *p)
{
	struct run latest;
	enum err e;

	if (!run_state_closed(r->state)) {
		problems_add(p, "",
			     "the run is %s; only a closed one is replayed",
			     run_state_name(r->state));
		return ERR_CONFLICT;
	}
	e = run_latest_of_order(db, r->order_id, &latest);
	if (e != OK || latest.id == r->id)
		return e;
	if (run_state_closed(latest.state))
		problems_add(p, "",
			     "a later run of the order knows more of what was "
			     "done: replay %s",
			     latest.public_id);
	else
		problems_add(p, "", "the order has an open run: %s",
			     latest.public_id);
	return ERR_CONFLICT;
}

/* Money of any run of the order, and every effect of this one. */
static enum err refuse_unsettled(struct db *db, const struct run *r,
				 struct arena *a, struct problems *p)
{
	struct call c;
	enum err e = call_unknown_of_run(db, r->id, true, a, &c);

	if (e == ERR_NOT_FOUND)
		e = call_order_scope_out(db, r->order_id, a, &c);
	if (e == ERR_NOT_FOUND)
		return OK;
	if (e == OK)
		problems_add(p, "",
			     "nobody knows what became of %s.%s (%s): settle "
			     "it first",
			     c.adapter, c.operation, c.public_id);
	return e == OK ? ERR_CONFLICT : e;
}

/* Behind a question may stand what only its answer allows: who starts at a step
 * that the run never came to, passes the question by. */
static enum err refuse_passing_by(const struct run *r, const char *step,
				  const struct actor *actor, struct problems *p)
{
	struct progress *been = mem_alloc(sizeof(*been));
	bool came = false;

	if (progress_parse(r->progress, been)) {
		for (int i = 0; i < been->item_count; i++)
			came = came || (been->item[i].visit > 0 &&
					strcmp(been->item[i].step, step) == 0);
	}
	free(been);
	if (came || actor->role >= ROLE_SUPERVISOR)
		return OK;
	problems_add(p, "/step",
		     "the run never came to %s: only a supervisor starts there",
		     step);
	return ERR_DENIED;
}

enum err replay_judge(struct db *db, const struct run *r, const char *step,
		      const struct actor *actor, struct arena *a,
		      struct problems *p)
{
	enum err e = refuse_open(db, r, p);

	if (e == OK)
		e = find_step(db, r, step, a, p);
	if (e == OK)
		e = refuse_passing_by(r, step, actor, p);
	return e == OK ? refuse_unsettled(db, r, a, p) : e;
}

static enum err fill(const struct run *r, const struct replay_request *q,
		     const struct world *w, int64_t now_ms, struct run *next)
{
	struct progress *progress = mem_alloc(sizeof(*progress));
	struct progress_item *item = progress_of(progress, q->step);
	bool good = false;

	*next = (struct run){
		.state = RUN_READY,
		.tier = r->tier,
		.playbook_id = r->playbook_id,
		.priority = r->priority,
		.due_ms = now_ms,
		.amount_minor = r->amount_minor,
		.event_ms = r->event_ms,
		.urgent_ms = r->urgent_ms,
		.created_ms = now_ms,
		.updated_ms = now_ms,
	};
	id_make("run", w, next->public_id);
	STR_COPY(next->order_id, r->order_id);
	STR_COPY(next->issue_type, r->issue_type);
	STR_COPY(next->currency, r->currency);
	STR_COPY(next->source, r->source);
	STR_COPY(next->step, q->step);
	STR_COPY(next->event_ref, r->event_ref);
	STR_COPY(next->seller_ref, r->seller_ref);
	STR_COPY(next->venue_ref, r->venue_ref);
	STR_COPY(next->platform_ref, r->platform_ref);
	if (item) {
		item->visit = 1;
		good = progress_print(progress, next->progress);
	}
	free(progress);
	return good ? OK : ERR_INVALID;
}

static cJSON *note_data(const struct run *r, const struct replay_request *q,
			const cJSON *file)
{
	cJSON *data = cJSON_CreateObject();
	const cJSON *done = json_get(json_get(file, "replayOf"), "done");

	json_set_string(data, "action", "replay");
	json_set_string(data, "reason", q->reason);
	json_set_string(data, "replayOf", r->public_id);
	json_set_string(data, "step", q->step);
	if (q->bulk_id)
		json_set_string(data, "bulkId", q->bulk_id);
	json_set(data, "done", cJSON_Duplicate(done, true));
	return data;
}

/* Both chains say it: what came of the old run, and where the new one is from.
 */
static enum err note(struct db *db, struct run *r, struct run *next,
		     const struct replay_request *q, const cJSON *file,
		     const struct actor *actor, int64_t now_ms)
{
	cJSON *data = cJSON_CreateObject();
	int kept = 0;
	enum err e;

	json_set_string(data, "runId", next->public_id);
	json_set_string(data, "step", q->step);
	json_set_string(data, "reason", q->reason);
	e = run_note(db, r, AUDIT_REOPENED, actor->name, now_ms, data,
		     "%s replays it from %s: %s", actor->name, q->step,
		     next->public_id);
	if (e == OK)
		e = run_write_audit_head(db, r);
	if (e == OK)
		e = run_note(db, next, AUDIT_OPERATOR_ACTION, actor->name,
			     now_ms, note_data(r, q, file),
			     "%s replays %s from %s: %s", actor->name,
			     r->public_id, q->step, q->reason);
	if (e == OK)
		e = webhook_hand_over(db, next, now_ms, &kept);
	return e == OK && kept == 0 ? run_write_audit_head(db, next) : e;
}

static enum err write(struct db *db, struct run *r, struct run *next,
		      const struct replay_request *q, const cJSON *file,
		      const struct actor *actor, int64_t now_ms,
		      struct arena *a)
{
	enum err e = run_insert(db, next);

	if (e == ERR_CONSTRAINT)
		return ERR_STALE;
	if (e == OK)
		e = case_save(db, next->id, json_print_arena(file, a), now_ms);
	return e == OK ? note(db, r, next, q, file, actor, now_ms) : e;
}

enum err run_replay(struct db *db, const struct world *w,
		    const char *run_public_id, const struct replay_request *q,
		    const struct actor *actor, struct arena *a,
		    struct problems *p, struct run *ret_run)
{
	int64_t now_ms = world_wall_ms(w);
	struct run r, next;
	cJSON *file = NULL;
	enum err e;

	assert(db_in_transaction(db));
	e = run_by_public_id(db, run_public_id, &r);
	if (e != OK)
		return e;
	*ret_run = r;
	if (!text_check(q->reason, "/reason", REASON_SIZE - 1, p))
		return ERR_INVALID;
	e = replay_judge(db, &r, q->step, actor, a, p);
	if (e == OK)
		e = replay_case(db, &r, q, actor, now_ms, a, &file);
	if (e == OK)
		e = fill(&r, q, w, now_ms, &next);
	if (e == OK)
		e = write(db, &r, &next, q, file, actor, now_ms, a);
	cJSON_Delete(file);
	if (e == OK)
		*ret_run = next;
	return e;
}
