/* Which hosts and addresses calls may go to. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "../../engine/adapters/reach.h"
#include "../test.h"

static bool is_private(const char *text)
{
	struct sockaddr_storage address = {0};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;

	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1)
		address.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1)
		address.ss_family = AF_INET6;
	else
		fail_msg("no address: %s", text);
	return reach_is_private((const struct sockaddr *)&address);
}

static void what_is_not_public_is_private(void **state)
{
	static const char *const private[] = {
		"0.0.0.0",
		"10.0.0.1",
		"10.255.255.255",
		"100.64.0.1",
		"100.127.255.255",
		"127.0.0.1",
		"127.9.9.9",
		"169.254.169.254",
		"172.16.0.1",
		"172.31.255.255",
		"192.0.0.1",
		"192.0.2.7",
		"192.88.99.1",
		"192.168.1.1",
		"198.18.0.1",
		"198.19.255.255",
		"198.51.100.1",
		"203.0.113.9",
		"224.0.0.1",
		"240.0.0.1",
		"255.255.255.255",
		"::",
		"::1",
		"fc00::1",
		"fd12::1",
		"fe80::1",
		"fec0::1",
		"ff02::1",
		"::ffff:10.0.0.1",
		"::ffff:127.0.0.1",
		"64:ff9b::10.0.0.1",
		"2002:0a00:0001::1",
		"2002:7f00:1::",
		"2001::1",
		"2001:db8::1",
		"3fff:1::1",
		"100::1",
		"::7f00:1",
	};
	static const char *const public[] = {
		"1.1.1.1",	   "9.255.255.255",    "11.0.0.0",
		"100.63.255.255",  "100.128.0.0",      "126.255.255.255",
		"128.0.0.1",	   "169.253.1.1",      "172.15.255.255",
		"172.32.0.0",	   "192.167.255.255",  "192.169.0.0",
		"198.17.255.255",  "198.20.0.0",       "203.0.112.1",
		"223.255.255.255", "2606:4700::1111",  "2a00:1450::1",
		"::ffff:1.1.1.1",  "64:ff9b::1.1.1.1", "2002:0101:0101::1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(private) / sizeof(*private); i++) {
		if (!is_private(private[i]))
			fail_msg("%s counts as public", private[i]);
	}
	for (size_t i = 0; i < sizeof(public) / sizeof(*public); i++) {
		if (is_private(public[i]))
			fail_msg("%s counts as private", public[i]);
	}
}

static void another_family_is_private(void **state)
{
	struct sockaddr_un local = {.sun_family = AF_UNIX};

	(void)state;
	assert_true(reach_is_private((const struct sockaddr *)&local));
}

static void names_are_found_whole(void **state)
{
	char list[REACH_LIST_SIZE] = "";

	(void)state;
	assert_false(reach_has(list, "a.example"));
	assert_true(reach_add(list, " Api.Example,b.example.,\t10.0.0.1 "));
	assert_true(reach_has(list, "api.example"));
	assert_true(reach_has(list, "API.EXAMPLE."));
	assert_true(reach_has(list, "b.example"));
	assert_true(reach_has(list, "10.0.0.1"));
	assert_false(reach_has(list, "i.example"));
	assert_false(reach_has(list, "api.exampl"));
	assert_false(reach_has(list, "example"));
	assert_false(reach_has(list, "api.example b.example"));
	assert_false(reach_has(list, ""));
	assert_false(reach_has(list, "."));
	assert_false(reach_has(list, "0.0.0.1"));
}

static void a_list_that_is_full_says_so(void **state)
{
	char list[REACH_LIST_SIZE] = "";
	char name[64];
	int count = 0;

	(void)state;
	do
		(void)snprintf(name, sizeof(name), "host-%d.example", count++);
	while (reach_add(list, name));
	assert_true(count > 100);
	assert_true(reach_has(list, "host-0.example"));
	assert_false(reach_has(list, name));
	/* What is in it already needs no room. */
	assert_true(reach_add(list, "host-0.example"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_public_is_private),
		cmocka_unit_test(another_family_is_private),
		cmocka_unit_test(names_are_found_whole),
		cmocka_unit_test(a_list_that_is_full_says_so),
	};

	return RUN(tests);
}
