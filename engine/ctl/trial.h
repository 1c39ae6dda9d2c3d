#ifndef MEND_CTL_TRIAL_H
#define MEND_CTL_TRIAL_H

#include "../adapters/http.h"
#include "../flow/rehearse.h"
#include "ctl.h"

/*
 * A playbook tried on a real order without any effect: a rehearsal whose reads
 * go out over HTTP, now, and whose effects are only shown, as the request that
 * would leave, and taken to have succeeded: with the answer that --assume
 * gives, else with what was sent. Time is virtual: nobody waits.
 */
#define TRIAL_CALLS_MAX 400
struct trial_call {
	char operation[2 * NAME_SIZE], step[NAME_SIZE];
	int visit;
	bool effect;
	bool assumed;			 /* --assume gave the answer */
	const char *method, *url, *body; /* NULL: none, or not to be made */
	const char *fault;		 /* why it cannot be made; NULL */
	enum call_class class;
	int status;
	int64_t duration_ms;
	const char *answer; /* JSON; NULL: none */
	const char *error;
};

/* What a person is taken to do at a task. */
#define TRIAL_WORDS_MAX 16
struct trial_word {
	const char *step, *alternative;
	bool approved;
};

struct trial {
	struct ctl *ctl;
	struct network network;
	struct reach_rules reach;
	cJSON *settings;
	cJSON *assume; /* operation -> body */
	struct trial_word word[TRIAL_WORDS_MAX];
	struct rehearse_said said[TRIAL_WORDS_MAX];
	int word_count, said_count;
	struct trial_call call[TRIAL_CALLS_MAX];
	int call_count;
	struct rehearsal record;
};

/* Reads --assume, --approve, --reject, --choose and --signal. */
MUST_CHECK enum err trial_begin(struct ctl *c, struct trial *t);
void trial_play(struct trial *t, const struct catalog *catalog,
		const char *order_id);
void trial_end(struct trial *t);

#endif
