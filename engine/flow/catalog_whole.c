/*
 * Why: what is stored of a playbook must be all that a run goes by, so the
 * steps of its sub-playbooks are copied in between reading and storing.
 */
#include "../base/digest.h"
#include "../base/json.h"
#include "catalog_loading.h"
#include "playbook_expand.h"

static const cJSON *find_playbook(const void *context, const char *name)
{
	const struct playbook *b = catalog_playbook(context, name);

	return b ? b->document : NULL;
}

/* The file's document and its place in the catalog become the whole ones. */
static void take_whole(struct loading *l, int index, struct playbook **place,
		       cJSON *whole)
{
	struct document *d = &l->document[index];
	struct problems p = {.count = 0};
	struct playbook *b;

	d->body = json_canonical(whole, &l->arena);
	digest_text_hex(d->body, d->digest);
	if (playbook_parse(whole, &p, &b) != OK) {
		loading_problems(l, l->file[index], &p);
		return;
	}
	b->document_id = (*place)->document_id;
	playbook_free(*place);
	*place = b;
}

/* Sub-playbooks are copied in, all from the documents as they are written. */
void loading_resolve(struct loading *l)
{
	const struct playbook_finder finder = {find_playbook, l->catalog};
	cJSON *whole[CATALOG_PLAYBOOKS_MAX] = {NULL};
	int i, j;

	for (i = 0; i < l->count; i++) {
		struct problems p = {.count = 0};
		int k = l->catalog->playbook_count;

		while (--k >= 0 && l->catalog->playbook[k]->document_id !=
					   l->document[i].id)
			;
		if (k >= 0 && playbook_expand(l->catalog->playbook[k]->document,
					      &finder, &p, &whole[k]) != OK)
			loading_problems(l, l->file[i], &p);
	}
	for (i = 0; i < l->catalog->playbook_count; i++) {
		struct playbook **place = &l->catalog->playbook[i];

		for (j = 0; j < l->count; j++) {
			if (l->document[j].id == (*place)->document_id)
				break;
		}
		if (l->check->count == 0)
			take_whole(l, j, place, whole[i]);
		else
			cJSON_Delete(whole[i]);
	}
}
