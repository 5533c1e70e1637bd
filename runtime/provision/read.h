/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what PostgreSQL has, one connection after the other: the cluster's own catalogs, then the
 * databases that the orders name. */
#ifndef PROVISION_READ_H
#define PROVISION_READ_H

#include "orders/orders.h"
#include "provision/catalog.h"
#include "sql/sql.h"

struct reading;

/* What is to be read. The orders are not needed after the start. */
struct reading_order {
	struct sql_target at; /* its database does not count */
	const struct orders *orders;
};

/* Begins to read; the catalog is made in a. Ends in done(owner, catalog, "") or done(owner, NULL,
 * why), once and later, unless reading_stop comes first. A database that cannot be looked into has
 * a problem; the others are read. Never NULL. */
struct reading *reading_start(struct loop *l, const struct reading_order *order, struct arena *a,
			      void (*done)(void *owner, const struct catalog *c, const char *why),
			      void *owner);

/* Gives it back, finished or not. NULL is fine. */
void reading_stop(struct reading *r);

#endif
