/*
 * Why: every other file here asks this one what the order is about instead of
 * storing it. Every choice hashes the order id with a name of its own, so that
 * adding a choice changes none of the others. Orders share events: fifty or so
 * event ids are in use, and orders first seen on one day agree on the times.
 */
#include "cgi/sandbox/story.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cgi/sandbox/cast.h"
#include "engine/base/json.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define VIP_MINOR 100000 /* from here on totals have four digits */

static const char *const words[STORY_WORD_COUNT] = {
	[STORY_FAIL] = "FAIL",
	[STORY_SEAT] = "SEAT",
	[STORY_SUPPLIER] = "SUPPLIER",
	[STORY_ANSWERS] = "ANSWERS",
	[STORY_PAYMENT] = "PAYMENT",
	[STORY_STOLEN] = "STOLEN",
	[STORY_VIP] = "VIP",
	[STORY_SLOW] = "SLOW",
	[STORY_FLAKY] = "FLAKY",
	[STORY_DOWN] = "DOWN",
	[STORY_GARBAGE] = "GARBAGE",
	[STORY_LOCKED] = "LOCKED",
	[STORY_DOORS] = "DOORS",
	[STORY_CANCELLED] = "CANCELLED",
	[STORY_DISPUTE] = "DISPUTE",
	[STORY_CONTRADICT] = "CONTRADICT",
	[STORY_UNKNOWN] = "UNKNOWN",
	[STORY_NOTACCEPTED] = "NOTACCEPTED",
	[STORY_WRONGMAIL] = "WRONGMAIL",
	[STORY_PARTIAL] = "PARTIAL",
	[STORY_CANNOT] = "CANNOT",
	[STORY_NOSTOCK] = "NOSTOCK",
	[STORY_DELIVERY] = "DELIVERY",
	[STORY_ROTATING] = "ROTATING",
	[STORY_DUPLICATE] = "DUPLICATE",
	[STORY_POSTPONED] = "POSTPONED",
	[STORY_UNREACHABLE] = "UNREACHABLE",
	[STORY_FRAUD] = "FRAUD",
	[STORY_DENIED] = "DENIED",
	[STORY_REFUNDED] = "REFUNDED",
	[STORY_RESOLD] = "RESOLD",
	[STORY_REFUSES] = "REFUSES",
};

/* What the buyer wrote, by the first word that fits. */
static const struct complaint {
	enum story_word word;
	const char *text;
} complaints[] = {
	{STORY_DENIED, "I stand at the gate and they do not let me in!"},
	{STORY_CANCELLED, "The venue says the show is off. What happens now?"},
	{STORY_POSTPONED, "I hear the show is put off. Are my tickets good?"},
	{STORY_DISPUTE, "I asked my bank to return the money."},
	{STORY_SEAT, "These are not the seats that I paid for."},
	{STORY_SUPPLIER, "The seller doesn't answer. Where are my tickets?"},
	{STORY_PAYMENT, "My card was declined but I want to keep the seats."},
	{STORY_PARTIAL, "One of our tickets is missing. We go together!"},
	{STORY_CANNOT, "The seller wrote that he has no tickets for me."},
	{STORY_NOSTOCK, "The seller wrote that he has no tickets for me."},
	{STORY_DELIVERY, "I got no transfer, only a note about a PDF."},
	{STORY_ROTATING, "I was sent a picture of a barcode. Is that right?"},
	{STORY_DUPLICATE, "I think I was charged twice for one order."},
	{STORY_WRONGMAIL, "That is not my address! Where did they go?"},
	{STORY_NOTACCEPTED, "I cannot find the tickets that you sent."},
	{STORY_LOCKED, "When can I see my tickets in the app?"},
	{STORY_UNKNOWN, "Can somebody please look at my order?"},
};

