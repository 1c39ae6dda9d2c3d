/* See stage.h. */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../test.h"
#include "engine/base/json.h"
#include "engine/base/strbuf.h"
#include "engine/flow/catalog_add.h"
#include "engine/flow/life.h"

/* clang-format off */
#define RETRY \
	"'retry': {'initialInterval': '1s', 'backoffCoefficient': 1," \
	" 'maximumInterval': '1s', 'maximumAttempts': 3, 'jitter': 'none'}"
#define EFFECT(name, rest) \
	"'" name "': {'kind': 'effect', 'method': 'POST', 'path': '/" name \
	"', 'timeout': '5s', " RETRY ", " rest "}"
#define READ(name, path) \
	"'" name "': {'kind': 'read', 'path': '" path "', " RETRY "}"

static const char peer[] =
	"{'adapter': 'peer', 'title': 'Peer', 'kind': 'http',"
	" 'baseUrl': 'http://peer', 'operations': {"
	READ("get", "/get") ","
	READ("other", "/other") ","
	READ("find", "/find/{{key}}") ","
	EFFECT("keyed", "'offers': 'keyed', 'keyRetention': '1d',"
	       " 'effectScope': 'order'") ","
	EFFECT("looked", "'offers': 'lookup', 'lookup': 'find',"
	       " 'visibleWithin': '2s'") ","
	EFFECT("shout", "'offers': 'neither'") "}}";
static const char local[] =
	"{'adapter': 'local', 'title': 'Local', 'kind': 'local',"
	" 'operations': {'echo': {'kind': 'read'}, 'fail': {'kind': 'read'}}}";
/* clang-format on */

static char *quoted(const char *text)
{
	char *copy = strdup(text), *at;

	for (at = copy; *at; at++) {
		if (*at == '\'')
			*at = '"';
	}
	return copy;
}

cJSON *stage_json(const char *text)
{
	char *copy = quoted(text);
	cJSON *tree = NULL;
	struct problems p = {.count = 0};

	if (json_parse(copy, strlen(copy), &p, &tree) != OK)
		fail_msg("%s: %s", p.item[0].detail, copy);
	free(copy);
	return tree;
}

static void add(struct stage *s, enum document_kind kind, const char *text,
		int64_t id)
{
	struct problems p = {.count = 0};
	struct document d = {.kind = kind, .id = id, .version = 1};

	d.body = quoted(text);
	if (catalog_add(s->catalog, &d, &p) != OK)
		fail_msg("%s: %s: %.60s", p.item[0].pointer, p.item[0].detail,
			 text);
	free(d.body);
}

const struct playbook *stage_version(struct stage *s, const char *name,
				     const char *steps, int64_t id)
{
	char text[2000];

	snprintf(text, sizeof(text),
		 "{'playbook': '%s', 'title': 'T', 'steps': [%s]}", name,
		 steps);
	add(s, DOCUMENT_PLAYBOOK, text, id);
	return s->catalog->playbook[s->catalog->playbook_count - 1];
}

static const struct playbook *current(struct stage *s)
{
	int i;

	for (i = 0; i < s->catalog->playbook_count; i++) {
		if (s->catalog->playbook[i]->document_id == s->run.playbook_id)
			return s->catalog->playbook[i];
	}
	return NULL;
}

void stage_policy(struct stage *s, const char *members)
{
	char text[1000];

	snprintf(text, sizeof(text), "{'policy': 'policy', %s}", members);
	add(s, DOCUMENT_POLICY, text, 9);
}

void stage_open(struct stage *s, const char *steps)
{
	stage_open_with(s, "'title': 'T'", steps);
}

