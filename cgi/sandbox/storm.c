/*
 * Why: an engine that promises to go easy on a system in trouble is held to it
 * by that system. Here stands, per adapter, what weather it has and what was
 * asked of it: how many requests in the busiest second, how many at once. All
 * of it lies in memory that the workers share, and is a few additions per
 * request: it is forgotten when the program ends.
 *
 * Always holds: seconds and their counts stand in one word, so that no worker
 * counts into a second that another one has closed.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "cgi/sandbox/sandbox.h"
#include "engine/base/json.h"
#include "engine/base/log.h"

#define PERMILLE 1000
#define DELAY_MS_MAX 30000
#define DOWN_MS_MAX 3600000
#define THROTTLE_MAX 100000
#define SECOND_BITS 24 /* of a count; the second stands above */
#define COUNT_MASK ((UINT64_C(1) << SECOND_BITS) - 1)

/* Ends with NULL, for the field table. */
static const char *const adapters[] = {
	"order",   "transfer", "supplier", "payment", "message", "inventory",
	"dispute", "payout",   "event",	   "scan",    NULL,
};
#define ADAPTER_COUNT ((int)(sizeof(adapters) / sizeof(adapters[0])) - 1)

static struct place {
	/* the weather */
	_Atomic int64_t error_permille, down_until_ms, throttle, delay_ms;
	/* what was seen */
	_Atomic uint64_t requests, failed, throttled;
	_Atomic uint64_t arrived, passed; /* in this second */
	_Atomic uint64_t peak_per_second;
	_Atomic int64_t in_flight, peak_in_flight;
} * places;

