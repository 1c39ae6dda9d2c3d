/*
 * An independent little model of what there must, may and must not be in the
 * ledger when all is at rest. It knows what people decided on what they were
 * shown, and what befell the order, and nothing of Mend's own rows. See
 * world.h.
 *
 * Must not: a refund that no standing approval explains, by order, step, visit
 * and amount, one approval for one refund; more transfer retries than the
 * playbook allows; word of a refund to a buyer who got none.
 * Must: the refund that was approved as it was shown, when nothing befell the
 * order since: no word, no fault of its calls, no change, no jump of the clock.
 * Crashes, power and disks are no excuse.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/strbuf.h"
#include "tally.h"
#include "world.h"

#define SAID_MAX 512
#define RETRIES_OF_A_REPEAT 3

struct said {
	char task[ID_SIZE], order[ORDER_ID_SIZE], step[NAME_SIZE];
	char who[2][ACTOR_SIZE];
	char evidence[1500]; /* JSON, as it was shown */
	int visit, needed, count;
	int64_t amount_minor; /* of the refund that was shown; 0: none */
	int64_t shown_ms, at_ms, execute_ms;
	bool rejected, certain, used, left, was_true;
};

struct trouble {
	char order[ORDER_ID_SIZE];
	int64_t at_ms, moved_ms;
	int events; /* and retries: what lets a run begin again */
};

static struct {
	struct said said[SAID_MAX];
	int said_count;
	struct trouble order[PEER_ORDERS_MAX];
	int order_count;
	bool clock_jumped;
} model;

void model_open(void)
{
	memset(&model, 0, sizeof(model));
}

/* The peers' clock: it never goes back. */
static int64_t now(const struct sim *s)
{
	return s->wall_ms + s->back_ms;
}

/* ---- what befalls an order ---- */

static struct trouble *trouble_of(const char *order)
{
	int i;

	for (i = 0; i < model.order_count; i++) {
		if (strcmp(model.order[i].order, order) == 0)
			return &model.order[i];
	}
	if (model.order_count == PEER_ORDERS_MAX)
		abort();
	STR_COPY(model.order[model.order_count].order, order);
	return &model.order[model.order_count++];
}

void model_disturbed(struct sim *s, const char *order, const char *why)
{
	struct trouble *t;

	if (!order[0])
		return;
	t = trouble_of(order);
	t->at_ms = now(s);
	if (strcmp(why, "retry") == 0)
		t->events++;
	if (strcmp(why, "moved") == 0)
		t->moved_ms = now(s);
}

void model_event(struct sim *s, const char *order)
{
	model_disturbed(s, order, "event");
	trouble_of(order)->events++;
}

void model_disturbed_all(struct sim *s, const char *why)
{
	int i;

	if (strcmp(why, "clock") == 0)
		model.clock_jumped = true;
	for (i = 0; i < model.order_count; i++)
		model.order[i].at_ms = now(s);
}

/* ---- what people decide ---- */

static int64_t refund_shown(const struct task *t)
{
	cJSON *proposal = cJSON_Parse(t->proposal);
	const cJSON *action = json_get(proposal, "action");
	int64_t amount = 0;

	if (action &&
	    strcmp(json_string(action, "operation", ""), "payment.refund") == 0)
		amount = json_int(json_get(action, "params"), "amountMinor", 0);
	cJSON_Delete(proposal);
	return amount;
}

static void keep_evidence(struct said *d, const struct task *t)
{
	cJSON *proposal = cJSON_Parse(t->proposal);
	char *text = cJSON_PrintUnformatted(json_get(proposal, "evidence"));

	d->evidence[0] = '\0';
	if (text && strlen(text) < sizeof(d->evidence))
		STR_COPY(d->evidence, text);
	free(text);
	cJSON_Delete(proposal);
}

/* Says on which field what was shown is not so (any more); NULL: on none. */
static const char *untrue(struct sim *s, const struct said *d)
{
	static char words[160];
	const struct peer_order *o = peers_order(&s->peers, d->order);
	cJSON *shown = cJSON_Parse(d->evidence);
	const cJSON *item;
	char now_text[40], then[40];

	words[0] = '\0';
	cJSON_ArrayForEach(item, shown)
	{
		const char *field = json_string(item, "field", "");
		const cJSON *value = json_get(item, "value");

		if (!value || !peers_fact(o, field, now_text, sizeof(now_text)))
			continue;
		if (cJSON_IsString(value))
			STR_COPY(then, value->valuestring);
		else
			snprintf(then, sizeof(then), "%lld",
				 (long long)value->valuedouble);
		if (strcmp(then, now_text) != 0)
			snprintf(words, sizeof(words), "%.40s %s, shown was %s",
				 field, now_text, then);
	}
	cJSON_Delete(shown);
	return words[0] ? words : NULL;
}

static struct said *said_of(const char *task)
{
	int i;

	for (i = 0; i < model.said_count; i++) {
		if (strcmp(model.said[i].task, task) == 0)
			return &model.said[i];
	}
	if (model.said_count == SAID_MAX)
		abort();
	STR_COPY(model.said[model.said_count].task, task);
	return &model.said[model.said_count++];
}

