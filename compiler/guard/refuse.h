/* SPDX-License-Identifier: Apache-2.0 */
/* What is refused because of what the intent says now and said before. */
#ifndef GUARD_REFUSE_H
#define GUARD_REFUSE_H

#include "guard/guard.h"

/* Adds to v every refusal that the two specs, or else the two locks, give reason for. */
void refuse_specs(const struct guard_input *in, struct verdict *v);

/* The part that holds without a before: what the new tree says alone. */
void refuse_tree(const struct guard_input *in, struct verdict *v);

/* The part about disks, by what the locks say: also when no record is at hand. */
void refuse_disks(const struct guard_input *in, struct verdict *v);

#endif
