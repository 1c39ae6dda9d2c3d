#ifndef MEND_FLOW_ADVANCE_WORD_H
#define MEND_FLOW_ADVANCE_WORD_H

#include "advance_work.h"

/*
 * Inside advance() only: what an operator's words do to a run that is open.
 * What they cannot do now is told by work_refuse() or passed over in silence
 * where the run's state says it all; the row is consumed either way.
 */
void word_cancel(struct work *w, const struct inbox_row *row);
void word_kill(struct work *w, const struct inbox_row *row);
void word_pause(struct work *w, const struct inbox_row *row);
void word_resume(struct work *w, const struct inbox_row *row);
void word_retry(struct work *w, const struct inbox_row *row);
void word_priority(struct work *w, const struct inbox_row *row);
void word_settle(struct work *w, const struct inbox_row *row);
void word_migrate(struct work *w, const struct inbox_row *row);

/* The row's body; an object, whatever it holds. The caller's. */
cJSON *work_body(const struct inbox_row *row);
/* An audit entry: what was asked for was not done, and why. */
void work_refuse(struct work *w, const struct inbox_row *row, const char *why);

#endif
