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
	STORY_FAIL,	   /* nothing that is retried ever succeeds */
	STORY_SEAT,	   /* delivered seats are not the listed ones */
	STORY_SUPPLIER,	   /* the seller is silent, nothing was sent */
	STORY_ANSWERS,	   /* … and answers after the second ping */
	STORY_PAYMENT,	   /* declined, succeeds at the second try */
	STORY_STOLEN,	   /* … declined for good */
	STORY_VIP,	   /* a VIP buyer, four-digit totals */
	STORY_SLOW,	   /* every answer takes 1.5 s */
	STORY_FLAKY,	   /* every system fails now and then */
	STORY_DOWN,	   /* the transfer system is away at first */
	STORY_GARBAGE,	   /* the transfer system talks nonsense at first */
	STORY_LOCKED,	   /* transfer opens 20 s after first sight */
	STORY_DOORS,	   /* doors open in two hours */
	STORY_CANCELLED,   /* the event is cancelled */
	STORY_DISPUTE,	   /* an open chargeback */
	STORY_CONTRADICT,  /* the seller says "accepted", the platform "failed"
			    */
	STORY_UNKNOWN,	   /* nothing wrong that any system could tell */
	STORY_NOTACCEPTED, /* sent, and accepted only after a reminder */
	STORY_WRONGMAIL,   /* sent to an address that is not the buyer's */
	STORY_PARTIAL,	   /* one ticket too few was sent */
	STORY_CANNOT,	   /* the seller cannot fulfil */
	STORY_NOSTOCK,	   /* … and nobody else sells such seats */
	STORY_DELIVERY,	   /* sold by transfer, the tickets are static PDFs */
	STORY_ROTATING,	   /* sold as PDF, the barcodes rotate */
	STORY_DUPLICATE,   /* the same buyer bought the same twice */
	STORY_POSTPONED,   /* the event is put off, its new date comes later */
	STORY_UNREACHABLE, /* the buyer's e-mail bounces, the telephone works */
	STORY_FRAUD,	   /* the risk system is alarmed */
	STORY_DENIED,	   /* the buyer stands at the door, doors are open */
	STORY_REFUNDED,	   /* all has been paid back before */
	STORY_RESOLD,	   /* the buyer has sold the tickets on */
	STORY_REFUSES,	   /* a buyer who is asked wants the money back */
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
	uint64_t words; /* bit per enum story_word */

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
	int local_minute;     /* of the day there, when it starts */
	int start_minute;     /* the same in UTC */
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
	int64_t seller_deadline_ms; /* 20:00 before the tickets are due */
	int64_t reissue_ms;	    /* a new date, and new barcodes */
	int64_t dispute_opened_ms;
	int64_t dispute_due_ms;
	int64_t complaint_ms; /* the buyer writes */
};

bool story_id_valid(const char *order_id);
void story_tell(const char *order_id, struct story *ret_story);
bool story_has(const struct story *s, enum story_word word);
/* Any of the words; the list ends with STORY_WORD_COUNT. */
bool story_has_any(const struct story *s, const enum story_word *list);
/* The other order of a DUPLICATE: its id ends with it, people and places are
 * the same. */
#define STORY_TWIN "-TWIN"
void story_times(const struct story *s, int64_t seen_ms,
		 struct story_times *ret_times);
/* What the buyer wrote before anybody looked. */
const char *story_complaint(const struct story *s);
/* Some short stable id for this order: "trf_3k9x0c2m7q". */
void story_id(const struct story *s, const char *prefix, char ret_id[24]);

#endif
