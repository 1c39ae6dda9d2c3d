/*
 * One run that went wrong stops no other, and whoever steers it is heard: a
 * case file that cannot be read, more words than are read at once, and an event
 * that met a cancel.
 */
#include <stdlib.h>
#include <string.h>

#include "../test.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/flow/casefile.h"
#include "engine/store/case_store.h"
#include "world.h"

static struct sim sim;

static int setup(void **state)
{
	sim_open(&sim, 7, 0);
	*state = &sim;
	return 0;
}

static int teardown(void **state)
{
	sim_close(*state);
	return 0;
}

static void pass(struct sim *s, int count)
{
	while (count-- > 0)
		sim_step(s, 1000);
}

static struct run run_of(struct sim *s, const char *order_id)
{
	struct run r;

	assert_true(folk_run(s, order_id, &r));
	return r;
}

static void begin(struct sim *s, const char *order_id)
{
	assert_int_equal(folk_start(s, order_id, NULL), OK);
}

static enum run_state state_of(struct sim *s, const char *public_id)
{
	struct run r;

	assert_int_equal(run_by_public_id(s->faces, public_id, &r), OK);
	return r.state;
}

static void operate(struct sim *s, const struct run *r, enum inbox_kind kind)
{
	assert_int_equal(folk_operate(s, r->public_id, kind, NULL), OK);
}

static struct run asks_a_person(struct sim *s, const char *order_id)
{
	struct run r;

	begin(s, order_id);
	pass(s, 300);
	r = run_of(s, order_id);
	assert_int_equal(r.state, RUN_WAITING_TASK);
	return r;
}

/* Somebody, or a fault, wrote a body that nothing can read back. */
static void a_damaged_case(struct sim *s, const char *body)
{
	struct run r = asks_a_person(s, "O1-FAIL");

	assert_int_equal(db_begin(s->faces), OK);
	assert_int_equal(case_save(s->faces, r.id, body, s->wall_ms), OK);
	assert_int_equal(db_commit(s->faces), OK);
	begin(s, "O1-FAIL");
	begin(s, "O2");
	pass(s, 300);
	assert_int_equal(state_of(s, r.public_id), RUN_HELD);
	assert_int_equal(run_of(s, "O2").state, RUN_COMPLETED);
	operate(s, &r, INBOX_CANCEL);
	pass(s, 20);
	assert_int_equal(state_of(s, r.public_id), RUN_CANCELED);
}

static void an_oversized_case_stops_no_other(void **state)
{
	size_t length = 2 * CASE_FILE_BYTES_MAX;
	char *body = malloc(length + 1);

	memset(body, 'x', length);
	memcpy(body, "{\"a\":\"", 6);
	memcpy(body + length - 2, "\"}", 3);
	a_damaged_case(*state, body);
	free(body);
}

static void a_damaged_case_stops_no_other(void **state)
{
	a_damaged_case(*state, "{\"a\":");
}

static void hears_behind_many_events(void **state)
{
	struct sim *s = *state;
	struct run r = asks_a_person(s, "O1-FAIL");
	int i;

	operate(s, &r, INBOX_PAUSE);
	pass(s, 5);
	for (i = 0; i < 70; i++)
		begin(s, "O1-FAIL");
	pass(s, 5);
	assert_int_equal(state_of(s, r.public_id), RUN_PAUSED);
	operate(s, &r, INBOX_RESUME);
	pass(s, 300);
	assert_int_equal(state_of(s, r.public_id), RUN_WAITING_TASK);
}

/* It was told that it has joined; it begins the order's next run. */
static void an_event_outlives_a_cancel(void **state)
{
	struct sim *s = *state;
	struct run r = asks_a_person(s, "O1-FAIL");
	struct run next;

	operate(s, &r, INBOX_PAUSE);
	pass(s, 5);
	begin(s, "O1-FAIL");
	operate(s, &r, INBOX_CANCEL);
	pass(s, 300);
	assert_int_equal(state_of(s, r.public_id), RUN_CANCELED);
	next = run_of(s, "O1-FAIL");
	assert_string_not_equal(next.public_id, r.public_id);
	assert_int_equal(next.state, RUN_WAITING_TASK);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_oversized_case_stops_no_other),
		TEST(a_damaged_case_stops_no_other),
		TEST(hears_behind_many_events),
		TEST(an_event_outlives_a_cancel),
	};

	json_init();
	log_init("sim", (enum log_level)0);
	return RUN(tests);
}
