/* SPDX-License-Identifier: Apache-2.0 */
/* The certificates that this member really serves. */
#ifndef FACTS_SERVED_H
#define FACTS_SERVED_H

#include "base/str.h"

struct fact_endpoint {
	struct str name;   /* of the orders' endpoint */
	struct str folder; /* of the files that it should serve */
	struct str serial; /* in hex; "" when it did not answer */
	struct str error;  /* why not, or "" */
};

struct fact_served {
	const struct fact_endpoint *endpoints;
	size_t n;
};

#endif
