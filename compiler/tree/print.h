/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical YAML and JSON out: the same tree gives the same bytes, in all readers the same tree. */
#ifndef TREE_PRINT_H
#define TREE_PRINT_H

#include "base/buf.h"
#include "base/err.h"
#include "tree/node.h"

/* Appends n as one YAML document in block style, ending in one LF: keys sorted bytewise, 2 blanks
 * per level, a list's dashes at the indentation of its key (as kubectl prints), {} and [] for the
 * empty. A string is plain when it matches ^[A-Za-z/][A-Za-z0-9_./@+:=,-]*$, does not end in ':'
 * and is no word that some reader takes for a boolean or null; several lines ending in exactly one
 * LF are a literal block when every reader agrees on it; all else is double-quoted. Text that is
 * not UTF-8 or holds NUL cannot be written in YAML: it comes out as U+FFFD, and print_check refuses
 * it. */
void print_yaml(struct buf *out, const struct node *n);

/* s is written without quotes by print_yaml. */
bool print_is_plain(struct str s);

/* v is exact in every reader, those that compute in doubles too: within +-(2^53-1). */
static inline bool print_is_safe_int(int64_t v)
{
	return v >= -9007199254740991 && v <= 9007199254740991;
}

/* Reads text back with libyaml and compares it with n, value by value; also refuses what must not
 * be emitted: integers beyond +-(2^53-1), keys not in order, aliases, tags, directives, a second
 * document. 0, or -1 with err naming the path of the first difference. */
int print_check(struct str text, const struct node *n, struct err *err);

/* As print_check for text that print_yaml has just written, by a reader of the canonical form
 * alone: it accepts nothing that print_check refuses, and costs a tenth. For each object of a
 * compile; print_check is for tests, for what others wrote, and for a compile that is told to be
 * thorough. */
int print_check_quick(struct str text, const struct node *n, struct err *err);

/* Appends n as compact JSON with keys sorted bytewise, no "\/" and no surrogate escapes (control
 * characters, DEL, U+2028 and U+2029 are escaped). 0, or -1 with err when text is not UTF-8 or
 * holds NUL, or an integer is beyond +-(2^53-1); what was appended until then stays. */
int print_json(struct buf *out, const struct node *n, struct err *err);

/* n for a message, which puts its own quotes around: one line of at most 60 bytes, cut with "..."
 * between characters, control and invisible characters escaped; maps and lists in flow style. In a.
 */
struct str print_node_inline(struct arena *a, const struct node *n);

/* Text from the input for a message, cut and escaped in the same way. In a. */
struct str print_text_inline(struct arena *a, struct str s);

#endif
