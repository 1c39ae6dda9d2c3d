/*
 * Write turns between real processes: one at a time, fair, bounded, and free
 * again when the holder dies; whatever the program does with its signals.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/store/turnstile.h"
#include "fixture.h"

static int64_t now_ms(void)
{
	return world_mono_ms(&world_real);
}

static void sleep_ms(int ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

	while (nanosleep(&t, &t) != 0)
		;
}

static struct turnstile *open_turn(const struct fixture *f, const char *owner)
{
	struct turnstile *t = NULL;

	assert_ok(turnstile_open(f->path, owner, &t));
	return t;
}

/* A child that takes the turn and keeps it for ms; returns once it has it. */
static pid_t holder(const struct fixture *f, int ms)
{
	struct turnstile *t;
	int ready[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		t = open_turn(f, "holder");
		if (turnstile_enter(t, 1000) != OK ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		sleep_ms(ms);
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_one_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct turnstile *a = open_turn(f, "a"), *b = open_turn(f, "b");
	char text[64], wanted[64];

	turnstile_holder(a, text, sizeof(text));
	assert_string_equal(text, "");
	assert_ok(turnstile_enter(a, 0));
	assert_err(turnstile_enter(b, 0), ERR_BUSY);
	assert_err(turnstile_enter(b, 20), ERR_BUSY);
	turnstile_holder(b, text, sizeof(text));
	snprintf(wanted, sizeof(wanted), "%d a", (int)getpid());
	assert_string_equal(text, wanted);
	turnstile_leave(a);
	turnstile_leave(a);
	turnstile_holder(b, text, sizeof(text));
	assert_string_equal(text, "");
	assert_ok(turnstile_enter(b, 0));
	turnstile_leave(b);
	turnstile_close(a);
	turnstile_close(b);
	turnstile_close(NULL);
	assert_err(turnstile_open("/nonexistent/x", "a", &a), ERR_SYSTEM);
}

static void assert_wait_is_bounded(struct turnstile *t)
{
	int64_t start = now_ms();

	assert_err(turnstile_enter(t, 150), ERR_BUSY);
	assert_in_range(now_ms() - start, 150, 3000);
}

static void test_a_stopped_holder_does_not_freeze_us(void **state)
{
	struct fixture *f = *state;
	struct turnstile *t = open_turn(f, "us");
	pid_t pid = holder(f, 60000);
	char text[64], wanted[64];
	sigset_t all, before;

	kill(pid, SIGSTOP);
	assert_wait_is_bounded(t);
	turnstile_holder(t, text, sizeof(text));
	snprintf(wanted, sizeof(wanted), "%d holder", (int)pid);
	assert_string_equal(text, wanted);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	assert_wait_is_bounded(t);
	sigprocmask(SIG_SETMASK, &before, NULL);
	/* The queue must be free again after each time-out. */
	assert_wait_is_bounded(t);
	end(pid);
	assert_ok(turnstile_enter(t, 0));
	turnstile_close(t);
}

/* Another waits at WRITE, so this one waits at QUEUE. */
static void test_the_wait_in_the_queue_is_bounded_too(void **state)
{
	struct fixture *f = *state;
	struct turnstile *t = open_turn(f, "us"), *second;
	pid_t first = holder(f, 60000), waiter = fork();

	if (waiter == 0) {
		second = open_turn(f, "second");
		_exit(turnstile_enter(second, 60000) == OK ? 0 : 1);
	}
	sleep_ms(100);
	assert_wait_is_bounded(t);
	end(waiter);
	end(first);
	assert_ok(turnstile_enter(t, 1000));
	turnstile_close(t);
}

static void test_the_mask_and_the_handlers_are_put_back(void **state)
{
	struct fixture *f = *state;
	struct turnstile *t = open_turn(f, "us");
	struct sigaction before = {.sa_handler = SIG_DFL}, after;
	pid_t pid = holder(f, 60000);
	sigset_t old_mask, new_mask;

	sigaction(SIGRTMIN + 9, &before, NULL);
	sigemptyset(&new_mask);
	sigaddset(&new_mask, SIGRTMIN + 9);
	sigprocmask(SIG_BLOCK, &new_mask, NULL);
	sigprocmask(SIG_BLOCK, NULL, &old_mask);
	assert_wait_is_bounded(t);
	sigprocmask(SIG_BLOCK, NULL, &new_mask);
	sigaction(SIGRTMIN + 9, NULL, &after);
	assert_true(after.sa_handler == SIG_DFL);
	for (int s = 1; s < SIGRTMAX; s++)
		assert_int_equal(sigismember(&old_mask, s),
				 sigismember(&new_mask, s));
	/* No late shot: unblocked, it would kill us. */
	sigemptyset(&new_mask);
	sigaddset(&new_mask, SIGRTMIN + 9);
	sigprocmask(SIG_UNBLOCK, &new_mask, NULL);
	sleep_ms(60);
	end(pid);
	turnstile_close(t);
}

static void test_a_killed_holder_frees_the_turn(void **state)
{
	struct fixture *f = *state;
	struct turnstile *t = open_turn(f, "us");
	pid_t pid = holder(f, 60000);
	int64_t start;

	end(pid);
	start = now_ms();
	assert_ok(turnstile_enter(t, 3000));
	assert_true(now_ms() - start < 1000);
	turnstile_close(t);
}

static void on_tick(int number)
{
	(void)number;
}

/* A program that the holder has started lives on, and knows of no lock. */
static void test_what_a_killed_holder_started_keeps_no_turn(void **state)
{
	struct fixture *f = *state;
	struct turnstile *t = open_turn(f, "us");
	pid_t pid, started = 0;
	int ready[2];

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		struct turnstile *own = open_turn(f, "holder");

		if (turnstile_enter(own, 1000) != OK)
			_exit(1);
		started = fork();
		if (started == 0) {
			execlp("sleep", "sleep", "60", (char *)NULL);
			_exit(1);
		}
		if (write(ready[1], &started, sizeof(started)) < 0)
			_exit(1);
		sleep_ms(60000);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &started, sizeof(started)),
			 sizeof(started));
	/* Ends with the exec of the one and the death of the other. */
	end(pid);
	assert_int_equal(read(ready[0], &pid, 1), 0);
	close(ready[0]);
	if (turnstile_enter(t, 2000) != OK)
		pid = 0;
	kill(started, SIGKILL);
	assert_int_not_equal(pid, 0);
	turnstile_close(t);
}

