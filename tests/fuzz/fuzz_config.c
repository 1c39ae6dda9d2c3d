/*
 * Configuration: the input is a mend.conf. Promises tried: what is taken is
 * complete and in range, and written out as a file gives the same settings;
 * what is refused says why, in a way that can be shown.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../engine/base/config_table.h"
#include "fuzz.h"

static enum err load(const void *text, size_t length, struct config *c,
		     struct problems *p)
{
	static int file = -1;
	char path[64];

	if (file < 0)
		file = memfd_create("conf", MFD_CLOEXEC);
	require(file >= 0 && ftruncate(file, 0) == 0);
	require(pwrite(file, text, length, 0) == (ssize_t)length);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return config_load(path, c, p);
}

static const void *field(const struct config *c, const struct setting *s)
{
	return (const char *)c + s->offset;
}

static void hold_setting(const struct config *c, const struct setting *s)
{
	if (s->type == NUMBER) {
		const int64_t *value = field(c, s);

		require(*value >= s->min && *value <= s->max);
		return;
	}
	const char *text = field(c, s);

	require(memchr(text, '\0', (size_t)s->max) != NULL);
	require((int64_t)strlen(text) >= s->min);
	if (s->type == CHOICE)
		require(strstr(s->choices, text) != NULL);
}

static void write_out(const struct config *c, FILE *out)
{
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *s = &settings[i];

		if (s->type == NUMBER)
			(void)fprintf(out, "%s=%lld\n", s->key,
				      (long long)*(const int64_t *)field(c, s));
		else
			(void)fprintf(out, "%s=%s\n", s->key,
				      (const char *)field(c, s));
	}
}

static void hold_same(const struct config *a, const struct config *b)
{
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *s = &settings[i];

		if (s->type == NUMBER)
			require(memcmp(field(a, s), field(b, s),
				       sizeof(int64_t)) == 0);
		else
			require(strcmp(field(a, s), field(b, s)) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config c, again;
	struct problems p = {0};
	enum err e = load(data, size, &c, &p);
	char *text = NULL;
	size_t length = 0;
	FILE *out;

	require(e == OK || e == ERR_INVALID);
	fuzz_problems(&p, e != OK);
	if (e != OK)
		return 0;
	for (size_t i = 0; i < setting_count; i++)
		hold_setting(&c, &settings[i]);
	out = open_memstream(&text, &length);
	require(out != NULL);
	write_out(&c, out);
	require(fclose(out) == 0);
	require(load(text, length, &again, &p) == OK);
	hold_same(&c, &again);
	free(text);
	return 0;
}
