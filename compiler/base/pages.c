/* SPDX-License-Identifier: Apache-2.0 */
/* pages.c: mappings, some of which begin where a huge page does. */
#define _DEFAULT_SOURCE /* NOLINT: MAP_ANONYMOUS and madvise ask for this very name */
#include "base/pages.h"

#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>

#include "base/die.h"

static char *map(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die_memory();
	return p;
}

void *pages_take(size_t size)
{
	assert(size % PAGES_SIZE == 0);
	return map(size);
}

void *pages_take_huge(size_t size)
{
	assert(size % PAGES_HUGE == 0);

	char *all = map(size + PAGES_HUGE);
	size_t before = (size_t)(-(uintptr_t)all % PAGES_HUGE);

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
