#ifndef MEND_CGI_RUNS_H
#define MEND_CGI_RUNS_H

#include "../engine/flow/intake.h"
#include "lib/route.h"

/* Handlers and tables of mend-runs. Bodies and answers: conf/openapi.json. */

#define BATCH_ITEMS_MAX 1000
extern const struct field runs_start_fields[];
extern const struct field runs_batch_fields[];
extern const struct field runs_list_query[];
extern const struct field runs_part_query[];
extern const struct field runs_audit_query[];
extern const struct field runs_reason_fields[];
extern const struct field runs_priority_fields[];
extern const struct field runs_settle_fields[];
extern const struct field runs_replay_fields[];
extern const struct field runs_bulk_fields[];
extern const struct field runs_bulk_items_query[];
extern const struct field runs_bulk_list_query[];

extern const struct field runs_control_fields[];
extern const struct field runs_lift_fields[];
extern const struct field runs_switch_fields[];
extern const struct field runs_switches_query[];
extern const struct field runs_activate_fields[];
extern const struct field runs_rollback_fields[];

/* runs_control.c */
enum err runs_adapter_control(struct context *c);
enum err runs_switch(struct context *c);
enum err runs_lift(struct context *c);
enum err runs_switches(struct context *c);
/* runs_playbook.c */
enum err runs_playbook_activate(struct context *c);
enum err runs_playbook_rollback(struct context *c);
/* runs_start.c */
enum err runs_start_workflow(struct context *c);
enum err runs_start(struct context *c);
/* What a checked body says; event_key as a fallback, may be NULL. */
struct intake runs_intake(const cJSON *body, const char *event_key);
/* runs_batch.c */
enum err runs_batch(struct context *c);
/* runs_list.c */
enum err runs_list(struct context *c);
/* runs_show.c */
enum err runs_show(struct context *c);
enum err runs_why(struct context *c);
enum err runs_workflow_why(struct context *c);
enum err runs_casefile(struct context *c);
enum err runs_workflow_casefile(struct context *c);
enum err runs_audit(struct context *c);
enum err runs_calls(struct context *c);
enum err runs_tasks(struct context *c);
/* runs_operate.c */
enum err runs_operate(struct context *c);
enum err runs_signal(struct context *c);
enum err runs_workflow_signal(struct context *c);
enum err runs_replay(struct context *c);
/* runs_webhook.c */
enum err runs_webhook(struct context *c);
/* runs_bulk.c */
enum err runs_bulk_make(struct context *c);
enum err runs_bulk_turn(struct context *c);
enum err runs_bulk_show(struct context *c);
enum err runs_bulk_list(struct context *c);
enum err runs_bulk_items(struct context *c);

#endif
