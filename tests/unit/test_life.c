/*
 * Life cycles, every pair of state and event against a picture of them drawn
 * here by hand, and which columns a state must and must not have.
 */
#include <stdio.h>
#include <string.h>

#include "engine/base/strbuf.h"
#include "engine/flow/audit.h"
#include "engine/flow/life.h"
#include "tests/test.h"

/* One letter a state, in the order of the enum; '.' does not happen. */
static const char run_letters[] = "rRBbTSPHXCFcO";

static const struct {
	enum run_event event;
	const char *name;
	/* from:	r R B b T S P H X C F c O */
	const char *to;
} run_picture[] = {
	{RUN_EV_CLAIM, "claim", "RRRRRR..X...."},
	{RUN_EV_CALL, "call", "RRRRRR..X...."},
	{RUN_EV_BACK_OFF, "back_off", "BBBBBB..X...."},
	{RUN_EV_BLOCK, "block", "bbbbbb..X...."},
	{RUN_EV_TASK, "task", "TTTTTT......."},
	{RUN_EV_SIGNAL, "signal", "SSSSSS......."},
	{RUN_EV_PAUSE, "pause", "PPPPPP.P....."},
	{RUN_EV_RESUME, "resume", "......r......"},
	{RUN_EV_HOLD, "hold", "HHHHHH..H...."},
	{RUN_EV_RETRY, "retry", "..rr...r....."},
	{RUN_EV_CANCEL, "cancel", "XXXXXXXX....."},
	{RUN_EV_COMPLETE, "complete", "CCCCCC......."},
	{RUN_EV_FAIL, "fail", "FFFFFF......."},
	{RUN_EV_CANCELED, "canceled", "ccccccccc...."},
	{RUN_EV_TIME_OUT, "time_out", "OOOOOO......."},
};
_Static_assert(sizeof(run_letters) - 1 == RUN_STATE_COUNT, "one a state");
_Static_assert(sizeof(run_picture) / sizeof(run_picture[0]) == RUN_EV_COUNT,
	       "one a row");

static void runs_by_the_picture(void **state)
{
	(void)state;
	for (int i = 0; i < RUN_EV_COUNT; i++) {
		for (int from = 0; from < RUN_STATE_COUNT; from++) {
			enum run_state to = RUN_STATE_COUNT;
			enum err e = run_next((enum run_state)from,
					      run_picture[i].event, &to);
			char seen = e == OK ? run_letters[to] : '.';

			if (seen != run_picture[i].to[from])
				fail_msg("%s from %s: %c", run_picture[i].name,
					 run_state_name((enum run_state)from),
					 seen);
			if (e != OK)
				assert_int_equal(e, ERR_CONFLICT);
			if (e != OK)
				assert_int_equal(to, RUN_STATE_COUNT);
		}
	}
}

static const char task_letters[] = "oCDdVEX";
static const struct {
	enum task_event event;
	/* from:	o C D d V E X */
	const char *to;
} task_picture[] = {
	{TASK_EV_CLAIM, "CC....."},  {TASK_EV_RETURN, ".o....."},
	{TASK_EV_DECIDE, "DD....."}, {TASK_EV_UNDO, "..o...."},
	{TASK_EV_DONE, "..d...."},   {TASK_EV_VOID, "VVV...."},
	{TASK_EV_EXPIRE, "EEE...."}, {TASK_EV_CANCEL, "XXX...."},
};
_Static_assert(sizeof(task_letters) - 1 == TASK_STATE_COUNT, "one a state");
_Static_assert(sizeof(task_picture) / sizeof(task_picture[0]) == TASK_EV_COUNT,
	       "one a row");

static void tasks_by_the_picture(void **state)
{
	(void)state;
	for (int i = 0; i < TASK_EV_COUNT; i++) {
		for (int from = 0; from < TASK_STATE_COUNT; from++) {
			enum task_state to = TASK_STATE_COUNT;
			enum err e = task_next((enum task_state)from,
					       task_picture[i].event, &to);

			assert_int_equal(e == OK ? task_letters[to] : '.',
					 task_picture[i].to[from]);
			if (e != OK)
				assert_int_equal(e, ERR_CONFLICT);
		}
	}
}

