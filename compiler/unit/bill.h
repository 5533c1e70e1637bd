/* SPDX-License-Identifier: Apache-2.0 */
/* What of a cluster is paid for: what its pods ask for, its disks, and what else has a rate. */
#ifndef UNIT_BILL_H
#define UNIT_BILL_H

#include "unit/cluster.h"

/* {balancers, cpu, disks: {class: bytes}, memory, remote, snapshots} as a node in a: CPU in
 * thousandths of a core and bytes of memory that running pods ask for, read replicas at their
 * fewest; bytes of disks by storage class; members in other zones than the primary's; bytes of
 * volume snapshots. */
struct node *bill_of(struct arena *a, const struct compiled *made);

/* Namespaces that may open connections to the databases, sorted, each once; at most a few of them.
 * *n is how many there are. */
struct node *bill_exposure(struct arena *a, const struct compiled *made, size_t *n);

#endif
