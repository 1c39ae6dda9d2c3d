/*
 * Why: systems fail in the same few ways whatever they do, so the ways stand
 * here once and no handler knows of them. Which request fails follows from
 * counters in the database: 16 workers agree on them and a test sees the same
 * sequence every time.
 *
 *   fail_next  the next n requests are refused (steered)
 *   DOWN       the first 6 requests to the transfer system are refused
 *   FLAKY      every second read is refused; of effects the first is refused,
 *              the second done but answered with 500, the third right, again
 *   GARBAGE    reads of the transfer: a page, half an answer, somebody else's
 *              transfer; right from the fourth on
 *   SLOW       every answer takes 1.5 s; delay_ms: so much (steered)
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "cgi/sandbox/sandbox.h"
#include "engine/base/json.h"

#define OUTAGE_REQUESTS 6
#define SLOW_MS 1500

static enum fault judge_steered(struct scene *s)
{
	if (s->situation.fail_next == 0)
		return FAULT_NONE;
	s->situation.fail_next--;
	return FAULT_REFUSE;
}

static enum fault judge_down(struct scene *s)
{
	if (!story_has(&s->story, STORY_DOWN) ||
	    strcmp(s->service->adapter, "transfer") != 0 ||
	    s->situation.outage >= OUTAGE_REQUESTS)
		return FAULT_NONE;
	s->situation.outage++;
	return FAULT_REFUSE;
}

static enum fault judge_flaky(struct scene *s)
{
	static const enum fault effects[] = {FAULT_REFUSE, FAULT_HIDE,
					     FAULT_NONE};
	if (!story_has(&s->story, STORY_FLAKY))
		return FAULT_NONE;
	if (s->service->kind == SERVICE_EFFECT)
		return effects[s->situation.effects++ % 3];
	return s->situation.reads++ % 2 ? FAULT_REFUSE : FAULT_NONE;
}

static enum fault judge_garbage(struct scene *s)
{
	static const enum fault reads[] = {FAULT_HTML, FAULT_TRUNCATED,
					   FAULT_STRANGER};
	if (!story_has(&s->story, STORY_GARBAGE) ||
	    s->service->kind != SERVICE_READ ||
	    strcmp(s->service->adapter, "transfer") != 0 ||
	    s->situation.garbage >= 3)
		return FAULT_NONE;
	return reads[s->situation.garbage++];
}

/* In this order; the first that strikes is the one. */
static enum fault (*const judges[])(struct scene *s) = {
	judge_steered,
	judge_down,
	judge_flaky,
	judge_garbage,
};

enum fault fault_judge(struct scene *s)
{
	for (size_t i = 0; i < sizeof(judges) / sizeof(judges[0]); i++) {
		enum fault fault = judges[i](s);
		if (fault != FAULT_NONE)
			return fault;
	}
	return FAULT_NONE;
}

static void answer_error(struct scene *s, int status, const char *code,
			 const char *detail)
{
	response_release(&s->c->response);
	response_init(&s->c->response);
	cJSON *tree = scene_object(s);
	json_set_string(tree, "code", code);
	json_set_string(tree, "detail", detail);
	scene_answer(s, status, tree);
}

static void answer_html(struct scene *s)
{
	static const char page[] =
		"<!doctype html>\n<title>Just a moment…</title>\n"
		"<p>We are making things better. Please try again soon.</p>\n";
	response_release(&s->c->response);
	response_init(&s->c->response);
	response_text(&s->c->response, 200, "text/html; charset=utf-8", page,
		      sizeof(page) - 1);
}

static void answer_half(struct scene *s)
{
	struct response *r = &s->c->response;
	const char *whole = response_body(r, s->c->arena);
	size_t half = strlen(whole) / 2;
	const char *text = arena_dup_n(s->c->arena, whole, half);
	response_release(r);
	response_init(r);
	response_text(r, 200, NULL, text, half);
}

static void answer_stranger(struct scene *s)
{
	char id[24];
	story_id(&s->story, "ORDER", id);
	json_set_string(s->c->response.json, "orderId", id);
}

static void sleep_ms(int64_t ms)
{
	struct timespec left = {.tv_sec = ms / 1000,
				.tv_nsec = ms % 1000 * 1000000};
	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

void fault_apply(struct scene *s, enum fault fault, enum err *e)
{
	/* What truly went wrong with us is never dressed up as a story. */
	bool answered = *e == OK || *e == ERR_CONFLICT || *e == ERR_MISMATCH;
	if (answered && fault == FAULT_REFUSE) {
		answer_error(s, 503, "UNAVAILABLE", "try again later");
	} else if (answered && fault == FAULT_HIDE) {
		answer_error(s, 500, "INTERNAL", "something went wrong");
		*e = OK;
	} else if (*e == OK && fault == FAULT_HTML) {
		answer_html(s);
	} else if (*e == OK && fault == FAULT_TRUNCATED) {
		answer_half(s);
	} else if (*e == OK && fault == FAULT_STRANGER) {
		answer_stranger(s);
	}
	int64_t slow_ms = story_has(&s->story, STORY_SLOW) ? SLOW_MS : 0;
	slow_ms += s->situation.delay_ms;
	if (slow_ms > 0)
		sleep_ms(slow_ms);
}
