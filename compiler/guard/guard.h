/* SPDX-License-Identifier: Apache-2.0 */
/* The guard: what the new objects of a cluster do to the one that runs from the old ones. A pure
 * function: nothing is read, nothing is reported elsewhere. */
#ifndef GUARD_GUARD_H
#define GUARD_GUARD_H

#include "guard/table.h"
#include "guard/verdict.h"
#include "world/world.h"

/* A file of the cluster, before and now. */
struct guard_pair {
	struct str file;        /* "prod/team-orders/orders/service-orders.yaml" */
	const struct node *was; /* the object; NULL: it was not there */
	const struct node *is;  /* NULL: it is gone */
};

/* What is known of one side besides its objects. */
struct guard_side {
	const struct node *spec;    /* the resolved spec; NULL: not at hand */
	const struct node *doc;     /* of the old side: the intent as it was written; NULL: not at
				       hand */
	const struct node *exports; /* what the lock tells; NULL: not at hand */
};

/* A restore that reads the cluster's archive up to a time. */
struct guard_restore {
	struct str intent, time;
};

/* An input that is another one now, besides the spec: of the platform, a tier, an image set. */
struct guard_line {
	struct pos pos;   /* of the new value, or of what stands around a removed one */
	struct pos old;   /* where the old value stood, when that is known */
	struct str field; /* "destinations.frankfurt.kubernetesVersion" */
	const struct node *was, *is;
	bool whole;                   /* all of the file: where it begins to differ */
	const struct guard_line *via; /* the line that brought it along: a choice of another tier */
	struct guard_line *next;
};

struct guard_input {
	struct arena *arena; /* of the verdict and its texts */
	const struct world *world;
	const struct world *old_world; /* when it is at hand, or NULL */
	const struct change_table *table;
	struct str owner;          /* "prod/team-orders/orders" */
	const struct file *intent; /* or NULL */
	struct guard_side was, is;
	const struct guard_pair *pairs; /* what differs, or may differ */
	size_t n;
	const struct guard_restore *restores; /* of other intents, from this cluster's backups */
	size_t n_restores;
	const struct node *rival; /* document of the cluster that this one was promoted from and
				     that takes writes still, or NULL */
	struct str as_of;         /* YYYY-MM-DD on which dates are judged, or empty */
	bool expands;             /* the storage class of `is` can expand volumes */
	const struct guard_line *lines; /* of the world, when the old one is at hand */
	bool exact;                     /* lines are all there are */
	bool refusals_only;             /* causes are of no interest */
	bool place;                     /* it is a destination, not a cluster */
	const struct node *runs; /* of a destination: {namespace: {cpu, memory, storage, claims,
				    pods}} of what runs there at most, as numbers */
};

/* Judges a cluster that was there before. */
struct verdict *guard_judge(const struct guard_input *in);

/* The verdict of a cluster that was not there before. */
struct verdict *guard_new(const struct guard_input *in);

/* Adds a refusal to v, with the name and the plan of its message (or of its rule, when id is set).
 */
void guard_refuse(const struct guard_input *in, struct verdict *v, struct verdict_refusal refusal);

/* Reports v's refusals as errors, each with its plan as notes. */
void guard_report(struct diags *d, const struct verdict *v);

#endif
