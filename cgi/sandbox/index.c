/*
 * What the sandbox can be asked: its own tables, told. So nobody has to read
 * them here, and the description beside it (conf/openapi-sandbox.json) can be
 * held to them.
 */
#include "cgi/sandbox/sandbox.h"

#include "engine/base/json.h"

static const char *const kinds[SERVICE_KIND_COUNT] = {
	[SERVICE_READ] = "read",      [SERVICE_EFFECT] = "effect",
	[SERVICE_LOOKUP] = "look-up", [SERVICE_SHOW] = "show",
	[SERVICE_STEER] = "steer",    [SERVICE_LIST] = "list",
	[SERVICE_SEARCH] = "search",  [SERVICE_CONTROL] = "control",
};

static const char *const types[] = {
	[FIELD_TEXT] = "text",	   [FIELD_NOTE] = "note",
	[FIELD_INT] = "int",	   [FIELD_NUMBER] = "number",
	[FIELD_BOOL] = "bool",	   [FIELD_TIME] = "time",
	[FIELD_OBJECT] = "object", [FIELD_ARRAY] = "array",
	[FIELD_WORD] = "word",
};

static cJSON *view_fields(const struct field *fields)
{
	cJSON *list = cJSON_CreateArray();

	for (const struct field *f = fields; f && f->name; f++) {
		cJSON *o = cJSON_CreateObject();

		json_set_string(o, "name", f->name);
		json_set_string(o, "type", types[f->type]);
		json_set_bool(o, "required", f->required);
		json_set_bool(o, "nullOk", f->null_ok);
		json_set_int(o, "min", f->min);
		json_set_int(o, "max", f->max);
		if (f->values) {
			cJSON *values = cJSON_AddArrayToObject(o, "values");

			for (int i = 0; f->values[i]; i++)
				cJSON_AddItemToArray(
					values,
					cJSON_CreateString(f->values[i]));
		}
		cJSON_AddItemToArray(list, o);
	}
	return list;
}

static enum err index_get(struct context *c)
{
	cJSON *answer = cJSON_CreateObject();
	cJSON *data = cJSON_AddArrayToObject(answer, "data");
	const struct service *v;

	for (int i = 0; i < c->program->route_count; i++) {
		const struct route *r = &c->program->routes[i];
		cJSON *o = cJSON_CreateObject();

		v = serve_behind(i);
		json_set_string(o, "method", method_name(r->method));
		json_set_string(o, "path", r->pattern);
		json_set_string(o, "kind", kinds[v->kind]);
		json_set_string(o, "operation", v->operation);
		json_set(o, "body", view_fields(r->body));
		json_set(o, "query", view_fields(r->query));
		cJSON_AddItemToArray(data, o);
	}
	response_json(&c->response, 200, answer);
	return OK;
}

static const struct service services[] = {
	{.kind = SERVICE_LIST, .pattern = "/sandbox/index", .list = index_get},
};

const struct system index_system = SYSTEM(services);
