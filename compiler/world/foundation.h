/* SPDX-License-Identifier: Apache-2.0 */
/* What a world stands on whatever the repository says: the schemas of inputs and of objects and the
 * contracts, as howdah carries them. They are read by a thread of their own, before anything else
 * is known; contracts last, since a world is read without them. */
#ifndef WORLD_FOUNDATION_H
#define WORLD_FOUNDATION_H

#include "kube/kube.h"
#include "schema/schema.h"

struct foundation;

/* Begins to read it. foundation_take and foundation_end, or foundation_drop, end it. */
struct foundation *foundation_start(void);

/* What was read; what is wrong with it (it is ours: nothing) goes to d. */
struct founded {
	struct schema_set *schemas;
	struct kube *kube;
};

/* Waits for the schemas; from then on the memory of all of it belongs to a. */
struct founded foundation_take(struct foundation *f, struct arena *a, struct diags *d);

/* What was taken is there as a whole now: the contracts, by name, as they were read. */
const struct node *foundation_end(struct foundation *f);

/* Waits, and gives back what nobody took; NULL is fine. */
void foundation_drop(struct foundation *f);

#endif
