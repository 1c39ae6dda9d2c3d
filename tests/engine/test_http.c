/* HTTP out, against a peer that does everything a peer must not do: what is
 * told of it, what is sent to it, and that an effect never goes out twice. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/adapters/http.h"
#include "../test.h"
#include "peer.h"

static struct peer peer;
static struct network net;

static int setup(void **state)
{
	(void)state;
	peer_start(&peer);
	return http_open(&net) == OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	http_close(&net);
	peer_stop(&peer);
	return 0;
}

static const char *url(const char *path)
{
	static char text[256];

	(void)snprintf(text, sizeof(text), "http://127.0.0.1:%d/%s", peer.port,
		       path);
	return text;
}

/* Waits for one response, for ten seconds at most. */
static struct http_response finish(void)
{
	struct http_response r;

	for (int i = 0; i < 1000; i++) {
		if (net.next(net.context, &r))
			return r;
		net.wait(net.context, NULL, 0, 10);
	}
	fail_msg("no response within ten seconds");
	abort();
}

static struct http_response send_to(const char *where, bool effect,
				    int64_t timeout_ms)
{
	struct http_request request = {
		.tag = 7,
		.method = effect ? "POST" : "GET",
		.url = where,
		.body = effect ? "{\"amountMinor\":1}" : NULL,
		.effect = effect,
		.connect_timeout_ms = timeout_ms,
		.timeout_ms = timeout_ms,
	};
	struct http_response r;

	assert_int_equal(net.start(net.context, &request), OK);
	r = finish();
	assert_int_equal(r.tag, 7);
	return r;
}

static struct http_response send_one(const char *path, bool effect)
{
	return send_to(url(path), effect, 5000);
}

static void a_good_answer_comes_whole(void **state)
{
	struct http_response r = send_one("ok/", false);

	(void)state;
	assert_int_equal(r.outcome, HTTP_ANSWERED);
	assert_int_equal(r.status, 200);
	assert_string_equal(r.body, "{\"ok\":true}");
	assert_int_equal(r.length, 11);
	assert_string_equal(r.content_type, "application/json");
	assert_int_equal(r.retry_after_ms, -1);
	assert_string_equal(r.error, "");
	assert_in_range(r.duration_ms, 0, 4000);
	free(r.body);

	r = send_one("chunked/", true);
	assert_int_equal(r.outcome, HTTP_ANSWERED);
	assert_string_equal(r.body, "{\"a\":1}\n");
	free(r.body);
	r = send_one("empty/", true);
	assert_int_equal(r.outcome, HTTP_ANSWERED);
	assert_int_equal(r.status, 204);
	assert_null(r.body);
	assert_int_equal(r.length, 0);
	r = send_one("until_close/", false);
	assert_int_equal(r.outcome, HTTP_ANSWERED);
	assert_string_equal(r.body, "{}");
	free(r.body);
	r = send_one("same_length_twice/", false);
	assert_int_equal(r.outcome, HTTP_ANSWERED);
	free(r.body);
	/* What comes before the answer is not the answer. */
	r = send_one("continue/", true);
	assert_int_equal(r.outcome, HTTP_ANSWERED);
	assert_int_equal(r.status, 200);
	free(r.body);
	r = send_one("drip_fast/", true);
	assert_int_equal(r.outcome, HTTP_ANSWERED);
	free(r.body);
	r = send_one("no_such_story/", false);
	assert_int_equal(r.outcome, HTTP_ANSWERED);
	assert_int_equal(r.status, 404);
	free(r.body);
	assert_int_equal(peer.requests, 8);
}

