/* SPDX-License-Identifier: Apache-2.0 */
/* What the agent remembers of a role or database, in its comment: replicated, and written in the
 * transaction of what it tells. Nothing in it is secret. */
#ifndef PROVISION_MARK_H
#define PROVISION_MARK_H

#include "tree/node.h"

/* All zero: the comment is not ours. Times are seconds since 1970, 0 none. */
struct mark {
	bool ours, login;
	struct str of;             /* database of a role; name of a login's pair */
	int64_t since;             /* login: when its password was made */
	int64_t gone;              /* when it was first found to be wanted no more */
	const struct node *done;   /* login: rotations that it has seen, by id; list or NULL */
	const struct node *set;    /* settings that are ours; list or NULL */
	const struct node *absent; /* database: what in it is wanted no more, and since when; map
				      of integers or NULL */
};

/* Reads a comment; texts and nodes are in a. A comment that is not ours, or that somebody
 * broke, is no mark. */
struct mark mark_read(struct arena *a, struct str comment);

/* The comment of m, in a. */
struct str mark_print(struct arena *a, const struct mark *m);

/* Whether a list of texts has text. */
bool mark_has(const struct node *list, struct str text);

#endif
