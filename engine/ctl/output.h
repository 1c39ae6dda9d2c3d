#ifndef MEND_CTL_OUTPUT_H
#define MEND_CTL_OUTPUT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../base/arena.h"

/*
 * What people see. Colour only on a terminal that wants it (NO_COLOR, TERM=dumb
 * and --no-color say no); columns are cut to a terminal's width and never in a
 * pipe; control characters in data never reach the terminal.
 */
struct output {
	bool colour;
	int width; /* columns; 0: no limit */
	int64_t now_ms;
};

void output_init(struct output *o, bool no_colour, int64_t now_ms);

enum colour {
	COLOUR_NONE,
	COLOUR_BOLD,
	COLOUR_DIM,
	COLOUR_RED,
	COLOUR_GREEN,
	COLOUR_YELLOW,
	COLOUR_BLUE,
	COLOUR_VIOLET,
};
/* Text with control characters replaced, in a colour, without a newline. */
void output_text(const struct output *o, enum colour c, const char *text);
/* Which colour the state of a run, task or call has. */
enum colour output_state_colour(const char *state);

/* "in 5 s", "3 min ago", "now"; "-" for 0. */
const char *output_relative(const struct output *o, int64_t ms,
			    struct arena *a);
/* The same of RFC 3339 text; "-" for NULL. */
const char *output_relative_text(const struct output *o, const char *text,
				 struct arena *a);
/* "240.00 USD"; "-" when minor is negative. */
const char *output_money(int64_t minor, const char *currency, struct arena *a);

/* "Label      value", wrapped under itself on a terminal. */
void output_field(const struct output *o, const char *label, enum colour c,
		  const char *value);
void output_heading(const struct output *o, const char *text);
/* An indented, quotes-free rendering of a JSON tree. */
void output_tree(const struct output *o, const cJSON *tree);
/* Prints the tree pretty, with a newline, and frees it. */
void output_json(cJSON *tree);

#define TABLE_COLUMNS_MAX 10
struct table_column {
	const char *title;
	bool right;    /* aligned */
	bool flexible; /* is cut first when the terminal is narrow */
	bool state;    /* coloured by its value */
};
struct table {
	const struct table_column *column;
	int column_count;
	const char **cell; /* row after row; grown */
	int row_count, room;
};
void table_init(struct table *t, const struct table_column *column, int count);
/* One cell per column, kept by the caller until printed; NULL as "-". */
void table_row(struct table *t, const char *const *cells);
void table_print(const struct table *t, const struct output *o);
void table_release(struct table *t);

/* A table of the named members of the objects in an array; a column whose title
 * is AT shows its time relative. Members in the order of the columns. */
void output_rows(const struct output *o, const cJSON *array,
		 const struct table_column *column, const char *const *member,
		 int count, struct arena *a);

#endif
