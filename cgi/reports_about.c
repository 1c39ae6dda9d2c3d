/*
 * Who asks, what the limits are, and the description of this API.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../engine/base/json.h"
#include "../engine/flow/policy.h"
#include "../engine/flow/task.h"
#include "reports.h"

#define OPENAPI_BYTES_MAX (1024 * 1024)

/* What the policy lets this role approve; without a database, not known. */
static void add_policy(cJSON *limits, struct context *c)
{
	struct policy policy;

	json_set_null(limits, "approveMinor");
	json_set_null(limits, "fourEyesMinor");
	json_set_null(limits, "dailyCapMinor");
	if (!c->db || policy_load(c->db, &policy))
		return;
	json_set_int(limits, "approveMinor", policy.limit_minor[c->actor.role]);
	json_set_int(limits, "fourEyesMinor", policy.four_eyes_minor);
	json_set_int(limits, "dailyCapMinor", policy.daily_cap_minor);
	policy_release(&policy);
}

enum err reports_me(struct context *c)
{
	cJSON *answer = cJSON_CreateObject();
	cJSON *limits;

	json_set_string(answer, "actor", c->actor.name);
	json_set_string(answer, "role", role_name(c->actor.role));
	json_set_bool(answer, "selfAsserted", c->actor.self_asserted);
	json_set_int(answer, "undoMs", c->config->undo_ms);
	json_set_string(answer, "environment", "dev");
	json_set_string(answer, "version", MEND_VERSION);
	limits = cJSON_AddObjectToObject(answer, "limits");
	json_set_int(limits, "batchItems", 1000);
	json_set_int(limits, "listRows", 200);
	json_set_int(limits, "notesBytes", 4000);
	json_set_int(limits, "undoMs", TASK_UNDO_MS_MAX);
	add_policy(limits, c);
	response_json(&c->response, 200, answer);
	return OK;
}

enum err reports_openapi(struct context *c)
{
	char path[512];
	struct stat st;
	char *text;
	ssize_t got = -1;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/openapi.json", c->config->conf);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return response_refuse(&c->response, ERR_NOT_FOUND, NULL,
				       "openapi.json is not installed");
	if (fstat(fd, &st) == 0 && st.st_size < OPENAPI_BYTES_MAX) {
		text = arena_alloc(c->arena, (size_t)st.st_size + 1);
		got = read(fd, text, (size_t)st.st_size);
		if (got == st.st_size)
			response_text(&c->response, 200, NULL, text,
				      (size_t)got);
	}
	close(fd);
	return got >= 0 && got == st.st_size ? OK : ERR_SYSTEM;
}
