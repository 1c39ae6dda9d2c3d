/*
 * What stands between two braces, and what it comes to. A new function is a row
 * of the table below and one function.
 *
 * Always holds: null is missing, for peers write it for "there is none"; a
 * function whose argument is missing or of the wrong type has no value.
 */
#include "template_piece.h"

#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/json.h"

static const cJSON *find(const cJSON *document, const char *path)
{
	const cJSON *item = json_path(document, path);

	return cJSON_IsNull(item) ? NULL : item;
}

/* A copy that has not the name under which the document has it, for it may
 * become an entry of a list. */
static cJSON *value_plain(const struct piece *piece, const cJSON *document)
{
	cJSON *copy = cJSON_Duplicate(find(document, piece->path[0]), true);

	if (!copy)
		return NULL;
	if (!(copy->type & cJSON_StringIsConst))
		cJSON_free(copy->string);
	copy->type &= ~cJSON_StringIsConst;
	copy->string = NULL;
	return copy;
}

static cJSON *value_count(const struct piece *piece, const cJSON *document)
{
	const cJSON *list = find(document, piece->path[0]);

	if (!cJSON_IsArray(list))
		return NULL;
	return cJSON_CreateNumber(cJSON_GetArraySize(list));
}

static cJSON *value_time(const struct piece *piece, const cJSON *document)
{
	const cJSON *item = find(document, piece->path[0]);
	char stamp[TIME_TEXT_SIZE];
	char text[TIME_TEXT_SIZE];
	int64_t ms;

	if (!cJSON_IsString(item) || time_parse(item->valuestring, &ms) != 0)
		return NULL;
	time_format(ms, stamp);
	(void)snprintf(text, sizeof(text), "%.10s %.5s UTC", stamp, stamp + 11);
	return cJSON_CreateString(text);
}

