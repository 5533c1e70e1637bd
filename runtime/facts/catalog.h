/* SPDX-License-Identifier: Apache-2.0 */
/* Roles and databases, and what is in those that the orders name: looked at by the leader. */
#ifndef FACTS_CATALOG_H
#define FACTS_CATALOG_H

#include "provision/catalog.h"

struct fact_catalog {
	const struct catalog *have; /* NULL before the first look */
};

#endif