static const char call_letters[] = "ISOFU";
static const struct {
	enum call_event event;
	/* from:	I S O F U */
	const char *to;
} call_picture[] = {
	{CALL_EV_SEND, "SS.SS"},
	{CALL_EV_OK, ".O..O"},
	{CALL_EV_FAIL, "FF..F"},
	{CALL_EV_UNKNOWN, ".U..U"},
};
_Static_assert(sizeof(call_letters) - 1 == CALL_STATE_COUNT, "one a state");
_Static_assert(sizeof(call_picture) / sizeof(call_picture[0]) == CALL_EV_COUNT,
	       "one a row");

static void calls_by_the_picture(void **state)
{
	(void)state;
	for (int i = 0; i < CALL_EV_COUNT; i++) {
		for (int from = 0; from < CALL_STATE_COUNT; from++) {
			enum call_state to = CALL_STATE_COUNT;
			enum err e = call_next((enum call_state)from,
					       call_picture[i].event, &to);

			assert_int_equal(e == OK ? call_letters[to] : '.',
					 call_picture[i].to[from]);
			if (e != OK)
				assert_int_equal(e, ERR_CONFLICT);
		}
	}
}

static const struct {
	const char *name;
	char letter;
} columns[] = {
	{"due_ms", 'd'},      {"lease", 'l'},	     {"wait_task_id", 't'},
	{"wait_signal", 's'}, {"wait_adapter", 'a'}, {"reason", 'r'},
	{"outcome", 'o'},     {"closed_ms", 'c'},    {"paused_state", 'p'},
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static struct run run_with(enum run_state state, const char *set)
{
	struct run r = {.state = state};

	r.due_ms = strchr(set, 'd') ? 1 : 0;
	r.lease = strchr(set, 'l') ? 1 : 0;
	r.wait_task_id = strchr(set, 't') ? 1 : 0;
	r.closed_ms = strchr(set, 'c') ? 1 : 0;
	STR_COPY(r.wait_signal, strchr(set, 's') ? "x" : "");
	STR_COPY(r.wait_adapter, strchr(set, 'a') ? "x" : "");
	STR_COPY(r.reason, strchr(set, 'r') ? "x" : "");
	STR_COPY(r.outcome, strchr(set, 'o') ? "x" : "");
	STR_COPY(r.paused_state, strchr(set, 'p') ? "x" : "");
	return r;
}

/*
 * Per state: the smallest sets that are right, and what else may be there.
 * Every set of columns is tried: it is right when it holds one of the smallest
 * and nothing beyond that and the rest.
 */
static const struct {
	enum run_state state;
	const char *smallest[3];
	const char *rest;
} column_picture[] = {
	{RUN_READY, {"d", "l"}, "dlr"},
	{RUN_RUNNING, {"d", "l"}, "dlrt"},
	{RUN_BACKING_OFF, {"d", "l"}, "dlrt"},
	{RUN_BLOCKED, {"dar", "lar"}, "dlt"},
	{RUN_WAITING_TASK, {"t"}, "dlr"},
	{RUN_WAITING_SIGNAL, {"s", "d", "l"}, "sdlr"},
	{RUN_PAUSED, {"pr"}, "ltsa"},
	{RUN_HELD, {"r"}, "lt"},
	{RUN_CANCELING, {"d", "l"}, "dlar"},
	{RUN_COMPLETED, {"oc"}, "r"},
	{RUN_FAILED, {"oc"}, "r"},
	{RUN_CANCELED, {"oc"}, "r"},
	{RUN_TIMED_OUT, {"oc"}, "r"},
};
_Static_assert(sizeof(column_picture) / sizeof(column_picture[0]) ==
		       RUN_STATE_COUNT,
	       "one a row");

static bool holds_all(const char *set, const char *wanted)
{
	return strspn(wanted, set) == strlen(wanted);
}

static bool right_by_picture(int state, const char *set)
{
	const char *rest = column_picture[state].rest;
	bool leased = strchr(set, 'l');

	for (int i = 0; i < 3 && column_picture[state].smallest[i]; i++) {
		const char *smallest = column_picture[state].smallest[i];
		char allowed[32];

		/* While leased, due is left as it was at the claim. */
		snprintf(allowed, sizeof(allowed), "%s%s%s", smallest, rest,
			 leased && state < RUN_COMPLETED ? "d" : "");
		if (holds_all(set, smallest) && holds_all(allowed, set))
			return true;
	}
	return false;
}

static void columns_by_the_picture(void **state)
{
	(void)state;
	for (int at = 0; at < RUN_STATE_COUNT; at++) {
		assert_int_equal(column_picture[at].state, at);
		for (unsigned bits = 0; bits < 1u << COLUMNS; bits++) {
			char set[COLUMNS + 1] = "";
			size_t n = 0;
			struct run r;

			for (size_t i = 0; i < COLUMNS; i++) {
				if (bits & 1u << i)
					set[n++] = columns[i].letter;
			}
			r = run_with((enum run_state)at, set);
			if (!run_columns_wrong(&r) != right_by_picture(at, set))
				fail_msg("%s with %s: %s",
					 run_state_name(r.state), set,
					 run_columns_wrong(&r));
		}
	}
}

static void names_the_column(void **state)
{
	static const struct {
		enum run_state state;
		const char *set, *wrong;
	} rows[] = {
		{RUN_READY, "", "due_ms"},
		{RUN_RUNNING, "", "lease"},
		{RUN_READY, "dt", "wait_task_id"},
		{RUN_BLOCKED, "da", "reason"},
		{RUN_BLOCKED, "dr", "wait_adapter"},
		{RUN_WAITING_TASK, "d", "wait_task_id"},
		{RUN_WAITING_SIGNAL, "", "wait_signal"},
		{RUN_PAUSED, "r", "paused_state"},
		{RUN_HELD, "rd", "due_ms"},
		{RUN_COMPLETED, "ocl", "lease"},
		{RUN_COMPLETED, "c", "outcome"},
		{RUN_READY, "dc", "closed_ms"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run r = run_with(rows[i].state, rows[i].set);

		assert_string_equal(run_columns_wrong(&r), rows[i].wrong);
	}
}

/* Somebody has spoken to it, and it is woken to listen. */
static void unread_inbox_makes_due(void **state)
{
	static const enum run_state stopped[] = {RUN_HELD, RUN_PAUSED};
	struct run closed = run_with(RUN_COMPLETED, "ocd");

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct run r = run_with(stopped[i], "drp");

		if (stopped[i] == RUN_HELD)
			r.paused_state[0] = '\0';
		assert_string_equal(run_columns_wrong(&r), "due_ms");
		r.inbox_seq = 3;
		r.inbox_read = 2;
		assert_null(run_columns_wrong(&r));
	}
	closed.inbox_seq = 1;
	assert_string_equal(run_columns_wrong(&closed), "due_ms");
}

/* Names are stored for ever and selected by: none twice, none missing. */
static void audit_kinds_have_names(void **state)
{
	(void)state;
	for (int i = 0; i < AUDIT_KIND_COUNT; i++) {
		const char *name = audit_kind_name((enum audit_kind)i);

		assert_non_null(name);
		assert_int_equal(strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"),
				 strlen(name));
		for (int k = 0; k < i; k++)
			assert_string_not_equal(
				name, audit_kind_name((enum audit_kind)k));
	}
	assert_string_equal(audit_kind_name(AUDIT_RECEIVED), "RECEIVED");
	assert_string_equal(audit_kind_name(AUDIT_TASK_DECIDED),
			    "TASK_DECIDED");
	assert_string_equal(audit_kind_name(AUDIT_SEAL), "SEAL");
}

/* Who waits for a place of a concurrency key waits for no adapter, and still
 * has a reason and a next time. */
static void blocked_without_an_adapter(void **state)
{
	struct run r = run_with(RUN_BLOCKED, "dr");

	(void)state;
	assert_string_equal(run_columns_wrong(&r), "wait_adapter");
	STR_COPY(r.phase, "slot");
	assert_null(run_columns_wrong(&r));
	r.reason[0] = '\0';
	assert_string_equal(run_columns_wrong(&r), "reason");
	r = run_with(RUN_READY, "da");
	STR_COPY(r.phase, "slot");
	assert_string_equal(run_columns_wrong(&r), "wait_adapter");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_by_the_picture),
		cmocka_unit_test(tasks_by_the_picture),
		cmocka_unit_test(calls_by_the_picture),
		cmocka_unit_test(columns_by_the_picture),
		cmocka_unit_test(names_the_column),
		cmocka_unit_test(unread_inbox_makes_due),
		cmocka_unit_test(blocked_without_an_adapter),
		cmocka_unit_test(audit_kinds_have_names),
	};

	return RUN(tests);
}
