#ifndef MEND_CGI_PROGRAM_H
#define MEND_CGI_PROGRAM_H

#include "../../engine/base/clock.h"
#include "../../engine/base/config.h"
#include "../../engine/store/store.h"
#include "request.h"
#include "response.h"

/*
 * A FastCGI program: a const description and a main of one call. The parent
 * listens and forks single-threaded workers; each opens its database after
 * the fork. A database that cannot be opened (missing, other version) makes
 * its routes answer 503 and is tried again by the next request.
 */
struct context;
struct once;
struct route;

struct program {
	const char *name;     /* "mend-runs" */
	const char *socket;   /* "runs": config_socket_path() of this name */
	const char *database; /* file in the data folder, "mend.db" */
	const struct route *routes;
	int route_count;
	/* How many workers; NULL: config.workers. */
	int64_t (*workers)(const struct config *config);
	/* In the worker, after the fork; NULL: the store, in this mode. */
	enum err (*open)(const struct config *config, struct db **ret_db);
	enum db_mode mode;
	/* Called in a worker about every housekeep_ms, busy or idle, while the
	 * database is open; NULL: never. */
	void (*housekeep)(const struct config *config, struct db *db);
	int housekeep_ms;
};

/* Everything about one request. A handler fills response and returns OK (any
 * status it likes), or returns an error with words in problems or by
 * response_refuse(). It leaves no transaction open, except that one which is
 * open when it returns an error is rolled back for it. */
struct context {
	const struct program *program;
	const struct config *config;
	const struct world *world;
	const struct route *route; /* NULL: none matched */
	struct db *db;		   /* NULL only with ROUTE_NO_DB */
	enum err db_error;	   /* why db is NULL */
	struct arena *arena;	   /* of this request */
	struct request request;
	struct response response;
	struct actor actor;
	struct problems problems;
	/* Taken, and not yet called: writes of others go first. */
	bool later;
	/* A write that once_write() took on, and what it knows of its key. Not
	 * yet done while work is set. */
	enum err (*work)(struct context *c);
	struct once *once;
	void *prepared; /* by a handler, for its work(); in the arena */
	enum err error; /* what was rendered */
};

/* main() of a program: options --socket PATH, --config PATH, --help. Returns
 * the exit code; SIGTERM and SIGINT end it with 0. */
int program_main(const struct program *program, int argc, char **argv);

/* One request, without FastCGI: dispatch and render. source outlives it. The
 * caller gives program, config, world, db, db_error, arena; body may be NULL.
 * Returns the error that was rendered, for the log and for reopening. */
enum err program_serve(struct context *c, const struct request_source *source,
		       const char *body);
/* The same in two halves, so that requests that wait together share a commit
 * and nobody's write waits for another one's search. Taken is checked, and also
 * answered unless it has c->work, for program_write() together with others of
 * the same database, in their order, or is for c->later, for program_call(). */
void program_take(struct context *c, const struct request_source *source,
		  const char *body);
void program_write(struct context *const *c, int count);
void program_call(struct context *c);
/* Frees what was made (not the arena). */
void program_done(struct context *c);

#endif
