/*
 * Finding runs: by any id, by what they are, newest first.
 *
 * Always holds: an unknown or malformed filter is refused rather than ignored,
 * since a list that silently shows too much misleads.
 */
#include <stdlib.h>
#include <string.h>

#include "../engine/base/json.h"
#include "../engine/flow/filter.h"
#include "../engine/flow/view.h"
#include "lib/page.h"
#include "runs.h"

#define LIST 'r'
#define LIMIT 50
#define AMOUNT_MAX (((int64_t)1 << 53) - 1)

static const char *const states[] = {
	"READY",     "RUNNING",	     "BACKING_OFF",
	"BLOCKED",   "WAITING_TASK", "WAITING_SIGNAL",
	"PAUSED",    "HELD",	     "CANCELING",
	"COMPLETED", "FAILED",	     "CANCELED",
	"TIMED_OUT", NULL,
};
_Static_assert(sizeof(states) / sizeof(states[0]) == RUN_STATE_COUNT + 1,
	       "every state can be asked for");

#define WORDS(n, most)                                                         \
	{                                                                      \
		.name = (n), .type = FIELD_TEXT, .min = 1, .max = (most)-1     \
	}

const struct field runs_list_query[] = {
	WORDS("order", ORDER_ID_SIZE),
	WORDS("prefix", ORDER_ID_SIZE),
	WORDS("run", ID_SIZE),
	WORDS("task", ID_SIZE),
	WORDS("eventKey", KEY_SIZE),
	WORDS("q", KEY_SIZE),
	{.name = "state", .type = FIELD_WORD, .values = states},
	{.name = "open", .type = FIELD_BOOL},
	WORDS("step", NAME_SIZE),
	WORDS("issue", NAME_SIZE),
	WORDS("adapter", ADAPTER_SIZE),
	WORDS("outcome", NAME_SIZE),
	{.name = "amountMin", .type = FIELD_INT, .max = AMOUNT_MAX},
	{.name = "amountMax", .type = FIELD_INT, .max = AMOUNT_MAX},
	WORDS("event", REF_SIZE),
	WORDS("seller", REF_SIZE),
	WORDS("venue", REF_SIZE),
	WORDS("platform", REF_SIZE),
	WORDS("minAge", 32),
	WORDS("stuck", KEY_SIZE),
	WORDS("playbook", NAME_SIZE + 16),
	PAGE_FIELDS(200),
	{0},
};

static enum err run_of_task(struct context *c, const char *task_id,
			    const char **ret_run_id)
{
	struct task task;
	struct run run;
	enum err e = task_by_public_id(c->db, task_id, c->arena, &task);

	if (!e)
		e = run_by_id(c->db, task.run_id, &run);
	if (!e)
		*ret_run_id = arena_dup(c->arena, run.public_id);
	return e;
}

/* Is there any run of exactly this order, or of this event key? */
static bool any(struct context *c, const struct run_filter *f)
{
	struct run run;
	struct run_filter one = *f;
	int count = 0;

	one.limit = 1;
	one.before_id = 0;
	return run_list(c->db, &one, &run, &count) == OK && count > 0;
}

/* One box for any id: the exact thing if there is one, else a prefix. */
static enum err search(struct context *c, const char *text,
		       struct run_filter *f)
{
	struct run_filter order = *f, event = *f;

	if (strncmp(text, "resolve-", strlen("resolve-")) == 0)
		text += strlen("resolve-");
	order.order_id = text;
	event.event_key = text;
	if (id_valid(text, "run"))
		f->public_id = text;
	else if (id_valid(text, "task"))
		return run_of_task(c, text, &f->public_id);
	else if (any(c, &order))
		*f = order;
	else if (any(c, &event))
		*f = event;
	else
		f->order_prefix = text;
	return OK;
}

/* "2h": runs that were created longer ago than that. */
static enum err read_age(struct context *c, struct run_filter *f)
{
	const char *age = request_query(&c->request, "minAge");
	int64_t age_ms;

	if (!age)
		return OK;
	if (duration_parse(age, &age_ms) != 0) {
		problems_add(&c->problems, "?minAge",
			     "expected a duration such as 90s, 30m, 2h or 3d");
		return ERR_INVALID;
	}
	f->created_before_ms = world_wall_ms(c->world) - age_ms;
	return OK;
}

