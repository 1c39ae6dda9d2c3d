/*
 * Memory that lives as long as a request or a tick.
 *
 * Blocks form a list with the newest first; each doubles the one before up to a
 * cap, so that a request of 100 bytes costs one small block and one of a
 * megabyte costs few. Always holds: the last block of the list is the first one
 * made, and reset keeps it, so that a loop reaches a state without malloc.
 */
#include "arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

#define BLOCK_SIZE_FIRST ((size_t)4096)
#define BLOCK_SIZE_CAP ((size_t)256 * 1024)

struct arena_block {
	struct arena_block *older;
	size_t size; /* of bytes */
	size_t used;
	_Alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *a)
{
	*a = (struct arena){0};
}

static size_t align_up(size_t size)
{
	const size_t align = _Alignof(max_align_t);

	if (size > SIZE_MAX / 2)
		mem_exhausted(size);
	return (size + align - 1) / align * align;
}

static struct arena_block *add_block(struct arena *a, size_t least)
{
	size_t size = BLOCK_SIZE_FIRST;

	if (a->head && a->head->size < BLOCK_SIZE_CAP)
		size = 2 * a->head->size;
	else if (a->head)
		size = BLOCK_SIZE_CAP;
	if (size < least)
		size = least;

	struct arena_block *block = mem_grow(NULL, 1, sizeof(*block) + size);

	*block = (struct arena_block){.older = a->head, .size = size};
	a->head = block;
	return block;
}

void arena_reserve(struct arena *a, size_t size)
{
	if (!a->head)
		(void)add_block(a, align_up(size));
}

void *arena_take(struct arena *a, size_t size)
{
	/* At least one byte, so that every result has an address of its own. */
	size_t room = align_up(size ? size : 1);
	struct arena_block *block = a->head;

	if (!block || block->size - block->used < room)
		block = add_block(a, room);

	void *result = block->bytes + block->used;

	block->used += room;
	a->used += room;
	return result;
}

void *arena_alloc(struct arena *a, size_t size)
{
	return memset(arena_take(a, size), 0, size);
}

char *arena_dup_n(struct arena *a, const char *text, size_t length)
{
	char *copy = arena_take(a, length + 1);

	if (length)
		memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

char *arena_dup(struct arena *a, const char *text)
{
	return text ? arena_dup_n(a, text, strlen(text)) : NULL;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	va_list again;

	va_start(args, format);
	va_copy(again, args);

	int length = vsnprintf(NULL, 0, format, args);
	size_t size = length < 0 ? 1 : (size_t)length + 1;
	char *text = arena_take(a, size);

	text[0] = '\0'; /* also when it cannot be formatted */

	(void)vsnprintf(text, size, format, again);
	va_end(again);
	va_end(args);
	return text;
}

/* Frees all blocks down to, and without, the one given. */
static void free_newer(struct arena *a, const struct arena_block *keep)
{
	while (a->head != keep) {
		struct arena_block *block = a->head;

		a->head = block->older;
		free(block);
	}
}

void arena_reset(struct arena *a)
{
	struct arena_block *first = a->head;

	while (first && first->older)
		first = first->older;
	free_newer(a, first);
	if (first)
		first->used = 0;
	a->used = 0;
}

void arena_release(struct arena *a)
{
	free_newer(a, NULL);
	a->used = 0;
}
