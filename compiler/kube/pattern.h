/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of the object schemas: the frequent ones by hand, since they run for every label; the
 * rest by regcomp. */
#ifndef KUBE_PATTERN_H
#define KUBE_PATTERN_H

#include <regex.h>
#include <stdbool.h>

#include "base/str.h"

/* A compiled pattern: match is set for the frequent ones, else regex holds. */
struct pattern {
	bool (*match)(struct str s);
	regex_t regex;
	const char *text;
};

/* Compiles text (ECMA syntax without look-ahead except the one of port names); -1 when it cannot
 * be. */
int pattern_compile(struct pattern *p, const char *text);

/* Gives back what pattern_compile took. */
void pattern_release(struct pattern *p);

/* s, which is NUL-terminated, matches. */
bool pattern_matches(const struct pattern *p, struct str s);

#endif
