/*
 * Why: a run that is killed waits for nothing, but the answer of an effect that
 * was out may still come: it is written down, with an audit entry, since proof
 * that something happened is never thrown away. So the run's memory is kept
 * until the answer or the time-out of the call.
 */
#include "../base/json.h"
#include "../base/log.h"
#include "../flow/note.h"
#include "parts.h"

static bool effect_out(const struct checkout *c)
{
	int i;

	for (i = 0; i < c->call_count; i++) {
		const struct visit_call *v = &c->call[i];

		if (v->in_flight && !v->local &&
		    v->call.purpose == PURPOSE_EFFECT)
			return true;
	}
	return false;
}

bool engine_linger(struct engine *e, struct checkout *c)
{
	if (!run_state_closed(c->run.state) || !effect_out(c))
		return false;
	c->late = true;
	c->ready = false;
	e->late_count++;
	return true;
}

static enum err note(struct engine *e, struct run *r, const struct call *c)
{
	cJSON *data = cJSON_CreateObject();

	json_set_string(data, "callId", c->public_id);
	json_set_string(data, "idempotencyKey", c->key);
	json_set_string(data, "state", call_state_name(c->state));
	json_set_string(data, "class", c->class);
	if (c->answer)
		json_set(data, "answer",
			 cJSON_ParseWithOpts(c->answer, NULL, 0));
	return run_note(e->db, r, AUDIT_CALL_LATE, "mend", e->now_ms, data,
			"%s.%s answered %s after the run had ended", c->adapter,
			c->operation, c->class);
}

/* Over a person's word on the call only what proves that it happened. */
static enum err write_one(struct engine *e, struct run *r, const struct call *c)
{
	struct call row;
	enum err err = call_by_id(e->db, c->id, &e->arena, &row);
	bool said;

	if (err != OK)
		return err;
	said = row.state == CALL_OK || row.state == CALL_FAILED;
	if (!said || c->state == CALL_OK)
		err = call_answer(e->db, c);
	return err == OK ? note(e, r, c) : err;
}

static enum err write_answers(struct engine *e, struct checkout *c)
{
	struct run r;
	enum err err = db_begin(e->db);
	int i;

	if (err == OK)
		err = run_by_id(e->db, c->run.id, &r);
	for (i = 0; err == OK && i < c->call_count; i++) {
		if (c->unwritten[i])
			err = write_one(e, &r, &c->call[i].call);
	}
	if (err == OK)
		err = run_write_audit_head(e->db, &r);
	if (err == OK)
		err = db_commit(e->db);
	if (err != OK)
		db_rollback(e->db);
	return err;
}

void part_late(struct engine *e)
{
	int i, j;

	for (i = 0; e->late_count > 0 && i < e->checkout_count &&
		    e->mono_ms >= e->rest_until_ms;
	     i++) {
		struct checkout *c = e->checkout[i];
		enum err err;

		if (!c || !c->used || !c->late || !c->ready)
			continue;
		err = write_answers(e, c);
		if (err != OK) {
			engine_rest(e, err, "a late answer");
			return;
		}
		c->ready = false;
		for (j = 0; j < c->call_count; j++)
			c->unwritten[j] = false;
		if (effect_out(c))
			continue;
		e->late_count--;
		checkout_drop(e, c);
	}
}
