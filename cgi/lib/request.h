#ifndef MEND_CGI_REQUEST_H
#define MEND_CGI_REQUEST_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../engine/base/arena.h"
#include "../../engine/base/err.h"

/*
 * One HTTP request, decoded strictly: every path segment and query value is
 * valid UTF-8 without control characters, every %XX is well formed, no query
 * name comes twice. Where it comes from is behind struct request_source, so
 * that tests make requests without FastCGI. All text lives in the arena; only
 * the JSON tree is freed by request_release().
 */
#define REQUEST_SEGMENTS_MAX 12
#define REQUEST_QUERY_MAX 24
#define REQUEST_PARAMS_MAX 4
#define REQUEST_ID_SIZE 40

enum method {
	METHOD_OTHER, /* none that we serve */
	METHOD_GET,   /* HEAD reads as GET with head set */
	METHOD_POST,
	METHOD_COUNT
};
const char *method_name(enum method m);

/* A CGI parameter (REQUEST_URI, HTTP_IF_NONE_MATCH, …), NULL when absent. */
struct request_source {
	const char *(*param)(void *context, const char *name);
	void *context;
};

struct request_pair {
	const char *name, *value;
};

struct request {
	const struct request_source *source;
	enum method method;
	bool head;
	const char *path; /* as sent, without the query */
	const char *segment[REQUEST_SEGMENTS_MAX];
	int segment_count;
	struct request_pair param[REQUEST_PARAMS_MAX]; /* set by the router */
	int param_count;
	struct request_pair query[REQUEST_QUERY_MAX];
	int query_count;
	char id[REQUEST_ID_SIZE]; /* nginx's $request_id */
	const char *body;    /* NULL: none, or longer than could be taken */
	int64_t body_length; /* as declared; -1: no usable length */
	cJSON *json;	     /* the parsed body; NULL: none */
};

/* ERR_INVALID: p says what; the request is then good for an error answer. */
MUST_CHECK enum err request_init(struct request *r,
				 const struct request_source *source,
				 struct arena *a, struct problems *p);
void request_release(struct request *r);

/* Takes %XX apart; plus: '+' is a space. NULL: a broken escape, a control
 * character, or bytes that are no UTF-8. */
char *request_decode(struct arena *a, const char *text, size_t length,
		     bool plus);

/* A path parameter by its name in the pattern; never NULL for a name that the
 * pattern has. */
const char *request_param(const struct request *r, const char *name);
/* NULL when absent. */
const char *request_query(const struct request *r, const char *name);
/* An integer that the route's query table has checked; fallback: absent. */
int64_t request_query_int(const struct request *r, const char *name,
			  int64_t fallback);
/* A header by its HTTP name, "If-None-Match"; NULL when absent or empty. */
const char *request_header(const struct request *r, const char *name);
/* The Content-Type is application/json, with or without parameters. */
bool request_is_json(const struct request *r);
/* If-None-Match names this tag (quoted), weak or strong. */
bool request_none_match(const struct request *r, const char *etag);

#endif
