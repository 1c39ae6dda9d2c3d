/*
 * What holds a run that does not move, as the name of a group (stuck.h). Pure:
 * a bulk operation finds the runs of a group by asking each of them again.
 */
#include "stuck.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "../base/digest.h"
#include "../base/strbuf.h"

/* "HTTP 503": a number that is the class of an error, not an order's own. */
static bool tells_class(const char *out, size_t used)
{
	static const char before[] = "HTTP ";
	const size_t length = sizeof(before) - 1;

	return used >= length &&
	       strncmp(out + used - length, before, length) == 0;
}

/* A word that has a digit in it is an id, an amount or a time. */
static void without_numbers(const char *text, char out[STUCK_ERROR_SIZE])
{
	static const char ends[] = " \t\n,;:()[]\"'";
	size_t used = 0;

	while (*text && used < STUCK_ERROR_SIZE - 4) {
		size_t length = strcspn(text, ends), i;
		bool number = false;

		for (i = 0; i < length; i++)
			number = number || isdigit((unsigned char)text[i]);
		if (number && !tells_class(out, used)) {
			out[used++] = '#';
		} else {
			for (i = 0; i < length && used < STUCK_ERROR_SIZE - 2;
			     i++)
				out[used++] = text[i];
		}
		text += length;
		if (*text)
			out[used++] = *text++;
	}
	/* Not in the middle of a letter. */
	while (used > 0 && ((unsigned char)out[used - 1] & 0x80) && *text)
		used--;
	out[used] = '\0';
}

/* "transfer.retry failed: …" names its adapter. */
static bool named(const char *text, char adapter[ADAPTER_SIZE])
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t length = strspn(text, word);

	if (length == 0 || length >= ADAPTER_SIZE || text[length] != '.' ||
	    strspn(text + length + 1, word) == 0)
		return false;
	(void)snprintf(adapter, ADAPTER_SIZE, "%.*s", (int)length, text);
	return true;
}

static void adapter_of(const struct run *r, char adapter[ADAPTER_SIZE])
{
	adapter[0] = '\0';
	if (r->wait_adapter[0])
		(void)str_copy(adapter, ADAPTER_SIZE, r->wait_adapter);
	else if (r->queue[0])
		(void)str_copy(adapter, ADAPTER_SIZE, r->queue);
	else if (!named(r->reason, adapter))
		(void)named(r->last_error, adapter);
}

bool stuck_of(const struct run *r, struct stuck *ret_stuck)
{
	bool own = r->state == RUN_HELD || r->state == RUN_PAUSED ||
		   r->state == RUN_BLOCKED;

	if (!own &&
	    !(r->state == RUN_BACKING_OFF && r->attempt >= STUCK_ATTEMPTS))
		return false;
	ret_stuck->state = r->state;
	adapter_of(r, ret_stuck->adapter);
	STR_COPY(ret_stuck->step, r->step);
	without_numbers(r->reason[0] ? r->reason : r->last_error,
			ret_stuck->error);
	return true;
}

bool stuck_ref(const struct run *r, char ret_ref[STUCK_REF_SIZE])
{
	char hex[DIGEST_HEX_SIZE];
	uint8_t bytes[DIGEST_SIZE];
	struct digest d;
	struct stuck s;

	if (!stuck_of(r, &s))
		return false;
	digest_init(&d);
	digest_text(&d, s.adapter);
	digest_text(&d, s.step);
	digest_text(&d, s.error);
	digest_final(&d, bytes);
	digest_hex(bytes, hex);
	(void)snprintf(ret_ref, STUCK_REF_SIZE, "%s.%.16s",
		       run_state_name(s.state), hex);
	return true;
}

static bool of_state(const char *ref, struct run_filter *f)
{
	static const enum run_state states[] = {RUN_HELD, RUN_PAUSED,
						RUN_BLOCKED, RUN_BACKING_OFF};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		const char *name = run_state_name(states[i]);
		size_t length = strlen(name);

		if (strncmp(ref, name, length) != 0 || ref[length] != '.' ||
		    strlen(ref + length + 1) != 16)
			continue;
		/* One that is asked for beside it stays: then it is none. */
		if (f->state < 0)
			f->state = (int)states[i];
		f->open = 1;
		return true;
	}
	return false;
}

/* What stands before the dot; false: nothing that fits. */
static bool part(const char *text, const char *dot, char *out, size_t size)
{
	if (!dot || (size_t)(dot - text) >= size)
		return false;
	(void)snprintf(out, size, "%.*s", (int)(dot - text), text);
	return true;
}

static bool of_call(const char *text, struct run_filter *f)
{
	const char *dot = strchr(text, '.');

	return part(text, dot, f->unknown.adapter,
		    sizeof(f->unknown.adapter)) &&
	       dot > text && dot[1] &&
	       str_copy(f->unknown.operation, sizeof(f->unknown.operation),
			dot + 1);
}

static bool of_task(const char *text, int64_t now_ms, struct run_filter *f)
{
	const char *first = strchr(text, '.'), *last = strrchr(text, '.');

	f->overdue.before_ms = now_ms;
	return first && last > first &&
	       part(text, first, f->overdue.issue_type,
		    sizeof(f->overdue.issue_type)) &&
	       part(first + 1, last, f->overdue.step,
		    sizeof(f->overdue.step)) &&
	       last[1] &&
	       str_copy(f->overdue.role, sizeof(f->overdue.role), last + 1);
}

bool stuck_filter(const char *ref, int64_t now_ms, struct run_filter *f,
		  bool *ret_asked)
{
	struct run_filter of = *f;
	bool good;

	*ret_asked = false;
	if (strncmp(ref, "UNKNOWN.", strlen("UNKNOWN.")) == 0)
		good = of_call(ref + strlen("UNKNOWN."), &of);
	else if (strncmp(ref, "OVERDUE.", strlen("OVERDUE.")) == 0)
		good = of_task(ref + strlen("OVERDUE."), now_ms, &of);
	else
		good = *ret_asked = of_state(ref, &of);
	if (good)
		*f = of;
	return good;
}
