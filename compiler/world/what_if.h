/* SPDX-License-Identifier: Apache-2.0 */
/* Values that stand in for those of world files: an edit that nobody has made. */
#ifndef WORLD_WHAT_IF_H
#define WORLD_WHAT_IF_H

#include "world/world.h"

/* "PATH=VALUE" taken apart: tiers.NAME.FIELD is a field of that tier, any other path one of
 * platform.yaml's spec. NULL and *edit, or why not (text in a). */
const char *what_if_read(struct arena *a, struct str text, struct what_if *edit);

/* The document of f, as read, with the edits that are about it; root when there are none. */
const struct node *what_if_apply(const struct world *w, const struct world_file *f,
				 const struct node *root);

/* There is no document that the edit would be about. */
bool what_if_lost(struct arena *a, const struct files *files, const struct what_if *edit);

#endif
