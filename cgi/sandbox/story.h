#ifndef MEND_SANDBOX_STORY_H
#define MEND_SANDBOX_STORY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What an order id says: words in it choose what is broken and how the systems
 * behave, a hash of it chooses who, where and for how much. Pure: the same id
 * gives the same story in every process and for ever, so only what changes has
 * to be stored.
 */
#define ORDER_ID_MAX 128

/* Words stand between '-', in capitals; FAIL counts anywhere. They combine. */
enum story_word {
	STORY_FAIL,	  /* nothing that is retried ever succeeds */
	STORY_SEAT,	  /* delivered seats are not the listed ones */
	STORY_SUPPLIER,	  /* the seller is silent, nothing was sent */
	STORY_ANSWERS,	  /* … and answers after the second ping */
	STORY_PAYMENT,	  /* declined, succeeds at the second try */
	STORY_STOLEN,	  /* … declined for good */
	STORY_VIP,	  /* a VIP buyer, four-digit totals */
	STORY_SLOW,	  /* every answer takes 1.5 s */
	STORY_FLAKY,	  /* every system fails now and then */
	STORY_DOWN,	  /* the transfer system is away at first */
	STORY_GARBAGE,	  /* the transfer system talks nonsense at first */
	STORY_LOCKED,	  /* transfer opens 20 s after first sight */
	STORY_DOORS,	  /* doors open in two hours */
	STORY_CANCELLED,  /* the event is cancelled */
	STORY_DISPUTE,	  /* an open chargeback */
	STORY_CONTRADICT, /* the seller says "accepted", the platform "failed"
			   */
	STORY_UNKNOWN,	  /* nothing wrong that any system could tell */
	STORY_WORD_COUNT
};

struct seats {
	char section[24];
	char row[8];
	int first; /* seat number; the others follow it */
};

struct story {
	char order_id[ORDER_ID_MAX + 1];
	uint64_t hash;
	uint32_t words; /* bit per enum story_word */

	char buyer_name[48];
	char buyer_email[64];
	char buyer_phone[24];
	char seller_id[16];
	const char *seller_name;

	char event_id[16];
	const char *event_name;
	const char *venue;
	const char *city;
	const char *timezone;
	const char *jurisdiction;
	const char *currency; /* USD, EUR or GBP */
	const char *platform; /* over which tickets are transferred */
	int start_minute;     /* of the day, UTC */
	int start_day;	      /* days after the day of first sight */

	int quantity;
	int64_t ticket_minor; /* all tickets together */
	int64_t fees_minor;
	int64_t delivery_minor;
	int64_t total_minor; /* the three above */
	struct seats listed;
	struct seats delivered; /* what arrives, once it does */
	const char *disclosure; /* NULL: none */
	const char *card_brand;
	char card_last4[5];
};

/* Times in UTC ms, all from the first sight of the order. */
struct story_times {
	int64_t created_ms;
	int64_t sent_ms; /* the first, failed sending */
	int64_t opens_ms;
	int64_t in_hand_ms;
	int64_t doors_ms;
	int64_t starts_ms;
	int64_t seller_deadline_ms;
	int64_t dispute_opened_ms;
	int64_t dispute_due_ms;
	int64_t complaint_ms; /* the buyer writes */
};

bool story_id_valid(const char *order_id);
void story_tell(const char *order_id, struct story *ret_story);
bool story_has(const struct story *s, enum story_word word);
void story_times(const struct story *s, int64_t seen_ms,
		 struct story_times *ret_times);
/* What the buyer wrote before anybody looked. */
const char *story_complaint(const struct story *s);
/* Some short stable id for this order: "trf_3k9x0c2m7q". */
void story_id(const struct story *s, const char *prefix, char ret_id[24]);

#endif
