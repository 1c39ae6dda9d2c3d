/*
 * Text for people: colour, money, time, fields, trees. Always holds: nothing
 * that came from outside reaches the terminal with its control characters, so
 * no order id or error text can move the cursor or forge a line.
 */
#include "output.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/json.h"

#define LABEL_WIDTH 12

static int terminal_width(void)
{
	struct winsize size;
	const char *columns = getenv("COLUMNS");

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (columns && *columns) {
		long width = strtol(columns, NULL, 10);

		if (width >= 20 && width <= 1000)
			return (int)width;
	}
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
		return size.ws_col;
	return 80;
}

void output_init(struct output *o, bool no_colour, int64_t now_ms)
{
	const char *plain = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	o->width = terminal_width();
	o->colour = !no_colour && !(plain && *plain) && isatty(STDOUT_FILENO) &&
		    !(terminal && strcmp(terminal, "dumb") == 0);
	o->now_ms = now_ms;
}

void output_text(const struct output *o, enum colour c, const char *text)
{
	static const char *const code[] = {
		[COLOUR_NONE] = "",	     [COLOUR_BOLD] = "\033[1m",
		[COLOUR_DIM] = "\033[2m",    [COLOUR_RED] = "\033[31m",
		[COLOUR_GREEN] = "\033[32m", [COLOUR_YELLOW] = "\033[33m",
		[COLOUR_BLUE] = "\033[34m",  [COLOUR_VIOLET] = "\033[35m",
	};
	bool coloured = o->colour && c != COLOUR_NONE;

	if (coloured)
		(void)fputs(code[c], stdout);
	for (const unsigned char *b = (const unsigned char *)text; *b; b++) {
		/* U+0080 to U+009F, the C1 controls, are C2 80 to C2 9F. */
		if (*b == 0xc2 && b[1] >= 0x80 && b[1] <= 0x9f) {
			(void)fputc('?', stdout);
			b++;
		} else {
			(void)fputc(*b < 0x20 || *b == 0x7f ? ' ' : *b, stdout);
		}
	}
	if (coloured)
		(void)fputs("\033[0m", stdout);
}

enum colour output_state_colour(const char *state)
{
	static const struct {
		const char *state;
		enum colour colour;
	} row[] = {
		{"READY", COLOUR_BLUE},
		{"RUNNING", COLOUR_BLUE},
		{"BACKING_OFF", COLOUR_YELLOW},
		{"BLOCKED", COLOUR_YELLOW},
		{"WAITING_TASK", COLOUR_VIOLET},
		{"WAITING_SIGNAL", COLOUR_BLUE},
		{"PAUSED", COLOUR_YELLOW},
		{"HELD", COLOUR_RED},
		{"CANCELING", COLOUR_YELLOW},
		{"COMPLETED", COLOUR_GREEN},
		{"FAILED", COLOUR_RED},
		{"CANCELED", COLOUR_DIM},
		{"TIMED_OUT", COLOUR_RED},
		{"OPEN", COLOUR_VIOLET},
		{"CLAIMED", COLOUR_BLUE},
		{"DECIDED", COLOUR_BLUE},
		{"DONE", COLOUR_GREEN},
		{"VOID", COLOUR_DIM},
		{"EXPIRED", COLOUR_RED},
		{"OK", COLOUR_GREEN},
		{"UNKNOWN", COLOUR_RED},
		{"SENT", COLOUR_BLUE},
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		if (strcmp(row[i].state, state) == 0)
			return row[i].colour;
	}
	return COLOUR_NONE;
}

const char *output_relative(const struct output *o, int64_t ms, struct arena *a)
{
	static const struct {
		int64_t below_s, unit_s;
		const char *unit;
	} step[] = {
		{120, 1, "s"},
		{2 * 3600, 60, "min"},
		{2 * 86400, 3600, "h"},
		{INT64_MAX, 86400, "d"},
	};
	int64_t seconds;
	size_t i = 0;

	if (ms == 0)
		return "-";
	seconds = (ms - o->now_ms) / 1000;
	if (seconds == 0)
		return "now";
	int64_t far = seconds < 0 ? -seconds : seconds;

	while (far >= step[i].below_s)
		i++;
	return arena_printf(a, seconds < 0 ? "%lld %s ago" : "in %lld %s",
			    (long long)(far / step[i].unit_s), step[i].unit);
}

