/* SPDX-License-Identifier: Apache-2.0 */
/* A shell: a Secret of the cluster that is empty in Git. What it lacks, and what is made for it. */
#ifndef PROVISION_SHELL_H
#define PROVISION_SHELL_H

#include <stdbool.h>

#include "tree/node.h"

/* What is known of a shell. */
struct shell {
	const struct node *orders; /* of spec.shells */
	const struct node *data;   /* its Secret's, base64; NULL: none */
	/* Encryption keys are made, too: by bootstrap of a cluster that does not exist yet, and by
	 * nobody later. */
	bool keys;
	/* The password that running programs still have, in a; "" when nobody knows it. NULL: there
	 * are no programs yet. */
	struct str (*copy)(struct arena *a, const struct node *shell, struct str key);
};

/* The cluster lives and key of its shell is missing: a new one may be made. Not so for what Patroni
 * reads when it starts, and for what decrypts backups: that can only be put back. */
bool shell_may_make(const struct node *key);

/* The entries of `data` that the Secret lacks, base64, in a, which is to be wiped: copies where
 * there are some, else made where that may be; and lists of users that are not those of the
 * passwords. A map, without kids when there is nothing to write. */
const struct node *shell_fill(struct arena *a, const struct shell *s);

#endif
