/*
 * Is it up (livez), and can it do its work (readyz)?
 *
 * Always holds: these answer without a database, and say which part is not
 * ready; readyz is 200 only when events are taken and acted on.
 */
#include <string.h>
#include <sys/stat.h>

#include "../engine/base/json.h"
#include "../engine/store/engine_store.h"
#include "../engine/store/halt.h"
#include "reports.h"

void reports_folder(const struct config *config, struct folder_state *ret)
{
	char path[512];
	struct stat st;

	*ret = (struct folder_state){.wal_bytes = 0};
	ret->engine_alive = engine_alive(config->data, NULL);
	if (config_data_path(config, "mend.db", path, sizeof(path)))
		return;
	ret->halted = halt_is_set(path);
	halt_reason(path, ret->halt_reason, sizeof(ret->halt_reason));
	if (config_data_path(config, "mend.db-wal", path, sizeof(path)) == OK &&
	    stat(path, &st) == 0)
		ret->wal_bytes = st.st_size;
}

enum err reports_live(struct context *c)
{
	cJSON *answer = cJSON_CreateObject();

	json_set_string(answer, "status", "ok");
	response_json(&c->response, 200, answer);
	return OK;
}

/* "ready", "starting" or "down". */
static const char *engine_word(struct context *c, bool alive)
{
	int64_t id, pid, ready_ms = 0;

	if (!alive)
		return "down";
	if (!c->db || engine_get(c->db, &id, &pid, &ready_ms) || ready_ms == 0)
		return "starting";
	return "ready";
}

enum err reports_ready(struct context *c)
{
	cJSON *answer = cJSON_CreateObject();
	struct folder_state folder;
	const char *engine;
	bool ready;

	reports_folder(c->config, &folder);
	engine = engine_word(c, folder.engine_alive);
	ready = c->db && !folder.halted && strcmp(engine, "ready") == 0;
	json_set_string(answer, "status", ready ? "ready" : "not_ready");
	json_set_string(answer, "database",
			c->db ? "ok" : err_name(c->db_error));
	json_set_string(answer, "engine", engine);
	json_set_bool(answer, "halted", folder.halted);
	if (folder.halted)
		json_set_string(answer, "haltReason", folder.halt_reason);
	else
		json_set_null(answer, "haltReason");
	if (c->db)
		json_set_int(answer, "schemaVersion", db_version(c->db));
	else
		json_set_null(answer, "schemaVersion");
	json_set_int(answer, "walBytes", folder.wal_bytes);
	json_set_string(answer, "version", MEND_VERSION);
	response_json(&c->response, ready ? 200 : 503, answer);
	return OK;
}
