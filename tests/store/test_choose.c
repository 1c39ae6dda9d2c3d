/*
 * Deciding for one of several ways: its form, its reasons, its amount against
 * limits, four eyes and the daily cap.
 */
#include <stdio.h>

#include "engine/base/json.h"
#include "scene.h"

/* As the engine writes it: the proposal of 20.00, another of 1,200.00 that
 * needs two people, and one that costs nothing and asks for a row. */
static const char proposal_text[] =
	"{'text':'Refund','action':{'operation':'p.refund','params':{}},"
	"'amountMinor':2000,'currency':'EUR','evidence':[],"
	"'form':[{'name':'why','label':'Why','type':'text','required':true}],"
	"'reasonCodes':{'approve':[{'code':'ok','label':'Ok'},{'code':'vip',"
	"'label':'Vip'}],'reject':[{'code':'fraud','label':'Fraud'}]},"
	"'alternatives':["
	"{'name':'proposal','text':'Refund','amountMinor':2000,'currency':"
	"'EUR','approvalsNeeded':1},"
	"{'name':'buy','text':'Buy others','amountMinor':120000,'currency':"
	"'EUR','approvalsNeeded':2},"
	"{'name':'move','text':'Move','amountMinor':null,'currency':null,"
	"'approvalsNeeded':1,'form':[{'name':'row','label':'Row','type':"
	"'number','required':true}]}]}";

static char proposal[sizeof(proposal_text)];

struct said {
	bool approved;
	const char *alternative, *form, *code;
};

static enum err decide(struct scene *s, struct task *t, struct said said,
		       const struct actor *who)
{
	char text[200] = "{}";
	struct task_decision d = {
		.approved = said.approved,
		.alternative = said.alternative,
		.reason_code = said.code,
	};
	cJSON *form = NULL;
	enum err e;
	size_t i;

	if (said.form) {
		(void)snprintf(text, sizeof(text), "%s", said.form);
		for (i = 0; text[i]; i++) {
			if (text[i] == '\'')
				text[i] = '"';
		}
		assert_ok(json_parse(text, strlen(text), NULL, &form));
		d.form = form;
	}
	e = SCENE_DO(s, task_decide(s->db, &s->world, t->public_id, NULL, &d,
				    who, s->a, &s->p, t));
	cJSON_Delete(form);
	return e;
}

static struct task opened(struct scene *s, const char *order, struct run *r)
{
	struct task t;
	size_t i;

	for (i = 0; proposal_text[i]; i++)
		proposal[i] = proposal_text[i] == '\'' ? '"' : proposal_text[i];
	*r = scene_run(s, order);
	s->proposal = proposal;
	t = scene_task(s, r, 2000, 1);
	s->proposal = NULL;
	return t;
}

#define WHY "{'why': 'late'}"

static void another_way(void **state)
{
	struct audit_entry entry;
	struct decision *rows;
	struct inbox_row *inbox;
	struct scene s;
	struct run r;
	struct task t;
	int count;

	scene_open(&s, state);
	t = opened(&s, "ORDER-1", &r);
	assert_ok(decide(
		&s, &t, (struct said){true, "move", "{'row': 4}", "ok"}, &ana));
	t = scene_task_reread(&s, &t);
	assert_int_equal(t.state, TASK_DECIDED);
	assert_string_equal(t.alternative, "move");
	assert_string_equal(t.form, "{\"row\":4}");
	assert_string_equal(t.reason_code, "ok");
	assert_int_equal(scene_audit(&s, &r, "TASK_DECIDED", &entry), 1);
	assert_string_equal(entry.message,
			    "Ana approved move: Refund 20.00 EUR?");
	assert_non_null(strstr(entry.data, "\"alternative\":\"move\""));
	assert_non_null(strstr(entry.data, "\"form\":{\"row\":4}"));
	assert_non_null(strstr(entry.data, "\"amountMinor\":null"));
	assert_int_equal(scene_inbox(&s, &r, &inbox), 1);
	assert_non_null(strstr(inbox[0].body, "\"row\":4"));
	assert_ok(decision_list(s.db, t.id, s.a, &rows, &count));
	assert_string_equal(rows[0].alternative, "move");
	assert_string_equal(rows[0].form, "{\"row\":4}");
	assert_string_equal(rows[0].reason_code, "ok");
	assert_int_equal(rows[0].amount_minor, -1);
	scene_sound(&s, &r);
	/* Taken back, all of it. */
	assert_ok(SCENE_DO(&s, task_undo(s.db, &s.world, t.public_id, 0, &ana,
					 s.a, &s.p, &t)));
	t = scene_task_reread(&s, &t);
	assert_string_equal(t.alternative, "");
	assert_null(t.form);
}

