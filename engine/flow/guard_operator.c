/*
 * What each operator of a guard means. A new operator is a row and, at most, a
 * function here.
 *
 * Always holds: a judge is called with a field that is there (exists and ne
 * excepted) and an operand that is there; of any type, for operands also come
 * from the document and the policy.
 */
#include "guard_operator.h"

#include <string.h>

#include "../base/clock.h"

#define LIST_MAX 256 /* values of "in" */

static enum truth truth_of(bool holds)
{
	return holds ? YES : NO;
}

static bool read_time(const cJSON *item, int64_t *ret_ms)
{
	return cJSON_IsString(item) &&
	       time_parse(item->valuestring, ret_ms) == 0;
}

static bool read_duration(const cJSON *item, int64_t *ret_ms)
{
	return cJSON_IsString(item) &&
	       duration_parse(item->valuestring, ret_ms) == 0;
}

static enum truth judge_eq(const struct guard_operator *o, const cJSON *seen,
			   const cJSON *operand, int64_t now_ms)
{
	(void)o, (void)now_ms;
	return truth_of(cJSON_Compare(seen, operand, true));
}

static enum truth judge_ne(const struct guard_operator *o, const cJSON *seen,
			   const cJSON *operand, int64_t now_ms)
{
	(void)o, (void)now_ms;
	return truth_of(!cJSON_Compare(seen, operand, true));
}

static enum truth judge_in(const struct guard_operator *o, const cJSON *seen,
			   const cJSON *operand, int64_t now_ms)
{
	const cJSON *item;

	(void)o, (void)now_ms;
	if (!cJSON_IsArray(operand))
		return CANT;
	cJSON_ArrayForEach(item, operand)
	{
		if (cJSON_Compare(seen, item, true))
			return YES;
	}
	return NO;
}

#define LESS 1U
#define EQUAL 2U
#define GREATER 4U

static unsigned order_of_ms(int64_t a, int64_t b)
{
	return a < b ? LESS : a > b ? GREATER : EQUAL;
}

/* Times compare as instants: "…T20:00+02:00" and "…T18:00Z" are the same. */
static enum truth judge_order(const struct guard_operator *o, const cJSON *seen,
			      const cJSON *operand, int64_t now_ms)
{
	int64_t a, b;
	unsigned order;

	(void)now_ms;
	if (cJSON_IsNumber(seen) && cJSON_IsNumber(operand))
		order = seen->valuedouble < operand->valuedouble   ? LESS
			: seen->valuedouble > operand->valuedouble ? GREATER
								   : EQUAL;
	else if (!cJSON_IsString(seen) || !cJSON_IsString(operand))
		return CANT;
	else if (read_time(seen, &a) && read_time(operand, &b))
		order = order_of_ms(a, b);
	else
		order = order_of_ms(
			strcmp(seen->valuestring, operand->valuestring), 0);
	return truth_of((o->orders & order) != 0);
}

static enum truth judge_exists(const struct guard_operator *o,
			       const cJSON *seen, const cJSON *operand,
			       int64_t now_ms)
{
	(void)o, (void)now_ms;
	if (!cJSON_IsBool(operand))
		return CANT;
	return truth_of((seen != NULL) == (bool)cJSON_IsTrue(operand));
}

static enum truth judge_prefix(const struct guard_operator *o,
			       const cJSON *seen, const cJSON *operand,
			       int64_t now_ms)
{
	(void)o, (void)now_ms;
	if (!cJSON_IsString(operand) || !cJSON_IsString(seen))
		return CANT;
	return truth_of(strncmp(seen->valuestring, operand->valuestring,
				strlen(operand->valuestring)) == 0);
}

/* What time_parse takes is far from the ends of int64, so is now. */
static enum truth judge_within(const struct guard_operator *o,
			       const cJSON *seen, const cJSON *operand,
			       int64_t now_ms)
{
	int64_t at, span;

	(void)o;
	if (!read_duration(operand, &span) || !read_time(seen, &at))
		return CANT;
	return truth_of(at - now_ms < span);
}

static enum truth judge_older(const struct guard_operator *o, const cJSON *seen,
			      const cJSON *operand, int64_t now_ms)
{
	int64_t at, span;

	(void)o;
	if (!read_duration(operand, &span) || !read_time(seen, &at))
		return CANT;
	return truth_of(now_ms - at > span);
}

static bool takes_value(const cJSON *operand)
{
	return !cJSON_IsNull(operand) && !cJSON_IsObject(operand);
}

static bool takes_list(const cJSON *operand)
{
	const cJSON *item;
	int count = cJSON_GetArraySize(operand);

	if (!cJSON_IsArray(operand) || count < 1 || count > LIST_MAX)
		return false;
	cJSON_ArrayForEach(item, operand)
	{
		if (!cJSON_IsString(item) && !cJSON_IsNumber(item) &&
		    !cJSON_IsBool(item))
			return false;
	}
	return true;
}

static bool takes_ordered(const cJSON *operand)
{
	return cJSON_IsNumber(operand) || cJSON_IsString(operand);
}

static bool takes_bool(const cJSON *operand)
{
	return cJSON_IsBool(operand);
}

static bool takes_string(const cJSON *operand)
{
	return cJSON_IsString(operand);
}

static bool takes_duration(const cJSON *operand)
{
	int64_t ms;

	return read_duration(operand, &ms);
}

#define A_VALUE takes_value, "a value (for null use \"exists\")"
#define A_LIST takes_list, "a list of 1 to 256 plain values"
#define ORDERED takes_ordered, "a number or a string"
#define A_BOOL takes_bool, "true or false"
#define A_STRING takes_string, "a string"
#define A_DURATION takes_duration, "a duration like \"10m\" or \"4h\""

/* clang-format off */
static const struct guard_operator operators[] = {
	{"eq", NO, judge_eq, 0, A_VALUE},
	{"ne", YES, judge_ne, 0, A_VALUE},
	{"in", NO, judge_in, 0, A_LIST},
	{"lt", NO, judge_order, LESS, ORDERED},
	{"lte", NO, judge_order, LESS | EQUAL, ORDERED},
	{"gt", NO, judge_order, GREATER, ORDERED},
	{"gte", NO, judge_order, GREATER | EQUAL, ORDERED},
	{"exists", CANT, judge_exists, 0, A_BOOL},
	{"prefix", NO, judge_prefix, 0, A_STRING},
	{"within", NO, judge_within, 0, A_DURATION},
	{"olderThan", NO, judge_older, 0, A_DURATION},
};
/* clang-format on */

const char guard_operator_names[] =
	"eq, ne, in, lt, lte, gt, gte, exists, prefix, within, olderThan";

const struct guard_operator *guard_operator(const char *name)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (strcmp(operators[i].name, name) == 0)
			return &operators[i];
	}
	return NULL;
}

const struct guard_operator *guard_operator_at(int index)
{
	int count = (int)(sizeof(operators) / sizeof(operators[0]));

	return index >= 0 && index < count ? &operators[index] : NULL;
}
