/* SPDX-License-Identifier: Apache-2.0 */
/* Pass link: proofs that the finished objects of a cluster fit together, as one table of checks. */
#ifndef LINK_LINK_H
#define LINK_LINK_H

#include "base/diag.h"
#include "tree/node.h"
#include "world/world.h"

struct link_index;

/* A directory of output whose files are at hand. */
struct link_folder {
	struct str path;                  /* "prod/team-orders/orders" */
	const struct node *kustomization; /* its kustomization.yaml, or NULL */
	struct str *files;                /* names of its objects' files */
	size_t n;
	struct pos pos;
};

/* What the checks look at: objects just made, or read from files. */
struct link_input {
	const struct world *world;
	struct arena *arena;
	struct diags *diags;
	const struct node *facts;          /* the cluster's record: inputs and computed facts */
	const struct node *const *objects; /* all its objects, those in other namespaces included */
	size_t n;
	const struct link_folder *folders; /* where they were read from; none when just made */
	size_t n_folders;
	const struct link_index *index; /* set by link_check: see link/objects.h */
};

/* A row of the table of checks. */
struct link_check {
	const char *id;     /* as printed and as `explain` takes it: "ref-secret" */
	const char *title;  /* what is proved, in a few words */
	const char *proves; /* a sentence: what could go wrong in the cluster without it */
	/* What it proves by itself, or NULL: the rows of contract objects/<id> are run as well. */
	void (*run)(const struct link_input *in, const struct link_check *self);
};

/* Runs every check of the table; findings go to in->diags. Where an object has not the shape of its
 * kind, only that is found: what else could be said would follow from it. */
void link_check(const struct link_input *in);

/* Row i of the table, or NULL behind the last. */
const struct link_check *link_row(size_t i);

#endif
