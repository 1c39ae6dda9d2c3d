/*
 * One row that cannot be read, or be written to, is the trouble of its run
 * alone: the others go on, the engine neither rests nor spins, and who looks at
 * that run is told why it stands.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../test.h"
#include "disk.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/store/db_driver.h"
#include "world.h"

static struct sim sim;

static int setup(void **state)
{
	sim_open(&sim, 7, 0);
	*state = &sim;
	return 0;
}

/* The laws are broken on purpose: what holds is asked by each test. */
static int teardown(void **state)
{
	sim_close(*state);
	return 0;
}

static void steps(struct sim *s, int count)
{
	while (count-- > 0) {
		s->failure[0] = '\0';
		sim_step(s, 1000);
	}
}

static struct run run_of(struct sim *s, const char *order_id)
{
	struct run r;

	assert_true(folk_run(s, order_id, &r));
	return r;
}

static void is_in(struct sim *s, const char *order_id, enum run_state state)
{
	struct run r = run_of(s, order_id);

	if (r.state != state)
		fprintf(stderr, "%s: %s at %s: %s\n", order_id,
			run_state_name(r.state), r.step, r.reason);
	assert_string_equal(run_state_name(r.state), run_state_name(state));
}

static void change(struct sim *s, const char *sql)
{
	enum err e;

	assert_int_equal(db_begin(s->faces), OK);
	e = s->faces->driver->exec(s->faces, sql);
	if (e != OK)
		fprintf(stderr, "%s: %s\n", sql, db_message(s->faces));
	assert_int_equal(e, OK);
	assert_int_equal(db_commit(s->faces), OK);
}

/* %s: the run's id. */
static void damage(struct sim *s, const char *order_id, const char *sql)
{
	long long id = (long long)run_of(s, order_id).id;
	char text[800] = "";
	const char *at;

	while ((at = strstr(sql, "%s"))) {
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%.*s%lld", (int)(at - sql), sql, id);
		sql = at + 2;
	}
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s", sql);
	change(s, text);
}

/* Others come to their end, and then the engine has nothing to do. */
static void others_go_on(struct sim *s)
{
	assert_int_equal(folk_start(s, "O1", NULL), OK);
	steps(s, 400);
	is_in(s, "O1", RUN_COMPLETED);
	assert_true(s->engine->rest_until_ms <= s->mono_ms);
	assert_true(engine_tick(s->engine) > 0);
}

#define NONE ((enum inbox_kind) - 1)
#define BAD_VERSION                                                            \
	"INSERT INTO document (id, kind, name, version, digest, body, actor,"  \
	" created_ms) VALUES (9999, 'playbook', 'triage', 99, 'x',"            \
	" '{\"playbook\":\"triage\"}', 'x', 1);"                               \
	"UPDATE run SET playbook_id = 9999 WHERE id = %s"

#define BAD_PROGRESS "UPDATE run SET progress = '{' WHERE id = %s"
#define WORD(kind)                                                             \
	"INSERT INTO inbox (run_id, kind, body, actor, received_ms) VALUES "   \
	"(%s, '" kind "', '{', 'x', 1)"

