/* SPDX-License-Identifier: Apache-2.0 */
/* The guard's rules for the API server: what an edit past Git is refused for, too. */
#ifndef GUARD_ADMISSION_H
#define GUARD_ADMISSION_H

#include "guard/table.h"
#include "world/world.h"

/*
 * A list of {kind, group, version, resource, validations: [{expression, message}]} in a, one item
 * for each kind: rules of the schema that compare a record with before, fields that the table of
 * changes refuses, and the rows of admission.def. Messages begin with the id that the guard gives
 * to the same refusal.
 */
const struct node *guard_admission(struct arena *a, const struct world *w);

#endif
