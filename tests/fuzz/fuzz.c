/*
 * What the fuzzers share: parts of inputs, and promises that many make.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void fuzz_broken(const char *promise, const char *file, int line)
{
	(void)fprintf(stderr, "%s:%d: broken: %s\n", file, line, promise);
	abort();
}

static const char *take(struct input *in, size_t length, struct arena *a)
{
	const char *text = arena_dup_n(a, in->left ? in->at : "", length);

	in->at += length;
	in->left -= length;
	return text;
}

const char *input_line(struct input *in, struct arena *a)
{
	const char *end = in->left ? memchr(in->at, '\n', in->left) : NULL;
	const char *line = take(in, end ? (size_t)(end - in->at) : in->left, a);

	if (end) {
		in->at++;
		in->left--;
	}
	return line;
}

const char *input_rest(struct input *in, struct arena *a)
{
	return take(in, in->left, a);
}

cJSON *input_json(struct input *in, struct arena *a)
{
	const char *line = input_line(in, a);
	cJSON *tree = NULL;

	if (json_parse(line, strlen(line), NULL, &tree) != OK)
		return NULL;
	return tree;
}

bool fuzz_text_ok(const char *text)
{
	return utf8_valid(text, strlen(text));
}

bool fuzz_printable(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	return fuzz_text_ok(text);
}

void fuzz_problems(const struct problems *p, bool refused)
{
	require(refused == (p->count > 0));
	require(p->dropped == 0 || p->count == PROBLEMS_MAX);
	for (int i = 0; i < p->count; i++) {
		require(fuzz_text_ok(p->item[i].pointer));
		require(fuzz_text_ok(p->item[i].detail));
		require(p->item[i].detail[0] != '\0');
	}
}
