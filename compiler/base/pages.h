/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of zeroed memory straight from the system: what is never touched costs nothing. */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H

#include <stddef.h>

/* Blocks are multiples of the first; those that are wanted in huge pages, of the second. */
enum { PAGES_SIZE = 64 * 1024, PAGES_HUGE = 2 * 1024 * 1024 };

/* size zeroed bytes, a multiple of PAGES_SIZE; never NULL (out of memory ends the process with exit
 * code 4). */
void *pages_take(size_t size);

/* size zeroed bytes, a multiple of PAGES_HUGE, in huge pages where the system has them: for memory
 * that will be filled, since the first byte in such a page costs all of it. */
void *pages_take_huge(size_t size);

/* Gives back what either of them returned for size. */
void pages_give(void *p, size_t size);

#endif