void stage_open_with(struct stage *s, const char *members, const char *steps)
{
	struct problems p = {.count = 0};
	size_t size = strlen(steps) + strlen(members) + 100;
	char *text = malloc(size);

	memset(s, 0, sizeof(*s));
	arena_init(&s->arena);
	s->catalog = calloc(1, sizeof(*s->catalog));
	s->now_ms = STAGE_NOW_MS;
	add(s, DOCUMENT_ADAPTER, peer, 1);
	add(s, DOCUMENT_ADAPTER, local, 2);
	stage_policy(s, "'values': {'confidence': {'minimum': 0.8}, 'wait': "
			"{'long': '2m'}}, 'roles': "
			"{'agent': {'limitMinor': 50000}, 'supervisor': "
			"{'limitMinor': -1}, 'admin': {'limitMinor': -1}}, "
			"'fourEyesMinor': 100000, 'dailyCapMinor': -1");
	snprintf(text, size, "{'playbook': 'intake', %s, 'steps': [%s]}",
		 members, steps);
	add(s, DOCUMENT_PLAYBOOK, text, 5);
	free(text);
	s->catalog->active_count = s->catalog->playbook_count;
	playbook_check(s->catalog->playbook[0], s->catalog, &p);
	for (int i = 0; i < p.count; i++) {
		/* Tests may share their ends, and add a playbook later. */
		if (!strstr(p.item[i].detail, "no step leads") &&
		    !strstr(p.item[i].detail, "no playbook"))
			fail_msg("%s: %s", p.item[i].pointer, p.item[i].detail);
	}
	s->case_file = stage_json("{'orderId': 'O1'}");
	s->run = (struct run){
		.id = 1,
		.public_id = "run_1",
		.order_id = "O1",
		.state = RUN_READY,
		.lease = 1,
		.due_ms = STAGE_NOW_MS,
		.amount_minor = -1,
		.created_ms = STAGE_NOW_MS,
	};
}

void stage_close(struct stage *s)
{
	cJSON_Delete(s->case_file);
	catalog_free(s->catalog);
	arena_release(&s->arena);
}

void stage_set(struct stage *s, const char *path, const char *json)
{
	json_path_set(s->case_file, path, stage_json(json));
}

const char *stage_get(struct stage *s, const char *path)
{
	const cJSON *item = json_path(s->case_file, path);

	return item ? json_print_arena(item, &s->arena) : "";
}

/* ---- planning twice ---- */

static void same_text(const char *a, const char *b)
{
	assert_string_equal(a ? a : "", b ? b : "");
}

static void same_call(const struct call *a, const struct call *b)
{
	assert_string_equal(a->key, b->key);
	assert_string_equal(a->digest, b->digest);
	same_text(a->params, b->params);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->attempt, b->attempt);
	assert_int_equal(a->sent_ms, b->sent_ms);
}

static void same_plan(const struct plan *a, const struct plan *b)
{
	char *one = a->case_file ? json_print(a->case_file) : strdup("");
	char *two = b->case_file ? json_print(b->case_file) : strdup("");
	int i;

	assert_memory_equal(&a->run, &b->run, offsetof(struct run, progress));
	assert_string_equal(a->run.progress, b->run.progress);
	assert_string_equal(one, two);
	free(one);
	free(two);
	assert_int_equal(a->entry_count, b->entry_count);
	for (i = 0; i < a->entry_count; i++) {
		same_text(a->entry[i].message, b->entry[i].message);
		same_text(a->entry[i].data, b->entry[i].data);
	}
	assert_int_equal(a->call_count, b->call_count);
	for (i = 0; i < a->call_count; i++)
		same_call(&a->call[i].call, &b->call[i].call);
	assert_int_equal(a->settled_count, b->settled_count);
	assert_int_equal(a->consumed_count, b->consumed_count);
	assert_int_equal(a->waits, b->waits);
	assert_int_equal(a->new_visit, b->new_visit);
	assert_int_equal(!a->task_open, !b->task_open);
	assert_int_equal(!a->task_update, !b->task_update);
	if (a->task_open)
		same_text(a->task_open->digest, b->task_open->digest);
}

/* ---- taking a plan for written ---- */

static struct visit_call *held(struct stage *s, const char *key)
{
	int i;