void storm_open(void)
{
	places =
		mmap(NULL, sizeof(*places) * (size_t)ADAPTER_COUNT,
		     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (places == MAP_FAILED) {
		log_error("no memory to share");
		abort();
	}
}

int storm_place(const char *adapter)
{
	for (int i = 0; i < ADAPTER_COUNT; i++) {
		if (strcmp(adapters[i], adapter) == 0)
			return i;
	}
	log_error("no place for adapter=%s", adapter);
	abort();
}

/* One more in this second; says the how manieth. */
static uint64_t count_second(_Atomic uint64_t *word, int64_t now_ms)
{
	uint64_t second = (uint64_t)(now_ms / 1000);
	uint64_t old = atomic_load(word), next;
	do {
		next = old >> SECOND_BITS == second ? old + 1
						    : second << SECOND_BITS | 1;
	} while (!atomic_compare_exchange_weak(word, &old, next));
	return next & COUNT_MASK;
}

static void raise_unsigned(_Atomic uint64_t *peak, uint64_t value)
{
	uint64_t old = atomic_load(peak);
	while (old < value && !atomic_compare_exchange_weak(peak, &old, value))
		;
}

static void raise_signed(_Atomic int64_t *peak, int64_t value)
{
	int64_t old = atomic_load(peak);
	while (old < value && !atomic_compare_exchange_weak(peak, &old, value))
		;
}

static void answer(struct context *c, int status, const char *code,
		   const char *detail)
{
	cJSON *tree = cJSON_CreateObject();
	json_set_string(tree, "code", code);
	json_set_string(tree, "detail", detail);
	if (status == 429)
		response_header(&c->response, "Retry-After", "1");
	response_json(&c->response, status, tree);
}

static void sleep_ms(int64_t ms)
{
	struct timespec left = {.tv_sec = ms / 1000,
				.tv_nsec = ms % 1000 * 1000000};
	(void)nanosleep(&left, NULL);
}

/* The share that fails is spread as by chance, yet the n-th request meets the
 * same every time. */
static bool strikes(uint64_t number, int64_t permille)
{
	uint64_t h = number * UINT64_C(0x9e3779b97f4a7c15);
	h ^= h >> 32;
	return (int64_t)(h % PERMILLE) < permille;
}

bool storm_enter(struct context *c, int place, int64_t now_ms)
{
	struct place *p = &places[place];
	uint64_t number = atomic_fetch_add(&p->requests, 1) + 1;
	raise_signed(&p->peak_in_flight,
		     atomic_fetch_add(&p->in_flight, 1) + 1);
	raise_unsigned(&p->peak_per_second, count_second(&p->arrived, now_ms));

	int64_t delay_ms = atomic_load(&p->delay_ms);
	if (delay_ms > 0)
		sleep_ms(delay_ms);
	if (now_ms < atomic_load(&p->down_until_ms) ||
	    strikes(number, atomic_load(&p->error_permille))) {
		atomic_fetch_add(&p->failed, 1);
		answer(c, 503, "UNAVAILABLE", "a storm; try again later");
		return false;
	}
	int64_t throttle = atomic_load(&p->throttle);
	if (throttle > 0 &&
	    (int64_t)count_second(&p->passed, now_ms) > throttle) {
		atomic_fetch_add(&p->throttled, 1);
		answer(c, 429, "THROTTLED", "too many requests in this second");
		return false;
	}
	return true;
}

void storm_leave(int place)
{
	atomic_fetch_sub(&places[place].in_flight, 1);
}

/* ---- steering and reading ---- */

static cJSON *place_json(int i, int64_t now_ms)
{
	struct place *p = &places[i];
	int64_t left_ms = atomic_load(&p->down_until_ms) - now_ms;
	cJSON *object = cJSON_CreateObject();
	json_set_string(object, "adapter", adapters[i]);
	json_set_int(object, "requests", (int64_t)atomic_load(&p->requests));
	json_set_int(object, "failed", (int64_t)atomic_load(&p->failed));
	json_set_int(object, "throttled", (int64_t)atomic_load(&p->throttled));
	json_set_int(object, "peakPerSecond",
		     (int64_t)atomic_load(&p->peak_per_second));
	json_set_int(object, "inFlight", atomic_load(&p->in_flight));
	json_set_int(object, "peakInFlight", atomic_load(&p->peak_in_flight));
	cJSON_AddNumberToObject(object, "errorRate",
				(double)atomic_load(&p->error_permille) /
					PERMILLE);
	json_set_int(object, "downMs", left_ms > 0 ? left_ms : 0);
	json_set_int(object, "throttlePerSecond", atomic_load(&p->throttle));
	json_set_int(object, "delayMs", atomic_load(&p->delay_ms));
	return object;
}

static enum err load_get(struct context *c)
{
	cJSON *tree = cJSON_CreateObject(), *list = cJSON_CreateArray();
	for (int i = 0; i < ADAPTER_COUNT; i++)
		cJSON_AddItemToArray(list,
				     place_json(i, world_wall_ms(c->world)));
	json_set(tree, "adapters", list);
	response_json(&c->response, 200, tree);
	return OK;
}

/* What is in flight stays so. */
static enum err load_reset(struct context *c)
{
	for (int i = 0; i < ADAPTER_COUNT; i++) {
		struct place *p = &places[i];
		atomic_store(&p->requests, 0);
		atomic_store(&p->failed, 0);
		atomic_store(&p->throttled, 0);
		atomic_store(&p->arrived, 0);
		atomic_store(&p->peak_per_second, 0);
		atomic_store(&p->peak_in_flight, atomic_load(&p->in_flight));
	}
	return load_get(c);
}

static enum err storm_set(struct context *c)
{
	const cJSON *body = c->request.json;
	const char *adapter = json_string(body, "adapter", NULL);
	const cJSON *rate = json_get(body, "errorRate");
	int64_t now_ms = world_wall_ms(c->world);
	for (int i = 0; i < ADAPTER_COUNT; i++) {
		struct place *p = &places[i];
		int64_t down_ms = json_int(body, "downMs", 0);
		if (adapter && strcmp(adapter, adapters[i]) != 0)
			continue;
		atomic_store(&p->error_permille,
			     rate ? (int64_t)(rate->valuedouble * PERMILLE)
				  : 0);
		atomic_store(&p->down_until_ms,
			     down_ms > 0 ? now_ms + down_ms : 0);
		atomic_store(&p->throttle,
			     json_int(body, "throttlePerSecond", 0));
		atomic_store(&p->delay_ms, json_int(body, "delayMs", 0));
	}
	return load_get(c);
}

static const struct field storm_body[] = {
	{.name = "adapter", .type = FIELD_WORD, .values = adapters},
	{.name = "errorRate", .type = FIELD_NUMBER, .max = 1},
	{.name = "downMs", .type = FIELD_INT, .max = DOWN_MS_MAX},
	{.name = "throttlePerSecond", .type = FIELD_INT, .max = THROTTLE_MAX},
	{.name = "delayMs", .type = FIELD_INT, .max = DELAY_MS_MAX},
	{0},
};

static const struct service services[] = {
	{.kind = SERVICE_CONTROL,
	 .pattern = "/sandbox/storm",
	 .body = storm_body,
	 .list = storm_set},
	{.kind = SERVICE_LIST, .pattern = "/sandbox/load", .list = load_get},
	{.kind = SERVICE_CONTROL,
	 .pattern = "/sandbox/load",
	 .list = load_reset},
};

const struct system storm_system = SYSTEM(services);
