/*
 * Playbooks: the input is one as JSON. Promises tried: what is taken has every
 * reference resolved to a step that is there, and is taken again when it is
 * printed; the check beside a catalog tells faults at places inside the
 * document; a list of problems that is full already hides no refusal; with
 * other playbooks' steps in place it is one still.
 */
#include <stdlib.h>
#include <string.h>

#include "../../engine/base/mem.h"
#include "../../engine/flow/catalog_add.h"
#include "../../engine/flow/playbook_expand.h"
#include "fuzz.h"

static const char adapter_text[] =
	"{\"adapter\":\"transfer\",\"kind\":\"local\",\"operations\":{"
	"\"get\":{\"kind\":\"read\"},"
	"\"retry\":{\"kind\":\"effect\",\"offers\":\"keyed\"}}}";
static const char playbook_text[] =
	"{\"playbook\":\"triage\",\"title\":\"t\",\"steps\":[{\"step\":\"end\","
	"\"kind\":\"finish\",\"outcome\":\"o\",\"result\":\"r\",\"reason\":"
	"\"x\"}]}";
static const char policy_text[] =
	"{\"policy\":\"policy\",\"values\":{\"refund\":{\"autoLimitMinor\":0}},"
	"\"roles\":{},\"fourEyesMinor\":1,\"dailyCapMinor\":1}";

static void add(struct catalog *c, enum document_kind kind, const char *text)
{
	struct document d = {.kind = kind, .body = mem_dup(text)};
	struct problems p = {0};

	require(catalog_add(c, &d, &p) == OK);
	free(d.body);
}

static const struct catalog *catalog(void)
{
	static struct catalog c;

	if (c.adapter_count == 0) {
		add(&c, DOCUMENT_ADAPTER, adapter_text);
		add(&c, DOCUMENT_PLAYBOOK, playbook_text);
		add(&c, DOCUMENT_POLICY, policy_text);
		c.active_count = c.playbook_count;
	}
	return &c;
}

static bool leads(const struct playbook *b, int target)
{
	return target >= GO_NOWHERE && target < b->step_count;
}

static void hold_step(const struct playbook *b, const struct step *s)
{
	require(s->name[0] && fuzz_printable(s->name));
	require((int)s->kind >= 0 && s->kind < STEP_KIND_COUNT);
	require(s->parent < b->step_count && s->parent < (int)(s - b->step));
	require(playbook_step(b, s->name) == s);
	require(leads(b, s->next) && leads(b, s->on_failure));
	require(leads(b, s->on_unknown) && leads(b, s->on_exhausted));
	require(leads(b, s->on_approve) && leads(b, s->on_reject));
	require(leads(b, s->on_void) && leads(b, s->on_due));
	require(leads(b, s->on_timeout) && leads(b, s->on_stale));
	require(s->requirement_count >= 0 &&
		s->requirement_count <= REQUIRES_MAX);
	require(s->signal_count >= 0 && s->signal_count <= SIGNALS_MAX);
	require(s->alternative_count >= 0 &&
		s->alternative_count <= ALTERNATIVES_MAX);
	for (int i = 0; i < s->alternative_count; i++)
		require(leads(b, s->alternative[i].next) &&
			s->alternative[i].name && s->alternative[i].text);
	require(s->kind != STEP_PLAYBOOK || s->playbook);
	require(s->read_count >= 0 && s->read_count <= READS_MAX);
	for (int i = 0; i < s->choice_count; i++)
		require(leads(b, s->choice[i].next) &&
			(s->choice[i].route ||
			 s->choice[i].next != GO_NOWHERE));
	if (s->kind == STEP_REPEAT)
		require(b->step[s->body].parent == (int)(s - b->step) &&
			s->maximum_attempts >= 1 && s->until);
	if (s->kind == STEP_CALL)
		require(s->operation && s->next != GO_NOWHERE);
	if (s->kind == STEP_TASK)
		require(s->title && s->proposal &&
			s->on_approve != GO_NOWHERE &&
			s->on_reject != GO_NOWHERE);
	if (s->kind == STEP_FINISH)
		require(s->outcome && s->result && s->reason);
}

static void hold_again(const struct playbook *b, struct arena *a)
{
	const char *text = json_print_arena(b->document, a);
	struct playbook *again = NULL;
	struct problems p = {0};
	cJSON *tree = NULL;

	require(json_parse_max(text, strlen(text), 6 * JSON_BYTES_MAX, NULL,
			       &tree) == OK);
	require(playbook_parse(tree, &p, &again) == OK);
	require(again->step_count == b->step_count);
	playbook_free(again);
}

/* Every name is another playbook, or this one itself. */
static const cJSON *find_self(const void *context, const char *name)
{
	const struct playbook *b = context;

	return strcmp(name, b->name) == 0
		       ? b->document
		       : catalog_playbook(catalog(), "triage")->document;
}

static void hold_expanded(const struct playbook *b)
{
	const struct playbook_finder finder = {find_self, b};
	struct playbook *whole = NULL;
	struct problems p = {0};
	cJSON *tree = NULL;

	if (playbook_expand(b->document, &finder, &p, &tree) != OK) {
		fuzz_problems(&p, true);
		return;
	}
	require(p.count == 0);
	require(playbook_parse(tree, &p, &whole) == OK);
	require(whole->step_count >= b->step_count);
	for (int i = 0; i < whole->step_count; i++)
		require(whole->step[i].kind != STEP_PLAYBOOK);
	playbook_free(whole);
}

/* Others' problems first: the answer must be the same. */
static void hold_full_list(const cJSON *tree, enum err wanted)
{
	struct problems full = {.count = PROBLEMS_MAX};
	struct playbook *b = NULL;
	enum err e = playbook_parse(cJSON_Duplicate(tree, true), &full, &b);

	require(e == wanted);
	if (e == OK)
		playbook_free(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems p = {0}, faults = {0};
	struct playbook *b = NULL;
	struct arena a = {0};
	cJSON *tree = NULL;
	enum err e;

	if (json_parse((const char *)data, size, NULL, &tree) != OK)
		return 0;
	cJSON *copy = cJSON_Duplicate(tree, true);

	e = playbook_parse(tree, &p, &b);
	require(e == OK || e == ERR_INVALID);
	fuzz_problems(&p, e != OK);
	hold_full_list(copy, e);
	cJSON_Delete(copy);
	if (e != OK)
		return 0;
	require(b->step_count > 0 && b->step_count <= STEPS_MAX);
	require(b->name[0] && b->title);
	for (int i = 0; i < b->step_count; i++)
		hold_step(b, &b->step[i]);
	playbook_check(b, catalog(), &faults);
	fuzz_problems(&faults, faults.count > 0);
	for (int i = 0; i < faults.count; i++)
		require(strncmp(faults.item[i].pointer, "/steps", 6) == 0);
	hold_again(b, &a);
	hold_expanded(b);
	playbook_free(b);
	arena_release(&a);
	return 0;
}
