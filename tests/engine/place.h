#ifndef MEND_TESTS_ENGINE_PLACE_H
#define MEND_TESTS_ENGINE_PLACE_H

#include "engine/base/clock.h"
#include "engine/base/config.h"
#include "engine/base/id.h"
#include "engine/loop/engine.h"

/*
 * Where a test has an engine to itself: a folder, documents, a database, a
 * clock that stands until it is moved, chance that repeats, and a network on
 * which a call is out until the time of its answer. What that answer is, the
 * test says when the call leaves, or later. One place at a time.
 */
#define PLACE_START_MS INT64_C(1800000000000)
#define PLACE_FLYING_MAX 512

/* A call that is out. */
struct flight {
	bool used;
	int64_t tag, from_ms, at_ms; /* when it left and comes back */
	enum http_outcome outcome;
	int status; /* with 200 there is a body */
	int64_t retry_after_ms;
	int whose; /* the test's own word for it */
	char url[128];
};

/* In texts ' stands for ". */
struct place_document {
	const char *path, *text;
};

extern struct place {
	int64_t now_us;
	struct flight flight[PLACE_FLYING_MAX];
	/* Told of a call that leaves: as it stands it is answered with 200 at
	 * once. And, where not NULL, of one that is back or is let go. */
	void (*leaves)(struct flight *f, const struct http_request *r);
	void (*ends)(const struct flight *f);
	char folder[128];
	struct config config;
	struct db *db;	  /* the engine's */
	struct db *faces; /* another process's, to the engine */
	struct engine *engine;
} place;

extern const struct world place_world;

/* Clears all of the above, and starts an engine; who is told of calls is set
 * afterwards. Of limits counts what an engine may have at once. */
void place_open(const struct config *limits,
		const struct place_document *documents, int count);
void place_close(void);
/* The engine goes; another one comes. */
void place_stop(void);
void place_start(void);
/* Writes a document, which counts from the next activation on. */
void place_write(const struct place_document *document);
void place_activate(void);

int64_t place_now_ms(void);
/* To the next answer, or this far. */
void place_pass(int64_t wait_ms);

/* Nobody may do anything alone, and admins all. */
#define PLACE_POLICY                                                           \
	{                                                                      \
		"policy/policy.json",                                          \
			"{'policy': 'policy', 'values': {}, 'roles': {"        \
			"'agent': {'limitMinor': 0},"                          \
			" 'supervisor': {'limitMinor': 0},"                    \
			" 'admin': {'limitMinor': -1}}, 'fourEyesMinor': -1,"  \
			" 'dailyCapMinor': -1}"                                \
	}

#endif