static enum err read_filter(struct context *c, struct run_filter *f)
{
	const struct request *r = &c->request;
	const char *state = request_query(r, "state");
	const char *open = request_query(r, "open");
	const char *task = request_query(r, "task");
	const char *q = request_query(r, "q");
	enum run_state parsed;
	enum err e = page_cursor(c, LIST, &f->before_id);

	if (e)
		return e;
	f->order_id = request_query(r, "order");
	f->order_prefix = request_query(r, "prefix");
	f->public_id = request_query(r, "run");
	f->event_key = request_query(r, "eventKey");
	f->step = request_query(r, "step");
	f->issue_type = request_query(r, "issue");
	f->adapter = request_query(r, "adapter");
	f->outcome = request_query(r, "outcome");
	f->event_ref = request_query(r, "event");
	f->seller_ref = request_query(r, "seller");
	f->venue_ref = request_query(r, "venue");
	f->platform_ref = request_query(r, "platform");
	f->amount_min = request_query_int(r, "amountMin", -1);
	f->amount_max = request_query_int(r, "amountMax", -1);
	if (open)
		f->open = strcmp(open, "true") == 0;
	if (state && run_state_parse(state, &parsed))
		f->state = (int)parsed;
	e = read_age(c, f);
	if (!e && task)
		e = run_of_task(c, task, &f->public_id);
	if (!e && q)
		e = search(c, q, f);
	return e;
}

static enum err read_groups(struct context *c, struct filter *f)
{
	const char *ref = request_query(&c->request, "stuck");
	const char *playbook = request_query(&c->request, "playbook");

	if (playbook && !filter_playbook(playbook, &f->run)) {
		problems_add(&c->problems, "?playbook",
			     "expected a playbook, as triage, or one version "
			     "of it, as triage@3");
		return ERR_INVALID;
	}
	if (!ref || filter_stuck(ref, world_wall_ms(c->world), f))
		return OK;
	problems_add(&c->problems, "?stuck",
		     "expected a group of GET "
		     "/v1/stuck");
	return ERR_INVALID;
}

/* Each has to be asked whether it is of the group. */
static enum err list_group(struct context *c, const struct filter *f)
{
	struct page page;
	struct run *runs;
	int64_t next = 0;
	int count = 0;
	enum err e;

	page_start(&page, c, LIMIT);
	runs = arena_alloc(c->arena, (size_t)page.limit * sizeof(*runs));
	e = filter_page(c->db, f, page.limit, runs, &count, &next);
	for (int i = 0; !e && i < count; i++)
		(void)page_add(&page, view_run_raw(c->db, &runs[i]));
	page.more = next != 0;
	if (e)
		cJSON_Delete(page.data);
	else
		(void)page_finish(&page, c, LIST, next);
	return e;
}

enum err runs_list(struct context *c)
{
	struct filter whole = {.run = RUN_FILTER_ANY};
	struct run_filter f = RUN_FILTER_ANY;
	struct page page;
	struct run *runs;
	int64_t last = 0;
	int count = 0;
	enum err e = read_filter(c, &f);

	whole.run = f;
	if (!e)
		e = read_groups(c, &whole);
	if (!e && whole.stuck)
		return list_group(c, &whole);
	f = whole.run;

	/* Nothing has that task: an empty list, as for any other filter. */
	if (e && e != ERR_NOT_FOUND)
		return e;
	page_start(&page, c, LIMIT);
	f.limit = page.limit + 1;
	runs = arena_alloc(c->arena, (size_t)f.limit * sizeof(*runs));
	if (!e)
		e = run_list(c->db, &f, runs, &count);
	if (e == ERR_NOT_FOUND)
		e = OK;
	for (int i = 0; !e && i < count; i++) {
		if (i == page.limit) {
			page.more = true;
			break;
		}
		(void)page_add(&page, view_run_raw(c->db, &runs[i]));
		last = runs[i].id;
	}
	if (e)
		cJSON_Delete(page.data);
	else
		(void)page_finish(&page, c, LIST, last);
	return e;
}
