/* SPDX-License-Identifier: Apache-2.0 */
/* Lua code as it is carried in the binary: compiled when howdah is built (world/tool/embed.c) by
 * the library that is linked into it, so that both agree on what the bytes mean. */
#ifndef LUA_CHUNK_H
#define LUA_CHUNK_H

#include "base/buf.h"

/* Appends a word with the length of the compiled text and the chunk, which keeps its lines; name is
 * what messages call the file. False, with the error in out, when it is not Lua. */
bool chunk_write(struct buf *out, struct str name, struct str text);

#endif
