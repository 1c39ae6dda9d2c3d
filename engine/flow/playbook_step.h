#ifndef MEND_FLOW_PLAYBOOK_STEP_H
#define MEND_FLOW_PLAYBOOK_STEP_H

#include "fields.h"
#include "playbook.h"

/* Between playbook.c and playbook_step.c only. */

/* Reads what the step's kind asks for; name and kind are read already. */
void playbook_read_step(struct playbook *b, struct step *s, const char *at,
			struct problems *p);
/* The index of the step that a member names, GO_HOLD for "hold". */
int playbook_target(const struct playbook *b, struct fields *f, const char *key,
		    int fallback);
/* The step's JSON Pointer. */
void playbook_pointer(const struct playbook *b, const struct step *s, char *at,
		      size_t size);

#endif
