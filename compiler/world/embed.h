/* SPDX-License-Identifier: Apache-2.0 */
/* The files that the binary carries: presets, revisions, templates, schemas, Lua. */
#ifndef WORLD_EMBED_H
#define WORLD_EMBED_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/pos.h"
#include "base/str.h"

/* What stands before name in messages. */
#define EMBED_NAME "built-in:"

/* One embedded file; data is followed by a NUL that does not count. */
struct embedded {
	const char *name; /* path in the source tree: "schema/Tier.yaml" */
	const char *data;
	size_t size;
	const uint32_t *frozen; /* of YAML its tree (tree/frozen.h), of Lua the bytes of its chunk
				   and the chunk; else NULL */
};

/* The file named name, or NULL. */
const struct embedded *embed_find(struct str name);

/* What messages and trees refer to e by, in a. */
struct file *embed_file(struct arena *a, const struct embedded *e);

/* SHA-256 over names and contents of all embedded files that take part in compiling, in hex; made
 * when howdah was built. */
const char *embed_digest(void);

/* The n-th file in bytewise order of names, or NULL behind the last. */
const struct embedded *embed_nth(size_t n);

#endif
