#ifndef MEND_TESTS_FUZZ_FUZZ_H
#define MEND_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../engine/base/arena.h"
#include "../../engine/base/err.h"
#include "../../engine/base/json.h"

/* What each fuzz_NAME.c defines: try one input, abort on a broken promise,
 * return 0. Name and type are libFuzzer's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says which promise was broken, and aborts. */
#define require(promise)                                                       \
	((promise) ? (void)0 : fuzz_broken(#promise, __FILE__, __LINE__))
_Noreturn void fuzz_broken(const char *promise, const char *file, int line);

/*
 * An input of several parts has one a line, the last part taking all that is
 * left, so that a corpus can be read and written by hand. The parts are C
 * strings in the arena.
 */
struct input {
	const char *at;
	size_t left;
};
const char *input_line(struct input *in, struct arena *a);
const char *input_rest(struct input *in, struct arena *a);
/* The line as JSON; NULL when it is none. The caller deletes it. */
cJSON *input_json(struct input *in, struct arena *a);

/* Text that may go into an answer, a log line or a row. */
bool fuzz_text_ok(const char *text);   /* UTF-8 */
bool fuzz_printable(const char *text); /* UTF-8 without control characters */
/* Problems were told exactly when they had to be, and can be shown. */
void fuzz_problems(const struct problems *p, bool refused);

#endif
