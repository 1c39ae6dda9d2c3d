/*
 * A main for the fuzzers where libFuzzer is not: each file named is one input.
 * So every test run replays what a search once found, with any compiler.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

#define INPUT_BYTES_MAX ((size_t)4 * 1024 * 1024)

static int replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *whole, *exact;
	size_t length;

	if (!file) {
		perror(path);
		return -1;
	}
	whole = malloc(INPUT_BYTES_MAX);
	length = whole ? fread(whole, 1, INPUT_BYTES_MAX, file) : 0;
	(void)fclose(file);
	/* Of the exact size, so that a read past its end is seen. */
	exact = realloc(whole, length ? length : 1);
	if (!exact) {
		free(whole);
		return -1;
	}
	(void)LLVMFuzzerTestOneInput(exact, length);
	free(exact);
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		/* The last line printed names the input that crashed. */
		(void)fprintf(stderr, "%s\n", argv[i]);
		if (replay(argv[i]) != 0)
			return 1;
	}
	return 0;
}
