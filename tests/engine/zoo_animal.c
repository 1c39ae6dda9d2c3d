/*
 * The animals of the zoo: what each does on the wire, whether it did in truth
 * what it was asked for, and the class that its answer has by what the
 * operation declares. See zoo.h. A new animal is a row.
 */
#include "zoo.h"

#define BODY(b) .body = (b)
#define STATUS(h) .head = (h), .body = "{}"
#define RAW(r) .raw = (r), .ending = HANGS_UP
#define GOOD "$B"
#define HTTP200 "HTTP/1.1 200 OK\r\n"
#define METADATA "http://169.254.169.254/latest/meta-data/"
#define R_BODY(amount, currency)                                               \
	"{\"orderId\":\"$O\",\"refundId\":\"R1\",\"amountMinor\":" amount      \
	",\"currency\":" currency "}"
#define UNK CLASS_UNKNOWN
#define PERM CLASS_PERMANENT
#define THROT CLASS_THROTTLED

const struct animal animals[] = {
	/* odd, but an answer */
	{"tame", DONE, CLASS_OK, "", BODY(GOOD)},
	{"slow_in_time", DONE, CLASS_OK, "", .tell = wire_slow},
	{"drip_in_time", DONE, CLASS_OK, "", .tell = wire_drip_in_time},
	{"until_close", DONE, CLASS_OK, "", .tell = wire_until_close},
	{"just_fits", DONE, CLASS_OK, "", .tell = wire_just_fits},
	{"chunked", DONE, CLASS_OK, "",
	 RAW(HTTP200 "Transfer-Encoding: chunked\r\n\r\n$C0\r\n\r\n")},
	{"hints_first", DONE, CLASS_OK, "",
	 RAW("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n"
	     "Link: </x>\r\n\r\n" HTTP200 "Content-Length: $N\r\n\r\n$B")},
	{"bare_newlines", DONE, CLASS_OK, "",
	 RAW("HTTP/1.1 200 OK\nContent-Length: $N\n\n$B")},
	{"wrong_type", DONE, CLASS_OK, "", BODY(GOOD),
	 .head = "200 OK\r\nContent-Type: image/png"},
	{"created", DONE, CLASS_OK, "", BODY(GOOD), .head = "201 Created"},
	{"two_answers", DONE, CLASS_OK, "",
	 RAW(HTTP200 "Content-Length: $N\r\n\r\n$B" HTTP200
		     "Content-Length: 19\r\n\r\n{\"orderId\":\"OTHER\"}")},
	{"amount_with_point", DONE, CLASS_OK, "",
	 BODY(R_BODY("4200.0", "\"EUR\""))},
	{"already_done", DONE, CLASS_OK, "", .head = "409 Conflict",
	 BODY("{\"code\":\"ALREADY_DONE\"}")},
	/* nothing, or not all of it */
	{"resets_before", UNDONE, UNK, "BROKEN", .raw = "", .ending = RESETS},
	{"resets_after", DONE, UNK, "BROKEN", .raw = "", .ending = RESETS},
	{"hangs_up_before", UNDONE, UNK, "BROKEN", RAW("")},
	{"hangs_up_after", DONE, UNK, "BROKEN", RAW("")},
	{"resets_in_head", DONE, UNK, "BROKEN", .raw = HTTP200 "Content-Le",
	 .ending = RESETS},
	{"resets_in_body", DONE, UNK, "BROKEN",
	 .raw = HTTP200 "Content-Length: 90\r\n\r\n{\"orderId\":",
	 .ending = RESETS},
	{"stalls_before", UNDONE, UNK, "TIMED_OUT", .raw = "",
	 .ending = STALLS},
	{"stalls_after", DONE, UNK, "TIMED_OUT", .raw = "", .ending = STALLS},
	{"stalls_in_head", DONE, UNK, "TIMED_OUT", .raw = HTTP200 "Content-Le",
	 .ending = STALLS},
	{"stalls_after_head", DONE, UNK, "TIMED_OUT",
	 .raw = HTTP200 "Content-Length: $N\r\n\r\n", .ending = STALLS},
	{"stalls_in_body", DONE, UNK, "TIMED_OUT",
	 .raw = HTTP200 "Content-Length: 90\r\n\r\n{\"orderId\":",
	 .ending = STALLS},
	{"late", DONE_LATE, UNK, "TIMED_OUT", .tell = wire_late},
	{"drip", DONE, UNK, "TIMED_OUT", .tell = wire_drip},
	{"head_for_ever", DONE, UNK, "TIMED_OUT", .tell = wire_head_for_ever},
	{"continue_for_ever", DONE, UNK, "TOO_LARGE",
	 .tell = wire_continue_for_ever},
	/* more than is taken */
	{"one_large_header", DONE, UNK, "BROKEN",
	 .tell = wire_one_large_header},
	{"many_headers", DONE, UNK, "TOO_LARGE", .tell = wire_many_headers},
	{"large_body", DONE, UNK, "TOO_LARGE", .tell = wire_large_body},
	{"endless_chunks", DONE, UNK, "TOO_LARGE", .tell = wire_endless_chunks},
	{"just_too_large", DONE, UNK, "TOO_LARGE", .tell = wire_just_too_large},
	{"gzip_bomb", DONE, UNK, "is not JSON", .tell = wire_gzip_bomb},
	/* lengths that lie */
	{"length_too_long", DONE, UNK, "BROKEN",
	 RAW(HTTP200 "Content-Length: 999\r\n\r\n$B")},
	{"length_too_short", DONE, UNK, "is not JSON",
	 RAW(HTTP200 "Content-Length: 9\r\n\r\n$B")},
	{"length_negative", DONE, UNK, "BROKEN",
	 RAW(HTTP200 "Content-Length: -5\r\n\r\n$B")},
	{"length_no_number", DONE, UNK, "BROKEN",
	 RAW(HTTP200 "Content-Length: many\r\n\r\n$B")},
	{"length_overflows", DONE, UNK, "TOO_LARGE",
	 RAW(HTTP200 "Content-Length: 99999999999999999999\r\n\r\n$B")},
	{"two_lengths", DONE, UNK, "BROKEN",
	 RAW(HTTP200 "Content-Length: 5\r\nContent-Length: $N\r\n\r\n$B")},
	{"chunk_no_number", DONE, UNK, "BROKEN",
	 RAW(HTTP200 "Transfer-Encoding: chunked\r\n\r\nzz\r\n$B\r\n0\r\n"
		     "\r\n")},
	{"chunk_overflows", DONE, UNK, "BROKEN",
	 RAW(HTTP200 "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n"
		     "$B\r\n0\r\n\r\n")},
	{"chunk_cut", DONE, UNK, "BROKEN",
	 RAW(HTTP200 "Transfer-Encoding: chunked\r\n\r\n40\r\n{\"orderId\"")},
	{"chunks_without_end", DONE, UNK, "BROKEN",
	 RAW(HTTP200 "Transfer-Encoding: chunked\r\n\r\n$C")},
	/* not HTTP/1.1 */
	{"http_09", DONE, UNK, "BROKEN", RAW(GOOD)},
	{"http_2", DONE, UNK, "BROKEN",
	 RAW("$Z$Z\x12\x04$Z$Z$Z$Z$Z$Z\x03$Z$Z$Z\x64")},
	{"http_2_preface", DONE, UNK, "BROKEN",
	 RAW("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")},
	{"tls_alert", DONE, UNK, "BROKEN", RAW("\x15\x03\x01$Z\x02\x02\x46")},
	{"tls_hello", DONE, UNK, "BROKEN",
	 RAW("\x16\x03\x01\x02$Z\x01$Z\x01\xfc\x03\x03")},
	{"banner", DONE, UNK, "BROKEN", RAW("SSH-2.0-OpenSSH_9.2\r\n\r\n")},
	{"noise", DONE, UNK, "BROKEN", .tell = wire_noise},
	{"status_is_a_word", DONE, UNK, "BROKEN",
	 RAW("HTTP/1.1 yes OK\r\nContent-Length: $N\r\n\r\n$B")},
	{"nul_in_header", DONE, UNK, "BROKEN",
	 RAW(HTTP200 "X-A: a$Zb\r\nContent-Length: $N\r\n\r\n$B")},
	{"switches", DONE, UNK, "HTTP_101",
	 RAW("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n"
	     "Connection: Upgrade\r\n\r\n$B")},
	/* bodies that are not what was asked for */
	{"html", DONE, UNK, "is not JSON",
	 .head = "200 OK\r\nContent-Type: text/html",
	 BODY("<!DOCTYPE html><title>Please wait</title>")},
	{"html_as_json", DONE, UNK, "is not JSON", BODY("<html>{}</html>")},
	{"empty", DONE, UNK, "there is no body", BODY("")},
	{"no_content_with_body", DONE, UNK, "there is no body",
	 RAW("HTTP/1.1 204 No Content\r\nContent-Length: $N\r\n\r\n$B")},
	{"json_twice", DONE, UNK, "is not JSON", BODY("$B$B")},
	{"json_same_key", DONE, UNK, "is not JSON",
	 BODY("{\"orderId\":\"OTHER\",\"orderId\":\"$O\",\"refundId\":1,"
	      "\"amountMinor\":4200,\"currency\":\"EUR\"}")},
	{"json_deep", DONE, UNK, "is not JSON", .tell = wire_deep},
	{"json_nul", DONE, UNK, "is not JSON",
	 BODY("{\"orderId\":\"$O\",\"refundId\":\"a$Zb\",\"amountMinor\":4200,"
	      "\"currency\":\"EUR\"}")},
	{"json_escaped_nul", DONE, UNK, "is not JSON",
	 BODY("{\"orderId\":\"$O\",\"refundId\":\"a\\u0000b\","
	      "\"amountMinor\":4200,\"currency\":\"EUR\"}")},
	{"json_bad_utf8", DONE, UNK, "is not JSON",
	 BODY("{\"orderId\":\"$O\",\"refundId\":\"\xff\xfe\","
	      "\"amountMinor\":4200,\"currency\":\"EUR\"}")},
	{"json_cut", DONE, UNK, "is not JSON",
	 BODY("{\"orderId\":\"$O\",\"refundId\":\"R1\",")},
	{"json_array", DONE, UNK, "has no member", BODY("[$B]")},
	{"json_null", DONE, UNK, "has no member", BODY("null")},
	{"json_text", DONE, UNK, "has no member", BODY("\"done\"")},
	{"error_with_200", DONE, UNK, "has no member",
	 BODY("{\"error\":\"not done\"}")},
	{"null_member", DONE, UNK, "has no member",
	 BODY("{\"orderId\":\"$O\",\"refundId\":null,\"amountMinor\":4200,"
	      "\"currency\":\"EUR\"}")},
	/* of something else */
	{"other_order", DONE, UNK, "is of another",
	 BODY("{\"orderId\":\"OTHER\",\"refundId\":\"R1\","
	      "\"amountMinor\":4200,\"currency\":\"EUR\"}")},
	{"other_first", DONE, UNK, "is of another",
	 RAW(HTTP200 "Content-Length: 76\r\n\r\n{\"orderId\":\"OTHER\","
		     "\"refundId\":\"R\",\"amountMinor\":4200,"
		     "\"currency\":\"EUR\"}      " HTTP200
		     "Content-Length: $N\r\n\r\n$B")},
	{"other_currency", DONE, UNK, "is of another",
	 BODY(R_BODY("4200", "\"USD\""))},
	{"other_amount", DONE, UNK, "is of another",
	 BODY(R_BODY("42", "\"EUR\""))},
	{"amount_negative", DONE, UNK, "is of another",
	 BODY(R_BODY("-4200", "\"EUR\""))},
	{"amount_as_text", DONE, UNK, "is of another",
	 BODY(R_BODY("\"4200\"", "\"EUR\""))},
	{"amount_fraction", DONE, UNK, "is of another",
	 BODY(R_BODY("4200.5", "\"EUR\""))},
	{"amount_nearly", DONE, UNK, "is of another",
	 BODY(R_BODY("4200.0000000001", "\"EUR\""))},
	{"amount_over_int64", DONE, UNK, "is not JSON",
	 BODY(R_BODY("99999999999999999999", "\"EUR\""))},
	{"amount_infinite", DONE, UNK, "is not JSON",
	 BODY(R_BODY("1e400", "\"EUR\""))},
	{"accepted_for_ever", DONE, UNK, "has no member",
	 .head = "202 Accepted\r\nLocation: /$O/followed",
	 BODY("{\"status\":\"PENDING\"}")},
	{"accepted_undone", UNDONE, UNK, "has no member",
	 .head = "202 Accepted\r\nLocation: /$O/followed",
	 BODY("{\"status\":\"PENDING\"}")},
	/* elsewhere */
	{"to_metadata", UNDONE, UNK, "HTTP_302",
	 STATUS("302 Found\r\nLocation: " METADATA)},
	{"to_metadata_kept", UNDONE, UNK, "HTTP_307",
	 STATUS("307 Temporary Redirect\r\nLocation: " METADATA)},
	{"to_file", UNDONE, UNK, "HTTP_301",
	 STATUS("301 Moved\r\nLocation: file:///etc/passwd")},
	{"to_itself", UNDONE, UNK, "HTTP_308", .tell = wire_redirect_to_itself},
	{"to_itself_by_get", DONE, UNK, "HTTP_303",
	 STATUS("303 See Other\r\nLocation: /$O/followed")},
	{"not_modified", DONE, UNK, "HTTP_304",
	 RAW("HTTP/1.1 304 Not Modified\r\n\r\n")},
	/* refusals */
	{"bad_request", UNDONE, PERM, "HTTP_400", STATUS("400 Bad Request")},
	{"unauthorized", UNDONE, PERM, "HTTP_401",
	 STATUS("401 No\r\nWWW-Authenticate: Basic realm=x")},
	{"forbidden", UNDONE, PERM, "HTTP_403", STATUS("403 Forbidden")},
	{"not_found", UNDONE, PERM, "HTTP_404", STATUS("404 Not Found"),
	 .is_404 = true},
	{"proxy_wanted", UNDONE, PERM, "HTTP_407",
	 STATUS("407 No\r\nProxy-Authenticate: Basic realm=x")},
	{"request_timeout", DONE, UNK, "HTTP_408", STATUS("408 Too Slow")},
	{"conflict", UNDONE, PERM, "HTTP_409", STATUS("409 Conflict")},
	{"teapot", UNDONE, PERM, "HTTP_418", STATUS("418 I'm a teapot")},
	{"too_early", UNDONE, PERM, "HTTP_425", STATUS("425 Too Early")},
	{"refused_by_code", UNDONE, PERM, "HTTP 422 NO_MONEY", .head = "422 No",
	 BODY("{\"code\":\"NO_MONEY\"}")},
	/* not now */
	{"throttles", UNDONE, THROT, "HTTP_429", STATUS("429 Slow Down")},
	{"throttles_seconds", UNDONE, THROT, "HTTP_429",
	 STATUS("429 Slow Down\r\nRetry-After: 1")},
	{"throttles_date", UNDONE, THROT, "HTTP_429",
	 .tell = wire_retry_at_date},
	{"throttles_past", UNDONE, THROT, "HTTP_429",
	 STATUS("429 Slow Down\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT")},
	{"throttles_negative", UNDONE, THROT, "HTTP_429",
	 STATUS("429 Slow Down\r\nRetry-After: -5")},
	{"throttles_garbage", UNDONE, THROT, "HTTP_429",
	 STATUS("429 Slow Down\r\nRetry-After: soon")},
	{"throttles_absurdly", UNDONE, THROT, "HTTP_429",
	 STATUS("429 No\r\nRetry-After: 99999999999999999999"), .waits = true},
	{"unavailable", UNDONE, CLASS_RETRYABLE, "HTTP_503",
	 STATUS("503 Service Unavailable")},
	{"unavailable_seconds", UNDONE, THROT, "HTTP_503",
	 STATUS("503 Busy\r\nRetry-After: 1")},
	/* failures */
	{"fails_before", UNDONE, UNK, "HTTP_500", STATUS("500 Oops")},
	{"fails_after", DONE, UNK, "HTTP_500", STATUS("500 Oops")},
	{"bad_gateway", DONE, UNK, "HTTP_502", STATUS("502 Bad Gateway")},
	{"gateway_timeout", DONE, UNK, "HTTP_504", STATUS("504 Too Slow")},
	{"status_599", DONE, UNK, "HTTP_599", STATUS("599 What")},
	{"status_999", DONE, UNK, "HTTP_999", STATUS("999 What")},
};

const int animal_count = sizeof(animals) / sizeof(animals[0]);
_Static_assert(sizeof(animals) / sizeof(animals[0]) <= ANIMALS_MAX,
	       "the ledger has room for all");