static void every_hostile_answer_is_told_apart(void **state)
{
	static const struct {
		const char *path;
		enum http_outcome outcome;
		int status;
	} rows[] = {
		{"reset/", HTTP_BROKEN, 0},
		{"hangup/", HTTP_BROKEN, 0},
		{"stall/", HTTP_TIMED_OUT, 0},
		{"half_head/", HTTP_TIMED_OUT, -1},
		{"half_body/", HTTP_TIMED_OUT, 200},
		{"drip/", HTTP_TIMED_OUT, -1},
		{"truncated/", HTTP_BROKEN, 200},
		{"truncated_chunk/", HTTP_BROKEN, 200},
		{"garbage/", HTTP_BROKEN, 0},
		{"bad_status/", HTTP_BROKEN, 0},
		{"two_lengths/", HTTP_BROKEN, 200},
		{"huge/", HTTP_TOO_LARGE, 200},
		{"endless/", HTTP_TOO_LARGE, 200},
		{"endless_head/", HTTP_TOO_LARGE, -1},
	};
	char path[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int effect = 0; effect < 2; effect++) {
			int before = peer.requests;
			struct http_response r;

			(void)snprintf(path, sizeof(path), "%s?x",
				       rows[i].path);
			r = send_to(url(path), effect,
				    rows[i].outcome == HTTP_TIMED_OUT ? 300
								      : 5000);
			if (r.outcome != rows[i].outcome)
				fail_msg("%s: outcome %d, status %d, %s", path,
					 (int)r.outcome, r.status, r.error);
			if (rows[i].status >= 0)
				assert_int_equal(r.status, rows[i].status);
			assert_null(r.body);
			assert_int_equal(r.length, 0);
			assert_string_not_equal(r.error, "");
			assert_in_range(r.duration_ms, 0, 4000);
			/* It went out once, whatever became of it. */
			if (effect)
				assert_int_equal(peer.requests - before, 1);
		}
}

static void the_largest_body_fits(void **state)
{
	struct http_response r = send_one("largest/", false);

	(void)state;
	assert_int_equal(r.outcome, HTTP_ANSWERED);
	assert_int_equal(r.length, HTTP_BODY_MAX);
	assert_int_equal(strlen(r.body), HTTP_BODY_MAX);
	free(r.body);
}

static void what_never_left_is_known(void **state)
{
	static const char *const bad[] = {
		"http://127.0.0.1:1:2/", "nonsense", "", "http://host.invalid/",
		"file:///etc/hostname",
	};
	/* These would reach our peer, were they allowed. */
	static const char *const refused[] = {"ftp://", "gopher://",
					      "http://user:x@"};
	char where[64];
	struct http_response r;

	(void)state;
	(void)snprintf(where, sizeof(where), "http://127.0.0.1:%d/ok/",
		       peer_closed_port());
	for (int effect = 0; effect < 2; effect++) {
		r = send_to(where, effect, 300);
		assert_int_equal(r.outcome, HTTP_NOT_SENT);
		assert_int_equal(r.status, 0);
		assert_string_not_equal(r.error, "");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		r = send_to(bad[i], true, 2000);
		if (r.outcome != HTTP_NOT_SENT)
			fail_msg("\"%s\": outcome %d, %s", bad[i],
				 (int)r.outcome, r.error);
		assert_null(r.body);
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		(void)snprintf(where, sizeof(where), "%s127.0.0.1:%d/ok/",
			       refused[i], peer.port);
		assert_int_equal(send_to(where, true, 300).outcome,
				 HTTP_NOT_SENT);
	}
	assert_int_equal(peer.connections, 0);
	/* None of that is left in a handle that is used again. */
	for (int i = 0; i < 20; i++) {
		r = send_one("largest/", i % 2);
		assert_int_equal(r.outcome, HTTP_ANSWERED);
		free(r.body);
	}
}

/* A full accept queue: the connection is never made. */
static void a_connect_that_times_out_was_not_sent(void **state)
{
	char where[64];
	int port;
	int fd = peer_deaf(&port);
	struct http_response r;

	(void)state;
	(void)snprintf(where, sizeof(where), "http://127.0.0.1:%d/", port);
	r = send_to(where, true, 200);
	assert_int_equal(r.outcome, HTTP_NOT_SENT);
	assert_in_range(r.duration_ms, 150, 2000);
	peer_deaf_end(fd);
}

