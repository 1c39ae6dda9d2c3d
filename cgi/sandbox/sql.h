#ifndef MEND_SANDBOX_SQL_H
#define MEND_SANDBOX_SQL_H

#include "engine/store/db.h"

/* Every statement of the sandbox, by id; the text stands in sql.c. */
enum sandbox_statement {
	SQL_SITUATION_LOAD,
	SQL_SITUATION_SAVE,
	SQL_ANSWER_FIND,
	SQL_ANSWER_KEEP,
	SQL_LEDGER_ADD,
	SQL_LEDGER_OF_ORDER,
	SQL_LEDGER_ALL,
	SQL_HAPPENING_SET,
	SQL_HAPPENING,
	SQL_CONTACT_NOTE,
	SQL_HOLD_ADD,
	SQL_HOLD,
	SQL_HOLD_SET,
	SQL_HOLDS_EXPIRE,
	SQL_HOLDS,
	SQL_MESSAGE_ADD,
	SQL_MESSAGES,
	SQL_STATEMENT_COUNT
};

extern const char *const sandbox_statements[SQL_STATEMENT_COUNT];

#endif
