/*
 * The way in: what is created, what joins, what is a replay, and what is
 * refused without a trace.
 */
#include <stdio.h>

#include "engine/base/json.h"
#include "engine/flow/life.h"
#include "engine/flow/note.h"
#include "engine/store/case_store.h"
#include "engine/store/key_store.h"
#include "scene.h"

static cJSON *parse(const char *text)
{
	cJSON *tree = NULL;

	assert_ok(json_parse(text, strlen(text), NULL, &tree));
	return tree;
}

static enum err take(struct scene *s, const struct intake *in, struct run *r,
		     enum intake_way *way)
{
	return SCENE_DO(
		s, order_intake(s->db, &s->world, in, &ana, &s->p, r, way));
}

/* An intake of ORDER-42 with this event and key. */
static enum err take_event(struct scene *s, const char *order_id,
			   const char *source, const char *key,
			   const char *event, struct run *r,
			   enum intake_way *way)
{
	cJSON *tree = event ? parse(event) : NULL;
	struct intake in = {.order_id = order_id,
			    .source = source,
			    .event_key = key,
			    .priority = -1,
			    .event = tree};
	enum err e = take(s, &in, r, way);

	cJSON_Delete(tree);
	return e;
}

static void creates(void **state)
{
	struct audit_entry entry;
	enum intake_way way;
	int64_t updated_ms;
	struct scene s;
	struct run r;
	char *body;

	scene_open(&s, state);
	assert_ok(take_event(&s, "ORDER-42", "shop", "k1",
			     "{\"why\":\"seat\",\"n\":1}", &r, &way));
	assert_int_equal(way, INTAKE_CREATED);
	assert_true(id_valid(r.public_id, "run"));
	r = scene_reread(&s, &r);
	assert_int_equal(r.state, RUN_READY);
	assert_int_equal(r.due_ms, s.now_ms);
	assert_int_equal(r.created_ms, s.now_ms);
	assert_int_equal(r.priority, 2);
	assert_int_equal(r.amount_minor, -1);
	assert_string_equal(r.order_id, "ORDER-42");
	assert_string_equal(r.source, "shop");
	assert_string_equal(r.event_key, "k1");
	assert_ok(case_load(s.db, r.id, s.a, &body, &updated_ms));
	assert_string_equal(body, "{\"orderId\":\"ORDER-42\",\"request\":"
				  "{\"why\":\"seat\",\"n\":1}}");
	assert_int_equal(scene_audit_all(&s, &r), 1);
	assert_int_equal(scene_audit(&s, &r, "RECEIVED", &entry), 1);
	assert_string_equal(entry.actor, "Ana");
	assert_non_null(strstr(entry.data, "\"source\":\"shop\""));
	assert_int_equal(scene_inbox(&s, &r, NULL), 0);
	scene_sound(&s, &r);
}

static void keeps_priority(void **state)
{
	struct intake in = {.order_id = "ORDER-0", .priority = 0};
	enum intake_way way;
	struct scene s;
	struct run r;

	scene_open(&s, state);
	assert_ok(take(&s, &in, &r, &way));
	assert_int_equal(scene_reread(&s, &r).priority, 0);
}

static void joins(void **state)
{
	struct inbox_row *rows;
	struct audit_entry entry;
	enum intake_way way;
	struct run first, second, r;
	struct scene s;

	scene_open(&s, state);
	first = scene_run(&s, "ORDER-42");
	first.due_ms = s.now_ms + 60000;
	scene_write(&s, &first);
	s.now_ms += 1000;
	assert_ok(take_event(&s, "ORDER-42", NULL, NULL,
			     "{\"status\":\"CANCELLED\"}", &second, &way));
	assert_int_equal(way, INTAKE_JOINED);
	assert_string_equal(second.public_id, first.public_id);
	r = scene_reread(&s, &first);
	assert_int_equal(r.inbox_seq, 1);
	assert_int_equal(r.due_ms, s.now_ms); /* woken */
	assert_int_equal(second.inbox_seq, 1);
	assert_int_equal(scene_inbox(&s, &first, &rows), 1);
	assert_int_equal(rows[0].kind, INBOX_EVENT);
	assert_string_equal(rows[0].body, "{\"status\":\"CANCELLED\"}");
	assert_string_equal(rows[0].actor, "Ana");
	assert_int_equal(scene_audit(&s, &first, "JOINED", &entry), 1);
	assert_int_equal(scene_audit_all(&s, &first), 2);
	scene_sound(&s, &first);
}

