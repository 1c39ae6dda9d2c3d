/*
 * Why: reads in parallel. Each answer is committed in its call row; the case
 * file changes once, when the gather closes; after a crash only what is missing
 * is asked again.
 */
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/json.h"
#include "../base/strbuf.h"
#include "advance_work.h"

static void read_name(const char *prefix, const struct read_spec *spec,
		      char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%s%s", prefix, spec->as);
}

/* Nobody can say when it could be asked, and it can be done without. Known of
 * the step at which the run stood, and not of one that it has entered since. */
static bool shut(const struct work *w, int i)
{
	return w->step->read[i].optional && !w->plan->new_visit &&
	       (w->in->shut >> i & 1);
}

static void send_all(struct work *w, const char *prefix)
{
	char name[NAME_SIZE];
	int i;

	for (i = 0; i < w->step->read_count; i++) {
		const struct read_spec *spec = &w->step->read[i];

		read_name(prefix, spec, name);
		if (work_call(w, name) || shut(w, i))
			continue;
		if (!work_make_call(w, name, spec->operation,
				    work_params(w, spec->with), PURPOSE_READ))
			return;
	}
}

/* Judges one read; *ret_pause_ms is set when it is to be asked again. */
static enum retry_verdict judge(struct work *w, const struct visit_call *c,
				const struct operation *op,
				int64_t *ret_pause_ms)
{
	enum call_class class = CLASS_UNKNOWN;
	struct retry_question q = {
		.code = c->call.code[0] ? c->call.code : NULL,
		.attempt = c->call.attempt,
		.first_ms = c->call.intent_ms,
		.now_ms = w->in->now_ms,
	};
	enum retry_verdict verdict;

	if (!call_class_parse(c->call.class, &class))
		class = CLASS_UNKNOWN;
	q.class = (int)class;
	verdict = retry_judge(&op->retry, &q);
	if (verdict == RETRY_AGAIN) {
		int64_t pause = retry_interval_ms(
			&op->retry, c->call.attempt + 1, w->random);

		if (pause < c->retry_after_ms)
			pause = c->retry_after_ms;
		if (pause > *ret_pause_ms)
			*ret_pause_ms = pause;
	}
	return verdict;
}

static const char *missing_words(const struct visit_call *c)
{
	if (!c)
		return "not asked";
	return c->call.error[0] ? c->call.error
				: "no answer within the time there was";
}

/* Into the case file: facts, and what is missing. False when a source that is
 * needed could not be read. */
static bool merge(struct work *w, const char *prefix, cJSON *data)
{
	bool whole = true;
	char name[NAME_SIZE];
	int i;

	for (i = 0; i < w->step->read_count; i++) {
		const struct read_spec *spec = &w->step->read[i];
		struct visit_call *c;
		const char *error;

		read_name(prefix, spec, name);
		c = work_call(w, name);
		if (c && c->call.state == CALL_OK) {
			casefile_fact(work_edit(w), spec->as, spec->operation,
				      work_answer(c), c->call.answered_ms);
			json_set_string(data, spec->as, "ok");
			continue;
		}
		error = missing_words(c);
		casefile_missing(work_edit(w), spec->as, spec->operation, error,
				 w->in->now_ms);
		json_set_string(data, spec->as, error);
		if (!spec->optional) {
			STR_COPY(w->run->last_error,
				 arena_printf(w->arena, "%s: %s",
					      spec->operation, error));
			whole = false;
		}
	}
	if (w->step->must_agree)
		casefile_contradictions(work_edit(w), w->step->must_agree);
	return whole;
}

static const char *index_path(const struct work *w, const char *key)
{
	return json_string(w->playbook->index, key, "");
}

static int64_t time_at(const struct work *w, const char *path)
{
	const cJSON *item = json_path(work_case(w), path);
	int64_t ms = 0;

	if (cJSON_IsString(item) && time_parse(item->valuestring, &ms) != 0)
		ms = 0;
	return ms;
}

/* Of several moments the first that is still ahead: what has run out presses
 * nobody any more. When all have, the last. */
static int64_t index_time(const struct work *w, const char *key)
{
	const cJSON *item = json_get(w->playbook->index, key), *path;
	int64_t ahead_ms = 0, behind_ms = 0;

	if (!cJSON_IsArray(item))
		return time_at(w, index_path(w, key));
	cJSON_ArrayForEach(path, item)
	{
		int64_t ms = time_at(w, path->valuestring);

		if (ms > w->in->now_ms && (ahead_ms == 0 || ms < ahead_ms))
			ahead_ms = ms;
		else if (ms <= w->in->now_ms && ms > behind_ms)
			behind_ms = ms;
	}
	return ahead_ms ? ahead_ms : behind_ms;
}

