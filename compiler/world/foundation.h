/* SPDX-License-Identifier: Apache-2.0 */
/* What a world stands on whatever the repository says: the schemas of inputs and of objects, as
 * howdah carries them. They are read by a thread of their own, before anything else is known. */
#ifndef WORLD_FOUNDATION_H
#define WORLD_FOUNDATION_H

#include "kube/kube.h"
#include "schema/schema.h"

struct foundation;

/* Begins to read it. foundation_take or foundation_drop ends it. */
struct foundation *foundation_start(void);

/* What was read; what is wrong with it (it is ours: nothing) goes to d. */
struct founded {
	struct schema_set *schemas;
	struct kube *kube;
};

/* Waits for it; from then on its memory belongs to a. */
struct founded foundation_take(struct foundation *f, struct arena *a, struct diags *d);

/* Waits, and gives back what nobody took; NULL is fine. */
void foundation_drop(struct foundation *f);

#endif
