#ifndef MEND_TESTS_FUZZ_FUZZ_H
#define MEND_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* What each fuzz_NAME.c defines: try one input, abort on a broken promise,
 * return 0. Name and type are libFuzzer's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
