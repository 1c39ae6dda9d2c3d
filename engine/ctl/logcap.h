#ifndef MEND_CTL_LOGCAP_H
#define MEND_CTL_LOGCAP_H

/*
 * Keeps each *.log of a folder below 8 MiB: a larger one is copied to
 * *.log.old and cut to nothing. Its writers have it open for appending, so they
 * go on at the start; what they write between copy and cut is lost, which a
 * log of `mendctl dev` may.
 */
void logcap_folder(const char *folder);

#endif