static const struct {
	const char *what, *order, *sql;
	bool new; /* damaged before the engine sees it */
	enum inbox_kind word;
	enum run_state state;
	const char *reason; /* NULL: any */
} table[] = {
	{"version", "O2-CONTRADICT", BAD_VERSION, false, INBOX_SIGNAL, RUN_HELD,
	 "cannot read its version of the playbook"},
	{"version, canceled", "O2-CONTRADICT", BAD_VERSION, false, INBOX_CANCEL,
	 RUN_CANCELED, NULL},
	{"version, killed", "O2-CONTRADICT", BAD_VERSION, false, INBOX_KILL,
	 RUN_CANCELED, NULL},
	{"case file", "O2-CONTRADICT",
	 "UPDATE case_file SET body = '{' WHERE run_id = %s", false,
	 INBOX_SIGNAL, RUN_HELD, "its rows are damaged"},
	{"case file, new", "O2", "UPDATE case_file SET body = '{'", true, NONE,
	 RUN_HELD, NULL},
	{"progress", "O2-CONTRADICT", BAD_PROGRESS, false, INBOX_SIGNAL,
	 RUN_HELD, "its rows are damaged"},
	{"progress, canceled", "O2-CONTRADICT", BAD_PROGRESS, false,
	 INBOX_CANCEL, RUN_CANCELED, NULL},
	{"step", "O2-CONTRADICT", "UPDATE run SET step = 'nowhere'", false,
	 INBOX_SIGNAL, RUN_HELD, NULL},
	{"proposal", "O2-CONTRADICT", "UPDATE task SET proposal = '{'", false,
	 INBOX_SIGNAL, RUN_WAITING_TASK, NULL},
	{"event", "O2-CONTRADICT",
	 "INSERT INTO inbox (run_id, kind, body, actor, received_ms)"
	 " VALUES (%s, 'event', '{', 'x', 1)",
	 false, INBOX_SIGNAL, RUN_WAITING_TASK, NULL},
	{"event of the next run", "O2-CONTRADICT",
	 "INSERT INTO inbox (run_id, kind, body, actor, received_ms)"
	 " VALUES (%s, 'event', '{', 'x', 1)",
	 false, INBOX_KILL, RUN_WAITING_TASK, NULL},
	{"signal", "O2-CONTRADICT", WORD("signal"), false, INBOX_SIGNAL,
	 RUN_WAITING_TASK, NULL},
	{"decision", "O2-CONTRADICT", WORD("decision"), false, INBOX_SIGNAL,
	 RUN_WAITING_TASK, NULL},
	{"undo", "O2-CONTRADICT", WORD("undo"), false, INBOX_SIGNAL,
	 RUN_WAITING_TASK, NULL},
	{"settle", "O2-CONTRADICT", WORD("settle"), false, INBOX_SIGNAL,
	 RUN_WAITING_TASK, NULL},
	{"priority", "O2-CONTRADICT", WORD("priority"), false, INBOX_SIGNAL,
	 RUN_WAITING_TASK, NULL},
	{"migrate", "O2-CONTRADICT", WORD("migrate"), false, INBOX_SIGNAL,
	 RUN_WAITING_TASK, NULL},
	{"resume", "O2-CONTRADICT", WORD("resume"), false, INBOX_SIGNAL,
	 RUN_WAITING_TASK, NULL},
	{"calls", "O2-CONTRADICT",
	 "UPDATE call SET params = '{', answer = '{' WHERE run_id = %s", false,
	 INBOX_SIGNAL, RUN_WAITING_TASK, NULL},
	{"form", "O2-CONTRADICT", "UPDATE task SET form = '{', state = 'OPEN'",
	 false, INBOX_SIGNAL, RUN_WAITING_TASK, NULL},
	{"phase", "O2-CONTRADICT", "UPDATE run SET phase = 'lost'", false,
	 INBOX_SIGNAL, RUN_WAITING_TASK, NULL},
	{"slot", "O2-CONTRADICT", "UPDATE run SET phase = 'slot' WHERE id = %s",
	 false, INBOX_SIGNAL, RUN_BLOCKED, NULL},
	{"task", "O2-CONTRADICT",
	 "UPDATE task SET closed_ms = 1, state = 'DONE'", false, INBOX_SIGNAL,
	 RUN_HELD, "is gone"},
	{"stop", "O2-CONTRADICT",
	 "INSERT INTO control (public_id, kind, name, reason, actor, "
	 "created_ms, expires_ms) VALUES ('s', 'adapter', '', '', '', 1, 2);"
	 "UPDATE meta SET value_int = value_int + 1"
	 " WHERE key = 'control_generation'",
	 false, INBOX_SIGNAL, RUN_WAITING_TASK, NULL},
	{"audit", "O2-CONTRADICT",
	 "INSERT INTO audit (run_id, seq, at_ms, kind, actor, message, data,"
	 " hash) SELECT run_id, max(seq) + 1, 1, 'x', 'x', 'x', '{}',"
	 " zeroblob(32) FROM audit WHERE run_id = %s",
	 false, NONE, RUN_WAITING_TASK, NULL},
	{"audit, new", "O2",
	 "INSERT INTO audit (run_id, seq, at_ms, kind, actor, message, data,"
	 " hash) SELECT run_id, max(seq) + 1, 1, 'x', 'x', 'x', '{}',"
	 " zeroblob(32) FROM audit WHERE run_id = %s",
	 true, NONE, RUN_HELD, NULL},
};

