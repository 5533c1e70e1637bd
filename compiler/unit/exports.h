/* SPDX-License-Identifier: Apache-2.0 */
/* What a cluster tells the rest of the fleet: written into its lock, so that it holds also when the
 * cluster is kept. */
#ifndef UNIT_EXPORTS_H
#define UNIT_EXPORTS_H

#include "unit/cluster.h"
#include "unit/totals.h"

/* What the fleet must know of a compiled cluster (team, tier, version, instances, incarnation,
 * retirement, archives, disks, what it takes at most, what is paid for, who may reach it) as
 * canonical YAML in a; an error when it exceeds what a lock holds. */
struct str exports_text(struct arena *a, struct diags *d, const struct compiled *made);

/* Reads what exports_text wrote: a map in a, or NULL when it is empty or damaged. */
const struct node *exports_read(struct arena *a, struct str text);

/* The text of exports' field called key, which is no map or list; empty when there is none. A view
 * of exports. */
struct str exports_field(struct str exports, const char *key);

/* What the exports say that the cluster takes: key is "most", "instance", "drill" or "restore". */
struct amount exports_amount(const struct node *exports, const char *key);

#endif