static uint64_t hash_text(uint64_t seed, const char *text)
{
	uint64_t h = seed ^ UINT64_C(0xcbf29ce484222325);
	for (; *text; text++)
		h = (h ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	/* FNV mixes its last bytes badly: order ids differ just there. */
	h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
	return h ^ (h >> 31);
}

/* 0 … count - 1 for the choice of this name. */
static size_t pick(const struct story *s, const char *name, size_t count)
{
	return (size_t)(hash_text(s->hash, name) % count);
}

static int between(const struct story *s, const char *name, int low, int high)
{
	return low + (int)pick(s, name, (size_t)(high - low + 1));
}

bool story_id_valid(const char *order_id)
{
	size_t length = strlen(order_id);
	if (length == 0 || length > ORDER_ID_MAX)
		return false;
	for (const char *c = order_id; *c; c++) {
		if (iscntrl((unsigned char)*c))
			return false;
	}
	return utf8_valid(order_id, length);
}

bool story_has(const struct story *s, enum story_word word)
{
	return (s->words >> word) & 1;
}

bool story_has_any(const struct story *s, const enum story_word *list)
{
	for (; *list != STORY_WORD_COUNT; list++) {
		if (story_has(s, *list))
			return true;
	}
	return false;
}

static bool has_word(const char *order_id, const char *word)
{
	size_t length = strlen(word);
	for (const char *at = order_id; (at = strstr(at, word)); at++) {
		if ((at == order_id || at[-1] == '-') &&
		    (at[length] == '\0' || at[length] == '-'))
			return true;
	}
	return false;
}

static uint64_t find_words(const char *order_id)
{
	uint64_t found = 0;
	for (unsigned w = 0; w < STORY_WORD_COUNT; w++) {
		if (has_word(order_id, words[w]))
			found |= UINT64_C(1) << w;
	}
	if (strstr(order_id, words[STORY_FAIL]))
		found |= UINT64_C(1) << STORY_FAIL;
	return found;
}

static void cast_people(struct story *s, const struct venue *v)
{
	const char *first =
		cast_first_names[pick(s, "first name", cast_first_name_count)];
	const char *last =
		cast_last_names[pick(s, "last name", cast_last_name_count)];
	size_t seller = pick(s, "seller", cast_seller_count);
	(void)snprintf(s->buyer_name, sizeof(s->buyer_name), "%s %s", first,
		       last);
	(void)snprintf(s->buyer_email, sizeof(s->buyer_email),
		       "%s.%s%d@example.com", first, last,
		       between(s, "mail number", 1, 99));
	for (char *c = s->buyer_email; *c; c++)
		*c = (char)tolower((unsigned char)*c);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)snprintf(s->buyer_phone, sizeof(s->buyer_phone), v->phone,
		       between(s, "phone", 10, 99));
#pragma GCC diagnostic pop
	(void)snprintf(s->seller_id, sizeof(s->seller_id), "SELLER-%03zu",
		       101 + seller * 7);
	s->seller_name = cast_sellers[seller];
	s->card_brand = pick(s, "card", 3) ? "visa" : "mastercard";
	(void)snprintf(s->card_last4, sizeof(s->card_last4), "%04d",
		       between(s, "last4", 0, 9999));
}

/* The event is chosen first and decides all about itself by its own number, so
 * that orders of one event agree on it. */
static const struct venue *cast_event(struct story *s)
{
	/* Events of which something is special; the first row that fits. */
	static const struct {
		enum story_word word;
		int first, last;
	} special[] = {
		{STORY_CANCELLED, 200, 205},
		{STORY_DENIED, 500, 511},
		{STORY_DOORS, 300, 311},
		{STORY_POSTPONED, 400, 405},
	};
	int number = between(s, "event", 100, 147);
	for (size_t i = 0; i < CAST_COUNT(special); i++) {
		if (!story_has(s, special[i].word))
			continue;
		number = between(s, "event", special[i].first, special[i].last);
		break;
	}
	(void)snprintf(s->event_id, sizeof(s->event_id), "EVT-%d", number);
	uint64_t hash = hash_text(0, s->event_id);
	const struct venue *v = &cast_venues[hash % cast_venue_count];
	size_t show = (size_t)(hash >> 8) % cast_show_count;
	while (cast_shows[show].stage != v->stage)
		show = (show + 1) % cast_show_count;
	s->event_name = cast_shows[show].name;
	s->venue = v->name;
	s->city = v->city;
	s->timezone = v->timezone;
	s->jurisdiction = v->jurisdiction;
	s->currency = v->currency;
	s->local_minute = 19 * 60 + 30 * (int)((hash >> 16) % 3);
	s->start_minute = s->local_minute - v->utc_minutes;
	s->start_day = 4 + (int)((hash >> 24) % 40);
	s->platform = cast_platforms[(hash >> 32) % cast_platform_count];
	return v;
}

static void cast_price(struct story *s)
{
	bool vip = story_has(s, STORY_VIP);
	bool several = vip || story_has(s, STORY_PARTIAL);
	s->quantity = between(s, "quantity", several ? 2 : 1, 4);
	/* At most 4 x 189 and fees: three digits; at least 2 x 550: four. */
	int64_t each = vip ? between(s, "price", 550, 1900)
			   : between(s, "price", 38, 189);
	s->ticket_minor = each * 100 * s->quantity;
	s->fees_minor = s->ticket_minor * between(s, "fees", 12, 22) / 100;
	s->delivery_minor = pick(s, "delivery", 3) ? 0 : 395;
	s->total_minor = s->ticket_minor + s->fees_minor + s->delivery_minor;
}

