/* Secrets: which file, how much of it, and nothing of it anywhere else. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../engine/base/secret.h"
#include "../test.h"

static char folder[] = "/tmp/mend-secret-XXXXXX";
static struct config config;
static struct secret secret;

static void put(const char *name, const char *text, size_t length)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, length, f), length);
	assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
	(void)state;
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	config = (struct config){.poll_ms = 1};
	(void)snprintf(config.credentials_dir, sizeof(config.credentials_dir),
		       "%s", folder);
	memset(&secret, 0x55, sizeof(secret));
	return 0;
}

static void a_file_is_a_secret(void **state)
{
	(void)state;
	put("payment_token", "s3cret-value\r\n\n", 15);
	assert_int_equal(secret_read(&config, "payment_token", &secret), OK);
	assert_string_equal(secret.text, "s3cret-value");
	assert_int_equal(secret.length, 12);
	assert_string_equal(secret.name, "payment_token");
	secret_clear(&secret);
	assert_int_equal(secret.text[0], 0);
	assert_int_equal(secret.length, 0);
}

static void systemd_says_where_when_no_setting_does(void **state)
{
	(void)state;
	put("other", "other-value", 11);
	config.credentials_dir[0] = '\0';
	assert_int_equal(secret_read(&config, "other", &secret), ERR_NOT_FOUND);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
	assert_int_equal(secret_read(&config, "other", &secret), OK);
	assert_string_equal(secret.text, "other-value");
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

static void what_is_no_secret_is_refused(void **state)
{
	char large[SECRET_SIZE];
	char path[128];

	(void)state;
	memset(large, 'x', sizeof(large));
	put("just_fits", large, sizeof(large) - 1);
	put("too_large", large, sizeof(large));
	put("empty", "\n", 1);
	(void)snprintf(path, sizeof(path), "%s/folder", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/pipe", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(secret_read(&config, "just_fits", &secret), OK);
	assert_int_equal(secret_read(&config, "too_large", &secret),
			 ERR_TOO_LARGE);
	assert_int_equal(secret_read(&config, "empty", &secret), ERR_INVALID);
	assert_int_equal(secret_read(&config, "folder", &secret), ERR_INVALID);
	assert_int_equal(secret_read(&config, "pipe", &secret), ERR_INVALID);
	assert_int_equal(secret_read(&config, "absent", &secret),
			 ERR_NOT_FOUND);
}

static void no_name_leaves_the_folder(void **state)
{
	static const char *const names[] = {
		"",  "../etc/passwd", "/etc/passwd", "a/b", ".hidden", "A",
		"1", "a b",	      "a\nb",	     NULL,
	};

	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_false(secret_name_valid(names[i]));
		assert_int_equal(secret_read(&config, names[i], &secret),
				 ERR_INVALID);
	}
	assert_true(secret_name_valid("payment_token"));
	assert_true(secret_name_valid("a.b-c_9"));
}

static void what_a_peer_repeats_is_hidden(void **state)
{
	char text[] = "{\"a\":\"Bearer t0ken-42\",\"b\":\"t0ken-42t0ken-42\"}";
	char unlike[] = "t0ken-4 is not it";

	(void)state;
	put("token", "t0ken-42", 8);
	assert_int_equal(secret_read(&config, "token", &secret), OK);
	assert_int_equal(secret_hide(&secret, text, strlen(text)), 3);
	assert_string_equal(
		text, "{\"a\":\"Bearer ********\",\"b\":\"****************\"}");
	assert_int_equal(secret_hide(&secret, unlike, strlen(unlike)), 0);
	assert_int_equal(secret_hide(&secret, NULL, 0), 0);
	put("short", "true", 4);
	assert_int_equal(secret_read(&config, "short", &secret), OK);
	assert_int_equal(secret_hide(&secret, unlike, strlen(unlike)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_file_is_a_secret, setup),
		cmocka_unit_test_setup(systemd_says_where_when_no_setting_does,
				       setup),
		cmocka_unit_test_setup(what_is_no_secret_is_refused, setup),
		cmocka_unit_test_setup(no_name_leaves_the_folder, setup),
		cmocka_unit_test_setup(what_a_peer_repeats_is_hidden, setup),
	};
	char command[64];
	int failed;

	if (!mkdtemp(folder))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command) == 0 ? failed : 1;
}