const char *output_relative_text(const struct output *o, const char *text,
				 struct arena *a)
{
	int64_t ms;

	if (!text || time_parse(text, &ms))
		return "-";
	return output_relative(o, ms, a);
}

const char *output_money(int64_t minor, const char *currency, struct arena *a)
{
	if (minor < 0)
		return "-";
	return arena_printf(a, "%lld.%02lld%s%s", (long long)(minor / 100),
			    (long long)(minor % 100),
			    currency && *currency ? " " : "",
			    currency ? currency : "");
}

void output_heading(const struct output *o, const char *text)
{
	(void)fputc('\n', stdout);
	output_text(o, COLOUR_BOLD, text);
	(void)fputc('\n', stdout);
}

void output_field(const struct output *o, const char *label, enum colour c,
		  const char *value)
{
	char padded[LABEL_WIDTH + 1];
	int room = o->width - LABEL_WIDTH;
	char line[1024];

	(void)snprintf(padded, sizeof(padded), "%-*s", LABEL_WIDTH, label);
	output_text(o, COLOUR_DIM, padded);
	/* Bytes are taken for columns: early breaks, never late ones. */
	while (room >= 20 && strlen(value) > (size_t)room &&
	       (size_t)room < sizeof(line)) {
		size_t cut = (size_t)room;

		while (cut > 0 && value[cut] != ' ')
			cut--;
		if (cut == 0)
			break;
		memcpy(line, value, cut);
		line[cut] = '\0';
		output_text(o, c, line);
		(void)printf("\n%*s", LABEL_WIDTH, "");
		value += cut + 1;
	}
	output_text(o, c, value);
	(void)fputc('\n', stdout);
}

static void print_leaf(const struct output *o, const cJSON *item)
{
	if (cJSON_IsString(item)) {
		output_text(o, COLOUR_NONE, item->valuestring);
	} else if (cJSON_IsNull(item)) {
		output_text(o, COLOUR_DIM, "-");
	} else if (!item->child) {
		char *text = json_print(item);

		output_text(o, COLOUR_NONE, text);
		free(text);
	}
}

static bool has_children(const cJSON *item)
{
	return (cJSON_IsObject(item) || cJSON_IsArray(item)) && item->child;
}

/* The first member of an object in a list stands beside its dash. */
static void print_tree(const struct output *o, const cJSON *tree, int depth,
		       bool beside)
{
	const cJSON *item;

	/* The strict parser allows no more; a safe bound all the same. */
	if (depth > JSON_DEPTH_MAX)
		return;
	cJSON_ArrayForEach(item, tree)
	{
		bool named = item->string != NULL;

		if (!beside)
			(void)printf("%*s", depth * 2, "");
		beside = false;
		output_text(o, COLOUR_DIM, named ? item->string : "-");
		if (!has_children(item)) {
			(void)fputs(named ? ": " : " ", stdout);
			print_leaf(o, item);
			(void)fputc('\n', stdout);
			continue;
		}
		(void)fputc(named ? '\n' : ' ', stdout);
		print_tree(o, item, depth + 1, !named);
	}
}

void output_tree(const struct output *o, const cJSON *tree)
{
	print_tree(o, tree, 0, false);
}

static void print_json(const cJSON *item, int depth)
{
	const char *ends = cJSON_IsArray(item) ? "[]" : "{}";
	const cJSON *member;

	if (!has_children(item)) {
		char *text = json_print(item);

		(void)fputs(text, stdout);
		free(text);
		return;
	}
	(void)putchar(ends[0]);
	cJSON_ArrayForEach(member, item)
	{
		(void)printf("%s\n%*s", member == item->child ? "" : ",",
			     depth * 2 + 2, "");
		if (cJSON_IsObject(item)) {
			cJSON name = {.type = cJSON_String,
				      .valuestring = member->string};
			char *text = json_print(&name);

			(void)printf("%s: ", text);
			free(text);
		}
		print_json(member, depth + 1);
	}
	(void)printf("\n%*s%c", depth * 2, "", ends[1]);
}

void output_json(cJSON *tree)
{
	print_json(tree, 0);
	(void)putchar('\n');
	cJSON_Delete(tree);
}