/* A lease stays, and so does what the engine has planned. */
static void join_leaves_a_lease_alone(void **state)
{
	enum intake_way way;
	struct run r, joined;
	struct scene s;
	int count;

	scene_open(&s, state);
	r = scene_run(&s, "ORDER-42");
	assert_ok(db_begin(s.db));
	assert_ok(run_claim(s.db, 7, "", 2, s.now_ms, 1, &r, &count));
	assert_int_equal(count, 1);
	assert_ok(db_commit(s.db));
	assert_ok(take_event(&s, "ORDER-42", NULL, NULL, NULL, &joined, &way));
	assert_int_equal(scene_reread(&s, &r).lease, 7);
	assert_ok(db_begin(s.db));
	/* What the engine had in mind is void: it has not read this. */
	assert_err(run_update(s.db, &r), ERR_STALE);
	db_rollback(s.db);
	scene_sound(&s, &r);
}

static void replays(void **state)
{
	enum intake_way way;
	struct run first, again;
	struct scene s;

	scene_open(&s, state);
	assert_ok(take_event(&s, "ORDER-42", NULL, "k1", "{\"a\":1,\"b\":2}",
			     &first, &way));
	assert_ok(take_event(&s, "ORDER-42", NULL, "k1", "{\"b\":2,\"a\":1}",
			     &again, &way));
	assert_int_equal(way, INTAKE_REPLAYED);
	assert_string_equal(again.public_id, first.public_id);
	/* "api" is who it is when nobody says. */
	assert_ok(take_event(&s, "ORDER-42", "api", "k1", "{\"b\":2,\"a\":1}",
			     &again, &way));
	assert_int_equal(way, INTAKE_REPLAYED);
	assert_int_equal(scene_audit_all(&s, &first), 1);
	assert_int_equal(scene_inbox(&s, &first, NULL), 0);
	assert_int_equal(scene_reread(&s, &first).inbox_seq, 0);
}

static void no_event_is_an_empty_event(void **state)
{
	enum intake_way way;
	struct scene s;
	struct run r;

	scene_open(&s, state);
	assert_ok(take_event(&s, "ORDER-42", NULL, "k1", NULL, &r, &way));
	assert_ok(take_event(&s, "ORDER-42", NULL, "k1", "{}", &r, &way));
	assert_int_equal(way, INTAKE_REPLAYED);
}

/* The key leads to its own run for ever, past the order's open run. */
static void replay_beats_join(void **state)
{
	enum intake_way way;
	struct run old, now, again;
	struct scene s;

	scene_open(&s, state);
	assert_ok(take_event(&s, "ORDER-42", NULL, "k1", NULL, &old, &way));
	scene_close(&s, &old, RUN_COMPLETED);
	assert_ok(take_event(&s, "ORDER-42", NULL, "k2", NULL, &now, &way));
	assert_int_equal(way, INTAKE_CREATED);
	assert_string_not_equal(old.public_id, now.public_id);
	assert_ok(take_event(&s, "ORDER-42", NULL, "k1", NULL, &again, &way));
	assert_int_equal(way, INTAKE_REPLAYED);
	assert_string_equal(again.public_id, old.public_id);
	assert_int_equal(again.state, RUN_COMPLETED);
	assert_int_equal(scene_inbox(&s, &now, NULL), 0);
}

static void a_joined_key_is_bound(void **state)
{
	enum intake_way way;
	struct run first, r;
	struct scene s;

	scene_open(&s, state);
	first = scene_run(&s, "ORDER-42");
	assert_ok(take_event(&s, "ORDER-42", NULL, "k2", NULL, &r, &way));
	assert_int_equal(way, INTAKE_JOINED);
	assert_ok(take_event(&s, "ORDER-42", NULL, "k2", NULL, &r, &way));
	assert_int_equal(way, INTAKE_REPLAYED);
	assert_string_equal(r.public_id, first.public_id);
	assert_int_equal(scene_inbox(&s, &first, NULL), 1);
}

static void a_key_belongs_to_its_source(void **state)
{
	enum intake_way way;
	struct scene s;
	struct run r;

	scene_open(&s, state);
	assert_ok(take_event(&s, "ORDER-1", "shop", "k1", NULL, &r, &way));
	assert_ok(take_event(&s, "ORDER-2", "desk", "k1", NULL, &r, &way));
	assert_int_equal(way, INTAKE_CREATED);
}

