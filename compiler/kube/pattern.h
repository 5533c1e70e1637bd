/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of the object schemas: the frequent ones by hand, since they run for every label; the
 * rest by regcomp. */
#ifndef KUBE_PATTERN_H
#define KUBE_PATTERN_H

#include "base/buf.h"
#include "base/ere.h"

/* A pattern: match is set for the frequent ones, else ere holds. */
struct pattern {
	bool (*match)(struct str s);
	struct ere ere;
	struct buf posix; /* text as ere has it */
	const char *text;
};

/* p is text (ECMA syntax without look-ahead except the one of port names). */
void pattern_init(struct pattern *p, const char *text);

/* It is an expression: one that is none matches nothing. */
bool pattern_good(struct pattern *p);

/* Gives back what pattern_init took. */
void pattern_release(struct pattern *p);

/* s, which is NUL-terminated, matches. */
bool pattern_matches(struct pattern *p, struct str s);

#endif
