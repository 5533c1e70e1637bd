/* SPDX-License-Identifier: Apache-2.0 */
/* pages.c: mappings that begin where a huge page does. */
#define _DEFAULT_SOURCE /* NOLINT: MAP_ANONYMOUS and madvise ask for this very name */
#include "base/pages.h"

#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>

#include "base/die.h"

void *pages_take(size_t size)
{
	assert(size % PAGES_SIZE == 0);

	size_t room = size + PAGES_SIZE;
	char *all = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (all == MAP_FAILED)
		die_memory();

	size_t before = (size_t)(-(uintptr_t)all % PAGES_SIZE);

	if (before)
		(void)munmap(all, before);
	(void)munmap(all + before + size, PAGES_SIZE - before);
	(void)madvise(all + before, size, MADV_HUGEPAGE); /* a wish: without it pages are small */
	return all + before;
}

void pages_give(void *p, size_t size)
{
	(void)munmap(p, size);
}
