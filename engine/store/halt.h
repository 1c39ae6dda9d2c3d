#ifndef MEND_STORE_HALT_H
#define MEND_STORE_HALT_H

#include <stdbool.h>
#include <stddef.h>

#include "../base/err.h"

/*
 * The latch of the data folder: the file "<db path>-halted". A disk or
 * corruption error that anybody sees at commit or checkpoint creates it, under
 * the write turn; every writer looks for it after taking the turn and refuses
 * with ERR_HALTED. Only mendctl removes it. Its content is one line: time,
 * program, reason.
 */
void halt_set(const char *db_path, const char *owner, const char *reason);
bool halt_is_set(const char *db_path);
/* The line, without its newline; "" when not set. */
void halt_reason(const char *db_path, char *text, size_t size);
MUST_CHECK enum err halt_release(const char *db_path);

#endif
