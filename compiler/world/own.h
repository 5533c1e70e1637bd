/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a platform repository may bring in place of built-in ones, or beside them. */
#ifndef WORLD_OWN_H
#define WORLD_OWN_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

/* What is said of a file that a repository may not bring. */
struct own_refusal {
	const char *why; /* NULL: it may */
	bool wrong;      /* somebody counts on it: an error; else it may be none of howdah's */
};

/* What the path of a file below presets/, templates/, lua/, schema/ or revisions/ says. */
struct own_refusal own_refusal(struct str path);

/* A built-in file that a repository may own. */
struct own_file {
	struct str path; /* in the repository */
	struct str text;
};

/* Built-in file number i of those that a repository may own, in order of paths; tiers stand in
 * presets/. False behind the last one. */
bool own_file(struct arena *a, size_t i, struct own_file *out);

#endif
