/* SPDX-License-Identifier: Apache-2.0 */
/* die.c: last words. */
#include "base/die.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_OUTSIDE = 4, EXIT_BUG = 70 };

void die(const char *fmt, ...)
{
	va_list ap;

	(void)fputs("howdah: internal error: ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputs("\nhowdah: this is a bug; please report it with the input that shows it\n",
		    stderr);
	exit(EXIT_BUG);
}

void die_memory(void)
{
	(void)fputs("howdah: error: out of memory\n", stderr);
	exit(EXIT_OUTSIDE);
}
