/*
 * What each type of member takes, and the words for what it does not: a
 * function a type.
 */
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/json.h"
#include "fields.h"
#include "keys_check.h"

static void name_words(const char *const *words, char *text, size_t size)
{
	size_t used;

	for (text[0] = '\0'; words && *words; words++) {
		used = strlen(text);
		(void)snprintf(text + used, size - used, "%s%s",
			       used ? ", " : "", *words);
	}
}

static bool is_word(const char *const *words, const char *text)
{
	for (; words && *words; words++) {
		if (strcmp(*words, text) == 0)
			return true;
	}
	return false;
}

/* "ask" and, in what was resolved, "ask_seller.ask". */
static bool step_valid(const char *text)
{
	char part[80];
	size_t length;

	for (;;) {
		length = strcspn(text, ".");
		if (length >= sizeof(part))
			return false;
		memcpy(part, text, length);
		part[length] = '\0';
		if (!name_valid(part))
			return false;
		if (!text[length])
			return true;
		text += length + 1;
	}
}

static bool check_text(const cJSON *json, const struct key *k, const char *at,
		       struct problems *p)
{
	(void)k;
	if (!cJSON_IsString(json))
		problems_add(p, at, "expected a string");
	return cJSON_IsString(json);
}

static void check_plain_text(const cJSON *json, const struct key *k,
			     const char *at, struct problems *p)
{
	(void)check_text(json, k, at, p);
}

static void check_name(const cJSON *json, const struct key *k, const char *at,
		       struct problems *p)
{
	if (check_text(json, k, at, p) && !name_valid(json->valuestring))
		problems_add(p, at,
			     "expected a name like \"ask_refund\" (a-z, 0-9, "
			     "_), found \"%.80s\"",
			     json->valuestring);
}

static void check_step(const cJSON *json, const struct key *k, const char *at,
		       struct problems *p)
{
	if (check_text(json, k, at, p) && !step_valid(json->valuestring))
		problems_add(p, at,
			     "expected a name like \"ask_refund\" (a-z, 0-9, "
			     "_), found \"%.80s\"",
			     json->valuestring);
}

static void check_word(const cJSON *json, const struct key *k, const char *at,
		       struct problems *p)
{
	char list[200];

	if (!check_text(json, k, at, p) || is_word(k->words, json->valuestring))
		return;
	name_words(k->words, list, sizeof(list));
	problems_add(p, at, "expected one of: %s; found \"%.40s\"", list,
		     json->valuestring);
}

static void check_int(const cJSON *json, const struct key *k, const char *at,
		      struct problems *p)
{
	if (!json_is_int(json) || (int64_t)json->valuedouble < k->min ||
	    (int64_t)json->valuedouble > k->max)
		problems_add(p, at, "expected a whole number from %lld to %lld",
			     (long long)k->min, (long long)k->max);
}

static void check_number(const cJSON *json, const struct key *k, const char *at,
			 struct problems *p)
{
	if (!cJSON_IsNumber(json) || json->valuedouble < (double)k->min ||
	    json->valuedouble > (double)k->max)
		problems_add(p, at, "expected a number from %lld to %lld",
			     (long long)k->min, (long long)k->max);
}

static void check_share(const cJSON *json, const struct key *k, const char *at,
			struct problems *p)
{
	(void)k;
	if (!cJSON_IsNumber(json) || json->valuedouble <= 0.0 ||
	    json->valuedouble > 1.0)
		problems_add(p, at, "expected a number above 0 and up to 1");
}

static void check_bool(const cJSON *json, const struct key *k, const char *at,
		       struct problems *p)
{
	(void)k;
	if (!cJSON_IsBool(json))
		problems_add(p, at, "expected true or false");
}

static void check_duration(const cJSON *json, const struct key *k,
			   const char *at, struct problems *p)
{
	int64_t ms;

	if (check_text(json, k, at, p) &&
	    duration_parse(json->valuestring, &ms) != 0)
		problems_add(p, at,
			     "expected a duration like \"250ms\", \"5s\", "
			     "\"10m\", \"4h\" or \"3d\", found \"%.40s\"",
			     json->valuestring);
}

static void check_span(const cJSON *json, const struct key *k, const char *at,
		       struct problems *p)
{
	static const struct key policy[] = {
		{.name = "policy", .type = KEY_TEXT, .required = true},
		{.name = NULL},
	};
	static const struct keys lookup = {.name = "lookup", .key = policy};

	if (cJSON_IsObject(json))
		keys_check_object(json, &lookup, at, p);
	else
		check_duration(json, k, at, p);
}

static void check_sum(const cJSON *json, const struct key *k, const char *at,
		      struct problems *p)
{
	if (cJSON_IsNumber(json))
		check_int(json, k, at, p);
	else if (!cJSON_IsString(json))
		problems_add(p, at,
			     "expected a path like \"order.totalMinor\" or "
			     "minor units");
}

