/* SPDX-License-Identifier: Apache-2.0 */
/* What a computed value was made from: all of it, which of it became a part of a text, and which
 * lines tell most of it. */
#ifndef TREE_SOURCE_H
#define TREE_SOURCE_H

#include "base/diag.h"
#include "tree/path.h"

enum { SOURCES_MOST = 4096 };

/* Nodes that a value was made from, each once, nearest first; the value itself is the first. */
struct sources {
	const struct node *list[SOURCES_MOST];
	size_t n;
	const struct node *seen[2 * SOURCES_MOST]; /* a hash table of them */
};

/* All that n was made from, in a. */
const struct sources *sources_of(struct arena *a, const struct node *n);

/*
 * Where value, found at path rest in the text that s begins with, came from: the source that the
 * most steps of rest lead to and that has the same value. The text itself when there is none.
 */
const struct node *sources_match(const struct sources *s, const struct path *rest,
				 const struct node *value);

/* The same kind of list or map, or scalars that read the same ("16" and 16). */
bool source_same(const struct node *x, const struct node *y);

/* How much of source shows in the value of n. */
enum source_shows {
	SHOWS_NOT,
	SHOWS_PART, /* of its text; or the same value, but one that many lines hold by chance */
	SHOWS_ALL,
};

/* See there. */
enum source_shows source_shows(const struct node *n, const struct node *source);

/* Fields of a spec that much is computed from, by their last step: memory, storage.size, ... */
bool source_is_size(struct str key);

/* The line of file that tells most of where n comes from, itself included, or NULL: the same value,
 * then the same key, a part of its text, a size; of equals the nearest. */
const struct node *source_in(const struct node *n, const struct file *file);

/*
 * Adds a note with text to the newest finding of d for each of the lines, at most three, that tell
 * most of where computed value n comes from: the intent's before those of the platform, these
 * before what howdah carries. None for a value that was written where it stands.
 */
void source_notes(struct diags *d, const struct node *n, const char *text);

/* source_notes for a value that is not where the finding is: where only templates wrote it, its own
 * place is noted. */
void source_other(struct diags *d, const struct node *n, const char *text);

#endif
