/* SPDX-License-Identifier: Apache-2.0 */
/* The name that was probably meant. */
#ifndef SCHEMA_NEAR_H
#define SCHEMA_NEAR_H

#include "base/str.h"

/* A search in progress. */
struct near {
	struct str want, best; /* best.n 0: nothing is near enough */
	int distance;
};

/* Begins a search for the name nearest to want. */
struct near near_to(struct str want);

/* Offers one name; the first of the nearest stays. Costs next to nothing for names of another
 * length. */
void near_try(struct near *near, struct str name);

#endif
