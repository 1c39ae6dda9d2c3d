/*
 * mendctl playbook migrate: open runs of one version of a playbook onto
 * another. A run moves only when its step stands there at the same place; which
 * ones do, and why others do not, is told before anything is done. A bulk does
 * it, so it goes on when this command has ended, and judges each run again.
 */
#include <stdio.h>
#include <string.h>

#include "../base/json.h"
#include "../flow/bulk.h"
#include "../flow/catalog.h"
#include "../flow/filter.h"
#include "../flow/migrate.h"
#include "../flow/operate.h"
#include "../store/document_store.h"
#include "commands.h"

#define PAGE 1000

struct moving {
	struct run run;
	int from;	 /* version; 0: none yet */
	const char *why; /* it stays; NULL: it moves */
};

struct migration {
	struct ctl *ctl;
	const char *name;
	struct catalog *catalog;
	const struct playbook *to;
	int64_t limit;
	cJSON *filter; /* as the API would have been given it */
	struct run_filter which;
	struct moving *item;
	int count, room, moved;
	struct bulk_request request;
	struct bulk bulk; /* that moves them */
};

static enum err read_filter(struct migration *m, int64_t from)
{
	static const char *const same[] = {"order", "prefix", "step", "state"};
	struct ctl *c = m->ctl;
	struct problems p = {.count = 0};
	struct filter filter;
	enum err e;

	m->filter = cJSON_CreateObject();
	json_set_bool(m->filter, "open", true);
	json_set_string(m->filter, "playbook",
			from ? arena_printf(&c->arena, "%s@%lld", m->name,
					    (long long)from)
			     : m->name);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (ctl_option(c, same[i]))
			json_set_string(m->filter, same[i],
					ctl_option(c, same[i]));
	e = filter_parse(m->filter, world_wall_ms(c->world), &p, &filter);
	if (e)
		return ctl_refuse_problems(c, e, &p);
	m->which = filter.run;
	return OK;
}

static enum err find_target(struct migration *m, int64_t number)
{
	struct ctl *c = m->ctl;
	struct problems p = {.count = 0};
	struct document d;
	enum err e = catalog_load(c->db, &m->catalog, &p);

	if (e)
		return ctl_refuse_problems(c, e, &p);
	m->to = catalog_playbook(m->catalog, m->name);
	if (number) {
		e = document_by_version(c->db, DOCUMENT_PLAYBOOK, m->name,
					(int)number, &c->arena, &d);
		if (!e)
			e = catalog_playbook_by_id(m->catalog, c->db, d.id,
						   &m->to);
	}
	if (e == ERR_INVALID)
		return ctl_refuse(c, e,
				  "version %lld of %s cannot be read any more",
				  (long long)number, m->name);
	if (e == ERR_NOT_FOUND || !m->to)
		return ctl_refuse(c, ERR_NOT_FOUND,
				  number ? "%s has no version %lld"
					 : "no playbook '%s' is in force",
				  m->name, (long long)number);
	return e;
}

static struct moving *next_item(struct migration *m)
{
	if (m->count == m->room) {
		int room = m->room ? 2 * m->room : 64;
		struct moving *more = arena_alloc(&m->ctl->arena,
						  (size_t)room * sizeof(*more));

		if (m->count)
			memcpy(more, m->item, (size_t)m->count * sizeof(*more));
		m->item = more;
		m->room = room;
	}
	return &m->item[m->count++];
}

static enum err judge(struct migration *m, const struct run *r)
{
	struct problems p = {.count = 0};
	const char *why = NULL;
	struct moving *k;
	int from = 0;
	enum err e;

	if (r->playbook_id == m->to->document_id)
		return OK;
	e = migrate_judge(m->catalog, m->ctl->db, r, m->to, &m->ctl->arena,
			  &why, &from);
	if (e)
		return e;
	if (!why && operate_judge(r, INBOX_MIGRATE, &p) != OK)
		why = arena_dup(&m->ctl->arena,
				p.count ? p.item[0].detail : "not now");
	k = next_item(m);
	k->run = *r;
	k->from = from;
	k->why = why;
	m->moved += !why;
	return OK;
}

static enum err find_runs(struct migration *m)
{
	struct run *page =
		arena_alloc(&m->ctl->arena, PAGE * sizeof(struct run));
	int count = 0, i;
	enum err e;

	m->which.limit = PAGE;
	do {
		e = run_list(m->ctl->db, &m->which, page, &count);
		for (i = 0; e == OK && i < count && m->count < m->limit; i++)
			e = judge(m, &page[i]);
		m->which.before_id = count ? page[count - 1].id : 0;
	} while (e == OK && count == PAGE && m->count < m->limit);
	return e;
}

/* ---- doing it ---- */

static enum err put(struct ctl *c, void *context)
{
	struct migration *m = context;
	struct problems p = {.count = 0};
	enum err e = bulk_make(c->db, c->world, &m->request, &c->actor,
			       &c->arena, &p, &m->bulk);

	return e ? ctl_refuse_problems(c, e, &p) : OK;
}

static enum err go(struct migration *m)
{
	struct bulk_request *q = &m->request;
	int64_t *ids =
		arena_alloc(&m->ctl->arena, (size_t)m->count * sizeof(*ids));
	int i;

	for (i = 0; i < m->count; i++)
		ids[i] = m->item[i].run.id;
	q->operation = "migrate";
	q->filter = m->filter;
	q->reason = ctl_option(m->ctl, "reason");
	q->playbook = m->name;
	q->version = m->to->version;
	q->run_ids = ids;
	q->run_count = m->count;
	return ctl_write(m->ctl, put, m);
}

/* ---- what is said ---- */