static void its_trouble_alone(void **state)
{
	struct sim *s = *state;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *order = table[i].order;

		if (getenv("TRACE"))
			fprintf(stderr, "%s\n", table[i].what);
		if (i > 0) {
			sim_close(s);
			sim_open(s, 7, 0);
		}
		assert_int_equal(folk_start(s, order, NULL), OK);
		if (!table[i].new) {
			steps(s, 300);
			is_in(s, order, RUN_WAITING_TASK);
		}
		damage(s, order, table[i].sql);
		if (table[i].word != NONE)
			assert_int_equal(
				folk_operate(s, run_of(s, order).public_id,
					     table[i].word, "hello"),
				OK);
		others_go_on(s);
		is_in(s, order, table[i].state);
		if (table[i].reason)
			assert_non_null(strstr(run_of(s, order).reason,
					       table[i].reason));
	}
}

/* A visit that is forgotten would be made again, and what it did. */
static void no_visit_is_forgotten(void **state)
{
	struct sim *s = *state;

	assert_int_equal(folk_start(s, "O2-CONTRADICT", NULL), OK);
	steps(s, 300);
	damage(s, "O2-CONTRADICT", BAD_PROGRESS);
	for (int i = 0; i < 3; i++) {
		enum inbox_kind word = i == 0 ? INBOX_SIGNAL : INBOX_RETRY;

		assert_int_equal(
			folk_operate(s, run_of(s, "O2-CONTRADICT").public_id,
				     word, "hello"),
			OK);
		steps(s, 10);
		is_in(s, "O2-CONTRADICT", RUN_HELD);
		assert_string_equal(run_of(s, "O2-CONTRADICT").progress, "{");
	}
}

/* Over the years there are more versions that some run goes by than the engine
 * cares to keep in mind. */
static void of_any_number_of_versions(void **state)
{
	struct sim *s = *state;
	char sql[400];

	assert_int_equal(folk_start(s, "O2-CONTRADICT", NULL), OK);
	steps(s, 300);
	is_in(s, "O2-CONTRADICT", RUN_WAITING_TASK);
	for (int i = 0; i < 600; i++) {
		snprintf(sql, sizeof(sql),
			 "INSERT INTO document (id, kind, name, version, "
			 "digest, body, actor, created_ms) SELECT %d, kind, "
			 "name, %d, '%d', body, actor, 1 FROM document WHERE "
			 "id = (SELECT playbook_id FROM run WHERE id = %%s);"
			 "UPDATE run SET playbook_id = %d WHERE id = %%s",
			 10000 + i, 1000 + i, i, 10000 + i);
		damage(s, "O2-CONTRADICT", sql);
		assert_int_equal(
			folk_operate(s, run_of(s, "O2-CONTRADICT").public_id,
				     INBOX_SIGNAL, "hello"),
			OK);
		steps(s, 2);
		assert_true(s->engine->rest_until_ms <= s->mono_ms);
	}
	assert_true(s->engine->catalog->playbook_count < 600);
	others_go_on(s);
	is_in(s, "O2-CONTRADICT", RUN_WAITING_TASK);
}

/* After an upgrade a playbook in force may be one that the new build does not
 * read: who is routed there stands and says so, until an earlier version is in
 * force again, and everybody else goes on. */
static void one_playbook_in_force(void **state)
{
	struct sim *s = *state;

	change(s, "DROP TRIGGER document_immutable;"
		  "UPDATE document SET body = '{\"playbook\":\"triage\"}'"
		  " WHERE kind = 'playbook' AND name = 'triage'");
	sim_kill(s);
	sim_start(s);
	assert_string_equal(s->failure, "");
	assert_int_equal(folk_start(s, "O2-CONTRADICT", NULL), OK);
	others_go_on(s);
	is_in(s, "O2-CONTRADICT", RUN_HELD);
	assert_non_null(strstr(run_of(s, "O2-CONTRADICT").reason,
			       "\"triage\" is active"));
	/* What nobody can do without stands in the way of a start. */
	change(s, "UPDATE document SET body = '{}' WHERE kind = 'playbook'"
		  " AND name = 'intake'");
	sim_kill(s);
	sim_start(s);
	assert_non_null(strstr(s->failure, "start"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_visit_is_forgotten),
		TEST(of_any_number_of_versions),
		TEST(its_trouble_alone),
		TEST(one_playbook_in_force),
	};

	json_init();
	log_init("sim", (enum log_level)0);
	return RUN(tests);
}