/* Text or a whole number; what does not fit would put strangers together. */
static void index_ref(const struct work *w, const char *key,
		      char ret_ref[REF_SIZE])
{
	const cJSON *item = json_path(work_case(w), index_path(w, key));
	char text[32];

	if (cJSON_IsString(item) && strlen(item->valuestring) < REF_SIZE) {
		(void)str_copy(ret_ref, REF_SIZE, item->valuestring);
	} else if (json_is_int(item)) {
		(void)snprintf(text, sizeof(text), "%lld",
			       (long long)item->valuedouble);
		(void)str_copy(ret_ref, REF_SIZE, text);
	}
}

/* What lists search and sort by is copied from the case file into the row. */
static void index_run(struct work *w)
{
	const cJSON *amount, *currency;

	if (!w->playbook->index)
		return;
	amount = json_path(work_case(w), index_path(w, "amountMinor"));
	currency = json_path(work_case(w), index_path(w, "currency"));
	if (json_is_int(amount))
		w->run->amount_minor = (int64_t)amount->valuedouble;
	if (cJSON_IsString(currency))
		STR_COPY(w->run->currency, currency->valuestring);
	w->run->event_ms = index_time(w, "eventAt");
	w->run->urgent_ms = index_time(w, "urgentAt");
	index_ref(w, "eventRef", w->run->event_ref);
	index_ref(w, "sellerRef", w->run->seller_ref);
	index_ref(w, "venueRef", w->run->venue_ref);
	index_ref(w, "platformRef", w->run->platform_ref);
}

static enum gathered close_gather(struct work *w, const char *prefix)
{
	cJSON *data = cJSON_CreateObject();
	bool whole = merge(w, prefix, data);

	index_run(w);
	work_note(w, AUDIT_GATHERED, data, "Read %d source%s%s",
		  w->step->read_count, w->step->read_count == 1 ? "" : "s",
		  whole ? "" : "; not all that is needed answered");
	return whole ? GATHERED_DONE : GATHERED_FAILED;
}

/* Sends again what is due for it; says how many there are. */
static int again(struct work *w, const char *prefix, bool send,
		 int64_t *ret_pause_ms, struct visit_call **ret_worst)
{
	int count = 0, i;
	char name[NAME_SIZE];

	for (i = 0; i < w->step->read_count; i++) {
		const struct read_spec *spec = &w->step->read[i];
		const struct operation *op = catalog_operation(
			w->in->catalog, spec->operation, NULL);
		struct visit_call *c;

		read_name(prefix, spec, name);
		c = work_call(w, name);
		if (!c || !op || c->call.state != CALL_FAILED ||
		    judge(w, c, op, ret_pause_ms) != RETRY_AGAIN)
			continue;
		count++;
		*ret_worst = c;
		if (send)
			work_send_again(w, c, true);
	}
	return count;
}

/* True while an answer is out; asks again what a crash left unanswered. */
static bool outstanding(struct work *w, const char *prefix)
{
	bool out = false;
	size_t length = strlen(prefix);
	int i;

	for (i = 0; i < w->call_count; i++) {
		struct visit_call *c = &w->call[i];

		if (strncmp(c->call.name, prefix, length) != 0 ||
		    c->call.purpose != PURPOSE_READ)
			continue;
		if (!c->in_flight && (c->call.state == CALL_SENT ||
				      c->call.state == CALL_INTENT))
			work_send_again(w, c, false);
		out = out || c->in_flight;
	}
	return out;
}

/* When the reads of this visit have had their time; 0: they may take it. */
static int64_t budget_end(const struct work *w)
{
	int64_t first = 0;
	int i;

	for (i = 0; i < w->call_count; i++) {
		int64_t at = w->call[i].call.intent_ms;

		if (w->call[i].call.purpose == PURPOSE_READ &&
		    (first == 0 || at < first))
			first = at;
	}
	return w->step->budget_ms && first ? first + w->step->budget_ms : 0;
}

/* Whether something is to be waited for beyond the budget: a read that is
 * needed and has neither answered nor been given up, and one that was never
 * asked only because its adapter is busy: a backlog is no silence. */