static void print_json(const struct migration *m, bool done)
{
	cJSON *tree = cJSON_CreateObject(), *list = cJSON_CreateArray();
	int i;

	json_set_string(tree, "playbook", m->name);
	json_set_int(tree, "to", m->to->version);
	json_set_bool(tree, "preview", !done);
	json_set_int(tree, "runs", m->count);
	json_set_int(tree, "moves", m->moved);
	if (done && m->moved)
		json_set_string(tree, "bulkId", m->bulk.public_id);
	for (i = 0; i < m->count; i++) {
		const struct moving *k = &m->item[i];
		cJSON *item = cJSON_CreateObject();

		json_set_string(item, "orderId", k->run.order_id);
		json_set_string(item, "runId", k->run.public_id);
		json_set_string(item, "state", run_state_name(k->run.state));
		json_set_string(item, "step", k->run.step);
		json_set_int(item, "from", k->from);
		json_set_bool(item, "moves", !k->why);
		json_set_string(item, "why", k->why);
		(void)cJSON_AddItemToArray(list, item);
	}
	json_set(tree, "data", list);
	output_json(tree);
}

static void print_text(struct migration *m, bool done)
{
	static const struct table_column column[] = {
		{.title = "ORDER"}, {.title = "STATE", .state = true},
		{.title = "STEP"},  {.title = "FROM", .right = true},
		{.title = "MOVES"}, {.title = "WHY NOT", .flexible = true},
	};
	struct arena *a = &m->ctl->arena;
	struct table t;
	int i;

	table_init(&t, column, sizeof(column) / sizeof(column[0]));
	for (i = 0; i < m->count; i++) {
		const struct moving *k = &m->item[i];
		const char *cells[] = {
			k->run.order_id,       run_state_name(k->run.state),
			k->run.step,	       arena_printf(a, "%d", k->from),
			k->why ? "no" : "yes", k->why,
		};

		table_row(&t, cells);
	}
	if (m->count)
		table_print(&t, &m->ctl->out);
	table_release(&t);
	(void)printf("%d open run%s of %s %s onto version %d, %d stay\n",
		     m->moved, m->moved == 1 ? "" : "s", m->name,
		     done ? "are told to move" : "would move", m->to->version,
		     m->count - m->moved);
	if (done && m->moved)
		(void)printf("mendctl bulk show %s says how far it is\n",
			     m->bulk.public_id);
	else if (!done && m->moved)
		(void)puts("--go does it");
}

static enum err migrate(struct migration *m, int64_t target, bool act)
{
	enum err e = find_target(m, target);

	if (!e)
		e = find_runs(m);
	if (!e && act && m->count > BULK_ITEMS_MAX)
		e = ctl_refuse(m->ctl, ERR_TOO_LARGE,
			       "%d runs, and a bulk takes %d: give a --limit",
			       m->count, BULK_ITEMS_MAX);
	if (!e && act && m->moved)
		e = go(m);
	if (e)
		return e;
	if (m->ctl->json)
		print_json(m, act);
	else
		print_text(m, act);
	return OK;
}

static enum err run_migrate_playbook(struct ctl *c)
{
	struct migration *m = arena_alloc(&c->arena, sizeof(*m));
	bool act = ctl_option(c, "go") != NULL;
	int64_t target = 0, from = 0;
	enum err e;

	m->ctl = c;
	m->name = c->argument[0];
	if (act && ctl_option(c, "preview"))
		return ctl_refuse(c, ERR_INVALID,
				  "--preview and --go exclude each other");
	if (act && !ctl_option(c, "reason"))
		return ctl_refuse(c, ERR_INVALID, "--go wants a --reason");
	e = ctl_number(c, "to", 1, 1000000, 0, &target);
	if (!e)
		e = ctl_number(c, "from", 1, 1000000, 0, &from);
	if (!e)
		e = ctl_number(c, "limit", 1, 1000000, 1000000, &m->limit);
	if (!e)
		e = ctl_number(c, "rate", 1, BULK_RATE_MAX, BULK_RATE_DEFAULT,
			       &m->request.rate);
	if (!e)
		e = read_filter(m, from);
	if (!e)
		e = migrate(m, target, act);
	cJSON_Delete(m->filter);
	catalog_free(m->catalog);
	return e;
}

static const struct ctl_option options[] = {
	{"from", "N", "only runs of this version", false},
	{"to", "N", "onto this version (default: the one in force)", false},
	{"order", "ORDER", "only this order's run", false},
	{"prefix", "TEXT", "only of orders that begin so", false},
	{"step", "NAME", "only at this step", false},
	{"state", "STATE", "only in this state", false},
	{"limit", "N", "at most so many, the newest", false},
	{"preview", NULL, "only say what would be done (the default)", false},
	{"go", NULL, "do it", false},
	{"reason", "TEXT", "why, for the record; with --go", false},
	{"rate", "N", "with --go: runs a second (default 50)", false},
	{NULL, NULL, NULL, false},
};

const struct command cmd_playbook_migrate = {
	.name = "playbook migrate",
	.arguments = "NAME",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = options,
	.summary = "move open runs onto another version of a playbook",
	.help = "A run moves when the step it stands in is there too, at the "
		"same place and of the\nsame kind. What each run would do, and "
		"why one stays, is listed. --go makes a\nbulk of it, which "
		"the engine carries out: see bulk show, bulk stop.\n",
	.examples = "  mendctl playbook migrate transfer_failed\n"
		    "  mendctl playbook migrate transfer_failed --from 2 --to "
		    "4 \\\n    --state WAITING_TASK --go --reason 'new "
		    "question'\n",
	.needs = NEEDS_WRITE,
	.run = run_migrate_playbook,
};
