/* SPDX-License-Identifier: Apache-2.0 */
/* The safe way around a refusal, written out as commits. */
#ifndef GUARD_PLANS_H
#define GUARD_PLANS_H

#include "guard/verdict.h"

/* What the texts of a plan speak of. */
struct plan_words {
	struct str intent, name, was, is;
	int64_t incarnation;
};

/* Writes the plan of r->id into r, in a; a plan of no steps when there is none. */
void plan_fill(struct arena *a, const struct plan_words *words, struct verdict_refusal *r);

#endif
