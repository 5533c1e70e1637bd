/* SPDX-License-Identifier: Apache-2.0 */
/* A place in an input file. */
#ifndef BASE_POS_H
#define BASE_POS_H

#include <stdint.h>

#include "base/str.h"

/* An input file, kept whole so that messages can show the line. Const once read. */
struct file {
	struct str name; /* as messages print it: relative to the repository, or "built-in:..." */
	struct str text; /* its bytes */
	const uint32_t *frozen; /* what was made of it when howdah was built, if it carries the file
				   (world/embed.h); else NULL */
};

/* line and col count from 1; file NULL and line 0 mean "nowhere". */
struct pos {
	const struct file *file;
	uint32_t line, col;
};

#endif
