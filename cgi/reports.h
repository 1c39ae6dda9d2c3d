#ifndef MEND_CGI_REPORTS_H
#define MEND_CGI_REPORTS_H

#include "lib/route.h"

/* Handlers and tables of mend-reports, which only reads. Answers:
 * conf/openapi.json. */

extern const struct field reports_workflow_audit_query[];
extern const struct field reports_audit_query[];
extern const struct field reports_graph_query[];

/* reports_audit.c */
enum err reports_workflow_audit(struct context *c);
enum err reports_audit(struct context *c);
/* reports_documents.c */
enum err reports_playbooks(struct context *c);
enum err reports_adapters(struct context *c);
enum err reports_adapter(struct context *c);
/* reports_playbooks.c */
enum err reports_playbook(struct context *c);
enum err reports_playbook_version(struct context *c);
/* reports_graph.c */
enum err reports_graph(struct context *c);
/* reports_about.c */
enum err reports_me(struct context *c);
enum err reports_openapi(struct context *c);
/* reports_health.c */
enum err reports_live(struct context *c);
enum err reports_ready(struct context *c);
/* reports_metrics.c */
enum err reports_metrics(struct context *c);

/* What of the data folder can be told without the database. */
struct folder_state {
	bool engine_alive;
	bool halted;
	char halt_reason[200];
	int64_t wal_bytes;
};
void reports_folder(const struct config *config, struct folder_state *ret);

/* reports_groups.c */
extern const struct field reports_groups_query[];
enum err reports_stuck(struct context *c);
enum err reports_groups(struct context *c);

#endif
