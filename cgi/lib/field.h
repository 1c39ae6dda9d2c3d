#ifndef MEND_CGI_FIELD_H
#define MEND_CGI_FIELD_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "../../engine/base/err.h"
#include "request.h"

/*
 * What a body or a query may hold, as const rows: anything else is refused
 * with a JSON Pointer ("/orderId") or "?name". A table ends with a row without
 * a name.
 */
enum field_type {
	FIELD_TEXT,   /* min..max bytes, valid UTF-8, no control characters */
	FIELD_NOTE,   /* the same, but newlines and tabs are welcome */
	FIELD_INT,    /* min..max */
	FIELD_NUMBER, /* the same with a fraction; not in a query */
	FIELD_BOOL,   /* in a query: true or false */
	FIELD_TIME,   /* RFC 3339 */
	FIELD_OBJECT, /* any JSON object */
	FIELD_ARRAY,  /* min..max elements */
	FIELD_WORD,   /* one of values */
};

struct field {
	const char *name;
	enum field_type type;
	bool required;
	bool null_ok; /* null reads as absent */
	int64_t min, max;
	const char *const *values; /* ends with NULL */
};

/* object is checked at pointer ("" for the body itself). True: nothing to
 * complain about. */
bool field_check_object(const cJSON *object, const struct field *fields,
			const char *pointer, struct problems *p);
bool field_check_query(const struct request *r, const struct field *fields,
		       struct problems *p);

#endif
