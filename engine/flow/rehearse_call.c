/*
 * The calls of a rehearsal: what a plan sends is asked of the script at once,
 * and its answer is on its way for as long as it says.
 */
#include <stdio.h>
#include <string.h>

#include "../base/strbuf.h"
#include "rehearse_work.h"

/* Who asks for more patience than this gets no more. */
#define RETRY_AFTER_MOST_MS (5LL * 60 * 1000)

static int index_of(const struct rehearsing *r, const char *key)
{
	int i;

	for (i = 0; i < r->call_count; i++) {
		if (strcmp(r->call[i].call.key, key) == 0)
			return i;
	}
	return -1;
}

void rehearse_leave_calls(struct rehearsing *r)
{
	int i;

	for (i = 0; i < r->call_count; i++) {
		if (r->coming[i].comes)
			cJSON_Delete(r->coming[i].answer.body);
		r->coming[i].comes = false;
		r->call[i].in_flight = false;
	}
}

void rehearse_forget_calls(struct rehearsing *r)
{
	rehearse_leave_calls(r);
	r->call_count = 0;
}

/* Reads are named as they are kept, a recheck's with a prefix. */
static bool is_optional(const struct rehearsing *r, const struct call *c)
{
	const struct step *s = playbook_step(r->record->playbook, c->step);
	const char *dot = strrchr(c->name, '.');
	const char *as = dot ? dot + 1 : c->name;
	int i;

	for (i = 0; s && i < s->read_count; i++) {
		if (strcmp(s->read[i].as, as) == 0)
			return s->read[i].optional;
	}
	return false;
}

static struct rehearse_call described(const struct rehearsing *r,
				      const struct plan_call *pc,
				      char name[2 * NAME_SIZE])
{
	(void)snprintf(name, 2 * NAME_SIZE, "%s.%s", pc->call.adapter,
		       pc->call.operation);
	return (struct rehearse_call){
		.adapter = pc->adapter,
		.operation = pc->operation,
		.call = &pc->call,
		.name = name,
		.at_ms = r->now_ms,
	};
}

static void wait_for_room(struct rehearsing *r, const struct plan *p)
{
	const struct rehearse_ports *ports = &r->in->ports;
	char name[2 * NAME_SIZE];
	int64_t at_ms = r->now_ms;
	int i;

	for (i = 0; ports->leaves_ms && i < p->call_count; i++) {
		struct rehearse_call c = described(r, &p->call[i], name);
		int64_t leaves_ms = ports->leaves_ms(ports->context, &c);

		if (leaves_ms > at_ms)
			at_ms = leaves_ms;
	}
	r->now_ms = at_ms;
}

static void ask(struct rehearsing *r, int at, const struct plan_call *pc)
{
	struct rehearse_coming *coming = &r->coming[at];
	char name[2 * NAME_SIZE];
	struct rehearse_call c = described(r, pc, name);

	c.call = &r->call[at].call;
	record_sent(r, pc);
	c.nth = record_nth(r, name);
	c.optional = is_optional(r, &pc->call);
	memset(&coming->answer, 0, sizeof(coming->answer));
	coming->comes =
		r->in->ports.answer(r->in->ports.context, &c, &coming->answer);
	coming->at_ms = r->now_ms + coming->answer.duration_ms;
	if (coming->comes || r->over)
		return;
	STR_COPY(r->record->unanswered, name);
	rehearse_stop(
		r, REHEARSE_UNANSWERED,
		arena_printf(r->arena, "nobody says what %s answers", name));
}

static void take_call(struct rehearsing *r, const struct plan_call *pc)
{
	int at = index_of(r, pc->call.key);

	if (at < 0 && r->call_count == VISIT_CALLS_MAX)
		return;
	if (at < 0) {
		at = r->call_count++;
		memset(&r->call[at], 0, sizeof(r->call[at]));
		r->coming[at].comes = false;
	}
	r->call[at].call = pc->call;
	r->call[at].call.sent_ms = r->now_ms;
	if (pc->insert)
		r->call[at].call.intent_ms = r->now_ms;
	r->call[at].call.params = arena_dup(r->arena, pc->call.params);
	r->call[at].call.answer = arena_dup(r->arena, pc->call.answer);
	r->call[at].in_flight = true;
	if (r->coming[at].comes)
		cJSON_Delete(r->coming[at].answer.body);
	ask(r, at, pc);
}

void rehearse_take_calls(struct rehearsing *r, const struct plan *p)
{
	int i;

	if (p->new_visit)
		rehearse_forget_calls(r);
	for (i = 0; i < p->settled_count; i++) {
		int at = index_of(r, p->settled[i].key);

		record_effect(r, &p->settled[i]);
		if (at < 0)
			continue;
		r->call[at].call = p->settled[i];
		r->call[at].call.params =
			arena_dup(r->arena, p->settled[i].params);
		r->call[at].call.answer =
			arena_dup(r->arena, p->settled[i].answer);
	}
	wait_for_room(r, p);
	for (i = 0; i < p->call_count && !r->over; i++)
		take_call(r, &p->call[i]);
}

void rehearse_deliver(struct rehearsing *r, int at)
{
	struct rehearse_coming *coming = &r->coming[at];
	struct visit_call *v = &r->call[at];

	call_apply(&v->call, &coming->answer, r->now_ms, r->arena);
	v->in_flight = false;
	v->retry_after_ms = coming->answer.retry_after_ms < RETRY_AFTER_MOST_MS
				    ? coming->answer.retry_after_ms
				    : RETRY_AFTER_MOST_MS;
	record_effect(r, &v->call);
	cJSON_Delete(coming->answer.body);
	coming->answer.body = NULL;
	coming->comes = false;
}
