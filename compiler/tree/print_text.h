/* SPDX-License-Identifier: Apache-2.0 */
/* How one text is written in YAML: plain, double-quoted or as a literal block. */
#ifndef TREE_PRINT_TEXT_H
#define TREE_PRINT_TEXT_H

#include "base/buf.h"

/* Appends s plain or double-quoted, on one line. */
void print_scalar(struct buf *out, struct str s);

/* s can stand as a literal block that all readers read the same. */
bool print_is_block(struct str s);

/* Appends "|", a line end and the lines of s indented by indent; s must be fit for a block. */
void print_block(struct buf *out, struct str s, size_t indent);

/* Appends s in double quotes with YAML's and JSON's common escapes: \" \\ \b \f \n \r \t and
 * \uNNNN, characters beyond U+FFFF as they are. False when s is not UTF-8 or holds NUL (U+FFFD is
 * written instead). */
bool print_quoted(struct buf *out, struct str s);

#endif
