/* HTTP out as a loop: sleeping, waking, dropping, many at once, and nothing
 * that grows. SOAK=1 asks for as many requests as a day of a small shop. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../engine/adapters/http.h"
#include "../test.h"
#include "peer.h"

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

static struct peer peer;
static struct network net;

static int setup(void **state)
{
	(void)state;
	peer_start(&peer);
	return http_open(&net) == OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	http_close(&net);
	peer_stop(&peer);
	return 0;
}

static pid_t apart;

/* With the peer in a process of its own. */
static int setup_apart(void **state)
{
	int ends[2];

	(void)state;
	if (pipe(ends) != 0)
		return -1;
	apart = fork();
	if (apart == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		peer_start(&peer);
		(void)!write(ends[1], &peer.port, sizeof(peer.port));
		for (;;)
			(void)pause();
	}
	if (apart < 0 || read(ends[0], &peer.port, sizeof(peer.port)) !=
				 (ssize_t)sizeof(peer.port))
		return -1;
	(void)close(ends[0]);
	(void)close(ends[1]);
	return http_open(&net) == OK ? 0 : -1;
}

static int teardown_apart(void **state)
{
	(void)state;
	http_close(&net);
	(void)kill(apart, SIGKILL);
	return waitpid(apart, NULL, 0) == apart ? 0 : -1;
}

static int64_t now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void start(int64_t tag, const char *path, bool effect,
		  int64_t timeout_ms)
{
	char url[128];
	struct http_request request = {
		.tag = tag,
		.method = effect ? "POST" : "GET",
		.url = url,
		.body = effect ? "{}" : NULL,
		.effect = effect,
		.connect_timeout_ms = timeout_ms,
		.timeout_ms = timeout_ms,
	};

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/%s", peer.port,
		       path);
	assert_int_equal(net.start(net.context, &request), OK);
}

/* False after timeout_ms without one. */
static bool finish(int64_t timeout_ms, struct http_response *ret_response)
{
	int64_t end = now_us() + timeout_ms * 1000;

	while (!net.next(net.context, ret_response)) {
		int64_t left = (end - now_us()) / 1000;

		if (left <= 0)
			return false;
		net.wait(net.context, NULL, 0, left);
	}
	free(ret_response->body);
	ret_response->body = NULL;
	return true;
}

static void sleeping_ends_when_time_is_up(void **state)
{
	int64_t begin = now_us();

	(void)state;
	net.wait(net.context, NULL, 0, 50);
	assert_in_range(now_us() - begin, 49000, 1000000);
	/* Also with something in flight that does not finish. */
	start(1, "stall/", false, 5000);
	begin = now_us();
	net.wait(net.context, NULL, 0, 100);
	assert_in_range(now_us() - begin, 99000, 1000000);
	begin = now_us();
	net.wait(net.context, NULL, 0, 0);
	net.wait(net.context, NULL, 0, -1);
	assert_in_range(now_us() - begin, 0, 50000);
}

static void sleeping_ends_with_an_answer(void **state)
{
	struct http_response r;
	int64_t begin;

	(void)state;
	start(1, "ok/", false, 5000);
	begin = now_us();
	net.wait(net.context, NULL, 0, 5000);
	assert_in_range(now_us() - begin, 0, 1000000);
	/* It is there now, and waiting for it does not sleep. */
	begin = now_us();
	net.wait(net.context, NULL, 0, 5000);
	assert_in_range(now_us() - begin, 0, 1000000);
	assert_true(net.next(net.context, &r));
	assert_int_equal(r.outcome, HTTP_ANSWERED);
	free(r.body);
	assert_false(net.next(net.context, &r));
}

