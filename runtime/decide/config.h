/* SPDX-License-Identifier: Apache-2.0 */
/* The difference between Patroni's configuration and the orders. */
#ifndef DECIDE_CONFIG_H
#define DECIDE_CONFIG_H

#include "frame/round.h"

/* The merge patch (in a) that makes Patroni's configuration has into want, as far as it is the
 * orders'; NULL when nothing differs. */
const struct node *config_patch(struct arena *a, const struct node *want, const struct node *has);

/* The orders are for an older major version of PostgreSQL than the one that runs. */
bool config_downgrades(const struct round *r);

#endif
