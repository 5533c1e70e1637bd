/* SPDX-License-Identifier: Apache-2.0 */
/* The derived files that make a run proportional to the change: one index per group (a namespace of
 * an environment, or a destination) and one for all. They are only ever believed where their tree
 * ids agree with the output; locks decide. */
#ifndef OUT_INDEX_H
#define OUT_INDEX_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "out/prev.h"

/* Its name in a group's directory and at the top. */
#define INDEX_NAME "howdah.index"

/* The most bytes of a unit's short exports, and of an index. */
enum { INDEX_EXPORTS = 512, INDEX_SIZE = 64 * 1024 * 1024 };

/* A unit, as its group's index tells it. */
struct index_unit {
	struct str name;     /* last part of its path */
	struct digest input; /* as in its lock */
	struct git_id tree;  /* of its directory */
	struct str exports;  /* canonical YAML map as text, may be empty */
	struct str *needs;   /* paths of units whose facts it uses, in bytewise order */
	size_t n_needs;
};

struct index_group {
	struct index_unit *units; /* in bytewise order of names */
	size_t n;
};

/* A group, as the root index tells it. */
struct index_row {
	struct str path;       /* "prod/team-orders" or "destinations/eu-1" */
	struct git_id intents; /* tree of what it was compiled from; none for a destination */
	struct git_id tree;    /* what howdah wrote into it: units and index */
	struct str totals;     /* canonical YAML map as text, may be empty */
	bool believed;         /* set by index_compare: the output is as this row says */
};

/* A dependence that crosses groups. */
struct index_edge {
	struct str from, to; /* paths of units: `from` uses facts of `to` */
};

struct index_root {
	struct digest world;
	struct index_row *rows; /* in bytewise order of paths */
	size_t n;
	struct index_edge *edges; /* in bytewise order of from, then to */
	size_t n_edges;
};

/* Appends a group's index as canonical YAML. */
void index_group_print(const struct index_group *g, struct buf *out);

/* Reads what index_group_print wrote, byte for byte. 0, or -1 (ERR_INPUT): rebuild it. */
int index_group_read(struct arena *a, struct str text, struct index_group *out, struct err *err);

/* Appends the root index as canonical YAML. */
void index_root_print(const struct index_root *r, struct buf *out);

/* Reads what index_root_print wrote, byte for byte. 0, or -1 (ERR_INPUT): rebuild it. */
int index_root_read(struct arena *a, struct str text, struct index_root *out, struct err *err);

/* The row of path, or NULL. */
struct index_row *index_row_of(const struct index_root *r, struct str path);

/* The tree id of a group's directory that holds exactly g's units and the index text. */
struct git_id index_group_tree(struct arena *a, const struct index_group *g, struct str text);

/* Compares the root index with a previous output from Git: sets `believed` on every row, and lists
 * the groups that stand in the output but in no row. Two levels of trees are read, nothing else. An
 * output in a directory believes no row. 0, or -1. */
int index_compare(struct index_root *r, const struct source *previous, struct arena *a,
		  struct prev_paths *unknown, struct err *err);

#endif
