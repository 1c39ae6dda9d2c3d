/*
 * The inventory system: what others sell for the same event, kept for ten
 * minutes at a time, and bought. Every order finds three offers, NOSTOCK none:
 * a little closer and a little dearer, the same row, and somewhere else with a
 * limited view. For a VIP all of them cost more than a buyer may be replaced
 * for without asking anybody. FAIL: somebody else was faster when it is bought.
 */
#include <stdio.h>
#include <string.h>

#include "cgi/sandbox/sandbox.h"
#include "engine/base/id.h"
#include "engine/base/json.h"

#define HOLD_MS INT64_C(600000)
#define AMOUNT_MAX INT64_C(1000000000)
#define VIP_PERCENT 30 /* more */

static const struct kind {
	int rows_closer, percent;
	bool same_section;
	const char *restriction;
} kinds[] = {
	{2, 108, true, NULL},
	{0, 116, true, NULL},
	{4, 94, false, "Limited view"},
};
#define KIND_COUNT ((int)(sizeof(kinds) / sizeof(kinds[0])))

/* Rows are numbers or letters. */
static void move_closer(struct seats *place, int rows)
{
	int number;
	if (sscanf(place->row, "%d", &number) == 1)
		(void)snprintf(place->row, sizeof(place->row), "%d",
			       number - rows);
	else
		place->row[0] = (char)(place->row[0] - rows);
}

bool offer_tell(const struct scene *s, int number, struct offer *ret_offer)
{
	const struct story *story = &s->story;
	if (number < 0 || number >= KIND_COUNT ||
	    story_has(story, STORY_NOSTOCK))
		return false;
	const struct kind *kind = &kinds[number];
	struct offer o = {
		.number = number,
		.seats = story->listed,
		.percent = kind->percent +
			   (story_has(story, STORY_VIP) ? VIP_PERCENT : 0),
		.rows_closer = kind->rows_closer,
		.same_section = kind->same_section,
		.restriction = kind->restriction,
	};
	char prefix[8];
	(void)snprintf(prefix, sizeof(prefix), "off%d", number);
	story_id(story, prefix, o.id);
	o.price_minor = story->ticket_minor * o.percent / 100;
	o.seats.first += 10;
	move_closer(&o.seats, kind->rows_closer);
	if (!kind->same_section)
		(void)snprintf(o.seats.section, sizeof(o.seats.section), "%s",
			       "Side");
	*ret_offer = o;
	return true;
}

static cJSON *offer_json(const struct scene *s, const struct offer *o)
{
	int quantity = s->story.quantity;
	cJSON *offer = seats_json(&o->seats, quantity);
	cJSON *restrictions = cJSON_CreateArray();
	if (o->restriction)
		cJSON_AddItemToArray(restrictions,
				     cJSON_CreateString(o->restriction));
	json_set_string(offer, "offerId", o->id);
	json_set_int(offer, "priceMinor", o->price_minor);
	json_set_int(offer, "pricePercent", o->percent);
	json_set_int(offer, "extraMinor",
		     o->price_minor - s->story.ticket_minor);
	json_set_string(offer, "currency", s->story.currency);
	json_set_bool(offer, "sameSection", o->same_section);
	json_set_bool(offer, "adjacent", true);
	json_set_int(offer, "rowsCloser", o->rows_closer);
	json_set(offer, "restrictions", restrictions);
	json_set_time(offer, "holdUntil", s->now_ms + HOLD_MS);
	return offer;
}

/* The best one is the cheapest that leaves the buyer nothing to complain of. */
static enum err inventory_search(struct scene *s)
{
	const cJSON *body = s->c->request.json;
	int64_t quantity = json_int(body, "quantity", s->story.quantity);
	int64_t most_minor = json_int(body, "maxMinor", AMOUNT_MAX);
	cJSON *offers = cJSON_CreateArray(), *best = NULL;
	int64_t best_minor = AMOUNT_MAX;
	for (int i = 0; i < KIND_COUNT; i++) {
		struct offer o;
		if (!offer_tell(s, i, &o) || o.price_minor > most_minor ||
		    quantity != s->story.quantity)
			continue;
		cJSON *offer = offer_json(s, &o);
		cJSON_AddItemToArray(offers, offer);
		if (o.same_section && !o.restriction &&
		    o.price_minor < best_minor) {
			best = offer;
			best_minor = o.price_minor;
		}
	}
	cJSON *found = scene_object(s);
	json_set_int(found, "count", cJSON_GetArraySize(offers));
	json_set(found, "best",
		 best ? cJSON_Duplicate(best, true) : cJSON_CreateNull());
	json_set(found, "offers", offers);
	cJSON *holds = cJSON_CreateArray();
	json_set(found, "holds", holds);
	enum err e = holds_list(s->db, s->story.order_id, s->now_ms,
				s->c->arena, holds);
	if (e == OK)
		scene_answer(s, 200, found);
	else
		cJSON_Delete(found);
	return e;
}

static cJSON *hold_json(struct scene *s, const struct hold *h)
{
	struct offer o;
	cJSON *hold = scene_object(s);
	json_set_string(hold, "holdId", h->id);
	if (offer_tell(s, (int)h->offer, &o))
		json_set_string(hold, "offerId", o.id);
	json_set_int(hold, "priceMinor", h->price_minor);
	json_set_string(hold, "currency", s->story.currency);
	json_set_time(hold, "expiresAt", h->expires_ms);
	json_set_string(hold, "status", h->state);
	return hold;
}

