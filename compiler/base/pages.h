/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory in huge pages, where the system has them (transparent_hugepage "madvise" or "always"; see
 * Documentation/admin-guide/mm/transhuge.rst in Linux). A small page costs its first user some
 * 3 us, and a short run is made of first uses: in huge ones a megabyte costs a sixth of it.
 */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H

#include <stddef.h>

/* Bytes of a huge page. */
enum { PAGES_HUGE = 2 * 1024 * 1024 };

/* size zeroed bytes, a multiple of PAGES_HUGE, for memory that will be filled: the first byte in a
 * huge page costs all of it. Never NULL (out of memory ends the process with exit code 4). */
void *pages_take(size_t size);

/* Gives back what pages_take returned for size. */
void pages_give(void *p, size_t size);

/* Lets the heap of malloc begin with size bytes of room in huge pages; what is not used of them
 * costs nothing. For the start of a program; it leaves M_TOP_PAD at size. */
void pages_heap(size_t size);

#endif
