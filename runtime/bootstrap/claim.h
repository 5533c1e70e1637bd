/* SPDX-License-Identifier: Apache-2.0 */
/* The claim of an archive: whose it is, as an object beside it. */
#ifndef BOOTSTRAP_CLAIM_H
#define BOOTSTRAP_CLAIM_H

#include <stdint.h>

#include "base/arena.h"
#include "bootstrap/facts.h"

/* What a claim says. */
struct claim_text {
	struct str uid;       /* of the cluster's record: a record that comes back has another */
	int64_t incarnation;  /* that writes there */
	int64_t key;          /* id of the encryption key: its epoch */
	struct str namespace; /* for people, as all that follows */
	struct str name;
	struct str claimed; /* when */
};

/* The claim as an object of the store, in a. */
struct str claim_print(struct arena *a, const struct claim_text *c);

/* Reads an object: whose claim it is for one who would have written mine. *found is what it says.
 */
enum claim claim_read(struct arena *a, struct str text, const struct claim_text *mine,
		      struct claim_text *found);

/* Folder of the archive whose claim is at key: up to and with its last '/'. */
struct str claim_folder(struct str key);

#endif
