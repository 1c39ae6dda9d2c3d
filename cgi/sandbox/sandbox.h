#ifndef MEND_SANDBOX_SANDBOX_H
#define MEND_SANDBOX_SANDBOX_H

#include "cgi/lib/route.h"
#include "cgi/sandbox/situation.h"
#include "cgi/sandbox/story.h"

/*
 * The downstream systems, played. Each system is a file with a table of
 * services; serve.c puts every request of every system through the same
 * steps: find the order, judge the faults, do, keep, answer. A new system is
 * one file and one row in main.c; it may add columns or tables of its own by a
 * migration.
 *
 * Services come in kinds. A read tells, an effect changes (once per
 * Idempotency-Key) and is written into the ledger, a look-up says what was
 * answered under a key, a search is a read that is asked with a body. To steer
 * the world, and to read it and the ledger, is not part of any system: no fault
 * touches that.
 */
enum service_kind {
	SERVICE_READ,
	SERVICE_EFFECT,
	SERVICE_LOOKUP,
	SERVICE_SHOW,  /* reads the world as it is */
	SERVICE_STEER, /* changes it, without ledger */
	SERVICE_LIST,  /* reads over orders */
	SERVICE_SEARCH,
	SERVICE_CONTROL, /* changes what belongs to no order */
	SERVICE_KIND_COUNT
};

struct scene;

struct service {
	enum service_kind kind;
	const char *pattern;
	const char *adapter;   /* "transfer" */
	const char *operation; /* "transfer.retry"; of a look-up: of what */
	const struct field *body, *query;
	/* A read answers by scene_answer(). An effect, inside the write
	 * transaction, first refuses by scene_refuse(), then changes
	 * s->situation and answers; it leaves nothing half done. NULL for
	 * look-ups. */
	enum err (*fn)(struct scene *s);
	/* Instead of fn, for a list or a control: no order and no scene. */
	enum err (*list)(struct context *c);
};

struct system {
	const struct service *services;
	int service_count;
};

#define SYSTEM(rows)                                                           \
	{                                                                      \
		(rows), (int)(sizeof(rows) / sizeof((rows)[0]))                \
	}

/* One request on one order. */
struct scene {
	struct context *c;
	struct db *db;
	const struct service *service;
	struct story story;
	struct situation situation;
	struct story_times times;
	int64_t now_ms;
	/* What an effect says about itself for the ledger. */
	bool in_vain;	      /* it had no effect: no line */
	int64_t amount_minor; /* 0: moves no money */
};

void scene_answer(struct scene *s, int status, cJSON *tree);
/* 409 with this code; returns the error to return. */
__attribute__((format(printf, 3, 4))) MUST_CHECK enum err
scene_refuse(struct scene *s, const char *code, const char *format, ...);
/* A new answer object that begins with orderId. */
cJSON *scene_object(const struct scene *s);
/* text or null */
void scene_set_text(cJSON *object, const char *key, const char *text);

/* ---- serve.c, effect.c, fault.c ---- */

/* The routes of these systems; lives as long as the program. */
const struct route *serve_routes(const struct system *const *systems,
				 int system_count, int *ret_count);

/* The row behind the route of this index. */
const struct service *serve_behind(int index);

/* Does an effect once per key, with ledger line and answer, in the open
 * transaction. */
MUST_CHECK enum err effect_do(struct scene *s);
/* Answers what was answered under the key in the path. */
MUST_CHECK enum err effect_lookup(struct scene *s);

enum fault {
	FAULT_NONE,
	FAULT_REFUSE,	 /* 503 before anything is done */
	FAULT_HIDE,	 /* done, but answered with 500 */
	FAULT_HTML,	 /* 200 with a page for people */
	FAULT_TRUNCATED, /* 200 with half of the JSON */
	FAULT_STRANGER,	 /* 200 with somebody else's order */
};

/* Which fault this request meets. Counts in s->situation, so the caller can
 * see by the difference whether there is something to write. */
enum fault fault_judge(struct scene *s);
/* Afterwards, with no transaction open: spoils the answer, takes its time. */
void fault_apply(struct scene *s, enum fault fault, enum err *e);

/* ---- storm.c ---- */

/* Before the first fork: all workers share what is weathered and counted. */
void storm_open(void);
int storm_place(const char *adapter);
/* Counts a request. False: the storm has answered it. storm_leave() follows
 * always. */
bool storm_enter(struct context *c, int place, int64_t now_ms);
void storm_leave(int place);

/* ---- what systems know of each other ---- */

/* What people say a while after they were asked. */
#define ANSWER_MS INT64_C(2000)
struct reply {
	int64_t at_ms; /* 0: nothing was said */
	const char *text, *choice;
};
struct reply buyer_reply(const struct scene *s);

struct offer {
	int number; /* which of the order's offers */
	char id[24];
	struct seats seats;
	int64_t price_minor; /* of all tickets together */
	int percent;	     /* of what the buyer paid for his tickets */
	int rows_closer;
	bool same_section;
	const char *restriction; /* NULL: none */
};
/* False: there is no such offer. */
bool offer_tell(const struct scene *s, int number, struct offer *ret_offer);
/* {section, row, seats} */
cJSON *seats_json(const struct seats *place, int quantity);
/* He was telephoned about another order of his, and has sent this one too. */
bool supplier_heard(const struct scene *s);
/* When it came, then. */
int64_t supplier_heard_ms(const struct scene *s);
/* How many tickets the seller has sent, or will. */
int transfer_quantity(const struct scene *s);
const char *payout_state(const struct scene *s);

const char *order_status(const struct scene *s);
bool order_delivered(const struct scene *s);
bool order_frozen(const struct scene *s);
const char *event_status(const struct scene *s);
int64_t event_new_starts_ms(const struct scene *s); /* 0: none is known */
int64_t event_doors_ms(const struct scene *s);
int64_t event_starts_ms(const struct scene *s);
const char *transfer_status(const struct scene *s);
bool transfer_accepted(const struct scene *s);
const char *payment_status(const struct scene *s);
bool payment_disputed(const struct scene *s);
const char *dispute_status(const struct scene *s);
int64_t payment_captured_minor(const struct scene *s);
int64_t payment_disputed_minor(const struct scene *s);
int64_t payment_refundable_minor(const struct scene *s);

extern const struct system order_system, order_act_system, transfer_system,
	supplier_system, payment_system, message_system, inventory_system,
	dispute_system, payout_system, official_system, scan_system,
	ledger_system, world_system, event_system, storm_system, index_system;

#endif
