/*
 * Bulks that move runs onto another version, also when a version that they
 * need cannot be read any more: what such a run is told, and that the engine
 * is never refused its slice.
 */
#include "engine/flow/bulk.h"

#include "engine/base/json.h"
#include "engine/flow/catalog.h"
#include "engine/store/db_driver.h"
#include "scene.h"

#define BODY(title)                                                            \
	"{\"playbook\":\"moving\",\"title\":\"" title                          \
	"\",\"steps\":[{\"step\":\"stay\",\"kind\":\"wait\",\"for\":\"1h\"},"  \
	"{\"step\":\"end\",\"kind\":\"finish\",\"outcome\":\"O\","             \
	"\"result\":\"R\",\"reason\":\"r\"}]}"

static struct document put(struct scene *s, char *body)
{
	struct document d = {.kind = DOCUMENT_PLAYBOOK,
			     .name = "moving",
			     .body = body,
			     .actor = "ops",
			     .created_ms = s->now_ms};

	digest_text_hex(body, d.digest);
	assert_ok(SCENE_DO(s, document_put(s->db, &d)));
	return d;
}

/* As a build does that reads less than the one before. */
static void damage(struct scene *s, const struct document *d)
{
	assert_ok(db_begin(s->db));
	assert_ok(s->db->driver->exec(s->db, "DROP TRIGGER IF EXISTS "
					     "document_immutable"));
	assert_ok(s->db->driver->exec(
		s->db, arena_printf(s->a,
				    "UPDATE document SET body = '{\"playbook\":"
				    "\"moving\"}' WHERE id = %lld",
				    (long long)d->id)));
	assert_ok(db_commit(s->db));
}

static struct run standing(struct scene *s, const char *order_id,
			   const struct document *d)
{
	struct run r = scene_run(s, order_id);

	r.playbook_id = d->id;
	STR_COPY(r.step, "stay");
	scene_write(s, &r);
	return scene_reread(s, &r);
}

static enum err make(struct scene *s, int version, struct bulk *ret_bulk)
{
	cJSON *filter = cJSON_CreateObject();
	struct bulk_request q = {.operation = "migrate",
				 .filter = filter,
				 .reason = "for a test",
				 .rate = 100,
				 .preview = true,
				 .playbook = "moving",
				 .version = version};
	enum err e;

	memset(&s->p, 0, sizeof(s->p));
	json_set_string(filter, "prefix", "O-");
	e = bulk_find(s->db, &s->world, &q, s->a, &s->p);
	if (e == OK)
		e = SCENE_DO(s, bulk_make(s->db, &s->world, &q, &sue, s->a,
					  &s->p, ret_bulk));
	cJSON_Delete(filter);
	return e;
}

/* All of it, as the engine does it. */
static void carry_out(struct scene *s, struct bulk *b)
{
	struct problems p = {.count = 0};
	struct bulk_desk desk = {.catalog = NULL};
	int count = 0;

	assert_ok(SCENE_DO(s, bulk_start(s->db, &s->world, b->public_id, &sue,
					 s->a, &s->p, b)));
	assert_ok(catalog_load(s->db, &desk.catalog, &p));
	assert_ok(SCENE_DO(
		s, bulk_slice(s->db, &s->world, &desk, b, 10, s->a, &count)));
	catalog_free(desk.catalog);
}

static void has_item(struct scene *s, const struct bulk *b, const struct run *r,
		     enum bulk_item_state state, const char *words)
{
	struct bulk_item *items;
	int count = 0, i = 0;

	assert_ok(
		bulk_item_list(s->db, b->id, 0, -1, 100, s->a, &items, &count));
	while (i < count && items[i].run_id != r->id)
		i++;
	assert_true(i < count);
	assert_int_equal(items[i].state, state);
	if (state == ITEM_SKIPPED)
		assert_string_equal(items[i].code, "version");
	if (!strstr(items[i].detail, words))
		fail_msg("\"%s\" is not in \"%s\"", words, items[i].detail);
}