static void another_content_is_a_mismatch(void **state)
{
	enum intake_way way;
	struct run r, other;
	struct scene s;

	scene_open(&s, state);
	assert_ok(
		take_event(&s, "ORDER-42", NULL, "k1", "{\"a\":1}", &r, &way));
	assert_err(take_event(&s, "ORDER-42", NULL, "k1", "{\"a\":2}", &other,
			      &way),
		   ERR_MISMATCH);
	scene_said(&s, "/eventKey", "other content");
	assert_err(take_event(&s, "ORDER-43", NULL, "k1", "{\"a\":1}", &other,
			      &way),
		   ERR_MISMATCH);
	assert_err(run_open_of_order(s.db, "ORDER-43", &other), ERR_NOT_FOUND);
	assert_int_equal(scene_audit_all(&s, &r), 1);
}

static void a_further_run_reopens_the_order(void **state)
{
	enum intake_way way;
	struct audit_entry entry;
	struct run old, now;
	struct scene s;

	scene_open(&s, state);
	old = scene_run(&s, "ORDER-42");
	assert_int_equal(scene_audit(&s, &old, "REOPENED", NULL), 0);
	scene_close(&s, &old, RUN_COMPLETED);
	assert_ok(take_event(&s, "ORDER-42", NULL, NULL, NULL, &now, &way));
	assert_int_equal(scene_audit(&s, &old, "REOPENED", &entry), 1);
	assert_non_null(strstr(entry.data, now.public_id));
	assert_int_equal(scene_audit(&s, &now, "REOPENED", NULL), 0);
	scene_sound(&s, &old);
	scene_sound(&s, &now);
}

static void refuses(void **state)
{
	static const struct {
		struct intake in;
		const char *pointer, *words;
	} bad[] = {
		{{.order_id = NULL}, "/orderId", "expected 1 to 128"},
		{{.order_id = ""}, "/orderId", "expected 1 to 128"},
		{{.order_id = ".."}, "/orderId", "dot"},
		{{.order_id = "A B"}, "/orderId", "characters"},
		{{.order_id = "A/B"}, "/orderId", "characters"},
		{{.order_id = "\xc3\xa4"}, "/orderId", "characters"},
		{{.order_id = "A", .source = ""}, "/source", "expected"},
		{{.order_id = "A", .source = "a b"}, "/source", "expected"},
		{{.order_id = "A", .event_key = ""}, "/eventKey", "empty"},
		{{.order_id = "A", .event_key = " "}, "/eventKey", "empty"},
		{{.order_id = "A", .event_key = "a\x01"}, "/eventKey", "UTF-8"},
		{{.order_id = "A", .event_key = "\xff"}, "/eventKey", "UTF-8"},
		{{.order_id = "A", .priority = 4}, "/priority", "0 to 3"},
		{{.order_id = "A", .priority = -2}, "/priority", "0 to 3"},
	};
	enum intake_way way = INTAKE_JOINED;
	struct run r = {.id = -7};
	struct scene s;

	scene_open(&s, state);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_err(take(&s, &bad[i].in, &r, &way), ERR_INVALID);
		scene_said(&s, bad[i].pointer, bad[i].words);
	}
	/* What is not answered is not touched. */
	assert_int_equal(r.id, -7);
	assert_int_equal(way, INTAKE_JOINED);
	assert_err(run_latest_of_order(s.db, "A", &r), ERR_NOT_FOUND);
}

static void refuses_by_length(void **state)
{
	char order[ORDER_ID_SIZE + 1], key[KEY_SIZE + 1];
	struct intake in = {.order_id = order, .event_key = key};
	enum intake_way way;
	struct scene s;
	struct run r;

	scene_open(&s, state);
	memset(order, 'A', sizeof(order));
	memset(key, 'k', sizeof(key));
	order[ORDER_ID_SIZE] = '\0';
	key[KEY_SIZE] = '\0';
	assert_err(take(&s, &in, &r, &way), ERR_INVALID);
	assert_int_equal(s.p.count, 2);
	order[ORDER_ID_SIZE - 1] = '\0';
	assert_err(take(&s, &in, &r, &way), ERR_INVALID);
	scene_said(&s, "/eventKey", "at most 199");
	key[KEY_SIZE - 1] = '\0';
	assert_ok(take(&s, &in, &r, &way));
	assert_string_equal(scene_reread(&s, &r).order_id, order);
	assert_string_equal(scene_reread(&s, &r).event_key, key);
}

