/* SPDX-License-Identifier: Apache-2.0 */
/* The Lua files of a world as a library: modules, policies and, when they are asked for, tests. */
#ifndef WORLD_RULEBOOK_H
#define WORLD_RULEBOOK_H

#include "lua/library.h"
#include "world/files.h"

/* A library in a of the Lua files of fs, not yet checked. tests: with the files of tests beside
 * them. */
struct lua_library *rulebook_new(struct arena *a, const struct files *fs, bool tests);

/* N of "revisions/N/...", or 0. */
uint32_t rulebook_revision(struct str path);

/* The rule called id, or NULL. */
const struct lua_entry *rulebook_find(const struct lua_library *lib, struct str id);

#endif
