/*
 * The versions of playbooks and adapters that there are, and which are active.
 * One playbook's: reports_playbooks.c.
 *
 * Always holds: what is shown as active is what the engine goes by, since both
 * read the same rows.
 */
#include <string.h>

#include "../engine/base/json.h"
#include "../engine/flow/view_adapter.h"
#include "../engine/store/document_store.h"
#include "reports.h"

/* The active version's body, as it was imported. */
static enum err show_active(struct context *c, enum document_kind kind)
{
	const char *name = request_param(&c->request, "name");
	struct document *documents = NULL;
	int count = 0;
	enum err e =
		document_active_of(c->db, kind, c->arena, &documents, &count);

	for (int i = 0; !e && i < count; i++) {
		const struct document *d = &documents[i];

		if (strcmp(d->name, name) != 0)
			continue;
		response_text(&c->response, 200, NULL, d->body,
			      strlen(d->body));
		return OK;
	}
	return e ? e
		 : response_refuse(&c->response, ERR_NOT_FOUND, NULL,
				   "there is no active %s of this name",
				   document_kind_name(kind));
}

/* Those in force, as the engine saw them last. */
enum err reports_adapters(struct context *c)
{
	cJSON *data = NULL, *answer;
	enum err e = view_adapters(c->db, c->arena, &data);

	if (e)
		return e;
	answer = cJSON_CreateObject();
	json_set(answer, "data", data);
	json_set_null(answer, "nextCursor");
	json_set_bool(answer, "hasMore", false);
	response_json(&c->response, 200, answer);
	return OK;
}

enum err reports_adapter(struct context *c)
{
	return show_active(c, DOCUMENT_ADAPTER);
}