static void a_reset_at_once_is_no_answer(void **state)
{
	(void)state;
	peer.reset_on_accept = true;
	for (int i = 0; i < 50; i++) {
		struct http_response r = send_one("ok/", true);

		/* By the moment of the reset; never an answer. */
		assert_true(r.outcome == HTTP_BROKEN ||
			    r.outcome == HTTP_NOT_SENT);
	}
	assert_int_equal(peer.requests, 0);
	assert_int_equal(peer.connections, 50);
}

static void redirects_are_answers(void **state)
{
	struct http_response r;

	(void)state;
	for (int effect = 0; effect < 2; effect++) {
		r = send_one("redirect/", effect);
		assert_int_equal(r.outcome, HTTP_ANSWERED);
		assert_int_equal(r.status, 302);
		free(r.body);
		r = send_one("redirect_kept/", effect);
		assert_int_equal(r.status, 307);
		free(r.body);
	}
	assert_int_equal(peer.requests, 4);
}

static int64_t retry_after(const char *path, int status)
{
	struct http_response r = send_one(path, true);

	assert_int_equal(r.outcome, HTTP_ANSWERED);
	assert_int_equal(r.status, status);
	free(r.body);
	return r.retry_after_ms;
}

static void retry_after_is_read(void **state)
{
	(void)state;
	assert_int_equal(retry_after("busy/", 503), 7000);
	assert_int_equal(retry_after("busy_long/", 503), 3600 * 1000);
	assert_int_equal(retry_after("busy_garbage/", 503), -1);
	assert_int_equal(retry_after("busy_silent/", 503), -1);
	assert_in_range(retry_after("busy_date/", 429), 88000, 90000);
	assert_int_equal(retry_after("busy_past/", 429), 0);
}

/* ---- what goes out ---------------------------------------------------- */

static void sent_has(const char *text)
{
	if (!strstr(peer_last(&peer), text))
		fail_msg("not in the request: %s\n%s", text, peer_last(&peer));
}

static void sent_lacks(const char *text)
{
	if (strcasestr(peer_last(&peer), text))
		fail_msg("in the request: %s\n%s", text, peer_last(&peer));
}

static void ask(const char *method, const char *body, bool effect)
{
	static const char *const lines[] = {"Idempotency-Key: run_x/step/1",
					    "Accept: application/json"};
	struct http_request request = {
		.method = method,
		.url = url("ok/a%2Fb/../c?d=e%20f"),
		.header = lines,
		.header_count = 2,
		.body = body,
		.effect = effect,
		.connect_timeout_ms = 5000,
		.timeout_ms = 5000,
	};
	struct http_response r;

	assert_int_equal(net.start(net.context, &request), OK);
	r = finish();
	assert_int_equal(r.outcome, HTTP_ANSWERED);
	free(r.body);
	sent_has("Idempotency-Key: run_x/step/1\r\n");
	sent_has("Accept: application/json\r\n");
	sent_lacks("Expect:");
	sent_lacks("Accept-Encoding:");
	sent_lacks("Authorization:");
	sent_lacks("Cookie:");
	sent_lacks("x-www-form-urlencoded");
}

static void requests_go_out_as_meant(void **state)
{
	(void)state;
	ask("POST", "{\"a\":\"\xc3\xab\"}", true);
	/* The path as it was made, byte by byte. */
	sent_has("POST /ok/a%2Fb/../c?d=e%20f HTTP/1.1\r\n");
	sent_has("Content-Type: application/json\r\n");
	sent_has("Content-Length: 10\r\n");
	sent_has("Connection: close\r\n");
	sent_has("\r\n\r\n{\"a\":\"\xc3\xab\"}");
	ask("GET", NULL, false);
	sent_has("GET /ok/");
	sent_lacks("Content-");
	sent_lacks("Connection: close");
	ask("POST", NULL, true);
	sent_has("POST /ok/");
	sent_has("Content-Length: 0\r\n");
	ask("PUT", "{}", true);
	sent_has("PUT /ok/");
	sent_has("Content-Length: 2\r\n");
	ask("PATCH", "{}", true);
	sent_has("PATCH /ok/");
	ask("DELETE", NULL, true);
	sent_has("DELETE /ok/");
	sent_lacks("Content-");
	ask("DELETE", "{}", true);
	sent_has("Content-Length: 2\r\n");
}

