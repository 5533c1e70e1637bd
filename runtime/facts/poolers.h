/* SPDX-License-Identifier: Apache-2.0 */
/* The pooler pods, as their consoles answer the leader's agent. */
#ifndef FACTS_POOLERS_H
#define FACTS_POOLERS_H

#include <stddef.h>

#include "base/str.h"

struct fact_poolers {
	size_t answer;      /* how many do */
	struct str paused;  /* "POD/DATABASE", ", " between them: what is paused; "" for none */
	struct str skipped; /* pods that do not answer, ", " between them */
};

#endif