static bool currency_valid(const char *text)
{
	return strlen(text) == 3 &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

/* Digits behind the point, ISO 4217; two unless listed. */
static int currency_digits(const char *currency)
{
	static const char none[] = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF "
				   "UGX UYI VND VUV XAF XOF XPF";
	static const char three[] = "BHD IQD JOD KWD LYD OMR TND";

	if (strstr(none, currency))
		return 0;
	return strstr(three, currency) ? 3 : 2;
}

static cJSON *value_money(const struct piece *piece, const cJSON *document)
{
	const cJSON *amount = find(document, piece->path[0]);
	const cJSON *currency = find(document, piece->path[1]);
	char text[64];
	int64_t minor, unit = 1;

	if (!json_is_int(amount) || !cJSON_IsString(currency) ||
	    !currency_valid(currency->valuestring))
		return NULL;

	int digits = currency_digits(currency->valuestring);

	for (int i = 0; i < digits; i++)
		unit *= 10;
	minor = (int64_t)amount->valuedouble;

	const char *sign = minor < 0 ? "-" : "";

	if (minor < 0)
		minor = -minor;
	if (digits == 0)
		(void)snprintf(text, sizeof(text), "%s%lld %s", sign,
			       (long long)minor, currency->valuestring);
	else
		(void)snprintf(text, sizeof(text), "%s%lld.%0*lld %s", sign,
			       (long long)(minor / unit), digits,
			       (long long)(minor % unit),
			       currency->valuestring);
	return cJSON_CreateString(text);
}

static const struct piece_function {
	const char *name; /* "" for a path alone */
	int path_count;
	cJSON *(*value)(const struct piece *piece, const cJSON *document);
} functions[] = {
	{"", 1, value_plain},
	{"money", 2, value_money},
	{"time", 1, value_time},
	{"count", 1, value_count},
};
#define FUNCTION_COUNT (sizeof(functions) / sizeof(functions[0]))

static bool path_valid(const char *path, size_t length)
{
	if (length == 0 || length >= PIECE_PATH_SIZE || path[0] == '.' ||
	    path[length - 1] == '.' || memmem(path, length, "..", 2))
		return false;
	return strspn(path, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789_-.") >= length;
}

/* Splits at spaces; returns how many words there are, at most most + 1. */
static int split(const char *text, size_t length, const char *word[],
		 size_t word_length[], int most)
{
	int count = 0;
	size_t at = 0;

	while (count <= most) {
		while (at < length && text[at] == ' ')
			at++;
		if (at == length)
			break;
		word[count] = text + at;
		while (at < length && text[at] != ' ')
			at++;
		word_length[count] = (size_t)(text + at - word[count]);
		count++;
	}
	return count;
}

static const struct piece_function *function_find(const char *name,
						  size_t length)
{
	for (size_t i = 1; i < FUNCTION_COUNT; i++) {
		if (strlen(functions[i].name) == length &&
		    memcmp(functions[i].name, name, length) == 0)
			return &functions[i];
	}
	return NULL;
}

/* The inside of a placeholder; what was expected, or NULL when it is fine. */
static const char *parse_inside(const char *text, size_t length,
				struct piece *piece)
{
	const char *word[PIECE_PATHS_MAX + 2];
	size_t word_length[PIECE_PATHS_MAX + 2];
	const struct piece_function *f = &functions[0];
	int first = 0;

	if (length > 0 && text[length - 1] == '?') {
		piece->optional = true;
		length--;
	}

	int count = split(text, length, word, word_length, PIECE_PATHS_MAX + 1);

	if (count > 1) {
		f = function_find(word[0], word_length[0]);
		first = 1;
	}
	if (!f)
		return "expected {{path}}, {{money amount currency}}, "
		       "{{time path}} or {{count path}}";
	if (count - first != f->path_count)
		return f->path_count == 2
			       ? "expected two paths, {{money amount currency}}"
			       : "expected one path, like {{order.orderId}}";
	for (int i = first; i < count; i++) {
		if (!path_valid(word[i], word_length[i]))
			return "expected a path like order.buyer.name";
		memcpy(piece->path[i - first], word[i], word_length[i]);
		piece->path[i - first][word_length[i]] = '\0';
	}
	piece->function = f;
	return NULL;
}

bool piece_next(const char **text, struct piece *ret_piece,
		const char **ret_fault)
{
	const char *start = *text;
	const char *open = strstr(start, "{{");
	const char *close;
	struct piece piece = {.text = start};

	*ret_fault = NULL;
	if (*start == '\0')
		return false;
	if (open != start) {
		piece.length = open ? (size_t)(open - start) : strlen(start);
		*text = start + piece.length;
		*ret_piece = piece;
		return true;
	}
	close = strstr(start, "}}");
	if (!close) {
		*ret_fault = "expected }} after {{";
		return false;
	}
	piece.length = (size_t)(close - start) + 2;
	*ret_fault = parse_inside(start + 2, piece.length - 4, &piece);
	if (*ret_fault)
		return false;
	*text = start + piece.length;
	*ret_piece = piece;
	return true;
}

cJSON *piece_value(const struct piece *piece, const cJSON *document)
{
	return piece->function->value(piece, document);
}

static bool print_scalar(const cJSON *value, struct strbuf *text)
{
	if (cJSON_IsString(value))
		strbuf_add(text, value->valuestring);
	else if (cJSON_IsBool(value))
		strbuf_add(text, cJSON_IsTrue(value) ? "true" : "false");
	else if (json_is_int(value))
		strbuf_printf(text, "%lld", (long long)value->valuedouble);
	else if (cJSON_IsNumber(value))
		strbuf_printf(text, "%.15g", value->valuedouble);
	else
		return false;
	return true;
}

void piece_print(const cJSON *value, struct strbuf *text)
{
	const cJSON *item;
	size_t before = text->length;

	if (print_scalar(value, text))
		return;
	cJSON_ArrayForEach(item, value)
	{
		if (item != value->child)
			strbuf_add(text, ", ");
		/* One that is no plain value: the reader gets the JSON. */
		if (!cJSON_IsArray(value) || !print_scalar(item, text))
			break;
	}
	if (!item)
		return;
	text->length = before;

	char *json = json_print(value);

	strbuf_add(text, json);
	cJSON_free(json);
}
