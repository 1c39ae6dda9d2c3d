#ifndef MEND_FLOW_PLAYBOOK_EXPAND_H
#define MEND_FLOW_PLAYBOOK_EXPAND_H

#include "playbook.h"

/*
 * A playbook with the steps of its sub-playbooks in place, as playbook.h says:
 *   {"step": "ask", "kind": "playbook", "playbook": "ping", "set": S, "as":
 * "p"} becomes
 *   {"step": "ask", "kind": "choose", "origin": {"playbook": "ping"}, "rules":
 *     [{"name": "ping", "set": S, "next": "ask.first"}]}, "ask.first", …
 * and a finish "end" of ping becomes
 *   {"step": "ask.end", "kind": "choose", "rules":
 *     [{"name": "OUTCOME", "set": {"p": {outcome, result, reason, followUp,
 *       failed}}, "next": where the step ask goes on to}]};
 * without "as" it is "returned". A finish that compensates cannot come back: it
 * would undo what others did. Which version of ping it was, is known when both
 * are stored, and stands beside its name from then on.
 * What a playbook says of its runs as a whole (index, timeout, priority,
 * concurrency) counts for the outermost one only.
 */

/* The document of a playbook by name, as its file is written; NULL: none. */
struct playbook_finder {
	const cJSON *(*find)(const void *context, const char *name);
	const void *context;
};

/* document was parsed without fault. ERR_INVALID with the pointers of the
 * steps that could not be resolved: a circle, too many steps, names that grow
 * too long, text over JSON_BYTES_MAX. *ret_document is a new tree, also when
 * there was nothing to resolve. */
MUST_CHECK enum err playbook_expand(const cJSON *document,
				    const struct playbook_finder *finder,
				    struct problems *p, cJSON **ret_document);

#endif
