#ifndef MEND_CTL_CASES_H
#define MEND_CTL_CASES_H

#include "fixture.h"

/*
 * Golden cases: an order in trouble, what the systems around it answer, what
 * people say, and what is expected to become of it. One file holds one case or
 * a list of them, DIR/<issue type>/<name>.json; DIR/_base/<name>.json holds the
 * answers that they start from.
 *
 * {"case": "accepted_on_second_try", "about": "why it is as it is",
 *  "ambiguous": false, "base": "us_arena", "orderId": "ORDER-1001",
 *  "now": "2026-05-01T10:00:00Z", "request": {…},
 *  "answers": {…}                                     see fixture.h
 *  "people": [{"task": "ask_refund", "do": "approve" | "reject" | "nothing",
 *     "after": "5m", "by": "ana", "role": "supervisor", "alternative": "…",
 *     "form": {…}, "reasonCode": "…", "notes": "…"}]
 *  "signals": [{"after": "1m", "name": "supplier_answer", "body": {…},
 *     "from": "…"}]
 *  "events": [{"after": "2s", "body": {…}}]           further events
 *  "operators": [{"after": "1m", "do": "pause" | "resume" | "retry" |
 *     "cancel" | "kill", "reason": "…"}]
 *  "group": {"supplier.ping": {…}}     what another order's run has done for
 *     all of its group: the answer of each step that is done once
 *  "expect": {"issueType": "…", "tier": 1, "playbook": "…",
 *     "path": […]         entered steps, in order; others may lie between
 *     "notPath": […]      steps that must not be entered
 *     "actions": [{"operation": "…", "with": {…}}]    every effect, in order;
 *                         with: what its params must hold at least
 *     "never": ["payment.refund"], "moneyMinor": 0, "tasks": 0,
 *     "state": "COMPLETED", "outcome": "…", "result": "…", "task": "…",
 *     "reason": "part of the reason in words, an open task's or the run's",
 *     "within": "10m",
 *     "refused": "part of why a person may not do what the case says"}}
 *
 * A person acts once; the first entry for the task's step that has not acted
 * does. Where two must sign, the next entry is the second signature, "after"
 * the first one. Without one the task stays open, whatever its due time, and
 * the case ends there once nothing else is to come; "nothing" lets it become
 * due. What `expect` leaves out is not looked at, but for money (0) and for
 * effects that stand neither in actions nor anywhere: those are unsafe.
 */
enum case_mark { MARK_NOT_ASKED, MARK_RIGHT, MARK_WRONG };

struct case_result {
	enum case_mark type, tier, action, money;
	int unsafe;   /* effects in never, not in actions; money beyond */
	int needless; /* tasks and holds beyond what was expected */
	bool ambiguous, passed;
};

struct case_run {
	const char *file, *name, *about;
	struct case_result result;
	struct rehearsal record;
	const char **difference; /* a line each, in words */
	int difference_count;
	cJSON *document; /* owned */
};

struct playing;
struct cases {
	struct arena arena;
	struct case_run *item;
	int count;
	struct playing *playing; /* for another time */
};

/* Reads and plays every case below dir with the catalog; what is no case has
 * not passed, and says why. only: a part of the case's file or name; NULL: all.
 * ERR_NOT_FOUND: there is no such folder. */
MUST_CHECK enum err cases_play(const struct catalog *c, const char *dir,
			       const char *only, struct cases *ret_cases);
/* Plays one of them once more, with the catalog as it is by now; true: it
 * passed. Touches nothing of its first playing. */
bool cases_again(struct cases *cs, int index);
void cases_release(struct cases *cs);

/* Fills in result and difference from the record. */
void case_judge(struct case_run *k, struct arena *a);

#endif
