/*
 * The one table of settings, and what each of them takes.
 *
 * Always holds: a value is either assigned whole and in range, or a problem
 * says where it stands and what was expected.
 */
#include "config_table.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strbuf.h"

#define FIELD(f) offsetof(struct config, f)
#define ROOM(f) sizeof(((struct config *)0)->f)

/* clang-format off */
const struct setting settings[] = {
	{ "data", TEXT, 1, ROOM(data), "var", NULL,
	  "data folder: database, locks, sockets", FIELD(data) },
	{ "conf", TEXT, 1, ROOM(conf), "conf", NULL,
	  "folder of adapters/, playbooks/, policy/", FIELD(conf) },
	{ "sandbox_url", TEXT, 1, ROOM(sandbox_url),
	  "http://127.0.0.1:8090/sandbox", NULL,
	  "where adapters find the sandbox", FIELD(sandbox_url) },
	{ "dev_role", CHOICE, 1, ROOM(dev_role), "admin",
	  "viewer|agent|supervisor|admin",
	  "as whom requests act without sign-in", FIELD(dev_role) },
	{ "workers", NUMBER, 1, 64, "2", NULL,
	  "workers of each FastCGI program", FIELD(workers) },
	{ "sandbox_workers", NUMBER, 1, 64, "16", NULL,
	  "workers of the sandbox", FIELD(sandbox_workers) },
	{ "poll_ms", NUMBER, 10, 60000, "1000", NULL,
	  "the engine looks for work at least this often", FIELD(poll_ms) },
	/* CHECKOUT_MAX of loop/parts.h. */
	{ "checked_out", NUMBER, 1, 1000, "1000", NULL,
	  "runs in memory at most", FIELD(checked_out) },
	{ "tick_runs", NUMBER, 1, 1000, "200", NULL,
	  "runs in one transaction at most", FIELD(tick_runs) },
	{ "turn_ms", NUMBER, 1, 60000, "3000", NULL,
	  "longest wait of a face for the write turn", FIELD(turn_ms) },
	/* TASK_UNDO_MS_MAX of flow/task.h: no more is granted. */
	{ "undo_ms", NUMBER, 0, 60000, "10000", NULL,
	  "time to undo a decision in the dashboard", FIELD(undo_ms) },
	{ "call_limit", NUMBER, 1, 10000, "1000", NULL,
	  "calls in flight over all adapters", FIELD(call_limit) },
	{ "idempotency_days", NUMBER, 1, 365, "7", NULL,
	  "how long an Idempotency-Key is remembered",
	  FIELD(idempotency_days) },
	{ "log_level", CHOICE, 1, ROOM(log_level), "info",
	  "error|warning|info|debug",
	  "what is logged", FIELD(log_level) },
	{ "credentials_dir", TEXT, 0, ROOM(credentials_dir), "", NULL,
	  "folder of secrets; $CREDENTIALS_DIRECTORY when not set",
	  FIELD(credentials_dir) },
	{ "allow_hosts", TEXT, 0, ROOM(allow_hosts), "", NULL,
	  "hosts that adapters may call; those of base URLs when not set",
	  FIELD(allow_hosts) },
	{ "private_hosts", TEXT, 0, ROOM(private_hosts), "", NULL,
	  "hosts that may have a private address; the sandbox always may",
	  FIELD(private_hosts) },
};
/* clang-format on */

const size_t setting_count = sizeof(settings) / sizeof(settings[0]);
_Static_assert(sizeof(settings) / sizeof(settings[0]) <= SETTINGS_MAX,
	       "SETTINGS_MAX is too small");

void source_problem(struct problems *p, const struct source *from,
		    const char *key, const char *format, ...)
{
	char what[256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (from->line)
		problems_add(p, key, "%s:%d: %s", from->name, from->line, what);
	else
		problems_add(p, key, "%s: %s", from->name, what);
}

static bool is_choice(const char *choices, const char *value)
{
	size_t length = strlen(value);

	for (;;) {
		size_t one = strcspn(choices, "|");

		if (one == length && strncmp(choices, value, one) == 0)
			return true;
		if (choices[one] == '\0')
			return false;
		choices += one + 1;
	}
}

static bool read_number(const struct setting *s, const char *value,
			int64_t *ret_number)
{
	char *end;
	long long number;

	/* strtoll would take spaces, signs and nothing at all. */
	if (value[strspn(value, "0123456789")] != '\0' || value[0] == '\0')
		return false;
	errno = 0;
	number = strtoll(value, &end, 10);
	if (errno != 0 || number < s->min || number > s->max)
		return false;
	*ret_number = number;
	return true;
}

void setting_assign(const struct setting *s, const char *value,
		    struct config *config, struct problems *p,
		    const struct source *from)
{
	char *field = (char *)config + s->offset;
	int64_t number;

	switch (s->type) {
	case NUMBER:
		if (read_number(s, value, &number))
			memcpy(field, &number, sizeof(number));
		else
			source_problem(
				p, from, s->key,
				"'%.64s' is not a number from %lld to %lld",
				value, (long long)s->min, (long long)s->max);
		return;
	case CHOICE:
		if (is_choice(s->choices, value))
			(void)str_copy(field, (size_t)s->max, value);
		else
			source_problem(p, from, s->key, "'%.64s' is none of %s",
				       value, s->choices);
		return;
	case TEXT:
		if (value[0] == '\0' && s->min > 0)
			source_problem(p, from, s->key, "expected some text");
		else if (!str_copy(field, (size_t)s->max, value))
			source_problem(p, from, s->key,
				       "longer than %lld bytes",
				       (long long)s->max - 1);
		return;
	}
}

const struct setting *setting_find(const char *key)
{
	for (size_t i = 0; i < setting_count; i++) {
		if (strcmp(settings[i].key, key) == 0)
			return &settings[i];
	}
	return NULL;
}

void config_print(void)
{
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *s = &settings[i];
		char range[64];

		if (s->type == NUMBER)
			(void)snprintf(range, sizeof(range), "%lld to %lld",
				       (long long)s->min, (long long)s->max);
		else
			(void)snprintf(range, sizeof(range), "%s",
				       s->choices ? s->choices : "text");
		(void)printf("  %-17s %s\n  %-17s %s (default %s)\n", s->key,
			     s->help, "", range,
			     s->standard[0] ? s->standard : "none");
	}
}