static enum err inventory_hold(struct scene *s)
{
	const char *id = json_string(s->c->request.json, "offerId", "");
	struct offer o;
	int number = 0;
	while (offer_tell(s, number, &o) && strcmp(o.id, id) != 0)
		number++;
	if (!offer_tell(s, number, &o))
		return scene_refuse(s, "OFFER_GONE",
				    "there is no such offer any more");
	struct hold h = {
		.offer = number,
		.price_minor = o.price_minor,
		.expires_ms = s->now_ms + HOLD_MS,
		.state = "HELD",
	};
	id_make("hold", s->c->world, h.id);
	enum err e = hold_add(s->db, s->story.order_id, &h);
	if (e == OK)
		scene_answer(s, 200, hold_json(s, &h));
	return e;
}

static enum err find_hold(struct scene *s, struct hold *ret_hold)
{
	enum err e =
		hold_find(s->db, s->story.order_id,
			  request_param(&s->c->request, "holdId"), ret_hold);
	if (e == ERR_NOT_FOUND)
		return scene_refuse(s, "NO_SUCH_HOLD",
				    "this order holds no such seats");
	return e;
}

/* Who gives back twice has given back; what is bought stays bought. */
static enum err inventory_release(struct scene *s)
{
	struct hold h;
	enum err e = find_hold(s, &h);
	if (e != OK)
		return e;
	s->in_vain = strcmp(h.state, "HELD") != 0;
	if (!s->in_vain) {
		STR_COPY(h.state, "RELEASED");
		e = hold_set(s->db, h.id, h.state);
	}
	if (e == OK)
		scene_answer(s, 200, hold_json(s, &h));
	return e;
}

static enum err check_buy(struct scene *s, const struct hold *h)
{
	const cJSON *body = s->c->request.json;
	int64_t amount = json_int(body, "amountMinor", h->price_minor);
	const char *currency = json_string(body, "currency", s->story.currency);
	if (strcmp(currency, s->story.currency) != 0)
		return scene_refuse(s, "CURRENCY_MISMATCH",
				    "the offer is in %s", s->story.currency);
	if (amount != h->price_minor)
		return scene_refuse(s, "PRICE_CHANGED", "the price is %lld",
				    (long long)h->price_minor);
	if (s->situation.frozen == 1)
		return scene_refuse(s, "FROZEN", "the order is frozen");
	if (strcmp(h->state, "HELD") != 0)
		return scene_refuse(s, h->state, "the hold is %s", h->state);
	if (h->expires_ms <= s->now_ms)
		return scene_refuse(s, "HOLD_EXPIRED",
				    "the seats were kept too long");
	if (story_has(&s->story, STORY_FAIL))
		return scene_refuse(s, "OFFER_GONE",
				    "its seller has sold them elsewhere");
	return OK;
}

static enum err inventory_buy(struct scene *s)
{
	struct hold h;
	enum err e = find_hold(s, &h);
	if (e == OK)
		e = check_buy(s, &h);
	if (e == OK)
		e = hold_set(s->db, h.id, "BOUGHT");
	if (e != OK)
		return e;
	STR_COPY(h.state, "BOUGHT");
	s->amount_minor = h.price_minor;
	s->situation.offer_bought = h.offer;
	char id[ID_SIZE];
	id_make("purchase", s->c->world, id);
	cJSON *bought = hold_json(s, &h);
	json_set_string(bought, "purchaseId", id);
	json_set_int(bought, "amountMinor", h.price_minor);
	struct offer o;
	if (offer_tell(s, (int)h.offer, &o))
		json_set(bought, "place",
			 seats_json(&o.seats, s->story.quantity));
	scene_answer(s, 200, bought);
	return OK;
}

static const struct field search_body[] = {
	{.name = "quantity", .type = FIELD_INT, .min = 1, .max = 100},
	{.name = "section", .type = FIELD_TEXT, .null_ok = true, .max = 60},
	{.name = "maxMinor",
	 .type = FIELD_INT,
	 .null_ok = true,
	 .max = AMOUNT_MAX},
	{0},
};
static const struct field hold_body[] = {
	{.name = "offerId", .type = FIELD_TEXT, .required = true, .max = 60},
	{0},
};
static const struct field buy_body[] = {
	{.name = "amountMinor", .type = FIELD_INT, .min = 1, .max = AMOUNT_MAX},
	{.name = "currency", .type = FIELD_TEXT, .min = 3, .max = 3},
	{0},
};

static const struct service services[] = {
	{.kind = SERVICE_SEARCH,
	 .pattern = "/sandbox/inventory/{orderId}/search",
	 .adapter = "inventory",
	 .operation = "inventory.search",
	 .body = search_body,
	 .fn = inventory_search},
	{.kind = SERVICE_EFFECT,
	 .pattern = "/sandbox/inventory/{orderId}/holds",
	 .adapter = "inventory",
	 .operation = "inventory.hold",
	 .body = hold_body,
	 .fn = inventory_hold},
	{.kind = SERVICE_EFFECT,
	 .pattern = "/sandbox/inventory/{orderId}/holds/{holdId}/release",
	 .adapter = "inventory",
	 .operation = "inventory.release",
	 .fn = inventory_release},
	{.kind = SERVICE_EFFECT,
	 .pattern = "/sandbox/inventory/{orderId}/holds/{holdId}/buy",
	 .adapter = "inventory",
	 .operation = "inventory.buy",
	 .body = buy_body,
	 .fn = inventory_buy},
	{.kind = SERVICE_LOOKUP,
	 .pattern = "/sandbox/inventory/{orderId}/purchases/{key}",
	 .adapter = "inventory",
	 .operation = "inventory.buy"},
};

const struct system inventory_system = SYSTEM(services);
