/*
 * Columns that fit: every column is as wide as its widest cell; on a terminal
 * the flexible ones give way first, and what is cut ends in an ellipsis. In a
 * pipe nothing is cut, for grep and awk. Width is counted in code points.
 */
#include <stdlib.h>
#include <string.h>

#include "../base/json.h"
#include "../base/mem.h"
#include "output.h"

#define GAP 2
#define FLEXIBLE_MIN 8

void table_init(struct table *t, const struct table_column *column, int count)
{
	*t = (struct table){.column = column, .column_count = count};
}

void table_row(struct table *t, const char *const *cells)
{
	int used = t->row_count * t->column_count;

	if (used + t->column_count > t->room) {
		t->room = (used + t->column_count) * 2;
		t->cell = mem_grow(t->cell, (size_t)t->room, sizeof(*t->cell));
	}
	for (int i = 0; i < t->column_count; i++)
		t->cell[used + i] = cells[i] && *cells[i] ? cells[i] : "-";
	t->row_count++;
}

void table_release(struct table *t)
{
	free(t->cell);
	*t = (struct table){0};
}

static int text_width(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

/* The widths as wanted, then cut to the terminal. */
static void measure(const struct table *t, int limit, int *width)
{
	int total = -GAP;

	for (int c = 0; c < t->column_count; c++) {
		width[c] = text_width(t->column[c].title);
		for (int r = 0; r < t->row_count; r++) {
			int w = text_width(t->cell[r * t->column_count + c]);

			if (w > width[c])
				width[c] = w;
		}
		total += width[c] + GAP;
	}
	/* One column at a time, the widest flexible first. */
	while (limit > 0 && total > limit) {
		int widest = -1;

		for (int c = 0; c < t->column_count; c++) {
			if (t->column[c].flexible && width[c] > FLEXIBLE_MIN &&
			    (widest < 0 || width[c] > width[widest]))
				widest = c;
		}
		if (widest < 0)
			return;
		width[widest]--;
		total--;
	}
}

static void print_cell(const struct output *o, const struct table_column *c,
		       const char *text, enum colour colour, int width,
		       bool last)
{
	int own = text_width(text);
	char cut[1024];

	if (own > width && width > 0) {
		size_t bytes = 0;

		for (int seen = 0; text[bytes] && bytes < sizeof(cut) - 4;
		     bytes++) {
			if (((unsigned char)text[bytes] & 0xc0) != 0x80 &&
			    seen++ == width - 1)
				break;
		}
		memcpy(cut, text, bytes);
		memcpy(cut + bytes, "…", sizeof("…"));
		text = cut;
		own = width;
	}
	if (c->right)
		(void)printf("%*s", width - own, "");
	output_text(o, colour, text);
	if (!last)
		(void)printf("%*s", GAP + (c->right ? 0 : width - own), "");
}

void table_print(const struct table *t, const struct output *o)
{
	int width[TABLE_COLUMNS_MAX];

	if (t->column_count > TABLE_COLUMNS_MAX)
		return;
	measure(t, o->width, width);
	for (int r = -1; r < t->row_count; r++) {
		for (int c = 0; c < t->column_count; c++) {
			const struct table_column *column = &t->column[c];
			const char *text =
				r < 0 ? column->title
				      : t->cell[r * t->column_count + c];
			enum colour colour = COLOUR_NONE;

			if (r < 0)
				colour = COLOUR_BOLD;
			else if (column->state)
				colour = output_state_colour(text);
			print_cell(o, column, text, colour, width[c],
				   c == t->column_count - 1);
		}
		(void)fputc('\n', stdout);
	}
}

static const char *cell_of(const struct output *o, const cJSON *item, bool time,
			   struct arena *a)
{
	if (cJSON_IsString(item))
		return time ? output_relative_text(o, item->valuestring, a)
			    : item->valuestring;
	if (!item || cJSON_IsNull(item))
		return NULL;
	return json_print_arena(item, a);
}

void output_rows(const struct output *o, const cJSON *array,
		 const struct table_column *column, const char *const *member,
		 int count, struct arena *a)
{
	const char *cells[TABLE_COLUMNS_MAX];
	const cJSON *row;
	struct table t;

	if (count > TABLE_COLUMNS_MAX)
		return;
	table_init(&t, column, count);
	cJSON_ArrayForEach(row, array)
	{
		for (int i = 0; i < count; i++)
			cells[i] =
				cell_of(o, json_get(row, member[i]),
					strcmp(column[i].title, "AT") == 0, a);
		table_row(&t, cells);
	}
	table_print(&t, o);
	table_release(&t);
}