static void cast_seats(struct story *s, enum stage stage)
{
	struct seats *listed = &s->listed, *delivered = &s->delivered;
	int row = between(s, "row", 14, 24);
	/* Half the mismatches are a little closer, half are another section. */
	bool mismatch = story_has(s, STORY_SEAT);
	bool closer = mismatch && pick(s, "mismatch", 2) == 0;
	int section = between(s, "section", 101, 132);
	size_t level = pick(s, "level", cast_theatre_section_count - 1);
	size_t moved = mismatch && !closer;

	listed->first = between(s, "seat", 1, 22);
	delivered->first = listed->first + (mismatch ? 2 : 0);
	int delivered_row = closer ? row - between(s, "closer", 1, 4) : row;
	if (stage == STAGE_THEATRE) {
		STR_COPY(listed->section, cast_theatre_sections[level]);
		STR_COPY(delivered->section,
			 cast_theatre_sections[level + moved]);
		(void)snprintf(listed->row, sizeof(listed->row), "%c",
			       'A' + row);
		(void)snprintf(delivered->row, sizeof(delivered->row), "%c",
			       'A' + delivered_row);
	} else {
		(void)snprintf(listed->section, sizeof(listed->section), "%d",
			       section);
		(void)snprintf(delivered->section, sizeof(delivered->section),
			       "%d", section + (moved ? 200 : 0));
		(void)snprintf(listed->row, sizeof(listed->row), "%d", row);
		(void)snprintf(delivered->row, sizeof(delivered->row), "%d",
			       delivered_row);
	}
	size_t note = pick(s, "disclosure", cast_disclosure_count * 3);
	s->disclosure =
		note < cast_disclosure_count ? cast_disclosures[note] : NULL;
}

void story_tell(const char *order_id, struct story *ret_story)
{
	struct story s = {.words = find_words(order_id)};
	STR_COPY(s.order_id, order_id);
	char first[ORDER_ID_MAX + 1];
	STR_COPY(first, order_id);
	size_t length = strlen(first), tail = strlen(STORY_TWIN);
	if (length > tail && strcmp(first + length - tail, STORY_TWIN) == 0)
		first[length - tail] = '\0';
	s.hash = hash_text(0, first);
	const struct venue *venue = cast_event(&s);
	cast_people(&s, venue);
	cast_price(&s);
	cast_seats(&s, venue->stage);
	*ret_story = s;
}

void story_times(const struct story *s, int64_t seen_ms,
		 struct story_times *ret_times)
{
	struct story_times t = {0};
	int64_t day = seen_ms - seen_ms % DAY_MS;
	t.starts_ms = day + s->start_day * DAY_MS + s->start_minute * MINUTE_MS;
	t.doors_ms = t.starts_ms - HOUR_MS;
	/* The evening before: due at nine, so the seller has until eight. */
	t.in_hand_ms = t.starts_ms - s->local_minute * MINUTE_MS - 3 * HOUR_MS;
	t.seller_deadline_ms = t.in_hand_ms - HOUR_MS;
	if (story_has(s, STORY_DENIED)) {
		t.doors_ms = seen_ms - 30 * MINUTE_MS;
		t.starts_ms = t.doors_ms + HOUR_MS;
		t.in_hand_ms = t.doors_ms - DAY_MS;
		t.seller_deadline_ms = t.in_hand_ms - HOUR_MS;
	} else if (story_has(s, STORY_DOORS)) {
		t.doors_ms = seen_ms + 2 * HOUR_MS;
		t.starts_ms = t.doors_ms + HOUR_MS;
		t.in_hand_ms = t.doors_ms - HOUR_MS;
		/* On the day of the event a seller has one hour. */
		t.seller_deadline_ms = seen_ms + HOUR_MS;
	} else if (story_has(s, STORY_SUPPLIER)) {
		/* It is nearly eight on the day when they are due. */
		t.seller_deadline_ms = seen_ms + 15 * SECOND_MS;
		t.in_hand_ms = t.seller_deadline_ms + HOUR_MS;
	}
	t.created_ms = seen_ms - between(s, "created", 60, 600) * HOUR_MS;
	t.sent_ms = seen_ms - between(s, "sent", 9, 50) * MINUTE_MS;
	t.opens_ms = story_has(s, STORY_LOCKED) ? seen_ms + 20 * SECOND_MS
						: t.created_ms + DAY_MS;
	t.reissue_ms = seen_ms + 15 * SECOND_MS;
	t.dispute_opened_ms = seen_ms - between(s, "disputed", 2, 40) * HOUR_MS;
	t.dispute_due_ms = t.dispute_opened_ms + 14 * DAY_MS;
	t.complaint_ms = seen_ms - between(s, "complaint", 2, 8) * MINUTE_MS;
	*ret_times = t;
}

const char *story_complaint(const struct story *s)
{
	for (size_t i = 0; i < CAST_COUNT(complaints); i++) {
		if (story_has(s, complaints[i].word))
			return complaints[i].text;
	}
	return "My tickets were to arrive today and I still have nothing.";
}

void story_id(const struct story *s, const char *prefix, char ret_id[24])
{
	static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
	uint64_t h = hash_text(s->hash, prefix);
	int length = snprintf(ret_id, 12, "%s_", prefix);
	for (int i = 0; i < 10; i++, h >>= 5)
		ret_id[length++] = digits[h & 31];
	ret_id[length] = '\0';
}