static void test_other_signals_do_not_end_the_wait(void **state)
{
	struct fixture *f = *state;
	struct turnstile *t = open_turn(f, "us");
	struct itimerval often = {{0, 5000}, {0, 5000}},
			 never = {{0, 0}, {0, 0}};
	struct sigaction tick = {.sa_handler = on_tick}, before;
	pid_t pid = holder(f, 200);
	int64_t start = now_ms();

	sigaction(SIGALRM, &tick, &before);
	setitimer(ITIMER_REAL, &often, NULL);
	assert_ok(turnstile_enter(t, 5000));
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &before, NULL);
	assert_in_range(now_ms() - start, 100, 3000);
	turnstile_close(t);
	waitpid(pid, NULL, 0);
}

/* ---- fairness ---- */

#define WRITERS 3
#define FAIR_MS 700

struct turns {
	volatile int count[WRITERS];
	volatile int inside, clashes;
};

/* Busy, not asleep: who sleeps lets others in. */
static void work_ms(int ms)
{
	int64_t until = now_ms() + ms;

	while (now_ms() < until)
		;
}

static void take_turns(const struct fixture *f, struct turns *turns, int i)
{
	struct turnstile *t = open_turn(f, "writer");
	int64_t until = now_ms() + FAIR_MS;

	while (now_ms() < until) {
		if (turnstile_enter(t, 5000) != OK)
			_exit(1);
		if (turns->inside++ != 0)
			turns->clashes++;
		if (i == 0)
			work_ms(4);
		turns->inside--;
		turns->count[i]++;
		turnstile_leave(t);
		if (i != 0)
			sleep_ms(1);
	}
	_exit(0);
}