static void moves_who_can(void **state)
{
	struct document one, two;
	struct run a, b_run;
	struct scene s;
	struct bulk b;

	scene_open(&s, state);
	one = put(&s, (char[]){BODY("One")});
	two = put(&s, (char[]){BODY("Two")});
	a = standing(&s, "O-1", &one);
	b_run = standing(&s, "O-2", &two);
	assert_ok(make(&s, 2, &b));
	assert_int_equal(b.waiting, 1);
	has_item(&s, &b, &b_run, ITEM_SKIPPED, "by this version already");
	carry_out(&s, &b);
	assert_int_equal(b.state, BULK_DONE);
	has_item(&s, &b, &a, ITEM_DONE, "version 1 to 2");
	assert_int_equal(scene_inbox(&s, &a, NULL), 1);
}

static void onto_what_cannot_be_read(void **state)
{
	struct document one, two;
	struct run a;
	struct scene s;
	struct bulk b, never;

	scene_open(&s, state);
	one = put(&s, (char[]){BODY("One")});
	two = put(&s, (char[]){BODY("Two")});
	a = standing(&s, "O-1", &one);
	assert_ok(make(&s, 2, &b));
	damage(&s, &two);
	assert_err(make(&s, 2, &never), ERR_INVALID);
	scene_said(&s, "/version", "cannot be read any more");
	carry_out(&s, &b);
	assert_int_equal(b.state, BULK_DONE);
	has_item(&s, &b, &a, ITEM_SKIPPED,
		 "that version cannot be read any more");
	assert_int_equal(scene_inbox(&s, &a, NULL), 0);
	scene_sound(&s, &a);
}

static void from_what_cannot_be_read(void **state)
{
	struct document one, two, three;
	struct run a, b_run;
	struct scene s;
	struct bulk b, later;

	scene_open(&s, state);
	one = put(&s, (char[]){BODY("One")});
	two = put(&s, (char[]){BODY("Two")});
	three = put(&s, (char[]){BODY("Three")});
	a = standing(&s, "O-1", &one);
	b_run = standing(&s, "O-2", &two);
	assert_ok(make(&s, three.version, &b));
	assert_int_equal(b.waiting, 2);
	damage(&s, &one);
	/* The preview says what would be. */
	assert_ok(make(&s, three.version, &later));
	assert_int_equal(later.waiting, 1);
	has_item(&s, &later, &a, ITEM_SKIPPED,
		 "its version cannot be read any more");
	carry_out(&s, &b);
	assert_int_equal(b.state, BULK_DONE);
	has_item(&s, &b, &a, ITEM_SKIPPED,
		 "its version cannot be read any more");
	has_item(&s, &b, &b_run, ITEM_DONE, "version 2 to 3");
}

/* What it was asked for is gone with its row: nothing is done, and said. */
static void of_damaged_params(void **state)
{
	struct document one;
	struct run a;
	struct scene s;
	struct bulk b;

	scene_open(&s, state);
	one = put(&s, (char[]){BODY("One")});
	(void)put(&s, (char[]){BODY("Two")});
	a = standing(&s, "O-1", &one);
	assert_ok(make(&s, 2, &b));
	assert_ok(db_begin(s.db));
	assert_ok(s.db->driver->exec(s.db, "UPDATE bulk SET params = '{'"));
	assert_ok(db_commit(s.db));
	carry_out(&s, &b);
	assert_int_equal(b.state, BULK_DONE);
	has_item(&s, &b, &a, ITEM_FAILED, "was asked for cannot be read");
	assert_int_equal(scene_inbox(&s, &a, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(moves_who_can),
		FIXTURE_TEST(onto_what_cannot_be_read),
		FIXTURE_TEST(from_what_cannot_be_read),
		FIXTURE_TEST(of_damaged_params),
	};

	return FIXTURE_RUN("bulk_migrate", tests, true);
}