void model_decided(struct sim *s, const struct task *t, bool approved,
		   const struct actor *who, bool certain)
{
	struct said *d = said_of(t->public_id);
	int i;

	STR_COPY(d->order, t->order_id);
	STR_COPY(d->step, t->step);
	d->visit = t->visit;
	d->needed = t->approvals_needed;
	d->amount_minor = refund_shown(t);
	keep_evidence(d, t);
	d->was_true = !untrue(s, d);
	d->shown_ms = t->created_ms + s->back_ms;
	d->at_ms = now(s);
	d->execute_ms = certain ? t->execute_at_ms + s->back_ms : 0;
	d->certain = certain;
	d->rejected = !approved;
	for (i = 0; i < d->count; i++) {
		if (strcmp(d->who[i], who->name) == 0)
			return; /* nobody counts twice */
	}
	if (approved && d->count < 2)
		STR_COPY(d->who[d->count++], who->name);
}

void model_undone(struct sim *s, const char *task, bool certain)
{
	struct said *d = said_of(task);

	d->certain = false;
	if (d->order[0])
		model_disturbed(s, d->order, "undo");
	if (certain && d->count > 0)
		d->count--;
}

static bool stands(const struct said *d)
{
	return d->amount_minor > 0 && !d->rejected && d->count > 0 &&
	       d->count >= d->needed;
}

/* ---- when it leaves ---- */

/* "run_…/step/visit" */
static bool is_key_of(const char *key, const struct said *d)
{
	char tail[NAME_SIZE + 20];
	const char *slash = strchr(key, '/');

	snprintf(tail, sizeof(tail), "/%s/%d", d->step, d->visit);
	return slash && strcmp(slash, tail) == 0;
}

/* A refund leaves on what was shown: what moved before the decision is noticed
 * by the look that comes after it. What moves later may be missed. */
void model_refund_leaves(struct sim *s, const char *order, const char *key)
{
	int i;

	for (i = 0; i < model.said_count; i++) {
		struct said *d = &model.said[i];

		if (!stands(d) || d->left || strcmp(d->order, order) != 0 ||
		    !is_key_of(key, d))
			continue;
		d->left = true;
		if (now(s) < d->execute_ms)
			sim_fail(s,
				 "model: the refund %s left while it could "
				 "be undone",
				 key);
		if (trouble_of(order)->moved_ms < d->at_ms && untrue(s, d))
			sim_fail(s, "model: %s is refunded on %s", order,
				 untrue(s, d));
	}
}

/* ---- at rest ---- */

static void explain_refund(struct sim *s, const struct peer_entry *e)
{
	int i;

	for (i = 0; i < model.said_count; i++) {
		struct said *d = &model.said[i];

		if (d->used || !stands(d) || strcmp(d->order, e->order_id) ||
		    d->amount_minor != e->amount_minor || d->at_ms > e->at_ms ||
		    !is_key_of(e->key, d))
			continue;
		d->used = true;
		return;
	}
	sim_fail(s, "model: nobody approved the refund %s of %lld", e->key,
		 (long long)e->amount_minor);
}

/* A person may decide at the very moment at which the run's time is up. */
static bool timed_out(struct sim *s, const char *order)
{
	struct run r;

	return run_latest_of_order(s->faces, order, &r) == OK &&
	       r.state == RUN_TIMED_OUT;
}

static void refunds_due(struct sim *s)
{
	int i;

	for (i = 0; i < model.said_count; i++) {
		const struct said *d = &model.said[i];

		if (model.clock_jumped || !stands(d) || !d->certain ||
		    !d->was_true || trouble_of(d->order)->at_ms >= d->shown_ms)
			continue;
		tally_one(TALLY_REFUND_DUE);
		if (!d->used && !timed_out(s, d->order))
			sim_fail(s,
				 "model: the refund of %s, approved and "
				 "undisturbed, was not made",
				 d->order);
	}
}

static bool same_run(const char *a, const char *b)
{
	size_t n = strcspn(a, "/");

	return strcspn(b, "/") == n && strncmp(a, b, n) == 0;
}

static void law_of_retries(struct sim *s, int at)
{
	const struct peer_entry *e = &s->peers.ledger[at];
	int most = RETRIES_OF_A_REPEAT * (1 + trouble_of(e->order_id)->events);
	int count = 1, i;

	for (i = 0; i < at; i++) {
		const struct peer_entry *other = &s->peers.ledger[i];

		if (strcmp(other->operation, e->operation) == 0 &&
		    same_run(other->key, e->key))
			count++;
	}
	if (count > most)
		sim_fail(s, "model: %s was sent again %d times, %d at most",
			 e->order_id, count, most);
}

static void law_of_news(struct sim *s, int at)
{
	const struct peer_entry *e = &s->peers.ledger[at];
	int i;

	for (i = 0; i < at; i++) {
		if (strcmp(s->peers.ledger[i].operation, "refund") == 0 &&
		    same_run(s->peers.ledger[i].key, e->key))
			return;
	}
	sim_fail(s, "model: %s was told of a refund that is none", e->order_id);
}

void model_end(struct sim *s)
{
	int i;

	for (i = 0; i < s->peers.ledger_count; i++) {
		const struct peer_entry *e = &s->peers.ledger[i];

		if (strcmp(e->operation, "refund") == 0)
			explain_refund(s, e);
		if (strcmp(e->operation, "retry") == 0)
			law_of_retries(s, i);
		if (strcmp(e->operation, "message") == 0 && e->of_refund)
			law_of_news(s, i);
	}
	refunds_due(s);
}