/* Each entry of a list; false when it is none, or too long or short. */
static bool check_size(const cJSON *json, const struct key *k, const char *at,
		       struct problems *p)
{
	int count = cJSON_GetArraySize(json);

	if (!cJSON_IsArray(json)) {
		problems_add(p, at, "expected a list");
		return false;
	}
	if (k->max && count > k->max) {
		problems_add(p, at, "expected at most %lld entries",
			     (long long)k->max);
		return false;
	}
	if (count < k->min)
		problems_add(p, at, "expected at least %lld entries",
			     (long long)k->min);
	return true;
}

static void check_each(const cJSON *json, const struct key *k, const char *at,
		       struct problems *p,
		       void (*check)(const cJSON *, const struct key *,
				     const char *, struct problems *))
{
	const cJSON *item;
	char below[POINTER_SIZE];
	int i = 0;

	if (!check_size(json, k, at, p))
		return;
	cJSON_ArrayForEach(item, json)
	{
		(void)snprintf(below, sizeof(below), "%s", at);
		json_pointer_index(below, sizeof(below), i++);
		check(item, k, below, p);
	}
}

static void check_names(const cJSON *json, const struct key *k, const char *at,
			struct problems *p)
{
	if (cJSON_IsArray(json))
		check_each(json, k, at, p, check_name);
	else
		check_name(json, k, at, p);
}

static void check_pair(const cJSON *json, const struct key *k, const char *at,
		       struct problems *p)
{
	(void)k;
	if (cJSON_GetArraySize(json) != 2 || !cJSON_IsString(json->child) ||
	    !cJSON_IsString(json->child->next))
		problems_add(p, at, "expected pairs of field paths");
}

static void check_pairs(const cJSON *json, const struct key *k, const char *at,
			struct problems *p)
{
	check_each(json, k, at, p, check_pair);
}

static void check_texts(const cJSON *json, const struct key *k, const char *at,
			struct problems *p)
{
	check_each(json, k, at, p, check_plain_text);
}

static void check_paths(const cJSON *json, const struct key *k, const char *at,
			struct problems *p)
{
	if (cJSON_IsArray(json))
		check_texts(json, k, at, p);
	else
		check_plain_text(json, k, at, p);
}

static void check_tree(const cJSON *json, const struct key *k, const char *at,
		       struct problems *p)
{
	(void)k;
	if (!cJSON_IsObject(json))
		problems_add(p, at, "expected an object");
}

static void check_text_map(const cJSON *json, const struct key *k,
			   const char *at, struct problems *p)
{
	const cJSON *item;
	char below[POINTER_SIZE];

	check_tree(json, k, at, p);
	if (!cJSON_IsObject(json))
		return;
	cJSON_ArrayForEach(item, json)
	{
		(void)snprintf(below, sizeof(below), "%s", at);
		json_pointer_key(below, sizeof(below), item->string);
		(void)check_text(item, k, below, p);
	}
}

static void check_one(const cJSON *json, const struct key *k, const char *at,
		      struct problems *p)
{
	keys_check_object(json, k->of, at, p);
}

static void check_list(const cJSON *json, const struct key *k, const char *at,
		       struct problems *p)
{
	check_each(json, k, at, p, check_one);
}

static void check_map(const cJSON *json, const struct key *k, const char *at,
		      struct problems *p)
{
	const cJSON *item;
	char below[POINTER_SIZE];

	check_tree(json, k, at, p);
	if (!cJSON_IsObject(json))
		return;
	cJSON_ArrayForEach(item, json)
	{
		(void)snprintf(below, sizeof(below), "%s", at);
		json_pointer_key(below, sizeof(below), item->string);
		if (item->string[0] != '_')
			keys_check_object(item, k->of, below, p);
	}
}

static void (*const check_type[KEY_TYPE_COUNT])(const cJSON *,
						const struct key *,
						const char *,
						struct problems *) = {
	[KEY_TEXT] = check_plain_text,	 [KEY_NAME] = check_name,
	[KEY_STEP] = check_step,	 [KEY_TARGET] = check_step,
	[KEY_WORD] = check_word,	 [KEY_INT] = check_int,
	[KEY_NUMBER] = check_number,	 [KEY_SHARE] = check_share,
	[KEY_BOOL] = check_bool,	 [KEY_DURATION] = check_duration,
	[KEY_SPAN] = check_span,	 [KEY_SUM] = check_sum,
	[KEY_NAMES] = check_names,	 [KEY_PAIRS] = check_pairs,
	[KEY_TEXTS] = check_texts,	 [KEY_PATHS] = check_paths,
	[KEY_GUARD] = check_tree,	 [KEY_TREE] = check_tree,
	[KEY_TEXT_MAP] = check_text_map, [KEY_OBJECT] = check_one,
	[KEY_STORED] = check_one,	 [KEY_LIST] = check_list,
	[KEY_MAP] = check_map,
};

void keys_check_type(const cJSON *json, const struct key *k, const char *at,
		     struct problems *p)
{
	check_type[k->type](json, k, at, p);
}
