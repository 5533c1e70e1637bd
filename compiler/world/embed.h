/* SPDX-License-Identifier: Apache-2.0 */
/* The files that the binary carries: presets, revisions, templates, schemas, Lua. */
#ifndef WORLD_EMBED_H
#define WORLD_EMBED_H

#include <stddef.h>

#include "base/str.h"

/* One embedded file; data is followed by a NUL that does not count. */
struct embedded {
	const char *name; /* path in the source tree: "schema/Tier.yaml" */
	const char *data;
	size_t size;
};

/* The file named name, or NULL. */
const struct embedded *embed_find(struct str name);

/* The n-th file in bytewise order of names, or NULL behind the last. */
const struct embedded *embed_nth(size_t n);

#endif
