#ifndef MEND_CTL_CASE_PLAY_H
#define MEND_CTL_CASE_PLAY_H

#include "cases.h"

/*
 * Inside the playing of golden cases only: cases.c plays, case_read.c reads the
 * parts of a case, case_check.c looks for slips of the pen. What is wrong goes
 * into problems, with the file.
 */
#define CASE_SAID_MAX 64
#define CASE_PEOPLE_MAX 32
#define CASE_BASES_MAX 32

struct playing {
	const struct catalog *catalog;
	const char *dir;
	struct arena *arena;
	struct problems *problems;
	const cJSON *people[CASE_PEOPLE_MAX];
	bool acted[CASE_PEOPLE_MAX];
	const cJSON *group; /* NULL: this run does it all */
	int people_count;
	struct rehearse_said said[CASE_SAID_MAX];
	int said_count;
	struct fixture fixture;
	/* Bases are read once. */
	cJSON *base[CASE_BASES_MAX];
	const char *base_name[CASE_BASES_MAX];
	int base_count;
};

/* A file as a tree, the caller's; NULL: a problem. */
cJSON *case_tree(const char *path, struct problems *p);
/* _base/NAME.json, read once; NULL: a problem. */
const cJSON *case_base(struct playing *y, const char *name);
/* Signals, events and operators, by their time. */
void case_read_said(struct playing *y, const cJSON *tree, const char *file);
void case_read_people(struct playing *y, const cJSON *tree, const char *file);
void case_check(struct playing *y, const cJSON *tree, const char *file);

#endif
