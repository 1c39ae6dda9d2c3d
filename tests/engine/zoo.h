#ifndef MEND_TESTS_ZOO_H
#define MEND_TESTS_ZOO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/flow/operation.h"
#include "peer_story.h"

/*
 * A zoo of downstream behaviours: an HTTP peer in a process of its own that
 * does whatever the order's id asks for, keeps the ledger of what it has done
 * in truth, and of what reached it.
 *
 * zoo.c         the peer: its ledger, its keys, its records
 * zoo_animal.c  the table of behaviours
 * zoo_wire.c    those that take more than a text
 * zoo_place.c   adapters and playbooks for it
 * zoo_lead.c    what must follow
 * zoo_day.c     the engine among them
 *
 * An order "K0.stall" is kept in the enclosure K by the animal "stall"; its
 * path is "/K0.stall", its lookup "/K0.stall/found/KEY".
 */
#define ZOO_TIMEOUT_MS 2000
#define ZOO_FIND_TIMEOUT_MS 1000
#define ZOO_VISIBLE_WITHIN_MS 2500
/* What was done shows up only then, well within what is declared. */
#define ZOO_VISIBLE_AFTER_MS 1000
#define ZOO_KEY_RETENTION_MS 300
#define ZOO_FORGETFUL_PAUSE "600ms"
#define ZOO_ATTEMPTS 3
#define ZOO_LOOKUPS 10 /* as engine/flow/advance_resolve.c has it */
#define ZOO_AMOUNT 4200
#define ZOO_RETRY_AFTER_MOST_MS 300000 /* as engine/loop/send.c has it */

/* How the operation is declared, and when its animal shows itself. */
enum enclosure {
	KEYED,	/* every time */
	ONCE,	/* keyed; only the first time, and is tame from then on */
	LOOKUP, /* its lookup tells the truth */
	NEITHER,
	READ,
	FORGETS, /* keyed, but the key is forgotten before the next attempt */
	HUNTED,	 /* done and never answered; the animal is its lookup */
	ENCLOSURES
};
#define ENCLOSURE_LETTERS "KOLNRFH"

enum truth {
	UNDONE,
	DONE,
	DONE_LATE /* after the engine has stopped waiting */
};
enum ending { KEEPS_OPEN, HANGS_UP, RESETS, STALLS };

struct zoo_visit;
struct animal {
	const char *name;
	enum truth truth;
	enum call_class class; /* of an effect's answer, as declared */
	const char *error;     /* how its error begins; "" when OK */
	/* One of: a body ("200 OK" unless head says otherwise), raw bytes, a
	 * function. $B is the good body, $O the order, $Z a NUL. */
	const char *body, *head, *raw;
	void (*tell)(struct zoo_visit *v);
	enum ending ending; /* of raw */
	bool waits;	    /* the engine is told to wait for long */
	bool is_404; /* to a lookup: not done; the peer that says so lies */
};
extern const struct animal animals[];
extern const int animal_count;
#define ANIMALS_MAX 128

/* What reached the peer for one order, and what it did in truth. */
struct zoo_cell {
	int requests, effects, reads, lookups;
	int reused;    /* effects on a connection that was used before */
	int followed;  /* redirects */
	int foreign;   /* effects under another key than the first one's */
	int headless;  /* effects without a key */
	int64_t at_ms; /* of the last effect */
	char key[KEY_SIZE];
};

struct zoo_ledger {
	struct zoo_cell cell[ENCLOSURES][ANIMALS_MAX];
	struct zoo_cell stray; /* of no animal */
	struct zoo_cell reread;
	int port, resets_port, hangs_up_port, greets_port;
	int resets, hangs_up, greets; /* connections */
};

struct zoo_visit {
	struct connection *c;
	const struct animal *animal;
	struct zoo_cell *cell;
	enum enclosure enclosure;
	bool effect;	/* it was a POST */
	bool first;	/* of its order */
	char order[64]; /* "K0.stall" */
	char key[KEY_SIZE];
};

/* Starts the peer's process; the ledger is shared with it. */
struct zoo_ledger *zoo_open(pid_t *ret_pid);
void zoo_close(struct zoo_ledger *l, pid_t pid);
int64_t zoo_now_ms(void);

/* zoo_wire.c and zoo_animal.c */
void zoo_tell(struct zoo_visit *v);
void zoo_say(struct zoo_visit *v, const char *text);
void zoo_answer(struct zoo_visit *v, const char *head, const char *body);
void zoo_do(struct zoo_visit *v); /* the effect */

void wire_slow(struct zoo_visit *v);
void wire_late(struct zoo_visit *v);
void wire_drip_in_time(struct zoo_visit *v);
void wire_drip(struct zoo_visit *v);
void wire_continue_for_ever(struct zoo_visit *v);
void wire_head_for_ever(struct zoo_visit *v);
void wire_one_large_header(struct zoo_visit *v);
void wire_many_headers(struct zoo_visit *v);
void wire_large_body(struct zoo_visit *v);
void wire_endless_chunks(struct zoo_visit *v);
void wire_just_too_large(struct zoo_visit *v);
void wire_just_fits(struct zoo_visit *v);
void wire_gzip_bomb(struct zoo_visit *v);
void wire_deep(struct zoo_visit *v);
void wire_noise(struct zoo_visit *v);
void wire_until_close(struct zoo_visit *v);
void wire_retry_at_date(struct zoo_visit *v);
void wire_redirect_to_itself(struct zoo_visit *v);

/* zoo_place.c: places are peers that cannot be spoken to */
enum place {
	CLOSED_PORT,
	BLACK_HOLE,
	NO_NAME,
	RESETS_AT_ONCE,
	HANGS_UP_AT_ONCE,
	SPEAKS_FIRST,
	PLACES
};
extern const char *const place_names[PLACES];
/* Adapters and playbooks in conf; urls of the places. */
void zoo_configure(const char *conf, const struct zoo_ledger *l,
		   const char *const *place_urls);

/* zoo_lead.c: what follows from what an animal does */
enum outcome { DONE_WELL, GAVE_UP, ASKED, WAITS };
struct lead {
	int attempts;
	enum outcome outcome;
};
struct lead lead_of(enum enclosure e, const struct animal *a);
bool lives_in(enum enclosure e, const struct animal *a);
int effects_of(enum enclosure e, const struct animal *a);
int lookups_of(enum enclosure e, const struct animal *a);
enum call_class class_of(enum enclosure e, const struct animal *a);
void order_of(enum enclosure e, int animal, char order[ORDER_ID_SIZE]);

/* zoo_day.c: the engine among them, until every run has come to rest */
struct zoo_day {
	struct zoo_ledger *ledger;
	struct db *faces;		  /* for looking */
	long memory_before, memory_after; /* at most, in KiB */
};
void zoo_day_begin(struct zoo_day *d); /* and lives it through */
void zoo_day_end(struct zoo_day *d);

#endif
