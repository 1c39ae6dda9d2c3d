#ifndef MEND_CTL_WHY_WORDS_H
#define MEND_CTL_WHY_WORDS_H

#include "../base/arena.h"

/* [{field, operator, expected, seen}] as guard_eval() tells it, as JSON text,
 * in one line of words: "transfer.status in [FAILED] (is ACCEPTED)". */
const char *why_words(const char *why, struct arena *a);

#endif
