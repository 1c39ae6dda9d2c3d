/*
 * Where the animals of the zoo live: an adapter and a playbook for every way in
 * which an operation can be declared, and the routes to them. See zoo.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "zoo.h"

#define GROUPS 2 /* so many adapters an enclosure: none fills its window */

const char *const place_names[PLACES] = {
	[CLOSED_PORT] = "closed_port",	 [BLACK_HOLE] = "black_hole",
	[NO_NAME] = "no_name",		 [RESETS_AT_ONCE] = "resets_at_once",
	[HANGS_UP_AT_ONCE] = "hangs_up", [SPEAKS_FIRST] = "speaks_first",
};

static const struct declared {
	const char *offers, *pause;
} declared[ENCLOSURES] = {
	[KEYED] = {"\"keyed\"", "50ms"},
	[ONCE] = {"\"keyed\", \"keyRetention\": \"1h\"", "50ms"},
	[LOOKUP] = {"\"lookup\", \"lookup\": \"find\","
		    " \"visibleWithin\": \"2500ms\"",
		    "50ms"},
	[NEITHER] = {"\"neither\"", "50ms"},
	[READ] = {"\"neither\"", "50ms"},
	[FORGETS] = {"\"keyed\", \"keyRetention\": \"300ms\"",
		     ZOO_FORGETFUL_PAUSE},
	[HUNTED] = {"\"lookup\", \"lookup\": \"find\","
		    " \"visibleWithin\": \"0\"",
		    "50ms"},
};

static FILE *create(const char *conf, const char *folder, const char *name)
{
	char path[400];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s/%s.json", conf, folder, name);
	f = fopen(path, "we");
	if (!f)
		abort();
	return f;
}

/* What all operations expect of an answer. */
#define ANSWER                                                                 \
	" \"require\": [\"orderId\", \"refundId\"],"                           \
	" \"echo\": [\"orderId\", \"amountMinor\", \"currency\"],"

static void write_adapter(const char *conf, const char *name, const char *url,
			  enum enclosure e)
{
	const struct declared *d = &declared[e];
	FILE *f = create(conf, "adapters", name);

	fprintf(f,
		"{\"adapter\": \"%s\", \"title\": \"Zoo\", \"kind\": \"http\","
		" \"baseUrl\": \"%s\", \"concurrency\": 1000, \"breaker\":"
		" {\"failures\": 1000, \"window\": 200, \"ratio\": 1,"
		" \"open\": \"10ms\"}, \"operations\": {",
		name, url);
	fprintf(f,
		"\"do\": {\"kind\": \"effect\", \"method\": \"POST\","
		" \"path\": \"/{{orderId}}\", \"body\": {\"amountMinor\":"
		" \"{{amountMinor}}\", \"currency\": \"{{currency}}\"},"
		" \"offers\": %s, \"effectScope\": \"order\"," ANSWER
		" \"connectTimeout\": \"%dms\", \"timeout\": \"%dms\","
		" \"retry\": {\"initialInterval\": \"%s\", \"jitter\":"
		" \"none\", \"maximumAttempts\": %d},"
		" \"classes\": [{\"status\": \"409\", \"when\":"
		" {\"code\": \"ALREADY_DONE\"}, \"class\": \"OK\"}]},",
		d->offers, ZOO_TIMEOUT_MS, ZOO_TIMEOUT_MS, d->pause,
		ZOO_ATTEMPTS);
	fprintf(f,
		"\"look\": {\"kind\": \"read\", \"path\": "
		"\"/{{orderId}}\"," ANSWER
		" \"timeout\": \"%dms\", \"connectTimeout\": \"%dms\","
		" \"retry\": {\"initialInterval\": \"50ms\", \"jitter\":"
		" \"none\", \"maximumAttempts\": %d},"
		" \"classes\": [{\"status\": \"409\", \"when\":"
		" {\"code\": \"ALREADY_DONE\"}, \"class\": \"OK\"}]},",
		ZOO_TIMEOUT_MS, ZOO_TIMEOUT_MS, ZOO_ATTEMPTS);
	fprintf(f,
		"\"find\": {\"kind\": \"read\","
		" \"path\": \"/{{orderId}}/found/{{key}}\"," ANSWER
		" \"timeout\": \"%dms\", \"connectTimeout\": \"%dms\"}}}\n",
		ZOO_FIND_TIMEOUT_MS, ZOO_FIND_TIMEOUT_MS);
	(void)fclose(f);
}

#define WITH                                                                   \
	" \"with\": {\"orderId\": \"{{orderId}}\", \"amountMinor\": 4200,"     \
	" \"currency\": \"EUR\"}"