static bool still_open(struct work *w, const char *prefix)
{
	char name[NAME_SIZE];
	int64_t pause = 0;
	int i;

	for (i = 0; i < w->step->read_count; i++) {
		const struct read_spec *spec = &w->step->read[i];
		const struct operation *op = catalog_operation(
			w->in->catalog, spec->operation, NULL);
		const struct visit_call *c;

		read_name(prefix, spec, name);
		c = work_call(w, name);
		if (spec->optional && (c || shut(w, i)))
			continue;
		if (!c || c->in_flight || c->call.state == CALL_SENT ||
		    c->call.state == CALL_INTENT)
			return true;
		if (c->call.state == CALL_FAILED && op &&
		    judge(w, c, op, &pause) == RETRY_AGAIN)
			return true;
	}
	return false;
}

/* Whether that moment is here; if not, the run wakes for it. What can be done
 * without is not waited for any longer; what is needed is bounded by its own
 * retries, or a mere backlog would send orders to people. */
static bool over_budget(struct work *w, const char *prefix)
{
	int64_t end = budget_end(w);

	if (end && w->in->now_ms >= end)
		return !still_open(w, prefix);
	w->wake_ms = end;
	return false;
}

/* That of a gather of which nothing could be asked begins when it would have
 * been. */
static int64_t end_of_waiting(struct work *w)
{
	int64_t end = budget_end(w), until = work_progress(w)->until_ms;

	if (end || !w->step->budget_ms)
		return end;
	return until ? until : w->in->now_ms + w->step->budget_ms;
}

/* What was not asked, being shut, may open within the budget. */
static bool wait_for_shut(struct work *w, const char *prefix,
			  const char *backoff)
{
	int64_t end = end_of_waiting(w);
	const struct adapter *adapter;
	char name[NAME_SIZE];
	int i;

	for (i = 0; w->in->now_ms < end && i < w->step->read_count; i++) {
		const struct read_spec *spec = &w->step->read[i];

		read_name(prefix, spec, name);
		if (work_call(w, name) ||
		    !catalog_operation(w->in->catalog, spec->operation,
				       &adapter))
			continue;
		work_back_off(w, backoff, end, "",
			      arena_printf(w->arena,
					   "%s takes no calls now; what it "
					   "would say can be done without",
					   adapter->name));
		return true;
	}
	return false;
}

enum gathered work_gather(struct work *w, const char *prefix, const char *sent,
			  const char *backoff)
{
	struct visit_call *worst = NULL;
	int64_t pause = 0;
	const char *text;

	if (work_in_phase(w, backoff)) {
		int64_t until = work_progress(w)->until_ms;

		if (over_budget(w, prefix))
			return close_gather(w, prefix);
		again(w, prefix, w->in->now_ms >= until, &pause, &worst);
		if (w->in->now_ms < until) {
			work_back_off(w, backoff, until,
				      worst ? worst->call.adapter : "",
				      w->run->reason);
			return GATHERED_WAIT;
		}
		work_phase(w, sent);
	}
	if (!work_in_phase(w, sent)) {
		work_phase(w, sent);
		send_all(w, prefix);
		(void)over_budget(w, prefix);
		/* Or nothing would wake it. */
		if (w->call_count == 0 && w->run->state != RUN_HELD)
			(void)wait_for_shut(w, prefix, backoff);
		return GATHERED_WAIT;
	}
	if (over_budget(w, prefix))
		return close_gather(w, prefix);
	send_all(w, prefix); /* what a crash kept from being asked at all */
	if (outstanding(w, prefix))
		return GATHERED_WAIT;
	if (again(w, prefix, false, &pause, &worst) > 0) {
		text = work_call_words(w, worst);
		STR_COPY(w->run->last_error, text);
		work_back_off(w, backoff, w->in->now_ms + pause,
			      worst->call.adapter, text);
		return GATHERED_WAIT;
	}
	if (wait_for_shut(w, prefix, backoff))
		return GATHERED_WAIT;
	return close_gather(w, prefix);
}

enum way work_waiting(struct work *w)
{
	int i;

	if (w->run->state == RUN_HELD)
		return STAY;
	for (i = 0; i < w->call_count; i++) {
		if (w->call[i].in_flight)
			return work_wait_calls(w);
	}
	if (!w->answered)
		return STAY;
	w->answered = false;
	return ON;
}

enum way step_gather(struct work *w)
{
	if (w->in->no_room && !w->run->phase[0])
		return work_no_room(w);
	switch (work_gather(w, "", "gather", "gather_backoff")) {
	case GATHERED_WAIT:
		return work_waiting(w);
	case GATHERED_DONE:
		return work_go(w, w->step->next, "");
	case GATHERED_FAILED:
		break;
	}
	return work_go(w, w->step->on_failure, w->run->last_error);
}
