/* SPDX-License-Identifier: Apache-2.0 */
/* arena.c: chained blocks handed out front to back. */
#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/pages.h"

/* Blocks double from the first to the most. */
enum { BLOCK_FIRST = 4 * 1024, BLOCK_LARGE = PAGES_HUGE, BLOCK_MOST = 2 * PAGES_HUGE };

struct block {
	struct block *next; /* the block filled before this one */
	size_t size;        /* bytes after this header */
};

struct arena {
	struct block *top;
	char *at, *end; /* what is left of the top block */
	size_t used, grow;
	struct arena *children, *sibling; /* adopted ones */
};

static struct arena *new (size_t first)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (!a)
		die_memory();
	a->grow = first;
	return a;
}

struct arena *arena_new(void)
{
	return new (BLOCK_FIRST);
}

struct arena *arena_new_large(void)
{
	return new (BLOCK_LARGE);
}

static size_t whole(size_t size, size_t part)
{
	return (size + part - 1) / part * part;
}

/* A block of size bytes with its header; large ones are whole huge pages. */
static struct block *take_block(size_t size)
{
	struct block *b = NULL;

	if (size >= BLOCK_LARGE && !ARENA_EACH) {
		size = whole(size, PAGES_HUGE);
		b = pages_take(size);
	} else {
		b = calloc(1, size);
		if (!b)
			die_memory();
	}
	b->size = size - sizeof(*b);
	return b;
}

static void drop_blocks(struct block *b)
{
	while (b) {
		struct block *next = b->next;
		size_t size = sizeof(*b) + b->size;

		if (size >= BLOCK_LARGE && !ARENA_EACH)
			pages_give(b, size);
		else
			free(b);
		b = next;
	}
}

void arena_adopt(struct arena *a, struct arena *child)
{
	child->sibling = a->children;
	a->children = child;
}

static void drop_children(struct arena *a)
{
	while (a->children) {
		struct arena *next = a->children->sibling;

		arena_free(a->children);
		a->children = next;
	}
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	drop_children(a);
	drop_blocks(a->top);
	free(a);
}

void arena_wipe(struct arena *a)
{
	/* by a pointer that the compiler cannot see through: memory that is freed next would not be
	 * written */
	void *(*volatile set)(void *, int, size_t) = memset;

	if (!a)
		return;
	for (struct block *b = a->top; b; b = b->next)
		(void)set(b + 1, 0, b->size);
	arena_free(a);
}

/* Keeps the newest, largest block and clears it: later allocations rely on zeroed memory. */
void arena_reset(struct arena *a)
{
	a->used = 0;
	drop_children(a);
	if (!a->top || ARENA_EACH) {
		drop_blocks(a->top);
		a->top = NULL;
		a->at = a->end = NULL;
		return;
	}
	drop_blocks(a->top->next);
	a->top->next = NULL;

	char *first = (char *)(a->top + 1);

	memset(first, 0, (size_t)(a->at - first));
	a->at = first;
}

static void add_block(struct arena *a, size_t need)
{
	size_t size = a->grow;

	if (a->grow < BLOCK_MOST)
		a->grow *= 2;
	need += sizeof(struct block);
	if (size < need || ARENA_EACH)
		size = need;

	struct block *b = take_block(size);

	b->next = a->top;
	a->top = b;
	a->at = (char *)(b + 1);
	a->end = a->at + b->size;
}

void *arena_alloc(struct arena *a, size_t size, size_t align)
{
	assert(align && (align & (align - 1)) == 0);
	if (size > SIZE_MAX / 4)
		die_memory();

	size_t skip = (size_t)(-(uintptr_t)a->at & (align - 1));

	if (ARENA_EACH || !a->top || skip + size > (size_t)(a->end - a->at)) {
		add_block(a, size + align);
		skip = (size_t)(-(uintptr_t)a->at & (align - 1));
	}

	void *p = a->at + skip;

	a->at += skip + size;
	a->used += size;
	return p;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}

struct str arena_copy(struct arena *a, const char *p, size_t n)
{
	char *copy = arena_alloc(a, n + 1, 1);

	if (n)
		memcpy(copy, p, n);
	return (struct str){ copy, n };
}

struct str arena_str(struct arena *a, struct str s)
{
	return arena_copy(a, s.p, s.n);
}

struct str arena_fmt(struct arena *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(n >= 0);

	char *text = arena_alloc(a, (size_t)n + 1, 1);

	va_start(ap, fmt);
	(void)vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return (struct str){ text, (size_t)n };
}
