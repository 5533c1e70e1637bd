/* SPDX-License-Identifier: Apache-2.0 */
/* The commit of an output: who, when and why come from the commit it was compiled from, so that its
 * id is the same wherever it is made. */
#ifndef OUT_MESSAGE_H
#define OUT_MESSAGE_H

#include "base/buf.h"
#include "git/repo.h"

/* Appends the content of a commit object with this tree and parent (or none). source is the commit
 * of the input; NULL: it was a directory, and howdah wrote at 1970-01-01. */
void message_commit(struct buf *out, const struct git_id *tree, const struct git_id *parent,
		    const struct git_commit_facts *source);

/* The commit message says that it was made from source. */
bool message_names(struct str message, const struct git_id *source);

#endif
