/*
 * What the animals of the zoo do with their bytes, and those whose manners take
 * more than a text. See zoo.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "engine/adapters/http.h"
#include "zoo.h"

#define TEXT_MAX 8192
#define KILOBYTE 1024
#define LARGE_BODY (100 * 1024 * KILOBYTE)
#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

/* ---- texts --------------------------------------------------------------- */

static int good_body(const struct zoo_visit *v, char *to, size_t size)
{
	return snprintf(to, size,
			"{\"orderId\":\"%s\",\"refundId\":\"R1\","
			"\"amountMinor\":%d,\"currency\":\"EUR\"}",
			v->order, ZOO_AMOUNT);
}

/* What a $ stands for. */
static size_t placeholder(const struct zoo_visit *v, char letter, char *to,
			  size_t size)
{
	char good[300];
	int length = good_body(v, good, sizeof(good));

	switch (letter) {
	case 'B':
		return (size_t)snprintf(to, size, "%s", good);
	case 'C': /* as a chunk */
		return (size_t)snprintf(to, size, "%x\r\n%s\r\n",
					(unsigned)length, good);
	case 'N':
		return (size_t)snprintf(to, size, "%d", length);
	case 'O':
		return (size_t)snprintf(to, size, "%s", v->order);
	case 'Z':
		*to = '\0';
		return 1;
	default:
		abort();
	}
}

static size_t expand(const struct zoo_visit *v, const char *text,
		     char to[TEXT_MAX])
{
	size_t length = 0;

	for (; *text && length < TEXT_MAX - 512; text++) {
		if (*text == '$')
			length += placeholder(v, *++text, to + length, 512);
		else
			to[length++] = *text;
	}
	return length;
}

void zoo_say(struct zoo_visit *v, const char *text)
{
	char bytes[TEXT_MAX];

	peer_say_n(v->c, bytes, expand(v, text, bytes));
}

void zoo_answer(struct zoo_visit *v, const char *head, const char *body)
{
	char text[TEXT_MAX], bytes[TEXT_MAX];
	size_t length = expand(v, body, bytes);

	(void)snprintf(text, sizeof(text),
		       "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n",
		       head ? head : "200 OK\r\nContent-Type: application/json",
		       length);
	zoo_say(v, text);
	peer_say_n(v->c, bytes, length);
}

static void end(struct zoo_visit *v, enum ending ending)
{
	switch (ending) {
	case KEEPS_OPEN:
		break;
	case STALLS:
		peer_stall(v->c);
		break;
	case RESETS:
		peer_make_reset(v->c->fd);
		v->c->open = false;
		break;
	case HANGS_UP:
		v->c->open = false;
		break;
	}
}

void zoo_tell(struct zoo_visit *v)
{
	const struct animal *a = v->animal;

	if (a->tell) {
		a->tell(v);
	} else if (a->raw) {
		zoo_say(v, a->raw);
		end(v, a->ending);
	} else {
		zoo_answer(v, a->head, a->body);
	}
}

/* ---- times --------------------------------------------------------------- */

/* Until then, or until the other side has hung up. */
static void pause_ms(struct zoo_visit *v, int64_t ms)
{
	int64_t until = zoo_now_ms() + ms;

	while (zoo_now_ms() < until && !v->c->peer->stop)
		peer_pause_ms(10);
}

void wire_slow(struct zoo_visit *v)
{
	pause_ms(v, 300);
	zoo_answer(v, NULL, "$B");
}

void wire_late(struct zoo_visit *v)
{
	pause_ms(v, ZOO_TIMEOUT_MS + 300);
	zoo_do(v);
	zoo_answer(v, NULL, "$B");
}

static void drip(struct zoo_visit *v, int pause)
{
	char bytes[TEXT_MAX];
	size_t length = expand(
		v, "HTTP/1.1 200 OK\r\nContent-Length: $N\r\n\r\n$B", bytes);

	for (size_t i = 0; i < length && v->c->open; i++) {
		peer_say_n(v->c, bytes + i, 1);
		peer_pause_ms(pause);
	}
}

void wire_drip_in_time(struct zoo_visit *v)
{
	drip(v, 2);
}

void wire_drip(struct zoo_visit *v)
{
	drip(v, 100);
}

void wire_head_for_ever(struct zoo_visit *v)
{
	zoo_say(v, "HTTP/1.1 200 OK\r\n");
	while (v->c->open && !v->c->peer->stop) {
		zoo_say(v, "X-More: to come\r\n");
		peer_pause_ms(50);
	}
}

void wire_continue_for_ever(struct zoo_visit *v)
{
	while (v->c->open && !v->c->peer->stop)
		zoo_say(v, "HTTP/1.1 100 Continue\r\nX-Wait: a little\r\n\r\n");
}

