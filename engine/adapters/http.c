/*
 * HTTP out over libcurl's multi interface: one thread, many exchanges, and the
 * only file that knows curl.
 *
 * An exchange is flying (curl has it), done (its response waits for
 * http_next()) or idle (a spare handle). Always holds: a request with an effect
 * goes out at most once, on a connection of its own, for curl silently repeats
 * one whose reused connection died; NOT_SENT is only said when curl had not
 * come to sending; no answer, whatever its peer sends, costs more than
 * HTTP_BODY_MAX and HEAD_MAX of memory, or more than its time-out.
 */
#include "http.h"

#include <curl/curl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "../base/mem.h"
#include "../base/strbuf.h"

#define HEAD_MAX ((size_t)64 * 1024) /* bytes of header lines */
#define IDLE_MAX 64
#define KEPT_CONNECTIONS_MAX 128L
#define KEPT_SECONDS_MAX 30L /* peers drop idle ones after a minute or so */
#define RECEIVE_BUFFER 4096L /* answers are small, and there are many */
#define TIMEOUT_MS_DEFAULT 5000
#define RETRY_AFTER_MS_MAX (INT64_C(3600) * 1000)
#define WAIT_FDS_MAX 16

struct exchange {
	struct exchange *next, *before;
	CURL *easy;
	struct curl_slist *lines;
	int64_t tag;
	bool sending; /* from here on the peer may have seen it */
	bool too_large;
	bool private_too; /* its host may have a private address */
	bool refused;	  /* an address was private, … */
	bool tried;	  /* … another one was not */
	bool bad;	  /* curl took an option not */
	size_t head_length;
	struct strbuf body;
	char error[CURL_ERROR_SIZE];
	struct http_response response; /* once done */
};

struct http {
	CURLM *multi;
	struct reach_rules reach;
	struct curl_slist *resolve; /* for tests */
	struct exchange *flying, *idle;
	struct exchange *done, *done_last; /* in order of completion */
	int idle_count;
};

/* ---- while it flies --------------------------------------------------- */

static int before_sending(void *context, char *peer, char *local, int peer_port,
			  int local_port)
{
	struct exchange *x = context;

	(void)peer, (void)local, (void)peer_port, (void)local_port;
	x->sending = true;
	return CURL_PREREQFUNC_OK;
}

/* Who opens the socket knows the address, whatever the name meant before. */
static curl_socket_t open_socket(void *context, curlsocktype purpose,
				 struct curl_sockaddr *address)
{
	struct exchange *x = context;

	(void)purpose;
	if (!x->private_too && reach_is_private(&address->addr)) {
		x->refused = true;
		return CURL_SOCKET_BAD;
	}
	x->tried = true;
	return socket(address->family, address->socktype | SOCK_CLOEXEC,
		      address->protocol);
}

static size_t take_head(char *bytes, size_t size, size_t count, void *context)
{
	struct exchange *x = context;

	(void)bytes;
	x->head_length += size * count;
	if (x->head_length > HEAD_MAX)
		x->too_large = true;
	return x->too_large ? 0 : size * count;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct exchange *x = context;

	strbuf_add_n(&x->body, bytes, size * count);
	if (x->body.truncated)
		x->too_large = true;
	return x->too_large ? 0 : size * count;
}

/* ---- handles ---------------------------------------------------------- */

static struct exchange *exchange_obtain(struct http *h)
{
	struct exchange *x = h->idle;
	CURL *easy;

	if (x) {
		h->idle = x->next;
		h->idle_count--;
		easy = x->easy;
		curl_easy_reset(easy);
	} else {
		x = mem_alloc(sizeof(*x));
		easy = curl_easy_init();
		if (!easy)
			mem_exhausted(sizeof(*x));
	}
	*x = (struct exchange){.easy = easy};
	strbuf_init(&x->body, HTTP_BODY_MAX);
	return x;
}

static void exchange_free(struct exchange *x)
{
	curl_slist_free_all(x->lines);
	strbuf_release(&x->body);
	curl_easy_cleanup(x->easy);
	free(x);
}

/* Back to the spare ones, without what it carried. Only one that came to
 * sending: curl leaves others with a receive buffer of the last size, refuses
 * to set the size again, and would go by its default. */
static void exchange_recycle(struct http *h, struct exchange *x)
{
	if (!x->sending || h->idle_count >= IDLE_MAX) {
		exchange_free(x);
		return;
	}
	curl_slist_free_all(x->lines);
	x->lines = NULL;
	strbuf_release(&x->body);
	x->next = h->idle;
	h->idle = x;
	h->idle_count++;
}

static void flying_unlink(struct http *h, struct exchange *x)
{
	if (x->before)
		x->before->next = x->next;
	else
		h->flying = x->next;
	if (x->next)
		x->next->before = x->before;
	x->next = x->before = NULL;
	(void)curl_multi_remove_handle(h->multi, x->easy);
}

