/*
 * The sample events that an empty database is fed, over all stories that the
 * sandbox tells, and what to try next. They go through the API, as any event.
 */
#include <errno.h>
#include <stdio.h>

#include "dev.h"
#include "loopback.h"

#define SAMPLE_WAIT_MS 3000

/* The words in an order id choose the sandbox's story; see its README part. */
static const struct {
	const char *order;
	int priority; /* 0 most urgent - 3 */
	const char *says;
} samples[] = {
	{"ORDER-1001", 2, "Buyer has not received the tickets."},
	{"ORDER-1002", 2, "Transfer was returned by the platform."},
	{"ORDER-VIP-1003", 1, "VIP buyer asks where the tickets are."},
	{"ORDER-FAIL-1004", 2, "Transfer failed twice."},
	{"ORDER-FAIL-VIP-1005", 0, "VIP order, transfer never accepted."},
	{"ORDER-FAIL-DOORS-1006", 0, "Doors open soon and no tickets."},
	{"ORDER-SUPPLIER-1007", 1, "Seller does not answer."},
	{"ORDER-SUPPLIER-ANSWERS-1008", 2, "Seller is late with the transfer."},
	{"ORDER-SUPPLIER-VIP-1009", 1, "Seller of a VIP order is silent."},
	{"ORDER-PAYMENT-1010", 2, "Card was declined."},
	{"ORDER-PAYMENT-STOLEN-1011", 1, "Card was reported stolen."},
	{"ORDER-PAYMENT-FAIL-1012", 2, "Card is declined again and again."},
	{"ORDER-SEAT-1013", 1, "Seats are not those that were listed."},
	{"ORDER-SEAT-VIP-1014", 1, "VIP buyer got other seats."},
	{"ORDER-SLOW-1015", 3, "Systems answer slowly."},
	{"ORDER-FLAKY-1016", 3, "Systems fail every other time."},
	{"ORDER-DOWN-1017", 2, "The transfer platform is down."},
	{"ORDER-GARBAGE-1018", 3, "The transfer platform answers nonsense."},
	{"ORDER-LOCKED-1019", 2, "Transfer is locked by the venue."},
	{"ORDER-CANCELLED-1020", 1, "The event was cancelled."},
	{"ORDER-DISPUTE-FAIL-1021", 1, "Buyer opened a chargeback."},
	{"ORDER-CONTRADICT-1022", 2, "Seller and platform disagree."},
	{"ORDER-UNKNOWN-1023", 3, "Buyer complains, no details."},
	{"ORDER-FAIL-1024", 3, "Tickets sent to a wrong address."},
};

#define SAMPLE_COUNT (int)(sizeof(samples) / sizeof(samples[0]))

bool dev_feed_sample(struct dev *d)
{
	char body[512];
	int status = 0, i = d->samples_fed;
	struct loopback_request r = {
		.port = d->port,
		.method = "POST",
		.path = "/workflows/start",
		.body = body,
		.wait_ms = SAMPLE_WAIT_MS,
	};

	if (i == SAMPLE_COUNT)
		return false;
	(void)snprintf(body, sizeof(body),
		       "{\"orderId\":\"%s\",\"source\":\"samples\","
		       "\"eventKey\":\"sample-%d\",\"priority\":%d,"
		       "\"event\":{\"says\":\"%s\"}}",
		       samples[i].order, i + 1, samples[i].priority,
		       samples[i].says);
	if (loopback_request(&r, &status, NULL) || status / 100 != 2) {
		(void)fprintf(stderr,
			      "mend: sample %s was not taken (status %d); no "
			      "more samples\n",
			      samples[i].order, status);
		return false;
	}
	d->samples_fed++;
	return true;
}

void dev_print_hints(const struct dev *d)
{
	(void)fprintf(stderr,
		      "mend: fed %d sample events; open %s/ui or try\n"
		      "  curl -sS %s/workflows/start -H 'Content-Type: "
		      "application/json' -d '{\"orderId\":\"ORDER-42\"}'\n"
		      "  curl -sS %s/workflows/resolve-ORDER-42/casefile\n"
		      "  %s show ORDER-42 --data %s\n"
		      "  %s task list --data %s\n"
		      "Ctrl-C ends it.\n",
		      d->samples_fed, d->url, d->url, d->url,
		      program_invocation_name, d->data, program_invocation_name,
		      d->data);
}