static void sleeping_ends_with_a_readable_descriptor(void **state)
{
	int ends[2];
	struct pollfd fds[2];
	int64_t begin = now_us();

	(void)state;
	assert_int_equal(pipe(ends), 0);
	fds[0] = (struct pollfd){.fd = -1, .events = POLLIN, .revents = 77};
	fds[1] = (struct pollfd){.fd = ends[0], .events = POLLIN};
	net.wait(net.context, fds, 2, 30);
	assert_int_equal(fds[0].revents, 0);
	assert_int_equal(fds[1].revents, 0);
	start(1, "stall/", false, 5000);
	assert_int_equal(write(ends[1], "x", 1), 1);
	net.wait(net.context, fds, 2, 5000);
	assert_in_range(now_us() - begin, 0, 1000000);
	assert_int_equal(fds[0].revents, 0);
	assert_int_equal(fds[1].revents, POLLIN);
	/* It stays awake as long as it is not read. */
	net.wait(net.context, fds, 2, 5000);
	assert_int_equal(fds[1].revents, POLLIN);
	assert_in_range(now_us() - begin, 0, 1000000);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void what_is_dropped_never_comes(void **state)
{
	struct http_response r;

	(void)state;
	start(1, "stall/", true, 300);
	start(2, "ok/", true, 300);
	net.wait(net.context, NULL, 0, 20);
	net.drop(net.context, 1);
	net.drop(net.context, 99);
	assert_true(finish(2000, &r));
	assert_int_equal(r.tag, 2);
	assert_false(finish(500, &r));
}

static void what_is_done_can_be_dropped(void **state)
{
	struct http_response r;
	int64_t seen = 0;

	(void)state;
	for (int64_t tag = 1; tag <= 4; tag++)
		start(tag, "ok/", true, 2000);
	/* All four are answered, none was fetched. */
	for (int i = 0; i < 200; i++)
		net.wait(net.context, NULL, 0, 1);
	(void)usleep(50000);
	assert_true(net.next(net.context, &r));
	free(r.body);
	seen = r.tag;
	for (int64_t tag = 1; tag <= 4; tag++)
		if (tag != seen && tag != 5 - seen)
			net.drop(net.context, tag);
	assert_true(finish(1000, &r));
	assert_int_equal(r.tag, 5 - seen);
	assert_false(finish(50, &r));
	/* The queue still works. */
	start(9, "ok/", true, 2000);
	assert_true(finish(2000, &r));
	assert_int_equal(r.tag, 9);
}

static void one_that_stalls_holds_nobody_up(void **state)
{
	struct http_response r;
	int64_t begin;

	(void)state;
	for (int64_t i = 0; i < 50; i++)
		start(1000 + i, "stall/", i % 2, 60000);
	begin = now_us();
	for (int64_t i = 0; i < 200; i++)
		start(i, "ok/", i % 2, 30000);
	for (int i = 0; i < 200; i++) {
		assert_true(finish(30000, &r));
		assert_true(r.tag < 1000);
		assert_int_equal(r.outcome, HTTP_ANSWERED);
	}
	assert_in_range(now_us() - begin, 0, 30000000);
}

static void closing_leaves_nothing_behind(void **state)
{
	(void)state;
	start(1, "stall/", true, 5000);
	start(2, "ok/", true, 5000);
	start(3, "ok/", false, 5000);
	net.wait(net.context, NULL, 0, 200);
	start(4, "ok/", false, 5000);
	http_close(&net);
	assert_null(net.context);
	/* Twice does no harm. */
	http_close(&net);
	assert_int_equal(http_open(&net), OK);
}

static int open_files(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(folder);
	while (readdir(folder))
		count++;
	(void)closedir(folder);
	return count;
}

static long resident_kb(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long total, pages;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%ld %ld", &total, &pages), 2);
	(void)fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* By a tool whose own memory grows. */
static bool watched(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

	return SANITIZED || (preloaded && strstr(preloaded, "vgpreload"));
}

/* As many as asked, 50 at a time, of every kind. */
static void send_many(int count)
{
	static const char *const paths[] = {"ok/",	  "ok/",   "chunked/",
					    "truncated/", "busy/", "ok/"};
	struct http_response r;
	int in_flight = 0;

	for (int i = 0; i < count || in_flight > 0;) {
		while (i < count && in_flight < 50) {
			start(i, paths[i % 6], i % 2, 10000);
			i++;
			in_flight++;
		}
		assert_true(finish(10000, &r));
		assert_true(r.outcome == HTTP_ANSWERED ||
			    r.outcome == HTTP_BROKEN);
		in_flight--;
	}
}

/* The peer is a process of its own here, for its memory is not ours. */
static void memory_stays_flat(void **state)
{
	int count = getenv("SOAK") ? 100000 : watched() ? 500 : 6000;
	int files;
	long before, after;

	(void)state;
	send_many(watched() ? 100 : 2000);
	files = open_files();
	before = resident_kb();
	send_many(count);
	after = resident_kb();
	if (!watched() && after > before + 1024)
		fail_msg("%ld KiB grew to %ld KiB over %d requests", before,
			 after, count);
	/* Kept connections come and go; the peer has its ends too. */
	assert_true(open_files() < files + 200);
	if (getenv("SOAK"))
		print_message("# %d requests: %ld KiB, then %ld KiB\n", count,
			      before, after);
}

static int compare(const void *a, const void *b)
{
	const int64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* Each effect makes a connection; still it is far below a millisecond. The
 * bound leaves room for a busy machine. */
static void an_exchange_is_quick(void **state)
{
	int64_t took[101];
	struct http_response r;

	(void)state;
	for (int i = 0; i < 101; i++) {
		int64_t begin = now_us();

		start(i, "ok/", true, 5000);
		assert_true(finish(5000, &r));
		took[i] = now_us() - begin;
	}
	qsort(took, 101, sizeof(took[0]), compare);
	if (getenv("SOAK"))
		print_message("# an exchange: median %lld us, p90 %lld us\n",
			      (long long)took[50], (long long)took[90]);
	assert_in_range(took[50], 0, 20000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_APART(name)                                                       \
	cmocka_unit_test_setup_teardown(name, setup_apart, teardown_apart)
	const struct CMUnitTest tests[] = {
		TEST(sleeping_ends_when_time_is_up),
		TEST(sleeping_ends_with_an_answer),
		TEST(sleeping_ends_with_a_readable_descriptor),
		TEST(what_is_dropped_never_comes),
		TEST(what_is_done_can_be_dropped),
		TEST(one_that_stalls_holds_nobody_up),
		TEST(closing_leaves_nothing_behind),
		TEST_APART(memory_stays_flat),
		TEST_APART(an_exchange_is_quick),
	};

	return RUN(tests);
}
