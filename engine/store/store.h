#ifndef MEND_STORE_STORE_H
#define MEND_STORE_STORE_H

#include "../base/config.h"
#include "../base/id.h"
#include "db.h"

/* Mend's own database: which file, which statements, which migrations. */
extern const struct db_schema mend_schema;

/* Opens "<data>/mend.db". owner is the program's name. */
MUST_CHECK enum err store_open(const struct config *c, enum db_mode mode,
			       const char *owner, struct db **ret_db);

/* Sizes of the bounded fields that rows and structs share (bytes with NUL). */
#define ORDER_ID_SIZE 129
#define NAME_SIZE 64 /* of steps, operations, issue types, outcomes */
#define ADAPTER_SIZE 32
#define ACTOR_SIZE 96
#define REASON_SIZE 400
#define CURRENCY_SIZE 4
#define KEY_SIZE 200 /* idempotency and event keys */

/* Who does something: a person, an integration, or the engine. */
enum role { ROLE_VIEWER, ROLE_AGENT, ROLE_SUPERVISOR, ROLE_ADMIN, ROLE_COUNT };
struct actor {
	char name[ACTOR_SIZE];
	enum role role;
	bool self_asserted; /* the name is a claim, nobody has checked it */
};
const char *role_name(enum role r);
/* False when there is no such role. */
bool role_parse(const char *name, enum role *ret_role);

#endif
