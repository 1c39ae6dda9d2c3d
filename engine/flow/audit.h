#ifndef MEND_FLOW_AUDIT_H
#define MEND_FLOW_AUDIT_H

/*
 * The kinds of audit entries; KPIs are computed from them (domain.md). One
 * table, so that a kind that nobody declared cannot be written.
 */
enum audit_kind {
	AUDIT_RECEIVED,
	AUDIT_JOINED,
	AUDIT_CLASSIFIED,
	AUDIT_ROUTED,
	AUDIT_STEP,
	AUDIT_GATHERED,
	AUDIT_CHOSEN,
	AUDIT_CASE_OPENED,
	AUDIT_FOCUS,
	AUDIT_TASK_OPENED,
	AUDIT_TASK_CLAIMED,
	AUDIT_TASK_RETURNED,
	AUDIT_TASK_SNOOZED,
	AUDIT_TASK_SIGNED, /* the first of four eyes */
	AUDIT_TASK_DECIDED,
	AUDIT_TASK_EXPIRED,
	AUDIT_TASK_ESCALATED,
	AUDIT_TASK_VOID,
	AUDIT_TASK_DONE,
	AUDIT_DECISION_UNDONE,
	AUDIT_OPERATOR_ACTION,
	AUDIT_REFUSED, /* an operator's word that was not followed, and why */
	AUDIT_PRIORITY,
	AUDIT_EFFECT_KNOWN, /* of a replay: it happened before */
	AUDIT_SETTLED,	    /* a call of unknown outcome, by a person */
	AUDIT_MIGRATED,
	AUDIT_UNDO_NOTED, /* what would undo an effect */
	AUDIT_UNDONE,
	AUDIT_TIMED_OUT,
	AUDIT_STALE, /* what an effect rests on is not fresh enough */
	AUDIT_SLOT,  /* of a concurrency key: waited for, taken */
	AUDIT_COMMENT,
	AUDIT_MESSAGE_SENT,
	AUDIT_CALL_INTENT,
	AUDIT_CALL_RESULT,
	AUDIT_CALL_LATE, /* an answer that nobody waited for any more */
	AUDIT_ACCEPTED_CONFIRMED,
	AUDIT_REFUND_EXECUTED,
	AUDIT_SIGNAL_RECEIVED,
	AUDIT_SIGNAL_CONSUMED,
	AUDIT_WAITING,
	AUDIT_BACKING_OFF,
	AUDIT_BLOCKED,
	AUDIT_PAUSED,
	AUDIT_RESUMED,
	AUDIT_HELD,
	AUDIT_CANCELING,
	AUDIT_CLOSED,
	AUDIT_REOPENED,
	AUDIT_CORRECTED,
	/* of the system chain */
	AUDIT_ENGINE_STARTED,
	AUDIT_ENGINE_STOPPED,
	AUDIT_CONFIGURATION,
	AUDIT_CLOCK_JUMP,
	AUDIT_BULK_MADE,
	AUDIT_BULK_STARTED,
	AUDIT_BULK_STOPPED,
	AUDIT_BULK_DONE,
	AUDIT_SEAL,
	AUDIT_CONTROL_PULLED, /* a pause, a switch, a wish to probe */
	AUDIT_CONTROL_LIFTED,
	AUDIT_KIND_COUNT
};
const char *audit_kind_name(enum audit_kind k);

#endif