/* ---- starting --------------------------------------------------------- */

#define SET(x, option, value)                                                  \
	((x)->bad |= curl_easy_setopt((x)->easy, (option), (value)) != CURLE_OK)

static void add_line(struct exchange *x, const char *line)
{
	struct curl_slist *lines = curl_slist_append(x->lines, line);

	if (!lines)
		mem_exhausted(strlen(line));
	x->lines = lines;
}

static void set_method(struct exchange *x, const struct http_request *r)
{
	bool has_content = r->body || (strcmp(r->method, "GET") != 0 &&
				       strcmp(r->method, "DELETE") != 0);
	const char *content = r->body ? r->body : "";

	/* COPYPOSTFIELDS, for the caller's text is gone when it is sent. */
	if (has_content) {
		SET(x, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)strlen(content));
		SET(x, CURLOPT_COPYPOSTFIELDS, content);
	}
	SET(x, CURLOPT_CUSTOMREQUEST, r->method);
	/* Without a value curl leaves its own line out. */
	add_line(x,
		 r->body ? "Content-Type: application/json" : "Content-Type:");
	add_line(x, "Expect:");
	for (int i = 0; i < r->header_count; i++)
		add_line(x, r->header[i]);
	if (r->effect)
		add_line(x, "Connection: close");
	SET(x, CURLOPT_HTTPHEADER, x->lines);
}

static void set_limits(struct exchange *x, const struct http_request *r)
{
	int64_t timeout = r->timeout_ms;
	int64_t connect = r->connect_timeout_ms;

	/* 0 would be "for ever" to curl. */
	if (timeout <= 0 || timeout > LONG_MAX)
		timeout = TIMEOUT_MS_DEFAULT;
	if (connect <= 0 || connect > timeout)
		connect = timeout;
	SET(x, CURLOPT_TIMEOUT_MS, (long)timeout);
	SET(x, CURLOPT_CONNECTTIMEOUT_MS, (long)connect);
	SET(x, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)HTTP_BODY_MAX);
	SET(x, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
	SET(x, CURLOPT_MAXAGE_CONN, KEPT_SECONDS_MAX);
	SET(x, CURLOPT_FRESH_CONNECT, r->effect ? 1L : 0L);
	SET(x, CURLOPT_FORBID_REUSE, r->effect ? 1L : 0L);
}

