/*
 * Why: whoever asks beforehand and the engine that does it judge alike.
 */
#include "migrate.h"

#include <string.h>

static const struct step *parent_of(const struct playbook *b,
				    const struct step *s)
{
	return s->parent < 0 ? NULL : &b->step[s->parent];
}

static const char *differs(const struct playbook *from,
			   const struct playbook *to, const char *step,
			   struct arena *arena, const struct step **ret_step)
{
	const struct step *a = playbook_step(from, step);
	const struct step *b = playbook_step(to, step);

	*ret_step = b;
	if (a && b && a->operation && b->operation &&
	    strcmp(a->operation, b->operation) != 0)
		return arena_printf(arena, "\"%s\" calls %s there", a->name,
				    b->operation);
	for (; a && b; a = parent_of(from, a), b = parent_of(to, b)) {
		if (strcmp(a->name, b->name) != 0)
			break;
		if (a->kind != b->kind)
			return arena_printf(arena,
					    "\"%s\" is a %s there, and a %s "
					    "here",
					    a->name, step_kind_name(b->kind),
					    step_kind_name(a->kind));
	}
	if (a || b)
		return arena_printf(
			arena, "it has no step \"%s\" at this place", step);
	return NULL;
}

const char *migrate_refusal(const struct playbook *from,
			    const struct playbook *to, const char *step,
			    struct arena *a, const struct step **ret_step)
{
	if (!from || !playbook_step(from, step))
		return "the run stands in no step of a playbook";
	if (strcmp(to->name, from->name) != 0)
		return arena_printf(a,
				    "it is of the playbook %s, and the run's "
				    "is %s",
				    to->name, from->name);
	if (to->document_id == from->document_id)
		return "the run goes by this version already";
	return differs(from, to, step, a, ret_step);
}

/* A version that this build cannot read keeps its runs where they are, and no
 * others. */
enum err migrate_judge(struct catalog *c, struct db *db, const struct run *r,
		       const struct playbook *to, struct arena *a,
		       const char **ret_why, int *ret_from)
{
	const struct playbook *from = NULL;
	const struct step *step;
	enum err e = OK;

	if (r->playbook_id)
		e = catalog_playbook_by_id(c, db, r->playbook_id, &from);
	if (e != OK && e != ERR_INVALID)
		return e;
	*ret_from = from ? from->version : 0;
	if (e == ERR_INVALID)
		*ret_why = "its version cannot be read any more";
	else if (!to)
		*ret_why = "that version cannot be read any more";
	else
		*ret_why = migrate_refusal(from, to, r->step, a, &step);
	return OK;
}
