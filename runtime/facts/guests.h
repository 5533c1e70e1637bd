/* SPDX-License-Identifier: Apache-2.0 */
/* Records of guests (PostgresDatabase), as the API server has them. */
#ifndef FACTS_GUESTS_H
#define FACTS_GUESTS_H

#include <stddef.h>
#include <stdint.h>

#include "tree/node.h"

struct fact_guest {
	struct str namespace, name, version; /* version: resourceVersion */
	int64_t generation;
	const struct node *status; /* a map, or NULL when nothing was ever written */
};

struct fact_guests {
	const struct fact_guest *items;
	size_t n;
};

#endif
