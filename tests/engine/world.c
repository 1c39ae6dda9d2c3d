/*
 * See world.h. Always holds: every bit of chance comes from the seed, and all
 * time from here, so that a run of the simulation can be had again.
 */
#include "world.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/strbuf.h"
#include "engine/store/store.h"

/* ---- chance and trace ---- */

uint64_t sim_random(struct sim *s)
{
	uint64_t z = s->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

int sim_below(struct sim *s, int n)
{
	return (int)(sim_random(s) % (uint64_t)n);
}

bool sim_chance(struct sim *s, int percent)
{
	return sim_below(s, 100) < percent;
}

void sim_say(struct sim *s, const char *format, ...)
{
	char *line = s->line[s->line_count++ % SIM_LINES];
	va_list arguments;
	size_t n;
	int head;

	head = snprintf(line, SIM_LINE, "%9lld ",
			(long long)(s->mono_ms - SIM_START_MS));
	va_start(arguments, format);
	vsnprintf(line + head, SIM_LINE - (size_t)head, format, arguments);
	va_end(arguments);
	for (n = 0; line[n]; n++)
		s->trace = (s->trace ^ (unsigned char)line[n]) * 1099511628211u;
	if (s->verbose)
		fprintf(stderr, "%s\n", line);
}

void sim_fail(struct sim *s, const char *format, ...)
{
	va_list arguments;

	if (s->failure[0])
		return; /* the first one counts */
	va_start(arguments, format);
	vsnprintf(s->failure, sizeof(s->failure), format, arguments);
	va_end(arguments);
	sim_say(s, "FAILED %s", s->failure);
}

void sim_print(const struct sim *s)
{
	int from = s->line_count > SIM_LINES ? s->line_count - SIM_LINES : 0;
	int i;

	for (i = from; i < s->line_count; i++)
		fprintf(stderr, "%s\n", s->line[i % SIM_LINES]);
	fprintf(stderr, "seed %llu: %s\nagain: SEED=%llu TRACE=1 <this test>\n",
		(unsigned long long)s->seed, s->failure,
		(unsigned long long)s->seed);
}

/* ---- clocks ---- */

static int64_t wall(void *context)
{
	const struct sim *s = context;

	return s->wall_ms;
}

static int64_t mono(void *context)
{
	const struct sim *s = context;

	return s->mono_ms;
}

static void fill_random(void *context, void *bytes, size_t count)
{
	struct sim *s = context;
	unsigned char *to = bytes;
	size_t i;

	for (i = 0; i < count; i++)
		to[i] = (unsigned char)sim_random(s);
}

void sim_jump(struct sim *s, int64_t ms)
{
	int i;

	sim_say(s, "clock jumps by %lld", (long long)ms);
	/* No clock makes a request that is on its way any slower. */
	for (i = 0; i < s->exchange_count; i++) {
		if (ms > 0 && s->exchange[i].used)
			s->exchange[i].arrive_ms = s->mono_ms;
	}
	sim_pass(s, 0);
	s->wall_ms += ms;
	if (ms < 0)
		s->back_ms -= ms;
	s->peers.forget_ms = 24 * 3600000LL + s->back_ms;
}

/* ---- network ---- */

static struct exchange *free_exchange(struct sim *s)
{
	int i;

	for (i = 0; i < s->exchange_count; i++) {
		if (!s->exchange[i].used)
			return &s->exchange[i];
	}
	if (s->exchange_count == SIM_CALLS_MAX)
		abort();
	return &s->exchange[s->exchange_count++];
}

static void copy_request(struct exchange *x, const struct http_request *r)
{
	static const char host[] = "http://sim";
	static const char header[] = "Idempotency-Key: ";
	int i;

	STR_COPY(x->request.method, r->method);
	STR_COPY(x->request.path, strncmp(r->url, host, sizeof(host) - 1) == 0
					  ? r->url + sizeof(host) - 1
					  : "?");
	STR_COPY(x->request.body, r->body);
	for (i = 0; i < r->header_count; i++) {
		if (strncmp(r->header[i], header, sizeof(header) - 1) == 0)
			STR_COPY(x->request.key,
				 r->header[i] + sizeof(header) - 1);
	}
}

static bool arrives(enum fate fate)
{
	return fate == FATE_OK || fate == FATE_BROKEN_AFTER ||
	       fate == FATE_TIME_OUT_AFTER || fate == FATE_500_AFTER ||
	       fate == FATE_GARBAGE || fate == FATE_STRANGER;
}

static void plan_exchange(struct sim *s, struct exchange *x, int64_t timeout_ms)
{
	int64_t there = 1 + sim_below(s, 40), back = 1 + sim_below(s, 40);

	x->fate = FATE_OK;
	if (sim_chance(s, s->fault_percent))
		x->fate =
			s->only ? s->only : (enum fate)sim_below(s, FATE_COUNT);
	x->start_ms = s->mono_ms;
	if (x->fate == FATE_TIME_OUT_AFTER)
		there = 1 + sim_below(s, (int)timeout_ms);
	x->arrive_ms = s->mono_ms + there;
	x->respond_ms = x->arrive_ms + back;
	if (x->fate == FATE_TIME_OUT_AFTER || x->fate == FATE_TIME_OUT_BEFORE)
		x->respond_ms = s->mono_ms + timeout_ms;
	x->arrived = !arrives(x->fate);
}

static enum err start(void *context, const struct http_request *r)
{
	struct sim *s = context;
	struct exchange *x;

	if (s->poison_id == 0 && s->races && s->people && sim_chance(s, 1)) {
		sim_say(s, "dies while sending");
		s->dead = true;
	}
	if (s->dead)
		return OK;
	if (db_in_transaction(s->db))
		sim_fail(s, "a call left before its commit");
	x = free_exchange(s);
	memset(x, 0, sizeof(*x));
	x->used = true;
	x->tag = r->tag;
	copy_request(x, r);
	plan_exchange(s, x, r->timeout_ms);
	sim_say(s, "out %s %s %s fate %d", r->method, x->request.path,
		x->request.key, (int)x->fate);
	return OK;
}

static void fill_status(const struct exchange *x, struct http_response *r)
{
	static const struct {
		enum fate fate;
		int status;
	} rows[] = {
		{FATE_500_BEFORE, 500},
		{FATE_500_AFTER, 500},
		{FATE_503, 503},
		{FATE_429, 429},
	};
	const char *body = x->answer.body;
	size_t i;

	r->outcome = HTTP_ANSWERED;
	r->status = x->answer.status;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].fate == x->fate) {
			r->status = rows[i].status;
			body = "{}";
		}
	}
	if (x->fate == FATE_GARBAGE)
		body = "<html>";
	if (x->fate == FATE_STRANGER)
		body = "{\"orderId\":\"ANOTHER\",\"status\":\"ACCEPTED\"}";
	r->length = strlen(body);
	r->body = r->length ? strdup(body) : NULL;
}

