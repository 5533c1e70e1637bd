/* SPDX-License-Identifier: Apache-2.0 */
/* What only the whole fleet can show: names, archives and quotas that clusters share. */
#ifndef UNIT_FLEETWIDE_H
#define UNIT_FLEETWIDE_H

#include "unit/run.h"

/*
 * Judges the results of r behind the join, in input order: a namespace of a destination belongs to
 * one environment, an object and an archive to one cluster, and what the clusters of a namespace or
 * team take at most fits its quota or budget. A compiled cluster that breaks one
 * of these is marked failed, with the finding in its diags; its previous output takes part in what
 * follows. Namespaces in which nothing was compiled are not looked at: they were when their output
 * was made.
 */
void fleetwide(struct run *r);

/* Marks u failed: what it made is not published, and its previous output holds on. */
void fleetwide_fail(struct run *r, struct unit_result *u);

/* quota.c: the part about quotas and budgets. */
void fleetwide_quotas(struct run *r);

#endif
