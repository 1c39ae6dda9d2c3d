#ifndef MEND_FLOW_VIEW_FIELD_H
#define MEND_FLOW_VIEW_FIELD_H

#include <stddef.h>
#include <stdint.h>

#include "../base/json_text.h"

/*
 * A row's members by name, type and place, so that a view is a table. Absent is
 * null: "" of a text, 0 of a time, -1 of an amount, 0 of a count that starts
 * at 1. For view*.c only.
 */
enum view_type {
	VIEW_TEXT,	/* char[] */
	VIEW_POINTER,	/* char * */
	VIEW_INT,	/* int */
	VIEW_INT_SOME,	/* int, 0 is absent */
	VIEW_LONG,	/* int64_t */
	VIEW_LONG_SOME, /* int64_t, 0 is absent */
	VIEW_AMOUNT,	/* int64_t, -1 is absent */
	VIEW_TIME,	/* int64_t of milliseconds */
	VIEW_MADE,	/* put() makes it */
};
struct view_field {
	const char *key;
	enum view_type type;
	size_t offset;
	/* Puts exactly one member, under the key; more is what the view gave
	 * to view_fields(). */
	void (*put)(struct strbuf *text, const char *key, const void *row,
		    const void *more);
};
#define VIEW_PUT(key, put)                                                     \
	{                                                                      \
		key, VIEW_MADE, 0, put                                         \
	}

/* Puts all of them into the object that text is in. */
void view_fields(struct strbuf *text, const void *row,
		 const struct view_field *f, size_t count, const void *more);
/* "" is null. */
void view_text(struct strbuf *text, const char *key, const char *value);
/* What was stored as JSON text, as it stands; null when there is none, or it is
 * damaged. */
void view_stored(struct strbuf *text, const char *key, const char *json);
/* The same where only an object is of use: "{}" instead. */
const char *view_stored_object(const char *json);

#endif
