#ifndef MEND_STORE_ROWS_H
#define MEND_STORE_ROWS_H

#include <string.h>

#include "db.h"

/*
 * What all typed stores do the same way; for them only. An array of rows grows
 * in the caller's arena by doubling, so that a short answer to a long limit
 * costs little. Names of enums are const tables that are searched.
 */
struct rows {
	struct arena *a;
	size_t size; /* of a row */
	int count, room;
	char *data;
};

/* Room for one more, zeroed, counted in. */
static inline void *rows_add(struct rows *r)
{
	if (r->count == r->room) {
		int room = r->room == 0 ? 8 : r->room * 2;
		char *data = arena_alloc(r->a, (size_t)room * r->size);

		if (r->count > 0)
			memcpy(data, r->data, (size_t)r->count * r->size);
		r->data = data;
		r->room = room;
	}
	return r->data + (size_t)r->count++ * r->size;
}

/* Reads every row of a bound statement; each() reads one. */
static inline enum err rows_read(struct db_stmt *s, struct rows *r,
				 void (*each)(struct db_stmt *s,
					      struct arena *a, void *row))
{
	enum db_step step;

	while ((step = db_step(s)) == DB_ROW)
		each(s, r->a, rows_add(r));
	return step == DB_DONE ? OK : db_error(s);
}

/* The index of a name, or -1. */
static inline int name_find(const char *const *names, int count,
			    const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

/* A text that the schema wants: only a damaged row has none. */
static inline char *text_read(struct db_stmt *s, int column, struct arena *a)
{
	char *text = db_text(s, column, a);

	return text != NULL ? text : arena_dup(a, "");
}

/* A stored name; the schema's CHECK allows only those that there are. */
static inline int name_read(struct db_stmt *s, int column,
			    const char *const *names, int count)
{
	char name[32];
	int i;

	DB_TEXT_INTO(s, column, name);
	i = name_find(names, count, name);
	return i < 0 ? 0 : i;
}

/* An amount that is not known is -1 here and NULL there. */
static inline void bind_amount(struct db_stmt *s, int position, int64_t minor)
{
	if (minor >= 0)
		db_bind_int(s, position, minor);
}

static inline int64_t read_amount(struct db_stmt *s, int column)
{
	return db_is_null(s, column) ? -1 : db_int(s, column);
}

#endif
