/* SPDX-License-Identifier: Apache-2.0 */
/* What stands inside the texts of objects: YAML, settings of PgBouncer, lines. */
#ifndef GUARD_INSIDE_H
#define GUARD_INSIDE_H

#include "tree/node.h"

/*
 * The parts of a text of several lines: a map for YAML, a map of sections for settings ("[name]",
 * "key = value"), else a list of lines without comments. NULL when it is one line. Made in a, with
 * the position of the text.
 */
const struct node *inside_text(struct arena *a, const struct node *text);

/* Reads a canonical object that howdah wrote: types by looks, as they were written. NULL when it is
 * no YAML. */
const struct node *inside_object(struct arena *a, const struct file *file);

#endif