/* One call; after it the run is done, or HELD, or a person is asked. */
static void write_playbook(const char *conf, const char *name,
			   const char *adapter, const char *operation,
			   bool reads_first)
{
	FILE *f = create(conf, "playbooks", name);

	fprintf(f, "{\"playbook\": \"%s\", \"title\": \"Zoo\", \"steps\": [",
		name);
	if (reads_first)
		fprintf(f,
			"{\"step\": \"look\", \"kind\": \"call\","
			" \"operation\": \"%s.look\"," WITH "},",
			adapter);
	fprintf(f,
		"{\"step\": \"do\", \"kind\": \"call\", \"operation\":"
		" \"%s.%s\"," WITH ", \"onUnknown\": \"ask\"},",
		adapter, operation);
	fputs("{\"step\": \"end\", \"kind\": \"finish\","
	      " \"outcome\": \"RESOLVED_AUTOMATICALLY\", \"result\": \"NONE\","
	      " \"reason\": \"It was done\"},"
	      "{\"step\": \"ask\", \"kind\": \"task\", \"title\": \"Done?\","
	      " \"reason\": \"Nobody knows\", \"proposal\": {\"text\": \"Yes\","
	      " \"rejectText\": \"No\"}, \"onApprove\": \"end\","
	      " \"onReject\": \"end\"}]}\n",
	      f);
	(void)fclose(f);
}

static void route(FILE *intake, const char *name, const char *prefix)
{
	fprintf(intake,
		"{\"name\": \"%s\", \"when\": {\"orderId\": {\"prefix\":"
		" \"%s.\"}}, \"route\": \"%s\"},",
		name, prefix, name);
}

static void lower(const char *from, char *to)
{
	for (; *from; from++, to++)
		*to = (char)(*from >= 'A' && *from <= 'Z' ? *from + 32 : *from);
	*to = '\0';
}

/* One way of declaring, at one address: "K0", or "Kblack_hole". */
static void enclose(const char *conf, FILE *intake, const char *prefix,
		    const char *url, enum enclosure e)
{
	char name[64];

	lower(prefix, name);
	write_adapter(conf, name, url, e);
	write_playbook(conf, name, name, e == READ ? "look" : "do", false);
	route(intake, name, prefix);
}

static void write_policy(const char *conf)
{
	FILE *f = create(conf, "policy", "policy");

	fputs("{\"policy\": \"policy\", \"values\": {}, \"roles\": {"
	      "\"agent\": {\"limitMinor\": 0},"
	      "\"supervisor\": {\"limitMinor\": 0},"
	      "\"admin\": {\"limitMinor\": -1}},"
	      " \"fourEyesMinor\": -1, \"dailyCapMinor\": -1}\n",
	      f);
	(void)fclose(f);
}

static void make_folders(const char *conf)
{
	static const char *const folders[] = {"", "/adapters", "/playbooks",
					      "/policy"};
	char path[400];

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", conf, folders[i]);
		if (mkdir(path, 0700) != 0)
			abort();
	}
}

void zoo_configure(const char *conf, const struct zoo_ledger *l,
		   const char *const *place_urls)
{
	char prefix[32], url[64];
	FILE *intake;

	make_folders(conf);
	write_policy(conf);
	intake = create(conf, "playbooks", "intake");
	fputs("{\"playbook\": \"intake\", \"title\": \"Zoo\", \"steps\": ["
	      "{\"step\": \"route\", \"kind\": \"choose\", \"rules\": [",
	      intake);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d", l->port);
	for (int i = 0; i < ENCLOSURES * GROUPS; i++) {
		(void)snprintf(prefix, sizeof(prefix), "%c%d",
			       ENCLOSURE_LETTERS[i / GROUPS], i % GROUPS);
		enclose(conf, intake, prefix, url,
			(enum enclosure)(i / GROUPS));
	}
	for (int i = 0; i < PLACES; i++) {
		(void)snprintf(prefix, sizeof(prefix), "N%s", place_names[i]);
		enclose(conf, intake, prefix, place_urls[i], NEITHER);
		(void)snprintf(prefix, sizeof(prefix), "K%s", place_names[i]);
		enclose(conf, intake, prefix, place_urls[i], KEYED);
	}
	write_playbook(conf, "after_read", "n0", "do", true);
	route(intake, "after_read", "T0");
	fputs("{\"name\": \"tame\", \"route\": \"k0\"}]}]}\n", intake);
	(void)fclose(intake);
}