static void fill_response(const struct sim *s, const struct exchange *x,
			  struct http_response *r)
{
	memset(r, 0, sizeof(*r));
	r->tag = x->tag;
	r->retry_after_ms = -1;
	r->duration_ms = s->mono_ms - x->start_ms;
	switch (x->fate) {
	case FATE_NOT_SENT:
		r->outcome = HTTP_NOT_SENT;
		break;
	case FATE_BROKEN_BEFORE:
	case FATE_BROKEN_AFTER:
		r->outcome = HTTP_BROKEN;
		break;
	case FATE_TIME_OUT_BEFORE:
	case FATE_TIME_OUT_AFTER:
		r->outcome = HTTP_TIMED_OUT;
		break;
	case FATE_OK:
	case FATE_500_BEFORE:
	case FATE_500_AFTER:
	case FATE_503:
	case FATE_429:
	case FATE_GARBAGE:
	case FATE_STRANGER:
	case FATE_COUNT:
		fill_status(x, r);
		break;
	}
}

static bool next(void *context, struct http_response *ret_response)
{
	struct sim *s = context;
	int i;

	for (i = 0; i < s->exchange_count; i++) {
		struct exchange *x = &s->exchange[i];

		if (!x->used || x->done || x->dropped ||
		    x->respond_ms > s->mono_ms)
			continue;
		fill_response(s, x, ret_response);
		x->done = true;
		x->used = !x->arrived;
		sim_say(s, "back %s outcome %d status %d", x->request.path,
			(int)ret_response->outcome, ret_response->status);
		return true;
	}
	return false;
}

