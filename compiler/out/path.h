/* SPDX-License-Identifier: Apache-2.0 */
/* Which paths may be written, and may be named by what was written before. */
#ifndef OUT_PATH_H
#define OUT_PATH_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

/* Why this may be no path of the output, or NULL. A path has at most 8 parts and 240 bytes, each
 * part of lower-case letters, digits, '.', '_' and '-', beginning and ending in a letter or digit,
 * at most 63 bytes (a file's 128); no name that Git or Windows gives a meaning; a file ends in one
 * of the known extensions. */
const char *out_path_fault(struct str path, bool file);

/* The same, as a failure (ERR_INPUT) that names the path. 0, or -1. */
int out_path(struct str path, bool file, struct err *err);

#endif
