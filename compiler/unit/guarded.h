/* SPDX-License-Identifier: Apache-2.0 */
/* Handing a compiled cluster and what stood before it to the guard. */
#ifndef UNIT_GUARDED_H
#define UNIT_GUARDED_H

#include "unit/before.h"

/* What a worker keeps for it. */
struct guarded;

/* A cluster that was just compiled. */
struct guarded_cluster {
	struct unit_result *u;
	const struct compiled *made;
	const struct rendered *rendered; /* with the ids of files, when they were spooled */
	struct arena *scratch;
};

/* What a worker of r needs, from arena keep. */
struct guarded *guarded_new(struct run *r, struct arena *keep);

/*
 * Judges the cluster against the previous output, or against the old input, or, where there is
 * neither, by what the tree says alone. A refusal is reported
 * to the cluster's diags, which then counts as refused and keeps its previous output; with
 * options->verdicts the whole verdict stands in it. 0, or -1 with err.
 */
int guarded_judge(struct guarded *g, const struct guarded_cluster *c, struct err *err);

/* Gives back what is outside of the arena; NULL is fine. */
void guarded_free(struct guarded *g);

#endif