static void drop(void *context, int64_t tag)
{
	struct sim *s = context;
	int i;

	for (i = 0; i < s->exchange_count; i++) {
		struct exchange *x = &s->exchange[i];

		if (x->used && x->tag == tag && !x->done)
			x->dropped = true;
	}
}

static void wait_for(void *context, struct pollfd *fds, int count,
		     int64_t timeout_ms)
{
	(void)context;
	(void)fds;
	(void)count;
	(void)timeout_ms;
}

/* Everything that arrives up to now, in its order. */
static void deliver(struct sim *s)
{
	for (;;) {
		struct exchange *first = NULL;
		int64_t late_ms;
		int i;

		for (i = 0; i < s->exchange_count; i++) {
			struct exchange *x = &s->exchange[i];

			if (x->used && !x->arrived &&
			    x->arrive_ms <= s->mono_ms &&
			    (!first || x->arrive_ms < first->arrive_ms))
				first = x;
		}
		if (!first)
			break;
		first->arrived = true;
		late_ms = s->mono_ms - first->arrive_ms;
		peers_serve(&s->peers, &first->request,
			    s->wall_ms + s->back_ms - late_ms, &first->answer);
		if (first->done || first->dropped)
			first->used = false;
	}
}

void sim_pass(struct sim *s, int64_t ms)
{
	s->mono_ms += ms;
	s->wall_ms += ms;
	deliver(s);
}

static int64_t next_event(const struct sim *s, int64_t most_ms)
{
	int i;

	for (i = 0; i < s->exchange_count; i++) {
		const struct exchange *x = &s->exchange[i];

		if (!x->used)
			continue;
		if (!x->arrived && x->arrive_ms - s->mono_ms < most_ms)
			most_ms = x->arrive_ms - s->mono_ms;
		if (!x->done && !x->dropped &&
		    x->respond_ms - s->mono_ms < most_ms)
			most_ms = x->respond_ms - s->mono_ms;
	}
	return most_ms > 0 ? most_ms : 0;
}

/* ---- the engine's life ---- */

void sim_start(struct sim *s)
{
	struct engine_options o = {
		.db = s->db,
		.config = &s->config,
		.world = &s->world,
		.network = s->network,
		.pid = 1,
	};

	if (engine_open(&o, &s->engine) != OK || engine_ready(s->engine) != OK)
		sim_fail(s, "the engine does not start: %s", db_message(s->db));
}

void sim_kill(struct sim *s)
{
	struct engine *e = s->engine;
	int i, j;

	s->engine = NULL; /* nobody interrupts what is not there */
	for (i = 0; i < e->checkout_count; i++) {
		for (j = 0; e->checkout[i] && j < e->checkout[i]->call_count;
		     j++)
			e->checkout[i]->call[j].in_flight = false;
	}
	/* Without a catalog it closes without a word to the database. */
	catalog_free(e->catalog);
	e->catalog = NULL;
	engine_close(e);
	for (i = 0; i < s->exchange_count; i++) {
		s->exchange[i].dropped = true;
		if (s->exchange[i].arrived)
			s->exchange[i].used = false;
	}
	s->dead = false;
}

void sim_crash(struct sim *s)
{
	sim_say(s, "crash");
	s->crash_count++;
	sim_kill(s);
	sim_start(s);
}

void sim_stop(struct sim *s)
{
	sim_say(s, "stop");
	engine_close(s->engine);
	s->engine = NULL;
}

