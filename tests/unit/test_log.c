/* One message is one line, whatever is in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../engine/base/log.h"
#include "../test.h"

static int real_stderr;
static int captured; /* a file, so that no message can block */

static int capture(void **state)
{
	FILE *file = tmpfile();

	(void)state;
	assert_non_null(file);
	captured = fileno(file);
	real_stderr = dup(STDERR_FILENO);
	return dup2(captured, STDERR_FILENO) < 0;
}

static int restore(void **state)
{
	(void)state;
	return dup2(real_stderr, STDERR_FILENO) < 0;
}

/* What was logged since the last call. */
static const char *logged(void)
{
	static char text[8192];
	ssize_t got = pread(captured, text, sizeof(text) - 1, 0);

	text[got > 0 ? got : 0] = '\0';
	assert_int_equal(ftruncate(captured, 0), 0);
	assert_int_equal(lseek(captured, 0, SEEK_SET), 0);
	return text;
}

static void levels_past_the_most_are_left_out(void **state)
{
	(void)state;
	(void)unsetenv("JOURNAL_STREAM");
	log_init("mendd", LOG_WARNING);
	log_info("hidden");
	log_debug("hidden");
	assert_string_equal(logged(), "");
	log_warning("slow ms=%d", 12);
	assert_string_equal(logged(), "mendd: warning: slow ms=12\n");
	log_error("bad");
	assert_string_equal(logged(), "mendd: error: bad\n");
	log_init("mendd", LOG_DEBUG);
	log_info("shown");
	log_debug("shown too");
	assert_string_equal(logged(), "mendd: shown\nmendd: shown too\n");
}

static void journald_gets_its_prefix(void **state)
{
	(void)state;
	assert_int_equal(setenv("JOURNAL_STREAM", "8:1234", 1), 0);
	log_init("mendd", LOG_INFO);
	log_error("a");
	log_warning("b");
	log_info("c");
	assert_string_equal(logged(),
			    "<3>mendd: a\n<4>mendd: b\n<6>mendd: c\n");
	(void)unsetenv("JOURNAL_STREAM");
}

static void a_value_cannot_forge_a_line(void **state)
{
	(void)state;
	log_init("mendd", LOG_INFO);
	log_info("order=%s", "x\nmendd: error: forged\r\x1b[31m");
	assert_string_equal(logged(),
			    "mendd: order=x mendd: error: forged  [31m\n");
}

static void a_long_message_is_cut_but_ends_its_line(void **state)
{
	char text[5000];
	const char *line;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	log_init("mendd", LOG_INFO);
	log_info("%s", text);
	line = logged();
	assert_true(strlen(line) > 1000 && strlen(line) <= 2048);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

#define LOG_TEST(f) cmocka_unit_test_setup_teardown(f, capture, restore)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOG_TEST(levels_past_the_most_are_left_out),
		LOG_TEST(journald_gets_its_prefix),
		LOG_TEST(a_value_cannot_forge_a_line),
		LOG_TEST(a_long_message_is_cut_but_ends_its_line),
	};

	return RUN(tests);
}
