/* SPDX-License-Identifier: Apache-2.0 */
/* What programs of this pod ask for over the local door, as long as they wait for the answer. */
#ifndef FACTS_ASKS_H
#define FACTS_ASKS_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct fact_ask {
	struct str id, name; /* name: of door_names */
	int64_t at_ms;       /* moment at which it was asked */
};

struct fact_asks {
	const struct fact_ask *asks; /* the oldest first */
	size_t n;
};

#endif
