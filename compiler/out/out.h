/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing the output. Workers put units as they finish them (out_put: hashed, compared, spooled);
 * after the join out_publish shows them, each unit wholly old or wholly new. What is not mentioned
 * stays as it is. Order of calls: out_open, out_previous, out_worker_new per thread, out_put per
 * unit, out_publish, out_close.
 */
#ifndef OUT_OUT_H
#define OUT_OUT_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "out/path.h"
#include "out/prev.h"
#include "world/source.h"

struct out;
struct out_worker;

/* Where to: a directory, or a branch of a repository. */
struct out_target {
	const char *dir;    /* or NULL */
	const char *repo;   /* with branch, when dir is NULL */
	const char *branch; /* "main" */
	const char *prefix; /* folder of the branch's tree that is ours, "" or NULL for all */
};

struct out_file {
	struct str name; /* allow-listed: see out_path */
	struct str bytes;
	struct git_id id; /* set by out_put, unless it is known */
};

enum out_state {
	OUT_KEPT,    /* stands in the output as it should */
	OUT_NEW,     /* was not there */
	OUT_CHANGED, /* replaces what was there */
	OUT_REMOVED, /* is to go: only what its lock owns */
};

/* A directory of output. */
struct out_unit {
	struct str path;        /* "prod/team-orders/orders" */
	struct str owner;       /* for the lock */
	struct digest input;    /* for the lock */
	struct str exports;     /* for the lock: canonical YAML map as text, or empty */
	struct out_file *files; /* in any order; only needed during out_put */
	size_t n;
	enum out_state state; /* set by out_put; the caller sets OUT_REMOVED, or OUT_KEPT to take a
				 put back */
	struct git_id tree;   /* set by out_put: id of the unit's tree */
	const struct out_worker *worker; /* private: who spooled it, */
	size_t first, count;             /* and which of its objects */
};

/* A file outside units: an index. */
struct out_loose {
	struct str path;
	struct str bytes;
	bool gone; /* remove it */
};

/* What becomes of the output. */
struct out_plan {
	struct out_unit *const *units; /* in input order; kept ones may be left out */
	size_t n;
	const struct out_loose *loose;
	size_t n_loose;
	const struct git_commit_facts *source; /* of the input, or NULL: a directory */
};

struct out_result {
	size_t added, changed, removed; /* units */
	bool nothing;                   /* all was there already; no commit was made */
	struct git_id commit;           /* the branch's tip, in a repository */
};

/* Begins. A directory is made when missing and locked (ERR_OUTSIDE when another howdah writes to
 * it); what a killed run left is completed or cleared. A branch that is checked out somewhere is
 * refused. 0 and *o (owned), or -1. */
int out_open(struct out **o, const struct out_target *target, struct err *err);

/* The output as it is now, as a source (paths relative to the directory or prefix). */
const struct source *out_previous(const struct out *o);

/* The output says that it was made from this commit of the input; a directory never does. */
bool out_made_from(const struct out *o, const struct git_id *source);

/* What one thread needs; lives until out_close. */
struct out_worker *out_worker_new(struct out *o);

/* Adds the lock to the unit, computes all ids, compares with prev (NULL: not there) and spools what
 * is needed. Sets state and tree. The unit must stay in memory until out_publish, its files need
 * not. A wrong path or name fails as ERR_INPUT. 0, or -1. */
int out_put(struct out_worker *w, struct out_unit *u, const struct prev_unit *prev,
	    struct err *err);

/* Publishes. 0 and *result; -1: ERR_RACE when the branch moved (close, open and compile again),
 * ERR_REFUSED when something that is not ours is in the way, else ERR_OUTSIDE. */
int out_publish(struct out *o, const struct out_plan *plan, struct out_result *result,
		struct err *err);

/* Ends, clearing what was not published; NULL is fine. */
void out_close(struct out *o);

#endif
