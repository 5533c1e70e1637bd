/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of struct source, shared by source.c and its two backends only. */
#ifndef WORLD_SOURCE_OPS_H
#define WORLD_SOURCE_OPS_H

#include "world/source.h"

/* A file to be read. The path has been checked and ends in NUL. */
struct source_want {
	struct str path;
	size_t limit;
};

/* What a backend does; results as in source.h, but for read: 1, 0 when it is not there, -1. */
struct source_ops {
	int (*read)(const struct source *s, const struct source_want *want, struct arena *a,
		    struct str *text, struct err *err);
	int (*list)(const struct source *s, struct str path, struct arena *a,
		    struct source_list *out, struct err *err);
	int (*id)(const struct source *s, struct str path, struct git_id *id, struct err *err);
};

struct source {
	const struct source_ops *ops;
	int dir;                               /* of a directory, else -1 */
	struct repo *repo;                     /* of a commit, else NULL */
	bool owns_repo;                        /* repo is closed with the source */
	struct git_id tree;                    /* of a commit: the root; none is an empty one */
	struct source_tops *tops;              /* of a commit: its large trees, read once */
	const struct git_commit_facts *commit; /* or NULL */
	struct source *base;                   /* of one that lies over another, else NULL */
	const struct source_layer *layers;     /* and what lies over it */
	size_t n_layers;
};

/* Room for the trees at the top of a commit; ended by source_tops_free. */
struct source_tops *source_tops_new(void);

/* Ends it; NULL is fine. */
void source_tops_free(struct source_tops *t);

/* The three backends. */
extern const struct source_ops source_dir_ops, source_git_ops, source_over_ops;

#endif
