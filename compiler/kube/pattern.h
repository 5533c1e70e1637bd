/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of the object schemas. */
#ifndef KUBE_PATTERN_H
#define KUBE_PATTERN_H

#include "base/buf.h"
#include "base/ere.h"

struct pattern {
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
