/*
 * An engine to itself for one test, over a clock and a network that stand
 * still; see place.h. Nothing here is random and nothing waits.
 */
#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../test.h"
#include "engine/base/strbuf.h"
#include "engine/flow/catalog.h"
#include "engine/store/store.h"
#include "folder.h"

struct place place;

/* ---- clock and network ------------------------------------------------- */

int64_t place_now_ms(void)
{
	return place.now_us / 1000;
}

static int64_t now(void *context)
{
	(void)context;
	return place_now_ms();
}

static void fill_random(void *context, void *bytes, size_t count)
{
	static uint32_t seed = 1;
	unsigned char *to = bytes;

	(void)context;
	for (size_t i = 0; i < count; i++) {
		seed = seed * 1103515245u + 12345u;
		to[i] = (unsigned char)(seed >> 16);
	}
}

const struct world place_world = {now, now, fill_random, NULL};

static enum err start(void *context, const struct http_request *r)
{
	struct flight *f = place.flight;

	(void)context;
	while (f < place.flight + PLACE_FLYING_MAX && f->used)
		f++;
	assert_true(f < place.flight + PLACE_FLYING_MAX);
	*f = (struct flight){.used = true,
			     .tag = r->tag,
			     .from_ms = place_now_ms(),
			     .at_ms = place_now_ms(),
			     .outcome = HTTP_ANSWERED,
			     .status = 200,
			     .retry_after_ms = -1};
	STR_COPY(f->url, r->url);
	place.leaves(f, r);
	return OK;
}

static void end(struct flight *f)
{
	f->used = false;
	if (place.ends)
		place.ends(f);
}

static bool next(void *context, struct http_response *ret_response)
{
	(void)context;
	for (int i = 0; i < PLACE_FLYING_MAX; i++) {
		struct flight *f = &place.flight[i];

		if (!f->used || f->at_ms > place_now_ms())
			continue;
		*ret_response = (struct http_response){
			.tag = f->tag,
			.outcome = f->outcome,
			.status = f->status,
			.retry_after_ms = f->retry_after_ms,
			.duration_ms = place_now_ms() - f->from_ms};
		if (f->status == 200) {
			ret_response->body = strdup("{\"ok\":true}");
			ret_response->length = strlen(ret_response->body);
		}
		end(f);
		return true;
	}
	return false;
}

static void drop(void *context, int64_t tag)
{
	(void)context;
	for (int i = 0; i < PLACE_FLYING_MAX; i++) {
		struct flight *f = &place.flight[i];

		if (!f->used || f->tag != tag)
			continue;
		f->status = 0;
		end(f);
	}
}

void place_pass(int64_t wait_ms)
{
	for (int i = 0; i < PLACE_FLYING_MAX; i++) {
		const struct flight *f = &place.flight[i];

		if (f->used && f->at_ms - place_now_ms() < wait_ms)
			wait_ms = f->at_ms - place_now_ms();
	}
	if (wait_ms > 0)
		place.now_us = (place_now_ms() + wait_ms) * 1000;
}

/* ---- folder, documents, engine ----------------------------------------- */

void place_write(const struct place_document *document)
{
	const char *c = document->text;
	char path[400];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", place.config.conf,
		       document->path);
	f = fopen(path, "we");
	assert_non_null(f);
	for (; *c; c++)
		(void)fputc(*c == '\'' ? '"' : *c, f);
	(void)fclose(f);
}

void place_activate(void)
{
	struct catalog_check check;
	int changed;

	if (catalog_activate(place.db, place.config.conf, "test",
			     place_now_ms(), &check, &changed) != OK)
		fail_msg("%s %s %s", check.item[0].file,
			 check.item[0].problem.pointer,
			 check.item[0].problem.detail);
}

static void configure(const struct place_document *documents, int count)
{
	static const char *const folders[] = {"", "/adapters", "/playbooks",
					      "/policy"};
	char path[400];

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", place.config.conf,
			       folders[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	for (int i = 0; i < count; i++)
		place_write(&documents[i]);
	place_activate();
}

void place_start(void)
{
	struct engine_options o = {
		.db = place.db,
		.config = &place.config,
		.world = &place_world,
		.network = {start, next, drop, NULL, NULL, NULL},
		.pid = 1};

	assert_int_equal(engine_open(&o, &place.engine), OK);
}

void place_stop(void)
{
	engine_close(place.engine);
	place.engine = NULL;
}

void place_open(const struct config *limits,
		const struct place_document *documents, int count)
{
	const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	struct config *c = &place.config;

	memset(&place, 0, sizeof(place));
	place.now_us = PLACE_START_MS * 1000;
	(void)snprintf(place.folder, sizeof(place.folder),
		       "%s/mend-place-XXXXXX", root);
	assert_non_null(mkdtemp(place.folder));
	*c = *limits;
	c->poll_ms = 1000;
	c->turn_ms = 1000;
	c->idempotency_days = 7;
	STR_COPY(c->data, place.folder);
	(void)snprintf(c->conf, sizeof(c->conf), "%s/conf", place.folder);
	assert_int_equal(store_open(c, DB_MIGRATE, "engine", &place.db), OK);
	assert_int_equal(store_open(c, DB_READ_WRITE, "faces", &place.faces),
			 OK);
	configure(documents, count);
	place_start();
}

void place_close(void)
{
	place_stop();
	db_close(place.faces);
	db_close(place.db);
	folder_remove(place.folder);
}
