/* SPDX-License-Identifier: Apache-2.0 */
/* Which paths may be written, and may be named by what was written before. */
#ifndef OUT_PATH_H
#define OUT_PATH_H

#include "base/err.h"
#include "base/str.h"

/* Checks a path of the output: at most 8 parts and 240 bytes, each part of lower-case letters,
 * digits, '.', '_' and '-', beginning and ending in a letter or digit, at most 63 bytes (a file's
 * 128); no name that Git or Windows gives a meaning; a file ends in one of the known extensions. 0,
 * or -1 (ERR_INPUT). */
int out_path(struct str path, bool file, struct err *err);

#endif
