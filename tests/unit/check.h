/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests: CHECK(condition) counts, prints the failing ones, and check_done() closes with a
 * TAP-like line. */
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

#include <stdio.h>

static int check_passed, check_failed;

/* Counts one condition; a false one is printed with its place. */
#define CHECK(condition) check_one((condition) != 0, #condition, __FILE__, __LINE__)

static inline int check_one(int ok, const char *text, const char *file, int line)
{
	if (ok)
		check_passed++;
	else {
		check_failed++;
		(void)printf("not ok - %s:%d: %s\n", file, line, text);
	}
	return ok;
}

/* The closing line; returns the exit code for main. */
static inline int check_done(const char *name)
{
	(void)printf("# %s: %d passed, %d failed\n", name, check_passed, check_failed);
	return check_failed != 0;
}

#endif
