#ifndef MEND_CGI_RESPONSE_H
#define MEND_CGI_RESPONSE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "../../engine/base/err.h"
#include "../../engine/base/strbuf.h"
#include "request.h"

/*
 * One HTTP answer. Handlers fill it and return an enum err; response_finish()
 * is the only place that renders, and the only mapping from error to HTTP.
 * Errors are RFC 9457 problem+json:
 *   {type, title, status, detail, code, requestId, errors:[{pointer, detail}],
 *    current?}
 * Every 200 to a GET carries a strong ETag, the digest of its body, and turns
 * into 304 when If-None-Match has it.
 */
#define RESPONSE_HEADERS_MAX 8
#define RESPONSE_BYTES_MAX (8 * 1024 * 1024)

struct response_header {
	const char *name;
	char value[256];
};

struct response {
	int status;	  /* 0: 200 */
	cJSON *json;	  /* owned; what will be printed */
	const char *text; /* instead of json; the caller's, or the arena's */
	size_t text_length;
	const char *type; /* of text; NULL: application/json */
	struct response_header header[RESPONSE_HEADERS_MAX];
	int header_count;
	/* of a refusal: */
	cJSON *current;	  /* owned; the state that stood in the way */
	const char *code; /* NULL: the error's own */
	char detail[400]; /* "": from the problems, or the error's own */
	/* made by response_finish: */
	struct strbuf head; /* "Status: …" up to the empty line */
	const char *body;
	size_t body_length;
};

void response_init(struct response *r);
void response_release(struct response *r);

/* The answer is this tree; takes it. NULL renders as null. */
void response_json(struct response *r, int status, cJSON *tree);
/* The answer is this text, byte for byte. */
void response_text(struct response *r, int status, const char *type,
		   const char *text, size_t length);
/* Sets or replaces. Name is static; a value with control characters is left
 * out. */
void response_header(struct response *r, const char *name, const char *value);
/* Words for a refusal, to go with the error that the handler returns. code is
 * static; NULL: the error's own. Returns e. */
__attribute__((format(printf, 4, 5))) MUST_CHECK enum err
response_refuse(struct response *r, enum err e, const char *code,
		const char *format, ...);
/* The text of the tree that will be the body; made once, good as long as the
 * response and the arena. */
const char *response_body(struct response *r, struct arena *a);

/* Renders: after it, head, body and body_length are what goes out. */
void response_finish(struct response *r, enum err e, const struct request *req,
		     const struct problems *p, struct arena *a);

int response_status_of(enum err e);
const char *response_code_of(enum err e);
const char *response_title_of(enum err e);

#endif
