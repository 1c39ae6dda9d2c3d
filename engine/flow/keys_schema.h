#ifndef MEND_FLOW_KEYS_SCHEMA_H
#define MEND_FLOW_KEYS_SCHEMA_H

#include <cjson/cJSON.h>

/*
 * JSON Schema (2020-12) of what can be written, printed from the tables of
 * keys.h: for editors, and for others' tools. What it refuses, `mendctl check`
 * refuses too; that one also sees what no shape can tell. name: "playbook",
 * "adapter" or "policy"; NULL for any other. cJSON_Delete() it.
 */
cJSON *keys_schema(const char *name);
/* As it is committed: with tabs, and a newline at the end; free() it. */
char *keys_schema_text(const char *name);

#endif
