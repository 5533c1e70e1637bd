/* SPDX-License-Identifier: Apache-2.0 */
/* The files a world is made of: the built-in ones, overridden and joined by those of the platform
 * repository. */
#ifndef WORLD_FILES_H
#define WORLD_FILES_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/pos.h"
#include "tree/path.h"

/* One file of the world. */
struct world_file {
	struct str
	    path; /* "templates/cluster/services.yaml", the same for a built-in and its override */
	const struct file *file; /* named "built-in:<path>" or as it lies in the repository */
	bool builtin;
};

/* A value that stands in for one of a world file: see world/what_if.h. */
struct what_if {
	struct str text;  /* "tiers.medium.memory=24Gi" */
	struct str tier;  /* "medium"; empty: it is about platform.yaml */
	struct path path; /* below spec */
	const struct node *value;
};

/* A file or folder of the repository that looks like one of the world, and is none. */
struct unread {
	struct unread *next;
	struct str path;
	struct str why; /* "files of presets/ end in .yaml" */
	bool wrong;     /* somebody counts on it: an error */
	bool folder;    /* not a file */
};

/* Sorted bytewise by path; { 0 } is empty. */
struct files {
	struct world_file *list;
	size_t n, cap;
	struct unread *unread;
	const struct what_if *edits; /* of documents, before they are checked */
	size_t n_edits;
};

/* Adds every embedded file whose path begins with prefix. */
void files_builtin(struct arena *a, struct files *fs, const char *prefix);

/* Adds file under path; a file that is there under the same path is replaced. */
void files_add(struct arena *a, struct files *fs, struct str path, const struct file *file);

/* The file at path, or NULL. */
const struct world_file *files_find(const struct files *fs, struct str path);

/* path is below dir ("templates/cluster/") and ends with suffix. */
bool files_below(const struct world_file *f, const char *dir, const char *suffix);

/* The last component of path without its ending: "services" of "templates/cluster/services.yaml";
 * in a. */
struct str files_stem(struct arena *a, struct str path);

#endif
