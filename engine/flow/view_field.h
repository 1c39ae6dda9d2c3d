#ifndef MEND_FLOW_VIEW_FIELD_H
#define MEND_FLOW_VIEW_FIELD_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

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
	VIEW_OTHER,	/* keeps its place; the caller sets it */
};
struct view_field {
	const char *key;
	enum view_type type;
	size_t offset;
};

void view_fields(cJSON *object, const void *row, const struct view_field *f,
		 size_t count);

#endif
