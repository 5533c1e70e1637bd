/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c: libgit2 gets memory, or the process ends. */
#include "git/memory.h"

#include <git2.h>
#include <git2/sys/alloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"

static void *given(void *p)
{
	if (!p)
		die_memory();
	return p;
}

static size_t product(size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size)
		die_memory();
	return n * size;
}

static void *take(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return given(malloc(n ? n : 1));
}

static void *take_zeroed(size_t n, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return given(calloc(n ? n : 1, size ? size : 1));
}

static void *take_array(size_t n, size_t size, const char *file, int line)
{
	return take(product(n, size), file, line);
}

static void *grow(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return given(realloc(p, n ? n : 1));
}

static void *grow_array(void *p, size_t n, size_t size, const char *file, int line)
{
	return grow(p, product(n, size), file, line);
}

static char *copy_part(const char *text, size_t n, const char *file, int line)
{
	char *copy = take(n + 1, file, line);

	memcpy(copy, text, n);
	copy[n] = 0;
	return copy;
}

static char *copy_most(const char *text, size_t most, const char *file, int line)
{
	return copy_part(text, strnlen(text, most), file, line);
}

static char *copy(const char *text, const char *file, int line)
{
	return copy_part(text, strlen(text), file, line);
}

int git_memory_use(void)
{
	git_allocator a = {
		.gmalloc = take,
		.gcalloc = take_zeroed,
		.gstrdup = copy,
		.gstrndup = copy_most,
		.gsubstrdup = copy_part,
		.grealloc = grow,
		.greallocarray = grow_array,
		.gmallocarray = take_array,
		.gfree = free,
	};

	return git_libgit2_opts(GIT_OPT_SET_ALLOCATOR, &a);
}