static void set_manners(struct exchange *x)
{
	SET(x, CURLOPT_NOSIGNAL, 1L);
	SET(x, CURLOPT_QUICK_EXIT, 1L);
	SET(x, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(x, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(x, CURLOPT_FOLLOWLOCATION, 0L);
	SET(x, CURLOPT_PROXY, "");
	SET(x, CURLOPT_PATH_AS_IS, 1L);
	SET(x, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(x, CURLOPT_USERAGENT, "mend");
	SET(x, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	SET(x, CURLOPT_OPENSOCKETDATA, x);
	SET(x, CURLOPT_PREREQFUNCTION, before_sending);
	SET(x, CURLOPT_PREREQDATA, x);
	SET(x, CURLOPT_HEADERFUNCTION, take_head);
	SET(x, CURLOPT_HEADERDATA, x);
	SET(x, CURLOPT_WRITEFUNCTION, take_body);
	SET(x, CURLOPT_WRITEDATA, x);
	SET(x, CURLOPT_ERRORBUFFER, x->error);
	SET(x, CURLOPT_PRIVATE, x);
}

/* ---- finishing -------------------------------------------------------- */

/* Seconds or an HTTP date (RFC 9110, section 10.2.3); -1: neither. */
static int64_t retry_after_ms(CURL *easy)
{
	struct curl_header *header;
	int64_t seconds;
	time_t at;

	if (curl_easy_header(easy, "Retry-After", 0, CURLH_HEADER, -1,
			     &header) != CURLHE_OK)
		return -1;

	size_t digits = strspn(header->value, "0123456789");

	if (digits > 0 && header->value[digits] == '\0') {
		/* Longer ones are over the cap, and over what fits. */
		seconds = digits > 9 ? RETRY_AFTER_MS_MAX
				     : strtoll(header->value, NULL, 10);
	} else {
		at = curl_getdate(header->value, NULL);
		if (at == -1)
			return -1;
		seconds = at - time(NULL);
	}
	if (seconds < 0)
		return 0;
	return seconds > RETRY_AFTER_MS_MAX / 1000 ? RETRY_AFTER_MS_MAX
						   : seconds * 1000;
}

/* Several lengths that differ: which of them the peer goes by is not known, nor
 * where its answer ends (RFC 9112, section 6.3). */
static bool lengths_differ(CURL *easy)
{
	static const char name[] = "Content-Length";
	struct curl_header *header;
	char first[32];

	if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) !=
	    CURLHE_OK)
		return false;
	STR_COPY(first, header->value);
	/* Also as one line with a comma between them. */
	if (first[strspn(first, "0123456789")] != '\0')
		return true;
	for (size_t i = 1; i < header->amount; i++) {
		if (curl_easy_header(easy, name, i, CURLH_HEADER, -1,
				     &header) != CURLHE_OK ||
		    strcmp(first, header->value) != 0)
			return true;
	}
	return false;
}

static enum http_outcome outcome_of(const struct exchange *x, CURLcode code,
				    long status)
{
	if (x->too_large || code == CURLE_FILESIZE_EXCEEDED)
		return HTTP_TOO_LARGE;
	if (code == CURLE_OK && status > 0)
		return lengths_differ(x->easy) ? HTTP_BROKEN : HTTP_ANSWERED;
	if (!x->sending)
		return x->refused && !x->tried ? HTTP_REFUSED : HTTP_NOT_SENT;
	return code == CURLE_OPERATION_TIMEDOUT ? HTTP_TIMED_OUT : HTTP_BROKEN;
}

static void done_append(struct http *h, struct exchange *x)
{
	if (h->done_last)
		h->done_last->next = x;
	else
		h->done = x;
	h->done_last = x;
}

static void finish(struct http *h, struct exchange *x, CURLcode code)
{
	struct http_response *r = &x->response;
	const char *type = NULL;
	curl_off_t took_us = 0;
	long status = 0;

	(void)curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(x->easy, CURLINFO_CONTENT_TYPE, &type);
	(void)curl_easy_getinfo(x->easy, CURLINFO_TOTAL_TIME_T, &took_us);
	*r = (struct http_response){
		.tag = x->tag,
		.outcome = outcome_of(x, code, status),
		.status = (int)status,
		.retry_after_ms = retry_after_ms(x->easy),
		.duration_ms = took_us / 1000,
	};
	STR_COPY(r->content_type, type);
	if (code != CURLE_OK)
		STR_COPY(r->error,
			 x->error[0] ? x->error : curl_easy_strerror(code));
	else if (r->outcome != HTTP_ANSWERED)
		STR_COPY(r->error, "lengths that differ");
	if (r->outcome == HTTP_REFUSED)
		STR_COPY(r->error, "its host has a private address, and may "
				   "not (setting private_hosts)");
	/* Half a body is none. */
	if (r->outcome == HTTP_ANSWERED) {
		r->body = x->body.data;
		r->length = x->body.length;
		strbuf_init(&x->body, 0);
	}
	flying_unlink(h, x);
	done_append(h, x);
}

/* It does not leave. */
static void end_at_once(struct http *h, struct exchange *x,
			enum http_outcome outcome, const char *why)
{
	x->response = (struct http_response){
		.tag = x->tag, .outcome = outcome, .retry_after_ms = -1};
	STR_COPY(x->response.error, why);
	done_append(h, x);
}

bool http_url_host(const char *url, char ret_host[HTTP_HOST_SIZE])
{
	CURLU *u = curl_url();
	char *host = NULL;
	bool there = false;

	if (!u)
		mem_exhausted(1);
	if (curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
		size_t length = strlen(host);
		bool brackets = host[0] == '[' && length > 2;

		if (brackets)
			host[length - 1] = '\0';
		there = str_copy(ret_host, HTTP_HOST_SIZE,
				 brackets ? host + 1 : host);
	}
	curl_free(host);
	curl_url_cleanup(u);
	return there;
}

static bool may_go(struct http *h, struct exchange *x, const char *url)
{
	char host[HTTP_HOST_SIZE];

	x->private_too = !h->reach.set;
	if (!h->reach.set)
		return true;
	if (!http_url_host(url, host) || !reach_has(h->reach.allow, host))
		return false;
	x->private_too = reach_has(h->reach.private, host);
	return true;
}

/* Never fails: who has made a call durable is always told what became of it. */
static enum err http_start(void *context, const struct http_request *r)
{
	struct http *h = context;
	struct exchange *x = exchange_obtain(h);

	x->tag = r->tag;
	if (!may_go(h, x, r->url)) {
		end_at_once(h, x, HTTP_REFUSED,
			    "its host is none that calls may go to");
		return OK;
	}
	set_manners(x);
	set_limits(x, r);
	set_method(x, r);
	SET(x, CURLOPT_URL, r->url);
	if (h->resolve)
		SET(x, CURLOPT_RESOLVE, h->resolve);
	if (x->bad || curl_multi_add_handle(h->multi, x->easy) != CURLM_OK) {
		end_at_once(h, x, HTTP_NOT_SENT, "the request cannot be made");
		return OK;
	}
	x->next = h->flying;
	if (h->flying)
		h->flying->before = x;
	h->flying = x;
	return OK;
}

/* Lets curl work on what is ready, and takes over what finished. */
static void pump(struct http *h)
{
	CURLMsg *message;
	int count;

	if (!h->flying)
		return;
	(void)curl_multi_perform(h->multi, &count);
	while ((message = curl_multi_info_read(h->multi, &count))) {
		struct exchange *x = NULL;
		CURLcode code = message->data.result;

		(void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
					(char **)&x);
		finish(h, x, code);
	}
}

static bool http_next(void *context, struct http_response *ret_response)
{
	struct http *h = context;
	struct exchange *x;

	if (!h->done)
		pump(h);
	x = h->done;
	if (!x)
		return false;
	h->done = x->next;
	if (!h->done)
		h->done_last = NULL;
	*ret_response = x->response;
	exchange_recycle(h, x);
	return true;
}

static void http_drop(void *context, int64_t tag)
{
	struct http *h = context;
	struct exchange *x = h->flying;
	struct exchange **link = &h->done;

	while (x && x->tag != tag)
		x = x->next;
	if (x) {
		flying_unlink(h, x);
		exchange_recycle(h, x);
		return;
	}
	h->done_last = NULL;
	while ((x = *link)) {
		if (x->tag == tag) {
			*link = x->next;
			free(x->response.body);
			exchange_recycle(h, x);
		} else {
			h->done_last = x;
			link = &x->next;
		}
	}
}

/* ---- sleeping --------------------------------------------------------- */

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Sleeps once; returns whether one of fds has something. */
static bool sleep_once(struct http *h, struct pollfd *fds, int count,
		       int64_t timeout_ms)
{
	struct curl_waitfd extra[WAIT_FDS_MAX];
	int timeout = timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms;
	bool any = false;

	for (int i = 0; i < count; i++)
		extra[i] = (struct curl_waitfd){.fd = fds[i].fd,
						.events = CURL_WAIT_POLLIN};
	if (curl_multi_poll(h->multi, extra, (unsigned)count, timeout, NULL) !=
	    CURLM_OK) {
		/* Never spin, and never be deaf to the signals. */
		(void)poll(fds, (nfds_t)count, timeout);
		return true;
	}
	for (int i = 0; i < count; i++) {
		fds[i].revents = extra[i].revents ? POLLIN : 0;
		any |= extra[i].revents != 0;
	}
	return any;
}

static void http_wait(void *context, struct pollfd *fds, int count,
		      int64_t timeout_ms)
{
	struct http *h = context;
	int64_t start = now_ms();
	int64_t left = timeout_ms > 0 ? timeout_ms : 0;
	bool readable;

	if (count > WAIT_FDS_MAX)
		count = WAIT_FDS_MAX;
	for (;;) {
		if (!h->done)
			pump(h);
		readable = sleep_once(h, fds, count, h->done ? 0 : left);
		if (readable || h->done || left == 0)
			return;
		left = timeout_ms - (now_ms() - start);
		if (left < 0)
			left = 0;
	}
}

/* ---- opening ---------------------------------------------------------- */

static void http_confine(void *context, const struct reach_rules *r)
{
	struct http *h = context;

	h->reach = *r;
}

void http_resolve(struct network *n, const char *entry)
{
	struct http *h = n->context;

	curl_slist_free_all(h->resolve);
	h->resolve = curl_slist_append(NULL, entry);
	if (!h->resolve)
		mem_exhausted(strlen(entry));
}

enum err http_open(struct network *ret_network)
{
	struct http *h;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return ERR_SYSTEM;
	h = mem_alloc(sizeof(*h));
	h->multi = curl_multi_init();
	if (!h->multi)
		mem_exhausted(sizeof(*h));
	(void)curl_multi_setopt(h->multi, CURLMOPT_PIPELINING,
				(long)CURLPIPE_NOTHING);
	(void)curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS,
				KEPT_CONNECTIONS_MAX);
	*ret_network = (struct network){
		.start = http_start,
		.next = http_next,
		.drop = http_drop,
		.wait = http_wait,
		.confine = http_confine,
		.context = h,
	};
	return OK;
}

void http_close(struct network *n)
{
	struct http *h = n->context;
	struct exchange *x, *next;

	if (!h)
		return;
	for (x = h->flying; x; x = next) {
		next = x->next;
		(void)curl_multi_remove_handle(h->multi, x->easy);
		exchange_free(x);
	}
	for (x = h->done; x; x = next) {
		next = x->next;
		free(x->response.body);
		exchange_free(x);
	}
	for (x = h->idle; x; x = next) {
		next = x->next;
		exchange_free(x);
	}
	(void)curl_multi_cleanup(h->multi);
	curl_slist_free_all(h->resolve);
	curl_global_cleanup();
	free(h);
	*n = (struct network){0};
}
