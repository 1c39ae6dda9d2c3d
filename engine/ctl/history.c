/*
 * Why: what a new playbook would have done is best asked of what has happened:
 * which runs have ended, and what was said to them. One of them: past.c.
 * Reads with one statement at a time: a long read transaction would keep the
 * engine's log from being reused.
 */
#include "history.h"

#include <stdlib.h>
#include <string.h>

#include "../store/inbox_store.h"

#define PAGE 1000

static enum err load_runs(struct db *db, int64_t since_ms, int limit,
			  struct history *h)
{
	struct run_filter f = RUN_FILTER_ANY;
	int count = 0;
	enum err e;

	h->run = arena_alloc(&h->arena,
			     ((size_t)limit + PAGE) * sizeof(*h->run));
	f.open = 0;
	f.limit = PAGE;
	do {
		e = run_list(db, &f, h->run + h->count, &count);
		if (e != OK)
			return e;
		f.before_id = count ? h->run[h->count + count - 1].id : 0;
		h->count += count;
		while (h->count > 0 &&
		       h->run[h->count - 1].created_ms < since_ms)
			h->count--;
	} while (count == PAGE && h->count > 0 && h->count < limit &&
		 h->run[h->count - 1].id == f.before_id);
	if (h->count > limit)
		h->count = limit;
	return OK;
}

static int by_id_down(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	return (x->id < y->id) - (x->id > y->id);
}

static const struct run *run_of(const struct history *h, int64_t id)
{
	struct run key = {.id = id};

	return bsearch(&key, h->run, (size_t)h->count, sizeof(*h->run),
		       by_id_down);
}

static void take_word(struct history *h, const struct inbox_row *row,
		      const struct run *r)
{
	int count = h->word_count;
	struct past_word *w;

	if ((count & (count - 1)) == 0) {
		size_t room = count ? 2 * (size_t)count : 1;

		w = arena_alloc(&h->arena, room * sizeof(*w));
		if (count)
			memcpy(w, h->word, (size_t)count * sizeof(*w));
		h->word = w;
	}
	h->word[h->word_count++] = (struct past_word){
		.id = row->id,
		.run_id = row->run_id,
		.said = {.at_ms = row->received_ms - r->created_ms,
			 .kind = row->kind,
			 .name = arena_dup(&h->arena, row->name),
			 .actor = arena_dup(&h->arena, row->actor),
			 .body = arena_dup(&h->arena, row->body)},
	};
}

static bool replayed(enum inbox_kind kind)
{
	return kind == INBOX_SIGNAL || kind == INBOX_EVENT ||
	       kind == INBOX_CANCEL || kind == INBOX_KILL;
}

static int by_run(const void *a, const void *b)
{
	const struct past_word *x = a, *y = b;

	if (x->run_id != y->run_id)
		return x->run_id < y->run_id ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static enum err load_words(struct db *db, struct history *h)
{
	struct inbox_row *row;
	struct arena page;
	int64_t after = 0;
	int count, i;
	enum err e;

	arena_init(&page);
	do {
		e = inbox_sweep(db, after, PAGE, &page, &row, &count);
		for (i = 0; e == OK && i < count; i++) {
			const struct run *r = run_of(h, row[i].run_id);

			after = row[i].id;
			if (r && replayed(row[i].kind))
				take_word(h, &row[i], r);
		}
		arena_reset(&page);
	} while (e == OK && count == PAGE);
	arena_release(&page);
	if (h->word_count)
		qsort(h->word, (size_t)h->word_count, sizeof(*h->word), by_run);
	return e;
}

enum err history_load(struct db *db, int64_t since_ms, int limit,
		      struct history *ret_history)
{
	struct history *h = ret_history;
	enum err e;

	memset(h, 0, sizeof(*h));
	arena_init(&h->arena);
	e = load_runs(db, since_ms, limit, h);
	if (e == OK && h->count > 0)
		e = load_words(db, h);
	if (e != OK)
		history_release(h);
	return e;
}

void history_release(struct history *h)
{
	arena_release(&h->arena);
	memset(h, 0, sizeof(*h));
}