	for (i = 0; i < s->call_count; i++) {
		if (strcmp(s->call[i].call.key, key) == 0)
			return &s->call[i];
	}
	return NULL;
}

static void take_calls(struct stage *s, const struct plan *p)
{
	struct visit_call *c;
	int i;

	if (p->new_visit)
		s->call_count = 0;
	for (i = 0; i < p->settled_count; i++) {
		c = held(s, p->settled[i].key);
		if (c)
			c->call = p->settled[i];
	}
	for (i = 0; i < p->call_count; i++) {
		c = held(s, p->call[i].call.key);
		if (p->call[i].insert)
			assert_null(c);
		if (!c)
			c = &s->call[s->call_count++];
		c->call = p->call[i].call;
		if (p->call[i].insert)
			snprintf(c->call.public_id, sizeof(c->call.public_id),
				 "call_%d", ++s->calls_made);
		c->in_flight = true;
	}
}

static void take_inbox(struct stage *s, const struct plan *p)
{
	int i, j, kept = 0;

	for (i = 0; i < s->inbox_count; i++) {
		bool gone = false;

		for (j = 0; j < p->consumed_count; j++)
			gone = gone || p->consumed[j] == s->inbox[i].id;
		if (!gone)
			s->inbox[kept++] = s->inbox[i];
	}
	s->inbox_count = kept;
}

static void take_task(struct stage *s, const struct plan *p)
{
	if (p->task_update) {
		s->task = *p->task_update;
		s->task.version++;
		s->has_task = s->task.closed_ms == 0;
	}
	if (p->task_open) {
		assert_false(s->has_task);
		s->task = *p->task_open;
		s->task.id = 100 + ++s->task_count;
		snprintf(s->task.public_id, sizeof(s->task.public_id),
			 "task_%d", s->task_count);
		s->run.wait_task_id = s->task.id;
		s->has_task = true;
	}
}

static void take(struct stage *s, struct plan *p)
{
	const char *wrong;

	s->run = p->run;
	if (p->case_file) {
		cJSON_Delete(s->case_file);
		s->case_file = p->case_file;
		p->case_file = NULL;
	}
	take_calls(s, p);
	take_inbox(s, p);
	take_task(s, p);
	wrong = run_columns_wrong(&s->run);
	if (wrong)
		fail_msg("%s with %s wrong", run_state_name(s->run.state),
			 wrong);
	if (!s->run.lease && s->run.state == RUN_RUNNING)
		fail_msg("RUNNING, and let go");
}

void stage_go(struct stage *s)
{
	struct advance_input in = {
		.catalog = s->catalog,
		.playbook = current(s),
		.run = &s->run,
		.case_file = s->case_file,
		.call = s->call,
		.call_count = s->call_count,
		.inbox = s->inbox,
		.inbox_count = s->inbox_count,
		.task = s->has_task ? &s->task : NULL,
		.named_call = s->named_call,
		.target = s->target,
		.slot_held = s->slot_held,
		.shut = s->shut,
		.now_ms = s->now_ms,
		.random = 12345,
	};
	struct plan *again = arena_alloc(&s->arena, sizeof(*again));

	s->run.lease = 1;
	/* Two of which nothing is the same before. */
	memset(again, 0x5a, sizeof(*again));
	memset(&s->plan, 0xa5, sizeof(s->plan));
	again->arena = s->plan.arena = &s->arena;
	advance(&in, again);
	advance(&in, &s->plan);
	same_plan(&s->plan, again);
	plan_release(again);
	take(s, &s->plan);
}

/* ---- the world around it ---- */

void stage_later(struct stage *s, int64_t ms)
{
	s->now_ms += ms;
	stage_go(s);
}

void stage_crash(struct stage *s)
{
	int i, kept = 0;

	for (i = 0; i < s->call_count; i++) {
		s->call[kept] = s->call[i];
		s->call[kept++].in_flight = false;
	}
	s->call_count = kept;
	stage_go(s);
}

