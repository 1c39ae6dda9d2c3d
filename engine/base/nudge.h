#ifndef MEND_BASE_NUDGE_H
#define MEND_BASE_NUDGE_H

#include "config.h"

/*
 * "There may be something for you": an empty Unix datagram to the engine's
 * socket "<data>/run/engine.sock". Only a hint; the engine polls anyway. Sent
 * after the commit, never blocks, errors are ignored.
 */
void nudge_send(const struct config *c);
/* The engine's end: a bound, non-blocking descriptor, or -1 with errno. */
int nudge_listen(const struct config *c);
void nudge_drain(int fd);

#endif
