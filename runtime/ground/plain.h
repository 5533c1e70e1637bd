/* SPDX-License-Identifier: Apache-2.0 */
/* For calls of C libraries that forgot `const`, and for bytes that must not stay. */
#ifndef GROUND_PLAIN_H
#define GROUND_PLAIN_H

#include "base/str.h"

/* p without const: the caller writes only what is its own. */
static inline void *plain(const void *p)
{
	union {
		const void *from;
		void *to;
	} u = { p };

	return u.to;
}

/* Overwrites text, because it is a secret, so that the compiler cannot leave it out. */
void plain_wipe(struct str text);

#endif