/* Over a megabyte curl would wait a second for "100 Continue"; none of ours is
 * that large, but nothing says so to curl. */
static void nothing_waits_for_leave_to_send(void **state)
{
	size_t size = (size_t)1200 * 1024;
	char *body = calloc(1, size + 1);
	struct http_request request = {
		.method = "POST",
		.url = url("ok/"),
		.body = body,
		.effect = true,
		.connect_timeout_ms = 5000,
		.timeout_ms = 5000,
	};
	struct http_response r;

	(void)state;
	assert_non_null(body);
	memset(body, 'x', size);
	assert_int_equal(net.start(net.context, &request), OK);
	/* What start() was given may be gone at once. */
	memset(body, 'y', size);
	free(body);
	r = finish();
	assert_int_equal(r.outcome, HTTP_ANSWERED);
	assert_in_range(r.duration_ms, 0, 900);
	free(r.body);
	sent_lacks("Expect:");
	sent_has("xxxxxxxx");
	sent_lacks("yyyyyyyy");
	sent_has("Content-Length: 1228800\r\n");
}

static void the_environment_is_not_asked_for_a_proxy(void **state)
{
	char proxy[64];
	struct http_response r;

	(void)state;
	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d",
		       peer_closed_port());
	assert_int_equal(setenv("http_proxy", proxy, 1), 0);
	assert_int_equal(setenv("ALL_PROXY", proxy, 1), 0);
	r = send_one("ok/", true);
	assert_int_equal(unsetenv("http_proxy"), 0);
	assert_int_equal(unsetenv("ALL_PROXY"), 0);
	assert_int_equal(r.outcome, HTTP_ANSWERED);
	free(r.body);
}

/* ---- connections ------------------------------------------------------ */

static void reads_reuse_a_connection(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		free(send_one("ok/", false).body);
	assert_int_equal(peer.requests, 20);
	assert_int_equal(peer.connections, 1);
}

static void effects_never_do(void **state)
{
	(void)state;
	/* One is kept and would be at hand. */
	free(send_one("ok/", false).body);
	for (int i = 0; i < 20; i++)
		free(send_one("ok/", true).body);
	assert_int_equal(peer.connections, 21);
	/* None that an effect used is kept, either. */
	free(send_one("ok/", false).body);
	assert_int_equal(peer.connections, 21);
}

/* What curl does to a request whose reused connection dies: a read is sent
 * again, silently; of an effect it would be a second refund. */
static void a_dying_connection_never_doubles_an_effect(void **state)
{
	struct http_response r;

	(void)state;
	free(send_one("once/", false).body);
	r = send_one("once/", false);
	assert_int_equal(r.outcome, HTTP_ANSWERED);
	free(r.body);
	/* The peer saw three: the trap is there. */
	assert_int_equal(peer.requests, 3);
	r = send_one("once/", true);
	assert_int_equal(r.outcome, HTTP_ANSWERED);
	free(r.body);
	assert_int_equal(peer.requests, 4);
	r = send_one("hangup/", true);
	assert_int_equal(r.outcome, HTTP_BROKEN);
	assert_int_equal(peer.requests, 5);
}

static void takes_its_own(const char *before, bool effect)
{
	struct http_response r;

	free(send_one(before, false).body);
	net.wait(net.context, NULL, 0, 60);
	r = send_one("ok/", effect);
	assert_int_equal(r.outcome, HTTP_ANSWERED);
	assert_string_equal(r.body, "{\"ok\":true}");
	free(r.body);
}

/* What a connection says unasked is nobody's answer, least of all an effect's.
 * One that comes after the first was taken, a read cannot tell from its own:
 * there the members do that an answer must echo. */
static void a_second_answer_is_nobodys(void **state)
{
	(void)state;
	takes_its_own("two_answers/", false);
	takes_its_own("two_answers/", true);
	takes_its_own("one_more_later/", true);
}

/* ---- where it may go --------------------------------------------------- */

