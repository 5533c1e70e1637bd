/* SPDX-License-Identifier: Apache-2.0 */
/* What opens and what closes: network paths and logins. */
#ifndef GUARD_EXPOSURE_H
#define GUARD_EXPOSURE_H

#include "guard/guard.h"

/* Adds to v what the pair opens or closes: rules of a NetworkPolicy, ports of a Service, logins in
 * the agent's orders. */
void exposure_of(struct arena *a, const struct guard_pair *pair, struct verdict *v);

#endif
