/*
 * A day in the zoo: one engine, one network and a run for every animal in every
 * enclosure, all at once, until they have come to rest. See zoo.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../test.h"
#include "engine/base/strbuf.h"
#include "engine/flow/catalog.h"
#include "engine/flow/intake.h"
#include "engine/loop/engine.h"
#include "folder.h"
#include "zoo.h"

#define PATIENCE_MS 240000 /* of a machine that is very busy */

static struct zoo_ledger *ledger;
static pid_t zoo;
static char folder[128], conf[160];
static struct config config;
static struct db *db, *faces;
static struct network net;
static struct engine *engine;
static int deaf = -1;
static int started, resting; /* runs; and those that wait for long */

static void begin(const char *order)
{
	const struct actor keeper = {.name = "keeper", .role = ROLE_ADMIN};
	struct intake in = {.order_id = order, .priority = -1};
	struct problems problems = {.count = 0};
	enum intake_way way;
	struct run run;

	assert_int_equal(order_intake(faces, &world_real, &in, &keeper,
				      &problems, &run, &way),
			 OK);
	started++;
}

static void begin_all(void)
{
	char order[ORDER_ID_SIZE];

	assert_int_equal(db_begin(faces), OK);
	for (int e = 0; e < ENCLOSURES; e++) {
		for (int i = 0; i < animal_count; i++) {
			if (!lives_in((enum enclosure)e, &animals[i]))
				continue;
			order_of((enum enclosure)e, i, order);
			begin(order);
			resting += animals[i].waits;
		}
	}
	for (int i = 0; i < PLACES; i++) {
		(void)snprintf(order, sizeof(order), "N%s.x", place_names[i]);
		begin(order);
		(void)snprintf(order, sizeof(order), "K%s.x", place_names[i]);
		begin(order);
	}
	begin("T0.dies_when_reused");
	assert_int_equal(db_commit(faces), OK);
}

static bool over(void)
{
	int64_t count[RUN_STATE_COUNT];

	assert_int_equal(run_count_by_state(faces, count), OK);
	return count[RUN_COMPLETED] + count[RUN_HELD] +
		       count[RUN_WAITING_TASK] ==
	       started - resting;
}

static long peak_kib(void)
{
	struct rusage u;

	assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
	return u.ru_maxrss;
}

static void live(struct zoo_day *day)
{
	int64_t until = zoo_now_ms() + PATIENCE_MS, look = 0;

	day->memory_before = peak_kib();
	for (;;) {
		int64_t wait_ms = engine_tick(engine), now = zoo_now_ms();

		if (now >= look) {
			if (over() || now > until)
				break;
			look = now + 100;
		}
		net.wait(net.context, NULL, 0, wait_ms < 100 ? wait_ms : 100);
	}
	day->memory_after = peak_kib();
}

static void configure(void)
{
	static char urls[PLACES][64];
	const char *url[PLACES];
	struct catalog_check check;
	int port[PLACES], changed;

	port[CLOSED_PORT] = peer_closed_port();
	deaf = peer_deaf(&port[BLACK_HOLE]);
	port[NO_NAME] = 80;
	port[RESETS_AT_ONCE] = ledger->resets_port;
	port[HANGS_UP_AT_ONCE] = ledger->hangs_up_port;
	port[SPEAKS_FIRST] = ledger->greets_port;
	for (int i = 0; i < PLACES; i++) {
		(void)snprintf(urls[i], sizeof(urls[i]), "http://%s:%d",
			       i == NO_NAME ? "zoo.invalid" : "127.0.0.1",
			       port[i]);
		url[i] = urls[i];
	}
	zoo_configure(conf, ledger, url);
	if (catalog_activate(faces, conf, "zoo", world_wall_ms(&world_real),
			     &check, &changed) != OK)
		fail_msg("%s%s: %s", check.item[0].file,
			 check.item[0].problem.pointer,
			 check.item[0].problem.detail);
}

void zoo_day_begin(struct zoo_day *day)
{
	const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	struct engine_options o = {
		.config = &config, .world = &world_real, .pid = getpid()};

	(void)snprintf(folder, sizeof(folder), "%s/mend-zoo-XXXXXX", root);
	assert_non_null(mkdtemp(folder));
	(void)snprintf(conf, sizeof(conf), "%s/conf", folder);
	STR_COPY(config.data, folder);
	STR_COPY(config.conf, conf);
	/* The zoo stands on this machine. */
	STR_COPY(config.private_hosts, "127.0.0.1");
	config.poll_ms = 1000;
	config.checked_out = 1000;
	config.tick_runs = 50;
	config.turn_ms = 1000;
	config.call_limit = 64; /* no more at once than a busy machine serves */
	config.idempotency_days = 7;
	ledger = zoo_open(&zoo);
	assert_int_equal(store_open(&config, DB_MIGRATE, "engine", &db), OK);
	assert_int_equal(store_open(&config, DB_READ_WRITE, "faces", &faces),
			 OK);
	configure();
	assert_int_equal(http_open(&net), OK);
	o.db = db;
	o.network = net;
	assert_int_equal(engine_open(&o, &engine), OK);
	begin_all();
	live(day);
	day->ledger = ledger;
	day->faces = faces;
}

void zoo_day_end(struct zoo_day *day)
{
	engine_close(engine);
	http_close(&net);
	db_close(faces);
	db_close(db);
	zoo_close(ledger, zoo);
	peer_deaf_end(deaf);
	folder_remove(folder);
	*day = (struct zoo_day){NULL};
}
