/* SPDX-License-Identifier: Apache-2.0 */
/* Patroni's dynamic configuration, GET /config: looked at by the leader. */
#ifndef FACTS_CONFIG_H
#define FACTS_CONFIG_H

#include "tree/node.h"

struct fact_config {
	const struct node *dynamic; /* a map, or NULL before the first look */
};

#endif
