/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of world_load, one per subject; only world.c calls them. */
#ifndef WORLD_LOAD_H
#define WORLD_LOAD_H

#include "world/world.h"

/* platform.yaml as it stands, or NULL: it needs no schemas yet. */
const struct node *read_platform(struct world *w, struct diags *d);

/* platform.yaml, read as root, over the built-in platform, and what it names: w->platform,
 * w->tiers.
 */
void load_platform(struct world *w, struct diags *d, const struct node *root);

/* revisions/N/: tiers now, pods with the templates. */
void load_revisions(struct world *w, struct diags *d);

/* the library, sizing rules and policies: w->lua, run and not yet checked. */
void load_lua(struct world *w, struct diags *d);

/* templates/ and revisions/N/pods/ as far as they are wanted, compiled; then the Lua library is
 * checked, whose findings go to code. */
void load_templates(struct world *w, struct diags *d, struct diags *code, enum world_extent extent);

/* waivers.yaml and reports/: w->waivers, w->reports. */
void load_written(struct world *w, struct diags *d);

/* What the platform and its waivers say of rules, compared with the rules there are. */
void load_rules(struct world *w, struct diags *d);

/* The checked document of a file of kind k, or NULL after reporting. */
const struct node *load_document(struct world *w, struct diags *d, const struct world_file *f,
				 const struct schema_kind *k);

#endif