static void refusals(void **state)
{
	static const struct {
		struct said said;
		const char *pointer, *words;
	} rows[] = {
		{{true, NULL, WHY, NULL}, "/reasonCode", "missing"},
		{{true, NULL, WHY, "fraud"}, "/reasonCode", "ok, vip"},
		{{false, NULL, NULL, "ok"}, "/reasonCode", "fraud"},
		{{true, NULL, NULL, "ok"}, "/form/why", "Why is required"},
		{{true, "move", WHY, "ok"}, "/form/why", "no field"},
		{{true, "move", "{'row': 'x'}", "ok"}, "/form/row", "a number"},
		{{true, "fly", "{}", "ok"},
		 "/alternative",
		 "proposal, buy, move"},
		{{false, "move", NULL, "fraud"}, "/alternative", "all of them"},
	};
	struct scene s;
	struct run r;
	struct task t;
	size_t i, k;

	scene_open(&s, state);
	t = opened(&s, "ORDER-1", &r);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool found = false;

		assert_err(decide(&s, &t, rows[i].said, &ana), ERR_INVALID);
		for (k = 0; k < (size_t)s.p.count; k++)
			found = found ||
				(strcmp(s.p.item[k].pointer, rows[i].pointer) ==
					 0 &&
				 strstr(s.p.item[k].detail, rows[i].words));
		if (!found)
			fail_msg("row %zu: %s at %s", i, s.p.item[0].detail,
				 s.p.item[0].pointer);
	}
	/* All faults in one go. */
	assert_err(decide(&s, &t, (struct said){true, NULL, NULL, NULL}, &ana),
		   ERR_INVALID);
	assert_int_equal(s.p.count, 2);
	assert_ok(decide(&s, &t, (struct said){false, NULL, NULL, "fraud"},
			 &ana));
}

static void its_amount_counts(void **state)
{
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	t = opened(&s, "ORDER-1", &r);
	/* Ana may approve the 20.00, not the 1,200.00. */
	assert_err(decide(&s, &t, (struct said){true, "buy", WHY, "ok"}, &ana),
		   ERR_DENIED);
	scene_said(&s, "", "over the limit");
	assert_ok(decide(&s, &t, (struct said){true, "proposal", WHY, "ok"},
			 &ana));
	assert_string_equal(scene_task_reread(&s, &t).alternative, "");
	/* 3,000.00 a day: two of 1,200.00 are in it, a third is not. */
	for (int i = 2; i < 5; i++) {
		char order[16];

		snprintf(order, sizeof(order), "ORDER-%d", i);
		t = opened(&s, order, &r);
		if (i < 4)
			assert_ok(decide(&s, &t,
					 (struct said){true, "buy", WHY, "ok"},
					 &sue));
		else
			assert_err(decide(&s, &t,
					  (struct said){true, "buy", WHY, "ok"},
					  &sue),
				   ERR_DENIED);
	}
	assert_ok(decide(&s, &t, (struct said){true, NULL, WHY, "ok"}, &sue));
}

static void four_eyes_see_the_same(void **state)
{
	const struct said buy = {true, "buy", WHY, "ok"};
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	t = opened(&s, "ORDER-1", &r);
	assert_ok(decide(&s, &t, buy, &sue));
	t = scene_task_reread(&s, &t);
	assert_int_equal(t.state, TASK_OPEN);
	assert_int_equal(t.approvals_needed, 2);
	assert_string_equal(t.alternative, "buy");
	assert_err(decide(&s, &t, (struct said){true, NULL, WHY, "ok"}, &sam),
		   ERR_CONFLICT);
	scene_said(&s, "/alternative", "\"buy\"");
	assert_err(decide(&s, &t,
			  (struct said){true, "buy", "{'why': 'vip'}", "ok"},
			  &sam),
		   ERR_CONFLICT);
	scene_said(&s, "/form", "other values");
	/* He need not type it again. */
	assert_ok(decide(&s, &t, (struct said){true, "buy", NULL, "ok"}, &sam));
	t = scene_task_reread(&s, &t);
	assert_int_equal(t.state, TASK_DECIDED);
	assert_string_equal(t.form, "{\"why\":\"late\"}");
	/* Undone, the proposal needs one pair of eyes again. */
	assert_ok(SCENE_DO(&s, task_undo(s.db, &s.world, t.public_id, 0, &sam,
					 s.a, &s.p, &t)));
	assert_int_equal(scene_task_reread(&s, &t).approvals_needed, 1);
	assert_ok(decide(&s, &t, (struct said){true, NULL, WHY, "ok"}, &ana));
	assert_int_equal(scene_task_reread(&s, &t).state, TASK_DECIDED);
}

/* Tasks of before there were forms: nothing is asked, any code is taken. */
static void plain_ones(void **state)
{
	struct scene s;
	struct run r;
	struct task t;

	scene_open(&s, state);
	r = scene_run(&s, "ORDER-1");
	t = scene_task(&s, &r, 2000, 1);
	assert_err(decide(&s, &t, (struct said){true, "buy", NULL, NULL}, &ana),
		   ERR_INVALID);
	scene_said(&s, "/alternative", "proposal");
	assert_err(decide(&s, &t, (struct said){true, NULL, WHY, NULL}, &ana),
		   ERR_INVALID);
	assert_ok(decide(&s, &t, (struct said){true, "proposal", "{}", "any"},
			 &ana));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(another_way),
		FIXTURE_TEST(refusals),
		FIXTURE_TEST(its_amount_counts),
		FIXTURE_TEST(four_eyes_see_the_same),
		FIXTURE_TEST(plain_ones),
	};

	return FIXTURE_RUN("choose", tests, true);
}
