#ifndef MEND_LOOP_NOTIFY_H
#define MEND_LOOP_NOTIFY_H

#include <stdint.h>

/*
 * systemd's readiness protocol: one datagram to $NOTIFY_SOCKET. Without the
 * variable nothing happens. Source: sd_notify(3).
 */
void notify_send(const char *state);
/* Half of $WATCHDOG_USEC in milliseconds; 0: no watchdog. */
int64_t notify_watchdog_ms(void);

#endif
