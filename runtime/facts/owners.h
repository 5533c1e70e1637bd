/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns Patroni's ConfigMaps: the StatefulSet should, so that they go with it. */
#ifndef FACTS_OWNERS_H
#define FACTS_OWNERS_H

#include <stddef.h>

#include "base/str.h"

/* A ConfigMap of Patroni without the StatefulSet among its owners. */
struct fact_orphan {
	struct str name, version; /* version: resourceVersion */
};

struct fact_owners {
	struct str set, uid; /* the StatefulSet */
	const struct fact_orphan *orphans;
	size_t n;
};

#endif
