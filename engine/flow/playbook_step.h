#ifndef MEND_FLOW_PLAYBOOK_STEP_H
#define MEND_FLOW_PLAYBOOK_STEP_H

#include "fields.h"
#include "playbook.h"

/* Between the playbook*.c files only. */

#define MINOR_LIMIT (INT64_C(1) << 53)

/* Reads what the step's kind asks for; name and kind are read already. */
void playbook_read_step(struct playbook *b, struct step *s, const char *at,
			struct problems *p);
/* The index of the step that a member names, GO_HOLD for "hold". */
int playbook_target(const struct playbook *b, struct fields *f, const char *key,
		    int fallback);
/* The step's JSON Pointer. */
void playbook_pointer(const struct playbook *b, const struct step *s, char *at,
		      size_t size);

/* One step being read. */
struct reader {
	struct playbook *b;
	struct step *s;
	struct fields f;
	struct problems *p;
};

/* Members that several kinds have, in playbook_read.c. */
const char *read_text(struct fields *f, const char *key, bool required);
const cJSON *read_template(struct fields *f, const char *key);
const cJSON *read_guard(struct fields *f, const char *key, bool required);
void read_retry(struct reader *r, const char *key);
void read_reads(struct reader *r, const char *key, bool required);
void read_action(struct fields *f, const char *key, struct action_spec *action);
void read_requires(struct reader *r);
void read_choices(struct reader *r, const char *key, bool required);

/* In playbook_task.c. */
void read_task(struct reader *r);

#endif