void stage_say(struct stage *s, enum inbox_kind kind, const char *name,
	       const char *body)
{
	struct inbox_row *row = &s->inbox[s->inbox_count++];

	memset(row, 0, sizeof(*row));
	row->id = ++s->inbox_made;
	row->kind = kind;
	STR_COPY(row->name, name);
	STR_COPY(row->actor, "Ana");
	row->body = arena_alloc(&s->arena, strlen(body) + 1);
	{
		char *copy = quoted(body);

		memcpy(row->body, copy, strlen(copy) + 1);
		free(copy);
	}
	row->received_ms = s->now_ms;
	s->run.inbox_seq++;
}

static struct visit_call *named(struct stage *s, const char *name)
{
	int i;

	for (i = 0; i < s->call_count; i++) {
		if (strcmp(s->call[i].call.name, name) == 0)
			return &s->call[i];
	}
	return NULL;
}

void stage_leave_out(struct stage *s, const char *name)
{
	struct visit_call *c = named(s, name);

	assert_non_null(c);
	if (c)
		*c = s->call[--s->call_count];
}

void stage_answer(struct stage *s, const char *name, enum call_class class,
		  int status, const char *body)
{
	struct visit_call *c = named(s, name);
	struct call_answer answer = {.class = class, .status = status};

	if (!c || !c->in_flight)
		fail_msg("no call \"%s\" is in flight", name);
	if (body)
		answer.body = stage_json(body);
	if (class != CLASS_OK)
		snprintf(answer.error, sizeof(answer.error), "HTTP %d", status);
	call_apply(&c->call, &answer, s->now_ms, &s->arena);
	cJSON_Delete(answer.body);
	c->in_flight = false;
}

void stage_ok(struct stage *s, const char *name, const char *body)
{
	stage_answer(s, name, CLASS_OK, 200, body);
}

void stage_decide(struct stage *s, bool approved, int64_t undo_ms)
{
	assert_true(s->has_task);
	s->task.state = TASK_DECIDED;
	s->task.approved = approved;
	s->task.decided_ms = s->now_ms;
	s->task.execute_at_ms = s->now_ms + undo_ms;
	s->task.decider_role = ROLE_AGENT;
	STR_COPY(s->task.decider, "Ana");
	s->task.version++;
	stage_say(s, INBOX_DECISION, "", "{}");
}

void stage_undo(struct stage *s)
{
	assert_int_equal(s->task.intent_ms, 0);
	s->task.state = TASK_OPEN;
	s->task.approved = -1;
	s->task.execute_at_ms = 0;
	s->task.version++;
	stage_say(s, INBOX_UNDO, "", "{}");
}

struct call *stage_call(struct stage *s, const char *name)
{
	struct visit_call *c = named(s, name);

	if (!c)
		fail_msg("there is no call \"%s\"", name);
	return &c->call;
}

bool stage_flies(struct stage *s, const char *name)
{
	struct visit_call *c = named(s, name);

	return c && c->in_flight;
}

int stage_noted(struct stage *s, enum audit_kind kind)
{
	int count = 0, i;

	for (i = 0; i < s->plan.entry_count; i++)
		count += s->plan.entry[i].kind == kind;
	return count;
}

const char *stage_note(struct stage *s, enum audit_kind kind)
{
	int i;

	for (i = 0; i < s->plan.entry_count; i++) {
		if (s->plan.entry[i].kind == kind)
			return s->plan.entry[i].data;
	}
	fail_msg("no %s", audit_kind_name(kind));
	return "";
}

void stage_want(struct stage *s, enum run_state state, const char *place,
		int calls, const char *file, int line)
{
	char at[2 * NAME_SIZE];

	snprintf(at, sizeof(at), "%s/%s", s->run.step, s->run.phase);
	if (s->run.state == state && strcmp(at, place) == 0 &&
	    s->plan.call_count == calls)
		return;
	print_error("is %s at %s with %d calls (%s)\n",
		    run_state_name(s->run.state), at, s->plan.call_count,
		    s->run.reason);
	_fail(file, line);
}
