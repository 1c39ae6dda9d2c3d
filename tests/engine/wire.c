/*
 * The network of a simulated world: requests reach the peers or do not, answers
 * come back or do not, and what the engine hears is not always what happened.
 * See world.h. Always holds: what was on its way goes on when the engine dies.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/strbuf.h"
#include "tally.h"
#include "world.h"

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

/* One that the seed does not allow is none. */
static enum fate draw_fate(struct sim *s)
{
	enum fate fate;

	if (!sim_chance(s, s->whims.fault_percent))
		return FATE_OK;
	fate = s->only ? s->only : (enum fate)sim_below(s, FATE_COUNT);
	return s->only || (s->whims.fates & (1u << fate)) ? fate : FATE_OK;
}

static void plan_exchange(struct sim *s, struct exchange *x, int64_t timeout_ms)
{
	int64_t there = 1 + sim_below(s, 40), back = 1 + sim_below(s, 40);

	x->fate = draw_fate(s);
	x->start_ms = s->mono_ms;
	if (x->fate == FATE_TIME_OUT_AFTER)
		there = 1 + sim_below(s, (int)timeout_ms);
	x->arrive_ms = s->mono_ms + there;
	x->respond_ms = x->arrive_ms + back;
	if (x->fate == FATE_TIME_OUT_AFTER || x->fate == FATE_TIME_OUT_BEFORE)
		x->respond_ms = s->mono_ms + timeout_ms;
	x->arrived = !arrives(x->fate);
}

/* "/payments/ORDER/refund" */
static const char *order_of(const struct exchange *x)
{
	static char id[ORDER_ID_SIZE];

	if (sscanf(x->request.path, "/%*[^/]/%128[^/]", id) != 1)
		id[0] = '\0';
	return id;
}

/* What an operator has stopped does not leave, but for the one that a probe
 * lets through. */
static void law_of_stops(struct sim *s, int64_t tag)
{
	int index = 0;
	const struct checkout *c = checkout_by_tag(s->engine, tag, &index);
	const struct call *call = c ? &c->call[index].call : NULL;
	char full[NAME_SIZE * 2];

	if (!call || s->probed)
		return;
	(void)snprintf(full, sizeof(full), "%s.%s", call->adapter,
		       call->operation);
	for (int i = 0; i < s->engine->stop_count; i++) {
		const struct control *stop = &s->engine->stop[i].control;
		const char *name = stop->kind == CONTROL_ADAPTER ? call->adapter
				   : stop->kind == CONTROL_ACTION ? full
								  : "";

		if (strcmp(stop->name, name) == 0)
			sim_fail(s, "%s left, though %s is stopped", full,
				 stop->name);
	}
}

static enum err start(void *context, const struct http_request *r)
{
	struct sim *s = context;
	struct exchange *x;

	if (s->poison_id == 0 && s->whims.races && s->people &&
	    sim_chance(s, 1)) {
		sim_say(s, "dies while sending");
		tally_one(TALLY_CRASH_SENDING);
		s->dead = true;
	}
	if (s->dead)
		return OK;
	if (db_in_transaction(s->db))
		sim_fail(s, "a call left before its commit");
	law_of_stops(s, r->tag);
	x = free_exchange(s);
	memset(x, 0, sizeof(*x));
	x->used = true;
	x->tag = r->tag;
	copy_request(x, r);
	plan_exchange(s, x, r->timeout_ms);
	tally_one((enum tally)x->fate);
	if (x->fate != FATE_OK)
		model_disturbed(s, order_of(x), "fault");
	if (strstr(x->request.path, "/refund") && x->request.key[0])
		model_refund_leaves(s, order_of(x), x->request.key);
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
	r->retry_after_ms = x->fate == FATE_503 ? s->retry_after_ms : -1;
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

void sim_deliver(struct sim *s)
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
		if (first->dropped)
			tally_one(TALLY_LATE_ARRIVAL);
		if (first->done || first->dropped)
			first->used = false;
	}
}

int64_t sim_next_event(const struct sim *s, int64_t most_ms)
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

void sim_cut_off(struct sim *s)
{
	int i;

	for (i = 0; i < s->exchange_count; i++) {
		s->exchange[i].dropped = true;
		if (s->exchange[i].arrived)
			s->exchange[i].used = false;
	}
}

struct network sim_network(struct sim *s)
{
	return (struct network){start, next, drop, wait_for, s, NULL};
}
