/*
 * From any id that people have at hand to the run or task they mean.
 */
#include "find.h"

#include "../base/id.h"
#include "../flow/intake.h"

/* A run whose tasks are listed has at most this many that we look at. */
#define TASKS_MAX 200

static enum err by_order(struct ctl *c, const char *id, struct run *ret_run)
{
	const char *order = workflow_order(id);
	enum err e = run_latest_of_order(c->db, id, ret_run);

	if (e == ERR_NOT_FOUND && order)
		e = run_latest_of_order(c->db, order, ret_run);
	return e;
}

enum err find_run(struct ctl *c, const char *id, struct run *ret_run)
{
	struct task task;
	enum err e;

	if (id_valid(id, "run")) {
		e = run_by_public_id(c->db, id, ret_run);
	} else if (id_valid(id, "task")) {
		e = task_by_public_id(c->db, id, &c->arena, &task);
		if (!e)
			e = run_by_id(c->db, task.run_id, ret_run);
	} else {
		e = by_order(c, id, ret_run);
	}
	if (e == ERR_NOT_FOUND)
		return ctl_refuse(
			c, e, "no run, workflow, order or task '%.140s'", id);
	return e;
}

enum err find_task(struct ctl *c, const char *id, struct task *ret_task)
{
	struct run run;
	struct task *tasks;
	int count = 0;
	enum err e;

	if (id_valid(id, "task")) {
		e = task_by_public_id(c->db, id, &c->arena, ret_task);
		if (e == ERR_NOT_FOUND)
			return ctl_refuse(c, e, "no task '%.60s'", id);
		return e;
	}
	e = find_run(c, id, &run);
	if (e)
		return e;
	e = task_open_of_run(c->db, run.id, &c->arena, ret_task);
	if (e != ERR_NOT_FOUND)
		return e;
	e = task_of_run(c->db, run.id, TASKS_MAX, &c->arena, &tasks, &count);
	if (e)
		return e;
	if (count == 0)
		return ctl_refuse(c, ERR_NOT_FOUND, "%s has no task",
				  run.order_id);
	*ret_task = tasks[count - 1];
	return OK;
}
