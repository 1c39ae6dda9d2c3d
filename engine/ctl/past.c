/*
 * One past run as the ports of a rehearsal (past.h): its answers and its people
 * say again what they said.
 */
#include "past.h"

#include <string.h>

#include "../base/json.h"
#include "../base/strbuf.h"
#include "../flow/casefile.h"
#include "../store/case_store.h"
#include "../store/shared_store.h"

#define CALLS_MAX 2000
#define NEVER_MS (INT64_C(3600) * 1000)

/* ---- what is on record of it ---- */

static void find_words(const struct history *h, struct past_run *p)
{
	int low = 0, high = h->word_count, i;

	while (low < high) {
		int middle = (low + high) / 2;

		if (h->word[middle].run_id < p->run->id)
			low = middle + 1;
		else
			high = middle;
	}
	while (low + p->said_count < h->word_count &&
	       h->word[low + p->said_count].run_id == p->run->id)
		p->said_count++;
	p->said = arena_alloc(p->arena,
			      ((size_t)p->said_count + 1) * sizeof(*p->said));
	for (i = 0; i < p->said_count; i++) {
		p->said[i] = h->word[low + i].said;
		p->said[i].at_ms += p->run->created_ms;
	}
}

static enum err load_request(struct db *db, struct past_run *p)
{
	cJSON *file = NULL;
	int64_t updated;
	char *body;
	int i;
	enum err e;

	for (i = 0; i < p->said_count; i++) {
		/* Then the file holds the last event's, not the first one's. */
		if (p->said[i].kind == INBOX_EVENT)
			return OK;
	}
	e = case_load(db, p->run->id, p->arena, &body, &updated);
	if (e == ERR_NOT_FOUND)
		return OK;
	if (e == OK)
		e = json_parse_max(body, strlen(body), CASE_FILE_BYTES_MAX,
				   NULL, &file);
	if (e != OK)
		return e;
	p->request = cJSON_DetachItemFromObjectCaseSensitive(file, "request");
	cJSON_Delete(file);
	return OK;
}

enum err past_load(struct db *db, const struct history *h, int index,
		   struct arena *a, struct past_run *ret_past)
{
	struct past_run *p = ret_past;
	enum err e;

	memset(p, 0, sizeof(*p));
	p->run = &h->run[index];
	p->arena = a;
	p->db = db;
	find_words(h, p);
	e = call_of_run(db, p->run->id, CALLS_MAX, a, &p->call, &p->call_count);
	if (e == OK)
		e = task_of_run(db, p->run->id, PAST_TASKS_MAX, a, &p->task,
				&p->task_count);
	if (e == OK)
		e = load_request(db, p);
	return e;
}

void past_release(struct past_run *p)
{
	cJSON_Delete(p->request);
	cJSON_Delete(p->form);
	p->request = p->form = NULL;
}

/* ---- its answers ---- */

static bool is_of(const struct call *c, const char *name)
{
	size_t length = strlen(c->adapter);

	return strncmp(name, c->adapter, length) == 0 && name[length] == '.' &&
	       strcmp(name + length + 1, c->operation) == 0;
}

/* The n-th call of this operation; NULL: there were fewer. */
static const struct call *recorded(const struct past_run *p, const char *name,
				   int nth)
{
	int i;

	for (i = 0; i < p->call_count; i++) {
		if (is_of(&p->call[i], name) && nth-- == 0)
			return &p->call[i];
	}
	return NULL;
}

/* A backlog that there was is part of the past: what a guard said of the time
 * depends on it. */
static int64_t leaves_ms(void *context, const struct rehearse_call *c)
{
	struct past_run *p = context;
	const struct call *past;
	int i, next = 0;

	if (c->call->attempt > 1)
		return 0;
	for (i = 0; i < p->asked_count; i++) {
		if (strcmp(p->asked[i].name, c->name) == 0)
			next = p->asked[i].next + 1;
	}
	past = recorded(p, c->name, next);
	return past ? past->intent_ms : 0;
}

/* Which one is asked for: a new call is the next, a re-send the same. */
static int place_of(struct past_run *p, const struct rehearse_call *c)
{
	int i;

	for (i = 0; i < p->asked_count; i++) {
		if (strcmp(p->asked[i].name, c->name) == 0)
			return c->call->attempt > 1 ? p->asked[i].next
						    : ++p->asked[i].next;
	}
	if (p->asked_count < PAST_OPERATIONS_MAX)
		STR_COPY(p->asked[p->asked_count++].name, c->name);
	return 0;
}

static void assume(struct past_run *p, const struct rehearse_call *c)
{
	if (!p->assumed[0])
		STR_COPY(p->assumed, c->name);
}

/* An effect that was never made succeeds, with what was sent. */
static void imagine(struct past_run *p, const struct rehearse_call *c,
		    struct call_answer *answer)
{
	assume(p, c);
	answer->class = CLASS_OK;
	answer->status = 200;
	answer->body = cJSON_Parse(c->call->params);
	json_set_string(answer->body, "status", "ASSUMED");
}

