/* SPDX-License-Identifier: Apache-2.0 */
/* Big blocks of zeroed memory, asked of the system in huge pages: a fault for each 4 KB costs more
 * than a short run computes. */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H

#include <stddef.h>

enum { PAGES_SIZE = 2 * 1024 * 1024 };

/* size zeroed bytes, a multiple of PAGES_SIZE, aligned to it; never NULL (out of memory ends the
 * process with exit code 4). */
void *pages_take(size_t size);

/* Gives back what pages_take(size) returned. */
void pages_give(void *p, size_t size);

#endif
