/* SPDX-License-Identifier: Apache-2.0 */
/* POSIX extended regular expressions that are compiled when they are first asked: a run asks few of
 * those it knows. */
#ifndef BASE_ERE_H
#define BASE_ERE_H

#include <pthread.h>
#include <regex.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/str.h"

struct ere {
	const char *text;            /* outlives it */
	bool (*match)(struct str s); /* does what regex would do, for the frequent ones; or NULL */
	pthread_mutex_t lock;
	atomic_bool compiled;
	bool bad;
	regex_t regex;
};

/* What matches text as an expression, for those that are asked most; NULL for all others. One of
 * them has a look-ahead, which POSIX does not know: the names of ports. */
bool (*ere_frequent(const char *text))(struct str s);

/* e holds text, not compiled yet. */
void ere_init(struct ere *e, const char *text);

/* text is an expression: compiles it. Here and below, no memory ends the process with exit code 4.
 */
bool ere_good(struct ere *e);

/* The NUL-terminated s matches. Of a bad expression nothing does. Threads may ask at once. */
bool ere_matches(struct ere *e, const char *s);

/* Gives back what compiling took. */
void ere_release(struct ere *e);

#endif
