/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a YAML file: what may stand in it at all, and where a place is. */
#ifndef TREE_YAML_TEXT_H
#define TREE_YAML_TEXT_H

#include "base/diag.h"

struct yaml_text {
	struct arena *arena;
	struct diags *diags;
	const struct file *file;
	struct str bytes;   /* the file's, with broken lines blanked after an error */
	bool ascii;         /* a character is a byte */
	bool odd;           /* holds tabs, invisible characters or unusual blanks */
	size_t *lines;      /* where each line starts; made when first needed */
	size_t nlines;      /* 0: not made */
	size_t byte, chars; /* the newest character index asked for, and its byte */
	size_t checked;     /* bytes before this are checked for what is odd */
};

/* Judges all bytes: UTF-8 without byte order mark, no control characters but tab and line ends, CR
 * only before LF, no other line breaks (readers differ on what a line is). True when libyaml may
 * read the file, and *t is ready; else the errors are reported. */
bool yaml_text_open(struct yaml_text *t, struct arena *a, struct diags *d, const struct file *file);

/* The byte offset of the character index; cheap when asked for in rising order. */
size_t yaml_text_offset(struct yaml_text *t, size_t index);

/* The line and column of a byte offset. */
struct pos yaml_text_pos(struct yaml_text *t, size_t offset);

/* Line number line (from 1) without its line end; empty beyond the end. */
struct str yaml_text_line(struct yaml_text *t, size_t line);

/* Reports what must not stand in [t->checked, from), which lies between scalars (tabs outside of
 * comments), and in the scalar [from, to) (invisible characters; in plain text tabs and unusual
 * blanks too): the first of each. Scalars are asked about in their order. */
void yaml_text_check(struct yaml_text *t, size_t from, size_t to, bool plain);

#endif