/* The fewest turns of a face, in percent of those of the engine. */
static int share(const struct fixture *f)
{
	struct turns *turns = mmap(NULL, sizeof(*turns), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status, least = INT32_MAX;

	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0)
			take_turns(f, turns, i);
	for (int i = 0; i < WRITERS; i++) {
		wait(&status);
		assert_int_equal(status, 0);
	}
	assert_int_equal(turns->clashes, 0);
	for (int i = 1; i < WRITERS; i++) {
		int percent = turns->count[i] * 100 / (turns->count[0] + 1);

		least = percent < least ? percent : least;
	}
	munmap(turns, sizeof(*turns));
	return least;
}

/* The first comes back at once, as a busy engine does; the others are faces
 * with one row each. A busy machine may spoil a try. */
static void test_turns_are_shared(void **state)
{
	struct fixture *f = *state;
	int best = 0;

	for (int tries = 0; tries < 4 && best < 50; tries++) {
		int percent = share(f);

		best = percent > best ? percent : best;
	}
	assert_in_range(best, 50, 100000);
}

static void wait_until_queue_is_taken(const struct fixture *f)
{
	int64_t until = now_ms() + 5000;
	char path[128];
	int fd;

	fixture_path(f, "-queue", path);
	fd = open(path, O_RDONLY);
	while (flock(fd, LOCK_SH | LOCK_NB) == 0 && now_ms() < until) {
		flock(fd, LOCK_UN);
		sleep_ms(5);
	}
	close(fd);
}

/* Who waits longest is next, even if he is slow to wake: a newcomer can't
 * slip in. This is what the second lock file is for. */
static void test_nobody_overtakes(void **state)
{
	struct fixture *f = *state;
	struct turnstile *t = open_turn(f, "newcomer"), *waiting;
	pid_t first = holder(f, 60000), next = fork();
	int status;

	if (next == 0) {
		waiting = open_turn(f, "next");
		_exit(turnstile_enter(waiting, 60000) == OK ? 0 : 1);
	}
	wait_until_queue_is_taken(f);
	kill(next, SIGSTOP);
	end(first);
	assert_err(turnstile_enter(t, 50), ERR_BUSY);
	kill(next, SIGCONT);
	waitpid(next, &status, 0);
	assert_int_equal(status, 0);
	assert_ok(turnstile_enter(t, 1000));
	turnstile_close(t);
}

/* ---- through the front door ---- */

static void test_a_writer_without_a_turn_names_the_holder(void **state)
{
	struct fixture *f = *state;
	struct db_options o = fixture_options(f, DB_READ_WRITE);
	pid_t pid = holder(f, 60000);
	struct db *db = NULL;
	char wanted[64];

	o.turn_ms = 100;
	assert_ok(db_open(&o, &db)); /* reading needs no turn */
	assert_err(db_begin(db), ERR_BUSY);
	snprintf(wanted, sizeof(wanted), "%d holder", (int)pid);
	assert_non_null(strstr(db_message(db), wanted));
	assert_false(db_in_transaction(db));
	assert_err(db_checkpoint(db, NULL), ERR_BUSY);
	end(pid);
	assert_ok(db_begin(db));
	assert_ok(db_commit(db));
	db_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_one_at_a_time),
		FIXTURE_TEST(test_a_stopped_holder_does_not_freeze_us),
		FIXTURE_TEST(test_the_wait_in_the_queue_is_bounded_too),
		FIXTURE_TEST(test_the_mask_and_the_handlers_are_put_back),
		FIXTURE_TEST(test_a_killed_holder_frees_the_turn),
		FIXTURE_TEST(test_what_a_killed_holder_started_keeps_no_turn),
		FIXTURE_TEST(test_other_signals_do_not_end_the_wait),
		FIXTURE_TEST(test_nobody_overtakes),
		FIXTURE_TEST(test_turns_are_shared),
		FIXTURE_TEST(test_a_writer_without_a_turn_names_the_holder),
	};

	return FIXTURE_RUN("turnstile", tests, true);
}
