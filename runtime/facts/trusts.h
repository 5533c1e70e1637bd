/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the members and poolers trust, and what they serve, as their agents say; asked by the
 * leader's agent while the authority changes. */
#ifndef FACTS_TRUSTS_H
#define FACTS_TRUSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct fact_trustee {
	struct str name;  /* pod */
	bool pooler;      /* else a member */
	struct str error; /* why it did not answer, or "" */
	struct str trust; /* digest of the bundle that is in force there; "" for none */
	int64_t since;    /* when the oldest certificate that it serves began; seconds since 1970,
			   * 0 not known */
	int64_t clients;  /* the same of those that it shows to others */
};

struct fact_trusts {
	const struct fact_trustee *items;
	size_t n; /* 0: nobody was asked, since nothing changes */
};

#endif
