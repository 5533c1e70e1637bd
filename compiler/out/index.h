/* SPDX-License-Identifier: Apache-2.0 */
/* The derived files that make a run proportional to the change: one index per group (a namespace of
 * an environment, or a destination), one per environment and one for all. They are only ever
 * believed where tree ids agree with the output; locks decide. */
#ifndef OUT_INDEX_H
#define OUT_INDEX_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "git/tree.h"
#include "out/prev.h"

/* Its name in a group's directory, an environment's, and at the top. */
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

/* A namespace with intents, as the index of its environment tells it. */
struct index_namespace {
	struct str name;
	struct git_id intents; /* tree of what its clusters were compiled from */
};

struct index_environment {
	struct index_namespace *rows; /* in bytewise order of names */
	size_t n;
	struct str text; /* what it was read from; names point into it */
};

/* A folder at the top of the output ("prod", "destinations"), as the root index tells it. */
struct index_row {
	struct str name;
	struct git_id intents; /* tree of what it was compiled from; none: not to be relied on */
	struct git_id tree;    /* what howdah wrote into it: groups and the environment's index */
	size_t clusters;
};

/* A dependence that crosses groups. */
struct index_edge {
	struct str from, to; /* paths of groups: a unit of `from` uses facts of one of `to` */
};

struct index_root {
	struct digest world;
	struct index_row *rows; /* in bytewise order of names */
	size_t n;
	struct index_edge *edges; /* in bytewise order of from, then to */
	size_t n_edges;
};

/* Appends a group's index as canonical YAML. */
void index_group_print(const struct index_group *g, struct buf *out);

/* Reads what index_group_print wrote, byte for byte. 0, or -1 (ERR_INPUT): rebuild it. */
int index_group_read(struct arena *a, struct str text, struct index_group *out, struct err *err);

/* Appends an environment's index as canonical YAML. */
void index_environment_print(const struct index_environment *e, struct buf *out);

/* The same for one that was read and in which only ids are others now. */
void index_environment_renew(const struct index_environment *e, struct buf *out);

/* Reads what index_environment_print wrote, byte for byte; e points into text. 0, or -1
 * (ERR_INPUT): rebuild it. */
int index_environment_read(struct arena *a, struct str text, struct index_environment *out,
			   struct err *err);

/* Appends the root index as canonical YAML. */
void index_root_print(const struct index_root *r, struct buf *out);

/* Reads what index_root_print wrote, byte for byte. 0, or -1 (ERR_INPUT): rebuild it. */
int index_root_read(struct arena *a, struct str text, struct index_root *out, struct err *err);

/* The row called name, or NULL. */
struct index_row *index_row_of(const struct index_root *r, struct str name);

/* The namespace called name, or NULL. */
struct index_namespace *index_namespace_of(const struct index_environment *e, struct str name);

/* The tree id of a group's directory that holds exactly g's units and the index text. */
struct git_id index_group_tree(struct arena *a, const struct index_group *g, struct str text);

/* The tree id of the environment's folder of intents that holds exactly e's namespaces. */
struct git_id index_intents_tree(struct arena *a, const struct index_environment *e);

/* The output is what r says: the folders at its top are r's, each with the groups and the index
 * that howdah wrote, whatever other files lie beside these. The top is read, and folders whose id
 * is another. 1; 0 when something differs, and for an output in a directory; -1. */
int index_believe(const struct index_root *r, const struct source *previous, struct arena *a,
		  struct err *err);

/* The groups in a folder at the top of the output, and its index, as a tree. 0, or -1. */
int index_folder(const struct source *previous, struct str name, struct arena *a,
		 struct git_tree *out, struct err *err);

#endif
