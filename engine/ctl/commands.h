#ifndef MEND_CTL_COMMANDS_H
#define MEND_CTL_COMMANDS_H

#include "ctl.h"

/* Playbooks that are not in force yet, and those that are. */
extern const struct command cmd_playbook_test, cmd_playbook_backtest,
	cmd_playbook_graph, cmd_playbook_try, cmd_playbook_list,
	cmd_playbook_show, cmd_playbook_versions, cmd_playbook_migrate,
	cmd_playbook_rollback;

/* The rows of all commands; each stands in the file of its name. */
extern const struct command cmd_dev, cmd_ready, cmd_migrate, cmd_start,
	cmd_list, cmd_show, cmd_trace, cmd_task_list, cmd_task_show,
	cmd_task_claim, cmd_task_return, cmd_task_decide, cmd_task_undo,
	cmd_signal, cmd_cancel, cmd_pause, cmd_resume, cmd_retry, cmd_comment,
	cmd_kill, cmd_priority, cmd_settle, cmd_why, cmd_check, cmd_activate,
	cmd_audit_verify, cmd_audit_export, cmd_backup, cmd_halted,
	cmd_adapters, cmd_adapters_pause, cmd_adapters_resume,
	cmd_adapters_probe, cmd_switch_list, cmd_switch_pull, cmd_switch_lift;
/* Many at once, and again. */
extern const struct command cmd_replay, cmd_bulk_make, cmd_bulk_start,
	cmd_bulk_stop, cmd_bulk_list, cmd_bulk_show, cmd_stuck, cmd_groups;
extern const struct command cmd_playbook_schema;

#endif