/* "[" deep times inside of {"a":…}. */
static cJSON *nested(int deep)
{
	cJSON *tree = cJSON_CreateObject();
	cJSON *inner = cJSON_CreateArray();

	for (int i = 1; i < deep; i++) {
		cJSON *outer = cJSON_CreateArray();

		cJSON_AddItemToArray(outer, inner);
		inner = outer;
	}
	json_set(tree, "a", inner);
	return tree;
}

static void refuses_events_that_a_case_cannot_hold(void **state)
{
	struct intake in = {.order_id = "A", .priority = -1};
	cJSON *list = cJSON_CreateArray();
	cJSON *deep = nested(SAID_DEPTH_MAX);
	cJSON *fits = nested(SAID_DEPTH_MAX - 1);
	cJSON *large = cJSON_CreateObject();
	char *text = malloc(SAID_BYTES_MAX + 1);
	enum intake_way way;
	struct scene s;
	struct run r;

	scene_open(&s, state);
	memset(text, 'x', SAID_BYTES_MAX);
	text[SAID_BYTES_MAX] = '\0';
	json_set_string(large, "a", text);
	in.event = list;
	assert_err(take(&s, &in, &r, &way), ERR_INVALID);
	scene_said(&s, "/event", "object");
	in.event = deep;
	assert_err(take(&s, &in, &r, &way), ERR_INVALID);
	scene_said(&s, "/event", "deeper");
	in.event = large;
	assert_err(take(&s, &in, &r, &way), ERR_TOO_LARGE);
	scene_said(&s, "/event", "at most");
	in.event = fits;
	assert_ok(take(&s, &in, &r, &way));
	cJSON_Delete(list);
	cJSON_Delete(deep);
	cJSON_Delete(fits);
	cJSON_Delete(large);
	free(text);
}

static void knows_workflow_ids(void **state)
{
	static const struct {
		const char *workflow, *order;
	} rows[] = {
		{"resolve-ORDER-42", "ORDER-42"},
		{"resolve-a.b_c:d", "a.b_c:d"},
		{"resolve-resolve-1", "resolve-1"},
		{"resolve-", NULL},
		{"resolve-.", NULL},
		{"resolve-a/b", NULL},
		{"Resolve-A", NULL},
		{"ORDER-42", NULL},
		{"", NULL},
		{NULL, NULL},
	};
	char id[WORKFLOW_ID_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *order = workflow_order(rows[i].workflow);

		if (!rows[i].order) {
			assert_null(order);
			continue;
		}
		assert_string_equal(order, rows[i].order);
		workflow_id(order, id);
		assert_string_equal(id, rows[i].workflow);
	}
}

static int start_same_order(struct scene *s, struct db *db, int i)
{
	struct intake in = {.order_id = "ORDER-42", .priority = -1};
	struct problems p = {.count = 0};
	enum intake_way way;
	struct run r;

	(void)i;
	if (db_begin(db) != OK)
		return 14;
	if (order_intake(db, &s->world, &in, &ben, &p, &r, &way) != OK ||
	    db_commit(db) != OK)
		return 13;
	return (int)way;
}

static void a_crowd_opens_one_run(void **state)
{
	enum { CROWD = 50 };
	int counts[16];
	struct scene s;
	struct run r;

	scene_open(&s, state);
	scene_crowd(&s, CROWD, start_same_order, counts);
	assert_int_equal(counts[INTAKE_CREATED], 1);
	assert_int_equal(counts[INTAKE_JOINED], CROWD - 1);
	assert_ok(run_open_of_order(s.db, "ORDER-42", &r));
	assert_int_equal(r.inbox_seq, CROWD - 1);
	assert_int_equal(scene_inbox(&s, &r, NULL), CROWD - 1);
	scene_sound(&s, &r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(creates),
		FIXTURE_TEST(keeps_priority),
		FIXTURE_TEST(joins),
		FIXTURE_TEST(join_leaves_a_lease_alone),
		FIXTURE_TEST(replays),
		FIXTURE_TEST(no_event_is_an_empty_event),
		FIXTURE_TEST(replay_beats_join),
		FIXTURE_TEST(a_joined_key_is_bound),
		FIXTURE_TEST(a_key_belongs_to_its_source),
		FIXTURE_TEST(another_content_is_a_mismatch),
		FIXTURE_TEST(a_further_run_reopens_the_order),
		FIXTURE_TEST(refuses),
		FIXTURE_TEST(refuses_by_length),
		FIXTURE_TEST(refuses_events_that_a_case_cannot_hold),
		FIXTURE_TEST(knows_workflow_ids),
		FIXTURE_TEST(a_crowd_opens_one_run),
	};

	return FIXTURE_RUN("intake", tests, true);
}
