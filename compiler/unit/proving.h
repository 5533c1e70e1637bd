/* SPDX-License-Identifier: Apache-2.0 */
/* The proofs of one cluster, by a thread of their own: what else is done with its objects goes on
 * meanwhile. */
#ifndef UNIT_PROVING_H
#define UNIT_PROVING_H

#include "link/link.h"

struct proving;

/* Begins to prove in, whose trees stay as they are until the end; its arena and findings are not
 * touched. Made in a. */
struct proving *proving_start(struct arena *a, const struct link_input *in);

/* Waits, and adds what was found to d, in a. The number of errors. NULL is fine: 0. */
size_t proving_end(struct proving *p, struct arena *a, struct diags *d);

#endif