static void recall(const struct call *past, struct call_answer *answer)
{
	/* Nobody waited for it: a gather's time was up, or the run ended. */
	if (!past->answered_ms && past->purpose == PURPOSE_READ) {
		answer->class = CLASS_RETRYABLE;
		STR_COPY(answer->code, "TIMED_OUT");
		STR_COPY(answer->error,
			 "it had not answered when it was given up");
		answer->duration_ms = NEVER_MS;
		return;
	}
	if (!call_class_parse(past->class, &answer->class))
		answer->class =
			past->state == CALL_OK ? CLASS_OK : CLASS_UNKNOWN;
	/* Found by a lookup: the call itself has no answer of its own. */
	answer->status = past->status;
	answer->body = past->answer ? cJSON_Parse(past->answer) : NULL;
	answer->duration_ms = past->duration_ms;
	answer->declared = past->state == CALL_FAILED && !past->maybe_done;
	STR_COPY(answer->code, past->code);
	STR_COPY(answer->error, past->error);
}

static bool answer(void *context, const struct rehearse_call *c,
		   struct call_answer *ret_answer)
{
	struct past_run *p = context;
	bool effect = c->operation->kind == OPERATION_EFFECT;
	int place = place_of(p, c);
	const struct call *past = recorded(p, c->name, place);

	/* What was read last still stands. */
	while (!past && !effect && place > 0)
		past = recorded(p, c->name, --place);
	if (past) {
		recall(past, ret_answer);
		return true;
	}
	if (effect) {
		imagine(p, c, ret_answer);
		return true;
	}
	if (!c->optional)
		return false;
	assume(p, c);
	ret_answer->class = CLASS_PERMANENT;
	STR_COPY(ret_answer->code, "NOT_ON_RECORD");
	STR_COPY(ret_answer->error, "it was never asked in the recorded run");
	return true;
}

/* It made no such call itself: then another run's is the one it took. */
static const char *shared(void *context, const char *operation, const char *key)
{
	struct past_run *p = context;
	struct shared_call call;
	int i, next = 0;

	for (i = 0; i < p->asked_count; i++) {
		if (strcmp(p->asked[i].name, operation) == 0)
			next = p->asked[i].next + 1;
	}
	if (recorded(p, operation, next) ||
	    shared_get(p->db, key, p->arena, &call) != OK ||
	    call.run_id == p->run->id || call.state != CALL_OK)
		return NULL;
	return call.answer ? call.answer : "{}";
}

/* ---- its people ---- */

/* The next decided task of this step. */
static const struct task *decided(struct past_run *p, const char *step)
{
	int i;

	for (i = 0; i < p->task_count; i++) {
		const struct task *t = &p->task[i];

		if (p->task_used[i] || !t->decided_ms ||
		    strcmp(t->step, step) != 0)
			continue;
		p->task_used[i] = true;
		return t;
	}
	return NULL;
}

static bool ever_asked(const struct past_run *p, const char *step)
{
	int i;

	for (i = 0; i < p->task_count; i++) {
		if (strcmp(p->task[i].step, step) == 0)
			return true;
	}
	return false;
}

static bool decide(void *context, const struct task *t,
		   struct rehearse_decision *ret_decision)
{
	struct past_run *p = context;
	struct rehearse_decision *d = ret_decision;
	const struct task *past = decided(p, t->step);

	if (!past) {
		if (!ever_asked(p, t->step) && !p->unasked[0])
			STR_COPY(p->unasked, t->step);
		/* It became due, or was put aside by what was said next. */
		d->lapses = ever_asked(p, t->step);
		return d->lapses;
	}
	d->approved = past->approved > 0;
	d->after_ms = past->execute_at_ms - past->created_ms;
	d->by = past->decider;
	/* It was allowed then; limits are not what is tried out here. */
	d->role = ROLE_ADMIN;
	d->reason_code = past->reason_code[0] ? past->reason_code : NULL;
	d->notes = past->notes;
	d->alternative = past->alternative[0] ? past->alternative : NULL;
	cJSON_Delete(p->form);
	p->form = past->form ? cJSON_Parse(past->form) : NULL;
	d->form = p->form;
	d->on_record = true;
	return true;
}

void past_play(struct past_run *p, const struct catalog *c, bool explain,
	       struct rehearsal *ret_record)
{
	struct rehearse_input in = {
		.catalog = c,
		.order_id = p->run->order_id,
		.request = p->request,
		.now_ms = p->run->created_ms,
		.said = p->said,
		.said_count = p->said_count,
		.ports = {.answer = answer,
			  .leaves_ms = leaves_ms,
			  .decide = decide,
			  .shared = shared,
			  .context = p},
		.explain = explain,
	};

	p->asked_count = 0;
	memset(p->task_used, 0, sizeof(p->task_used));
	memset(p->asked, 0, sizeof(p->asked));
	p->assumed[0] = p->unasked[0] = '\0';
	rehearse(&in, p->arena, ret_record);
}
