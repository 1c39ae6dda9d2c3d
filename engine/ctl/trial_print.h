#ifndef MEND_CTL_TRIAL_PRINT_H
#define MEND_CTL_TRIAL_PRINT_H

#include "draft.h"
#include "trial.h"

void trial_text(struct ctl *c, const struct trial *t, const struct draft *d);
void trial_json(const struct trial *t);

#endif
