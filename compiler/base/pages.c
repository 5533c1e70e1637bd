/* SPDX-License-Identifier: Apache-2.0 */
/* pages.c: memory that begins where a huge page does. */
#define _DEFAULT_SOURCE /* NOLINT: MAP_ANONYMOUS, madvise and sbrk ask for this very name */
#include "base/pages.h"

#include <assert.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/die.h"

/* Bytes from p to the next place where a huge page can begin. */
static size_t before_huge(const void *p)
{
	return (size_t)(-(uintptr_t)p % PAGES_HUGE);
}

void *pages_take(size_t size)
{
	assert(size % PAGES_HUGE == 0);

	char *all = mmap(NULL, size + PAGES_HUGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (all == MAP_FAILED)
		die_memory();

	size_t before = before_huge(all);

	if (before)
		(void)munmap(all, before);
	(void)munmap(all + before + size, PAGES_HUGE - before);
	(void)madvise(all + before, size, MADV_HUGEPAGE); /* a wish: without it pages are small */
	return all + before;
}

void pages_give(void *p, size_t size)
{
	(void)munmap(p, size);
}

void pages_heap(size_t size)
{
	char *from = sbrk(0);
	size_t before = before_huge(from);

	/* the next request makes the heap grow by as much as is wanted ahead */
	(void)mallopt(M_TOP_PAD, (int)size);

	void *volatile first = malloc(1);

	free(first);

	char *end = sbrk(0);

	/* a heap that stands elsewhere (sanitizers, other C libraries) did not move this end */
	if ((uintptr_t)end > (uintptr_t)from + before)
		(void)madvise(from + before, (size_t)(end - from) - before, MADV_HUGEPAGE);
}
