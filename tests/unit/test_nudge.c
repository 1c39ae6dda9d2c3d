/*
 * The nudge: arrives, never blocks, and nobody minds when nobody listens.
 */
#include "engine/base/nudge.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/test.h"

static int set_up(void **state)
{
	struct config *c = calloc(1, sizeof(*c));

	snprintf(c->data, sizeof(c->data), "%s/mend-nudge-XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(c->data))
		return -1;
	*state = c;
	return 0;
}

static int tear_down(void **state)
{
	struct config *c = *state;
	char path[512];

	snprintf(path, sizeof(path), "%s/run/engine.sock", c->data);
	unlink(path);
	snprintf(path, sizeof(path), "%s/run", c->data);
	rmdir(path);
	rmdir(c->data);
	free(c);
	return 0;
}

static bool readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

static void arrives(void **state)
{
	struct config *c = *state;
	int fd = nudge_listen(c);

	assert_true(fd >= 0);
	assert_false(readable(fd));
	nudge_send(c);
	assert_true(readable(fd));
	nudge_drain(fd);
	assert_false(readable(fd));
	nudge_drain(fd); /* returns at once */
	close(fd);
}

static void a_thousand_do_not_block(void **state)
{
	struct config *c = *state;
	int fd = nudge_listen(c);

	assert_true(fd >= 0);
	alarm(20);
	for (int i = 0; i < 1000; i++)
		nudge_send(c);
	alarm(0);
	assert_true(readable(fd));
	nudge_drain(fd);
	assert_false(readable(fd));
	close(fd);
}

static void nobody_listens(void **state)
{
	struct config *c = *state;
	int fd;

	nudge_send(c); /* no folder */
	fd = nudge_listen(c);
	assert_true(fd >= 0);
	close(fd);
	nudge_send(c); /* a socket that nobody holds */
}

static void the_next_engine_takes_over(void **state)
{
	struct config *c = *state;
	int before = nudge_listen(c);
	int after = nudge_listen(c);

	assert_true(before >= 0);
	assert_true(after >= 0);
	nudge_send(c);
	assert_true(readable(after));
	assert_false(readable(before));
	close(before);
	close(after);
}

static void the_group_may_send(void **state)
{
	struct config *c = *state;
	int fd = nudge_listen(c);
	struct stat st;
	char path[108];

	assert_true(fd >= 0);
	assert_int_equal(config_socket_path(c, "engine", path), OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	close(fd);
}

static void says_why_it_cannot_listen(void **state)
{
	struct config c = {.data = "/proc/none"};

	(void)state;
	errno = 0;
	assert_int_equal(nudge_listen(&c), -1);
	assert_int_not_equal(errno, 0);
	nudge_send(&c);
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(arrives),
		IN_FOLDER(a_thousand_do_not_block),
		IN_FOLDER(nobody_listens),
		IN_FOLDER(the_next_engine_takes_over),
		IN_FOLDER(the_group_may_send),
		cmocka_unit_test(says_why_it_cannot_listen),
	};

	return RUN(tests);
}
