#ifndef MEND_TESTS_STORE_STORY_H
#define MEND_TESTS_STORE_STORY_H

#include "scene.h"

/*
 * What Mend does with a database in a short life: orders come in, are claimed,
 * planned (a call, a task) and decided, with checkpoints and a seal between;
 * each in a transaction of its own that may fail. It remembers what was
 * acknowledged, so that a disk can be asked for it afterwards.
 */
#define STORY_RUNS_MAX 64

struct story_run {
	char public_id[ID_SIZE];
	int64_t seq; /* of the audit entry that was acknowledged last */
};

struct story {
	struct world world;
	struct arena *arena;
	int64_t document_id;
	int rounds;
	struct story_run run[STORY_RUNS_MAX]; /* acknowledged */
	int run_count;
	int acknowledged;    /* commits, all told */
	int seen[ERR_COUNT]; /* how often which answer came */
	bool must_latch;     /* a write or a checkpoint met IO or damage */
};

/* The bytes of a database at its beginning, a policy in force and the WAL
 * empty; a copy of it is put at a path for each try. */
struct story_seed {
	char *bytes;
	size_t size;
	int64_t document_id;
};
void story_seed(struct story_seed *seed, void **state);
void story_put(const struct story_seed *seed, const char *path);

void story_init(struct story *s, const struct story_seed *seed,
		struct arena *a);
/* One round: three orders. What fails is left out and what follows is tried. */
void story_play(struct story *s, struct db *db);
/* A checkpoint as after a day of much work: the WAL is long, and is cut. */
void story_truncate(struct story *s, struct db *db, const char *path);

struct db_options story_options(const char *path, enum db_mode mode);
/* NULL, or what is wrong with the database: damaged, a chain that does not
 * hold, something half done, or something acknowledged that is not there. */
const char *story_wrong(const struct story *s, struct db *db);

#endif
