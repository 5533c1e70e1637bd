/* SPDX-License-Identifier: Apache-2.0 */
/* The previous output: which units stand in it, and whether they still are as howdah wrote them. */
#ifndef OUT_PREV_H
#define OUT_PREV_H

#include "out/lock.h"
#include "world/source.h"

/* A directory with a lock. */
struct prev_unit {
	struct str path;    /* "prod/team-orders/orders" */
	struct git_id id;   /* of its lock's bytes */
	struct git_id tree; /* of the directory as they say it; set by prev_walk */
	struct lock lock;   /* what they say, unless damaged; without files by prev_walk */
	struct str damaged; /* why the lock cannot be believed, or empty */
	struct str
	    names;       /* of its files, each followed by '\n', when prev_check was to keep them */
	bool incomplete; /* set by prev_check: files of ours are gone, so it must be written again
			  */
};

/* Units in bytewise order of paths. */
struct prev_units {
	struct prev_unit *units;
	size_t n;
};

/* Paths in bytewise order. */
struct prev_paths {
	struct str *paths;
	size_t n;
};

enum prev_trouble {
	PREV_EDITED,  /* a file of ours has other bytes, or became something else */
	PREV_MISSING, /* a file of ours is gone: no reason to refuse, it is written again */
	PREV_FOREIGN, /* something that is not ours stands in the unit's directory */
	PREV_LOCK,    /* the lock is damaged: nothing can be said about the files */
};

/* Something about a unit's directory; all but PREV_MISSING are reasons not to touch it. */
struct prev_finding {
	enum prev_trouble trouble;
	struct str path; /* of the file */
	struct str text; /* what is wrong and the way out, for a message */
};

struct prev_findings {
	struct prev_finding *findings;
	size_t n;
};

/* What a check may take memory of. */
struct prev_room {
	struct arena *findings;
	struct arena *names; /* for the unit's names, or NULL: they are not kept */
};

/* The paths of all units beneath directory dir ("" for all) of the output: directories that hold a
 * lock, which is not read. Directories that no unit can lie in
 * (hidden ones, names that out_path refuses) are skipped. 0, or -1. */
int prev_paths(const struct source *out, struct str dir, struct arena *a, struct prev_paths *paths,
	       struct err *err);

/* All units beneath directory dir, their locks read, of which the lists of files are not kept:
 * those of a fleet would be a tenth of a run's memory. 0, or -1. */
int prev_walk(const struct source *out, struct str dir, struct arena *a, struct prev_units *units,
	      struct err *err);

/* The unit at path. 1, 0 when no lock stands there, -1. */
int prev_read(const struct source *out, struct str path, struct arena *a, struct prev_unit *unit,
	      struct err *err);

/* The unit's lock with its list of files, which lives in a, read again unless it was kept; fails
 * when it is another one by now. 0, or -1. */
int prev_list(const struct source *out, const struct prev_unit *unit, struct arena *a,
	      struct lock *lock, struct err *err);

/* Compares the unit's directory with its lock: by ids in Git, by reading every file in a directory.
 * For a path without a lock (as prev_read leaves it when it answers 0) everything found is foreign.
 * Different units may be checked by different threads. 0, or -1. */
int prev_check(const struct source *out, struct prev_unit *unit, const struct prev_room *room,
	       struct prev_findings *found, struct err *err);

/* The unit at path among units, or NULL. */
const struct prev_unit *prev_find(const struct prev_units *units, struct str path);

#endif
