/* SPDX-License-Identifier: Apache-2.0 */
/* The chain of places that a value came from, for people. */
#ifndef UNIT_CHAIN_H
#define UNIT_CHAIN_H

#include "base/buf.h"
#include "tree/node.h"

/*
 * Appends the chain of value n to out, one row per place: the template or fact that wrote it, then
 * the lines it was computed from, each under the name of its layer (platform, the spec of the
 * platform, tells environments from teams) and followed by what it overrides. Where a computation
 * read more than what shows in the value, "also read" lists those lines by file and number. Scratch
 * lives in a.
 */
void chain_print(struct arena *a, const struct node *platform, const struct node *n,
		 struct buf *out);

/* The text of a scalar as YAML's reader sees it ("true", "16", "orders"); an empty slice for lists
 * and maps. In a. */
struct str explain_chain_text(struct arena *a, const struct node *n);

/* What people call the layer that pos stands in: "intent", "environment prod", "tier medium",
 * "template", ... In a. */
struct str chain_layer(struct arena *a, const struct node *platform, struct pos pos);

#endif
