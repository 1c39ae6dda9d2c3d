#ifndef MEND_BASE_LOG_H
#define MEND_BASE_LOG_H

/*
 * One line a message on stderr: "<6>mendd: text key=value …" (the <n> prefix,
 * read by journald, only when stderr is not a terminal and JOURNAL_STREAM is
 * set). Programs log, library code returns errors. No personal data.
 */
enum log_level { LOG_ERROR = 3, LOG_WARNING = 4, LOG_INFO = 6, LOG_DEBUG = 7 };

void log_init(const char *program, enum log_level most);
__attribute__((format(printf, 2, 3))) void log_line(enum log_level level,
						    const char *format, ...);

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

#endif
