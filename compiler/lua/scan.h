/* SPDX-License-Identifier: Apache-2.0 */
/* Reading Lua source as tokens: where an expression ends and which free names it uses. */
#ifndef LUA_SCAN_H
#define LUA_SCAN_H

#include "base/arena.h"

enum scan_kind { SCAN_END, SCAN_NAME, SCAN_KEYWORD, SCAN_NUMBER, SCAN_TEXT, SCAN_SIGN };

/* One token; at is its offset. */
struct scan_token {
	enum scan_kind kind;
	size_t at;
	struct str text;
};

/* A use of a name that nothing in the source binds, with the fields behind it: a.b.c. */
struct scan_use {
	size_t at;
	struct str name;
	const struct str *fields;
	size_t n_fields;
};

/* What a source refers to. */
struct scan_names {
	const struct scan_use *uses; /* in source order */
	size_t n_uses;
	const struct str *bound; /* names of locals, parameters and loop variables */
	size_t n_bound;
};

/* The token at or behind *at, which moves behind it. Unfinished text is a token that ends at the
 * end of the source: the Lua compiler tells what is wrong with it. */
struct scan_token scan_next(struct str source, size_t *at);

/* The offset of the } that ends the expression which begins at from, or source.n. */
size_t scan_close(struct str source, size_t from);

/* The whole source is a path of names a.b.c: its steps in *steps (made in a), else 0. */
size_t scan_path(struct arena *a, struct str source, const struct str **steps);

/* Finds all names; lists are made in a, texts point into source. A name counts as bound wherever it
 * stands once something in the source binds it: names of records must not be shadowed anyway. */
void scan_names(struct arena *a, struct str source, struct scan_names *out);

#endif