void wire_retry_at_date(struct zoo_visit *v)
{
	time_t at = time(NULL) + 2;
	struct tm tm;
	char date[64], head[128];

	(void)gmtime_r(&at, &tm);
	(void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	(void)snprintf(head, sizeof(head), "429 Slow Down\r\nRetry-After: %s",
		       date);
	zoo_answer(v, head, "{}");
}

void wire_redirect_to_itself(struct zoo_visit *v)
{
	char head[256];

	(void)snprintf(head, sizeof(head),
		       "308 Permanent Redirect\r\nLocation: "
		       "http://127.0.0.1:%d/$O/followed",
		       v->c->peer->port);
	zoo_answer(v, head, "{}");
}

/* ---- sizes --------------------------------------------------------------- */

static void say_many(struct zoo_visit *v, char byte, int64_t count)
{
	char block[4 * KILOBYTE];

	memset(block, byte, sizeof(block));
	for (; count > 0 && v->c->open && !v->c->peer->stop;
	     count -= (int64_t)sizeof(block))
		peer_say_n(v->c, block,
			   count < (int64_t)sizeof(block) ? (size_t)count
							  : sizeof(block));
}

void wire_one_large_header(struct zoo_visit *v)
{
	zoo_say(v, OK_HEAD "X-Large: ");
	say_many(v, 'x', KILOBYTE * KILOBYTE);
	zoo_say(v, "\r\nContent-Length: $N\r\n\r\n$B");
	v->c->open = false;
}

void wire_many_headers(struct zoo_visit *v)
{
	zoo_say(v, OK_HEAD);
	for (int i = 0; i < 10000 && v->c->open; i++)
		zoo_say(v, "X-One-Of-Many: yes\r\n");
	zoo_say(v, "Content-Length: $N\r\n\r\n$B");
	v->c->open = false;
}

void wire_large_body(struct zoo_visit *v)
{
	zoo_say(v, OK_HEAD "Content-Length: 104857600\r\n\r\n");
	say_many(v, ' ', LARGE_BODY);
	v->c->open = false;
}

/* 100 MB, of which nothing is said before. */
void wire_endless_chunks(struct zoo_visit *v)
{
	zoo_say(v, OK_HEAD "Transfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 1600 && v->c->open; i++) {
		zoo_say(v, "10000\r\n");
		say_many(v, ' ', 64 * KILOBYTE);
		zoo_say(v, "\r\n");
	}
	v->c->open = false;
}

/* The good body at the end of so much white space. */
static void say_padded(struct zoo_visit *v, int64_t size)
{
	char good[300];
	int length = good_body(v, good, sizeof(good));

	zoo_say(v, OK_HEAD "Connection: close\r\n\r\n");
	say_many(v, ' ', size - length);
	zoo_say(v, good);
	v->c->open = false;
}

void wire_just_fits(struct zoo_visit *v)
{
	say_padded(v, HTTP_BODY_MAX);
}

void wire_just_too_large(struct zoo_visit *v)
{
	say_padded(v, HTTP_BODY_MAX + 1);
}

void wire_until_close(struct zoo_visit *v)
{
	say_padded(v, 1000);
}

void wire_deep(struct zoo_visit *v)
{
	zoo_say(v, OK_HEAD "Connection: close\r\n\r\n"
			   "{\"orderId\":\"$O\",\"refundId\":");
	say_many(v, '[', 10000);
	say_many(v, ']', 10000);
	zoo_say(v, ",\"amountMinor\":4200,\"currency\":\"EUR\"}");
	v->c->open = false;
}

void wire_noise(struct zoo_visit *v)
{
	char noise[4 * KILOBYTE];
	unsigned seed = 1;

	for (size_t i = 0; i < sizeof(noise); i++) {
		seed = seed * 1103515245u + 12345u;
		noise[i] = (char)(seed >> 16);
	}
	peer_say_n(v->c, noise, sizeof(noise));
	v->c->open = false;
}

/* ---- a bomb ----------------------------------------------------------------
 */

#define BOMB_COPIES 78000 /* of 258 zeros each: 20 MB out of 127 KB */
#define BOMB_MAX (160 * KILOBYTE)

struct bits {
	unsigned char byte[BOMB_MAX];
	size_t count; /* of bits */
};

static void put_bits(struct bits *b, const char *zeros_and_ones)
{
	for (; *zeros_and_ones; zeros_and_ones++, b->count++)
		if (*zeros_and_ones == '1')
			b->byte[b->count / 8] |=
				(unsigned char)(1u << b->count % 8);
}

/* RFC 1951 by hand: one zero, and then again and again the last 258 bytes. */
static struct bits *bomb(void)
{
	static const unsigned char head[] = {0x1f, 0x8b, 8, 0, 0,
					     0,	   0,	 0, 0, 3};
	struct bits *b = calloc(1, sizeof(*b));

	if (!b)
		abort();
	memcpy(b->byte, head, sizeof(head));
	b->count = 8 * sizeof(head);
	put_bits(b, "110");	 /* last block, fixed codes */
	put_bits(b, "00110000"); /* literal 0 */
	for (int i = 0; i < BOMB_COPIES; i++)
		put_bits(b, "1100010100000"); /* 258 bytes, 1 back */
	put_bits(b, "0000000");		      /* end */
	b->count += 64 + 7;		      /* a checksum that is wrong */
	return b;
}

void wire_gzip_bomb(struct zoo_visit *v)
{
	struct bits *b = bomb();

	zoo_say(v, OK_HEAD "Content-Encoding: gzip\r\n"
			   "Connection: close\r\n\r\n");
	peer_say_n(v->c, (const char *)b->byte, b->count / 8);
	v->c->open = false;
	free(b);
}
