/*
 * The progress of a run is made of the visits that idempotency keys are made
 * of: what was read and written again must be the same, or a key changes and an
 * effect happens twice.
 */
#include <string.h>

#include "../../engine/flow/progress.h"
#include "fuzz.h"

static void hold_same(const struct progress *a, const struct progress *b)
{
	require(a->item_count == b->item_count);
	for (int i = 0; i < a->item_count; i++) {
		require(strcmp(a->item[i].step, b->item[i].step) == 0);
		require(a->item[i].visit == b->item[i].visit);
		require(a->item[i].count == b->item[i].count);
		require(a->item[i].until_ms == b->item[i].until_ms);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {(const char *)data, size};
	char text[PROGRESS_SIZE];
	struct progress p, again;
	struct arena a = {0};
	bool good = progress_parse(input_rest(&in, &a), &p);

	require(p.item_count >= 0 && p.item_count <= PROGRESS_STEPS_MAX);
	if (good) {
		for (int i = 0; i < p.item_count; i++) {
			require(p.item[i].step[0] != '\0');
			require(p.item[i].visit >= 0 && p.item[i].count >= 0);
			require(p.item[i].until_ms >= 0);
			require(progress_of(&p, p.item[i].step) != NULL);
		}
		if (progress_print(&p, text)) {
			require(strlen(text) < PROGRESS_SIZE);
			require(progress_parse(text, &again));
			hold_same(&p, &again);
		}
	}
	arena_release(&a);
	return 0;
}
