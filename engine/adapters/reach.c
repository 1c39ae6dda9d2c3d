/*
 * Hosts and addresses that calls may go to (reach.h).
 *
 * Always holds: what is not known to be public counts as private.
 */
#include "reach.h"

#include <ctype.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#include "../base/strbuf.h"

#define HOST_SIZE 256

static bool normal(const char *host, size_t length, char ret_host[HOST_SIZE])
{
	if (length > 0 && host[length - 1] == '.')
		length--;
	if (length == 0 || length >= HOST_SIZE || memchr(host, ' ', length))
		return false;
	for (size_t i = 0; i < length; i++)
		ret_host[i] = (char)tolower((unsigned char)host[i]);
	ret_host[length] = '\0';
	return true;
}

/* The list holds a space before and after each. */
static bool has(const char *list, const char *host)
{
	size_t length = strlen(host);

	for (const char *at = list; (at = strstr(at, host)); at++) {
		if (at > list && at[-1] == ' ' && at[length] == ' ')
			return true;
	}
	return false;
}

bool reach_has(const char list[REACH_LIST_SIZE], const char *host)
{
	char text[HOST_SIZE];

	return normal(host, strlen(host), text) && has(list, text);
}

static bool append(char list[REACH_LIST_SIZE], const char *host)
{
	size_t used = strlen(list), length = strlen(host);

	if (has(list, host))
		return true;
	if (used + length + 3 > REACH_LIST_SIZE)
		return false;
	if (used == 0)
		list[used++] = ' ';
	memcpy(list + used, host, length);
	memcpy(list + used + length, " ", 2);
	return true;
}

bool reach_add(char list[REACH_LIST_SIZE], const char *names)
{
	static const char separators[] = ", \t";
	char host[HOST_SIZE];

	for (;;) {
		size_t length;

		names += strspn(names, separators);
		length = strcspn(names, separators);
		if (length == 0)
			return true;
		if (normal(names, length, host) && !append(list, host))
			return false;
		names += length;
	}
}

/* ---- addresses --------------------------------------------------------- */

static const struct range4 {
	uint32_t address;
	int bits;
} ranges4[] = {
	{0x00000000, 8},  /* this network */
	{0x0a000000, 8},  /* private */
	{0x64400000, 10}, /* shared by carriers */
	{0x7f000000, 8},  /* loopback */
	{0xa9fe0000, 16}, /* link-local: also clouds' own data */
	{0xac100000, 12}, /* private */
	{0xc0000000, 24}, /* protocol assignments */
	{0xc0000200, 24}, /* documentation */
	{0xc0586300, 24}, /* 6to4 relays */
	{0xc0a80000, 16}, /* private */
	{0xc6120000, 15}, /* benchmarks */
	{0xc6336400, 24}, /* documentation */
	{0xcb007100, 24}, /* documentation */
	{0xe0000000, 3},  /* multicast, reserved, broadcast */
};

static bool private4(uint32_t address)
{
	for (size_t i = 0; i < sizeof(ranges4) / sizeof(ranges4[0]); i++) {
		uint32_t mask = ~UINT32_C(0) << (32 - ranges4[i].bits);

		if ((address & mask) == ranges4[i].address)
			return true;
	}
	return false;
}

static uint32_t four(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	       (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Ways to write an IPv4 address as IPv6, and where it stands in them. */
static const struct wrap {
	uint8_t prefix[12];
	size_t length, at;
} wraps[] = {
	{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 12, 12},	 /* mapped */
	{{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}, 12, 12}, /* NAT64 */
	{{0x20, 0x02}, 2, 2},					 /* 6to4 */
};

static bool private6(const uint8_t bytes[16])
{
	for (size_t i = 0; i < sizeof(wraps) / sizeof(wraps[0]); i++) {
		if (memcmp(bytes, wraps[i].prefix, wraps[i].length) == 0)
			return private4(four(bytes + wraps[i].at));
	}
	/* 2000::/3 is what is given out; of it not Teredo and the like
	 * (2001::/23), nor documentation (2001:db8::/32, 3fff::/20). */
	if ((bytes[0] & 0xe0) != 0x20)
		return true;
	if (bytes[0] == 0x20 && bytes[1] == 0x01 &&
	    (bytes[2] < 0x02 || (bytes[2] == 0x0d && bytes[3] == 0xb8)))
		return true;
	return bytes[0] == 0x3f && bytes[1] == 0xff && bytes[2] < 0x10;
}

bool reach_is_private(const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof(v4));
		return private4(ntohl(v4.sin_addr.s_addr));
	}
	if (address->sa_family == AF_INET6) {
		memcpy(&v6, address, sizeof(v6));
		return private6(v6.sin6_addr.s6_addr);
	}
	return true;
}
