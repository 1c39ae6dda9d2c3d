/*
 * The versions of playbooks: which is in force, who put it there, and how many
 * open runs keep to each.
 *
 * Always holds: a body is the one that was stored, with the steps of its
 * sub-playbooks in place, so it is all that a run on it goes by.
 */
#include <stdlib.h>
#include <string.h>

#include "../engine/base/json.h"
#include "../engine/flow/activation.h"
#include "../engine/store/document_store.h"
#include "reports.h"

static enum err body_of(struct context *c, const char *name, int version,
			cJSON **ret_body)
{
	struct document d;
	enum err e = document_by_version(c->db, DOCUMENT_PLAYBOOK, name,
					 version, c->arena, &d);

	return e == OK ? json_parse(d.body, strlen(d.body), NULL, ret_body) : e;
}

static enum err versions_of(struct context *c,
			    struct document_version **ret_versions,
			    int *ret_count)
{
	const char *name = request_param(&c->request, "name");
	enum err e = document_versions(c->db, DOCUMENT_PLAYBOOK, name, c->arena,
				       ret_versions, ret_count);

	if (e == OK && *ret_count == 0)
		return response_refuse(&c->response, ERR_NOT_FOUND, NULL,
				       "there is no playbook of this name");
	return e;
}

enum err reports_playbooks(struct context *c)
{
	struct document_version *v = NULL;
	cJSON *answer, *data;
	int count = 0;
	enum err e = document_versions(c->db, DOCUMENT_PLAYBOOK, NULL, c->arena,
				       &v, &count);

	if (e)
		return e;
	answer = cJSON_CreateObject();
	data = cJSON_AddArrayToObject(answer, "data");
	for (int i = 0; i < count; i++)
		cJSON_AddItemToArray(data, view_version(&v[i]));
	json_set_null(answer, "nextCursor");
	json_set_bool(answer, "hasMore", false);
	response_json(&c->response, 200, answer);
	return OK;
}

enum err reports_playbook(struct context *c)
{
	struct document_version *v = NULL;
	cJSON *answer, *list, *body = NULL;
	int active = 0, count = 0;
	enum err e = versions_of(c, &v, &count);

	for (int i = 0; !e && i < count; i++) {
		if (v[i].document.active)
			active = v[i].document.version;
	}
	if (!e && active)
		e = body_of(c, v[0].document.name, active, &body);
	if (e)
		return e;
	answer = cJSON_CreateObject();
	json_set_string(answer, "name", v[0].document.name);
	json_set_null(answer, "active");
	if (active)
		json_set_int(answer, "active", active);
	json_set(answer, "playbook", body);
	list = cJSON_AddArrayToObject(answer, "versions");
	for (int i = 0; i < count; i++)
		cJSON_AddItemToArray(list, view_version(&v[i]));
	response_json(&c->response, 200, answer);
	return OK;
}

enum err reports_playbook_version(struct context *c)
{
	const char *text = request_param(&c->request, "version");
	struct document_version *v = NULL;
	cJSON *answer, *body = NULL;
	int count = 0, version = 0;
	enum err e = versions_of(c, &v, &count);
	int i;

	if (e)
		return e;
	if (strlen(text) < 10 && strspn(text, "0123456789") == strlen(text))
		version = (int)strtol(text, NULL, 10);
	for (i = 0; i < count && v[i].document.version != version; i++)
		;
	if (i == count)
		return response_refuse(&c->response, ERR_NOT_FOUND, NULL,
				       "this playbook has no such version");
	e = body_of(c, v[i].document.name, version, &body);
	if (e)
		return e;
	answer = view_version(&v[i]);
	json_set(answer, "playbook", body);
	response_json(&c->response, 200, answer);
	return OK;
}
