/* SPDX-License-Identifier: Apache-2.0 */
/* The form that locks and indexes share: canonical YAML of maps, with a sum over itself, so that a
 * cut or edited file is never taken for a whole one. Written and read line by line: a fleet has
 * thousands of them. */
#ifndef OUT_RECORD_H
#define OUT_RECORD_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"

/* One key of a map: with a scalar, or with the lines below it. */
struct record_item {
	struct str key, value; /* without quotes */
	struct str block;      /* whole lines, indented as they stand */
	bool quoted;           /* the value stands in quotes: it is a text whatever it looks like */
};

/* Appends "key: value" at this indentation; both are ASCII without '"', '\\' and control
 * characters. */
void record_put(struct buf *out, size_t indent, struct str key, struct str value);

/* Appends "key: PREFIX:HEX". */
void record_put_digest(struct buf *out, size_t indent, const char *key, const struct digest *d);

/* Appends "key: PREFIX:HEX". */
void record_put_id(struct buf *out, size_t indent, struct str key, const char *prefix,
		   const struct git_id *id);

/* Puts another id in the place of the one whose HEX stops at end. */
void record_set_id(char *end, const struct git_id *id);

/* Appends "key:" and the lines of text two blanks deeper, or "key: {}" when there are none. */
void record_put_block(struct buf *out, size_t indent, const char *key, struct str text);

/* Appends "key:" alone: a map or list follows. */
void record_put_key(struct buf *out, size_t indent, struct str key);

/* Appends the list item "- value" at this indentation. */
void record_put_item(struct buf *out, size_t indent, struct str value);

/* Appends the sum's line, still without the sum. */
void record_put_sum(struct buf *out);

/* Fills in the sum of the record that begins at out->p + start. */
void record_seal(struct buf *out, size_t start);

/* The text carries the right sum. */
bool record_sealed(struct str text);

/* Takes the next key at this indentation from *rest; item is { 0 } at a map's beginning and then
 * what the last call left, since keys must be in order. False at the end, and when a line does not
 * fit (then *rest is not empty). */
bool record_next(struct str *rest, size_t indent, struct record_item *item);

/* Takes the next list item at this indentation from *rest, without quotes. False at the end, and
 * when a line does not fit (then *rest is not empty). */
bool record_next_item(struct str *rest, size_t indent, struct str *value);

/* The lines of block with indent blanks taken from each, in a. */
struct str record_dedent(struct arena *a, struct str block, size_t indent);

/* Reads "sha256:HEX". */
bool record_digest(struct str value, struct digest *d);

/* Reads "PREFIX:HEX". */
bool record_id(struct str value, const char *prefix, struct git_id *id);

/* Lines in block, an upper bound for its items. */
size_t record_lines(struct str block);

#endif
