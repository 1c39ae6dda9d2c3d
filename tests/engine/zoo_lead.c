/*
 * What must follow from what an animal does, by what the operation declares:
 * how often it is asked, how its run ends, what is done in truth. See zoo.h.
 */
#include <stdio.h>
#include <string.h>

#include "zoo.h"

static const struct lead leads[ENCLOSURES][CLASS_COUNT] = {
	/* OK, RETRYABLE, PERMANENT, UNKNOWN, THROTTLED */
	[KEYED] = {{1, DONE_WELL},
		   {3, GAVE_UP},
		   {1, GAVE_UP},
		   {3, ASKED},
		   {3, GAVE_UP}},
	[ONCE] = {{1, DONE_WELL},
		  {2, DONE_WELL},
		  {1, GAVE_UP},
		  {2, DONE_WELL},
		  {2, DONE_WELL}},
	/* of what is unknown and not there; what is there ends the search */
	[LOOKUP] = {{1, DONE_WELL},
		    {3, GAVE_UP},
		    {1, GAVE_UP},
		    {3, GAVE_UP},
		    {3, GAVE_UP}},
	[NEITHER] = {{1, DONE_WELL},
		     {3, GAVE_UP},
		     {1, GAVE_UP},
		     {1, ASKED},
		     {3, GAVE_UP}},
	[READ] = {{1, DONE_WELL},
		  {3, GAVE_UP},
		  {1, GAVE_UP},
		  {3, GAVE_UP},
		  {3, GAVE_UP}},
	[FORGETS] = {{1, DONE_WELL},
		     {3, GAVE_UP},
		     {1, GAVE_UP},
		     {1, ASKED},
		     {3, GAVE_UP}},
	/* of the lookup, ten of them */
	[HUNTED] = {{1, DONE_WELL},
		    {1, ASKED},
		    {1, ASKED},
		    {1, ASKED},
		    {1, ASKED}},
};

struct lead lead_of(enum enclosure e, const struct animal *a)
{
	struct lead lead = leads[e][a->class];

	if (e == LOOKUP && a->class == CLASS_UNKNOWN && a->truth != UNDONE)
		lead = (struct lead){1, DONE_WELL};
	if (a->waits)
		lead = (struct lead){1, WAITS};
	return lead;
}

/* A peer that says "not found" of what it has done breaks its word: then no
 * declaration helps. "409 already done" is declared for the call alone. */
bool lives_in(enum enclosure e, const struct animal *a)
{
	return e != HUNTED ||
	       !(a->is_404 || strcmp(a->name, "already_done") == 0);
}

int effects_of(enum enclosure e, const struct animal *a)
{
	if (e == READ)
		return 0;
	if (e == HUNTED || lead_of(e, a).outcome == DONE_WELL)
		return 1;
	return a->truth == UNDONE ? 0 : 1;
}

enum call_class class_of(enum enclosure e, const struct animal *a)
{
	if (e == HUNTED)
		return CLASS_UNKNOWN;
	if (e == READ && a->class == CLASS_UNKNOWN)
		return CLASS_RETRYABLE;
	return a->class;
}

void order_of(enum enclosure e, int animal, char order[ORDER_ID_SIZE])
{
	/* One that asks for a long pause is left alone with all its adapter. */
	(void)snprintf(order, ORDER_ID_SIZE, "%c%d.%s", ENCLOSURE_LETTERS[e],
		       animals[animal].waits, animals[animal].name);
}

int lookups_of(enum enclosure e, const struct animal *a)
{
	if (e == HUNTED)
		return a->class == CLASS_OK || a->waits ? 1 : ZOO_LOOKUPS;
	if (e != LOOKUP || a->class != CLASS_UNKNOWN)
		return 0;
	return a->truth == UNDONE ? ZOO_ATTEMPTS : 1;
}