static bool poisoned(const struct sim *s)
{
	const struct engine *e = s->engine;
	int i;

	for (i = 0; i < e->planned_count; i++) {
		if (e->planned[i].checkout->run.id == s->poison_id &&
		    e->planned[i].plan->run.state != RUN_HELD)
			return true;
	}
	return false;
}

/* What others do between the engine's reading and its writing. */
static void interrupt(struct sim *s)
{
	if (s->people && sim_chance(s, 40))
		folk_act(s);
	if (sim_chance(s, 5)) {
		sim_say(s, "the turn is taken");
		s->turn_taken = db_begin(s->faces) == OK;
	}
}

/* A tick with the same parts as the engine's own, and others in between. Says
 * whether the engine lived to its end. */
static bool torn_tick(struct sim *s)
{
	struct engine *e = s->engine;

	arena_reset(&e->arena);
	e->now_ms = s->wall_ms;
	e->mono_ms = s->mono_ms;
	part_collect(e);
	part_claim(e);
	part_plan(e);
	interrupt(s);
	if ((s->poison_id && poisoned(s)) || (s->races && sim_chance(s, 1)))
		return false;
	part_write(e);
	if (s->races && sim_chance(s, 1))
		return false;
	part_send(e);
	part_keep(e);
	return true;
}

static int64_t tick(struct sim *s)
{
	bool torn = s->poison_id || (s->races && sim_chance(s, 50));
	bool lives = !torn || torn_tick(s);
	int64_t wait_ms = torn ? 1 : engine_tick(s->engine);

	s->tick_count++;
	if (s->turn_taken) {
		s->turn_taken = false;
		db_rollback(s->faces);
	}
	if (!lives || s->dead) {
		sim_crash(s);
		wait_ms = 0;
	}
	sim_say(s, "tick, sleeps %lld", (long long)wait_ms);
	laws_step(s);
	return wait_ms;
}

void sim_tick(struct sim *s)
{
	(void)tick(s);
}

void sim_step(struct sim *s, int64_t most_ms)
{
	int64_t wait_ms = tick(s);

	sim_pass(s, next_event(s, wait_ms < most_ms ? wait_ms : most_ms));
}

/* ---- opening and closing ---- */

void sim_open(struct sim *s, uint64_t seed, int variant)
{
	const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	memset(s, 0, sizeof(*s));
	s->seed = seed;
	s->state = seed * 0x2545f4914f6cdd1du + 1;
	s->trace = 1469598103934665603u;
	s->wall_ms = s->mono_ms = SIM_START_MS;
	s->verbose = getenv("TRACE") != NULL;
	s->peers.forget_ms = 24 * 3600000LL;
	s->peers.visible_ms = 1900;
	s->world = (struct world){wall, mono, fill_random, s};
	s->network = (struct network){start, next, drop, wait_for, s};
	snprintf(s->folder, sizeof(s->folder), "%s/mend-sim-XXXXXX", root);
	if (!mkdtemp(s->folder))
		abort();
	STR_COPY(s->config.data, s->folder);
	STR_COPY(s->config.sandbox_url, "http://sim");
	s->config.poll_ms = 1000;
	s->config.checked_out = variant ? 2 + sim_below(s, 20) : 50;
	s->config.tick_runs = variant ? 1 + sim_below(s, 10) : 20;
	s->config.turn_ms = 1;
	s->config.call_limit = 200;
	s->config.idempotency_days = 7;
	if (store_open(&s->config, DB_MIGRATE, "engine", &s->db) != OK ||
	    store_open(&s->config, DB_READ_WRITE, "faces", &s->faces) != OK)
		abort();
	sim_configure(s, variant);
	sim_start(s);
}

static void remove_folder(const char *folder)
{
	char path[600];
	struct dirent *entry;
	DIR *d = opendir(folder);

	while (d && (entry = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] == '.')
			continue;
		if (unlink(path) != 0)
			remove_folder(path);
	}
	if (d)
		closedir(d);
	rmdir(folder);
}

void sim_close(struct sim *s)
{
	s->races = s->people = false;
	if (s->engine)
		sim_stop(s);
	db_close(s->faces);
	db_close(s->db);
	remove_folder(s->folder);
}