static void confine(const char *allow, const char *private)
{
	static struct reach_rules r;

	r = (struct reach_rules){.set = true};
	assert_true(reach_add(r.allow, allow));
	assert_true(reach_add(r.private, private));
	net.confine(net.context, &r);
}

static const char *url_of(const char *host)
{
	static char text[256];

	(void)snprintf(text, sizeof(text), "http://%s:%d/ok/", host, peer.port);
	return text;
}

static void refused(const char *where, const char *why)
{
	struct http_response r = send_to(where, true, 1000);

	assert_int_equal(r.outcome, HTTP_REFUSED);
	assert_non_null(strstr(r.error, why));
	assert_null(r.body);
}

static void answered(const char *where)
{
	struct http_response r = send_to(where, true, 1000);

	assert_int_equal(r.outcome, HTTP_ANSWERED);
	free(r.body);
}

static void only_hosts_of_the_list_are_called(void **state)
{
	(void)state;
	confine("127.0.0.1, tickets.example", "127.0.0.1");
	answered(url("ok/"));
	refused("http://elsewhere.example/", "none that calls may go to");
	refused("http://127.0.0.1.elsewhere.example/", "none that calls");
	refused("http://127.0.0.2/", "none that calls");
	/* However it is written, it is the host that curl would call. */
	refused("http://127.0.0.1@elsewhere.example/", "none that calls");
	refused("http://[::1]/", "none that calls");
	refused("no url at all", "none that calls");
	assert_int_equal(peer.requests, 1);
	answered(url("ok/"));
}

/* The address counts that is connected to, not one that the name had when it
 * was looked at. */
static void a_name_that_turns_private_is_not_called(void **state)
{
	char entry[128];

	(void)state;
	confine("tickets.example localhost", "");
	(void)snprintf(entry, sizeof(entry), "tickets.example:%d:127.0.0.1",
		       peer.port);
	http_resolve(&net, entry);
	refused(url_of("tickets.example"), "private address");
	refused(url_of("TICKETS.example"), "private");
	refused(url_of("localhost"), "private address");
	assert_int_equal(peer.connections, 0);
	/* By name it may. */
	confine("tickets.example", "Tickets.Example");
	answered(url_of("tickets.example"));
	assert_int_equal(peer.connections, 1);
	/* And the next moment it may mean the clouds' own data. */
	confine("tickets.example", "");
	http_resolve(&net, "tickets.example:80:169.254.169.254");
	refused("http://tickets.example/", "private address");
	/* One of several that is public is tried, and the others never. */
	(void)snprintf(entry, sizeof(entry), "tickets.example:%d:127.0.0.1,::1",
		       peer.port);
	http_resolve(&net, entry);
	refused(url_of("tickets.example"), "private address");
	assert_int_equal(peer.connections, 1);
}

static void hosts_of_urls(void **state)
{
	char host[HTTP_HOST_SIZE];

	(void)state;
	assert_true(http_url_host("https://Api.Example:8443/x?y", host));
	assert_string_equal(host, "Api.Example");
	assert_true(http_url_host("http://[fd00::1]:80/", host));
	assert_string_equal(host, "fd00::1");
	assert_false(http_url_host("", host));
	assert_false(http_url_host("/only/a/path", host));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_good_answer_comes_whole),
		TEST(every_hostile_answer_is_told_apart),
		TEST(the_largest_body_fits),
		TEST(what_never_left_is_known),
		TEST(a_connect_that_times_out_was_not_sent),
		TEST(a_reset_at_once_is_no_answer),
		TEST(redirects_are_answers),
		TEST(retry_after_is_read),
		TEST(requests_go_out_as_meant),
		TEST(nothing_waits_for_leave_to_send),
		TEST(the_environment_is_not_asked_for_a_proxy),
		TEST(reads_reuse_a_connection),
		TEST(effects_never_do),
		TEST(a_dying_connection_never_doubles_an_effect),
		TEST(a_second_answer_is_nobodys),
		TEST(only_hosts_of_the_list_are_called),
		TEST(a_name_that_turns_private_is_not_called),
		TEST(hosts_of_urls),
	};

	return RUN(tests);
}
