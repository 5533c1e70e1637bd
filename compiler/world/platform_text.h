/* SPDX-License-Identifier: Apache-2.0 */
/* platform.yaml as it stands, read beside all else: with hundreds of teams it is the longest text
 * of the world, and reading it needs no schema. */
#ifndef WORLD_PLATFORM_TEXT_H
#define WORLD_PLATFORM_TEXT_H

#include "base/diag.h"
#include "tree/node.h"
#include "world/source.h"

struct platform_text;

/* Begins to read it from s, which must stay open until it is taken or dropped. */
struct platform_text *platform_text_start(const struct source *s);

/* Waits; its memory goes to a, its findings to d. NULL when there is none, or none that is YAML. */
const struct node *platform_text_take(struct platform_text *t, struct arena *a, struct diags *d);

/* Ends one that was not taken; NULL is fine. */
void platform_text_drop(struct platform_text *t);

#endif
