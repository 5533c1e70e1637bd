/* SPDX-License-Identifier: Apache-2.0 */
/* JSON into a tree, strictly: what two readers could take for two things is refused. */
#ifndef TREE_JSON_IN_H
#define TREE_JSON_IN_H

#include "tree/node.h"

/*
 * Reads text as one JSON value whose nodes all stand at pos. Refused, with the reason in *why:
 * bytes that are not UTF-8, control characters, \u0000, keys that stand twice, more than 64 levels
 * or 4 MiB, numbers that are not whole or have more than 15 digits, anything behind the value. The
 * tree lives in a; NULL when it is refused.
 */
const struct node *json_read(struct arena *a, struct str text, struct pos pos, const char **why);

/*
 * As json_read for what other programs answer: a number that is not whole, or has more than 15
 * digits, becomes the text it is written with, so that nothing of it is lost.
 */
const struct node *json_read_loose(struct arena *a, struct str text, struct pos pos,
				   const char **why);

#endif
