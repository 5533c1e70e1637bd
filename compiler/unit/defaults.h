/* SPDX-License-Identifier: Apache-2.0 */
/* Defaults blocks of policies: a layer each, right below the intent. */
#ifndef UNIT_DEFAULTS_H
#define UNIT_DEFAULTS_H

#include "schema/layer.h"
#include "unit/resolve.h"

/* The layers below the intent, lowest first; room is made by stack_push. */
struct stack {
	struct arena *arena;
	struct layer *layers;
	size_t n, cap;
};

/* Adds a layer. */
void stack_push(struct stack *s, const struct layer *l);

/*
 * Merges s and the intent's spec, with what the defaults blocks of policies make of that right
 * below the intent. Blocks that set one field to different values, and blocks that would change
 * what they made when they ran once more, are errors. What the layers say is reported once.
 */
struct layered defaults_lay(const struct job *j, struct stack *s, const struct node *intent);

#endif
