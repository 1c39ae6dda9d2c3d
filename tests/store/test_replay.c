/*
 * What a run that is begun anew knows to have happened, and who may begin it
 * where.
 */
#include "engine/flow/replay.h"

#include "engine/base/json.h"
#include "engine/store/case_store.h"
#include "engine/store/document_store.h"
#include "scene.h"

#define NOW_MS INT64_C(1800000000000)

static char steps[] =
	"{\"playbook\":\"p\",\"title\":\"P\",\"steps\":["
	"{\"step\":\"first\",\"kind\":\"wait\",\"for\":\"1s\"},"
	"{\"step\":\"second\",\"kind\":\"finish\",\"outcome\":\"O\","
	"\"result\":\"NONE\",\"reason\":\"r\"}]}";

/* One that has come to its first step, and is closed. */
static struct run closed_run(struct scene *s, const char *file)
{
	struct document d = {
		.kind = DOCUMENT_PLAYBOOK,
		.name = "p",
		.digest = "01",
		.body = steps,
		.actor = "ops",
		.created_ms = NOW_MS,
	};
	struct run r;

	assert_ok(db_begin(s->db));
	assert_ok(document_put(s->db, &d));
	assert_ok(db_commit(s->db));
	r = scene_run(s, "O-1");
	r.playbook_id = d.id;
	STR_COPY(r.step, "first");
	STR_COPY(r.progress, "first:1:0:0");
	scene_write(s, &r);
	assert_ok(db_begin(s->db));
	assert_ok(case_save(s->db, r.id, file, NOW_MS));
	assert_ok(db_commit(s->db));
	scene_close(s, &r, RUN_CANCELED);
	return r;
}

static enum err replay(struct scene *s, const struct run *r, const char *step,
		       const struct actor *who, struct run *ret_next)
{
	struct replay_request q = {.step = step, .reason = "once more"};

	memset(&s->p, 0, sizeof(s->p));
	return SCENE_DO(s, run_replay(s->db, &s->world, r->public_id, &q, who,
				      s->a, &s->p, ret_next));
}

static void an_agent_passes_nothing_by(void **state)
{
	struct run r, next;
	struct scene s;

	scene_open(&s, state);
	r = closed_run(&s, "{}");
	assert_err(replay(&s, &r, "second", &ana, &next), ERR_DENIED);
	scene_said(&s, "/step", "never came to second");
	assert_ok(replay(&s, &r, "second", &sue, &next));
	scene_close(&s, &next, RUN_CANCELED);
	r = closed_run(&s, "{}");
	assert_ok(replay(&s, &r, "first", &ana, &next));
}

/* Two things were done by a run before; this one undid the first of them. */
static void what_was_undone_since_is_not_known(void **state)
{
	const char *file =
		"{\"undo\":[{\"of\":\"a/1\",\"callId\":\"call_a\","
		"\"operation\":\"x.back\",\"params\":{},\"state\":\"done\"},"
		"{\"of\":\"b/1\",\"callId\":\"call_b\","
		"\"operation\":\"x.back\",\"params\":{},\"state\":\"open\"}],"
		"\"replayOf\":{\"done\":[{\"callId\":\"call_a\"},"
		"{\"callId\":\"call_b\"}]}}";
	struct run r, next;
	struct scene s;
	cJSON *tree = NULL;
	char *body = NULL;
	int64_t at_ms;

	scene_open(&s, state);
	r = closed_run(&s, file);
	assert_ok(replay(&s, &r, "first", &ana, &next));
	assert_ok(case_load(s.db, next.id, s.a, &body, &at_ms));
	assert_ok(json_parse(body, strlen(body), NULL, &tree));
	assert_string_equal(
		json_string(json_path(tree, "replayOf.done.0"), "callId", ""),
		"call_b");
	assert_null(json_path(tree, "replayOf.done.1"));
	assert_string_equal(
		json_string(json_path(tree, "undo.0"), "callId", ""), "call_b");
	cJSON_Delete(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(an_agent_passes_nothing_by),
		FIXTURE_TEST(what_was_undone_since_is_not_known),
	};

	return FIXTURE_RUN("replay", tests, true);
}
