/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a run, shared by fleet.c (order of steps), worker.c (threads) and publish.c (plan).
 */
#ifndef UNIT_RUN_H
#define UNIT_RUN_H

#include <pthread.h>
#include <stdatomic.h>

#include "guard/guard.h"
#include "unit/cluster.h"
#include "unit/fleet.h"
#include "unit/render.h"
#include "world/repository.h"

/* What became of one intent's cluster. */
struct unit_result {
	const struct intent *intent;
	struct str owner;         /* "prod/team-orders/orders" */
	struct digest input;      /* over everything it is compiled from */
	struct diags *diags;      /* its findings, in the keep arena of the worker */
	struct rendered made;     /* directories, spooled; empty when reused or failed */
	struct str *names;        /* per directory made: its files, each followed by '\n'; brief */
	struct str exports;       /* canonical YAML map */
	const struct node *facts; /* the same, read by unit_facts; brief */
	struct verdict *verdict;  /* of the change, in the keep arena; NULL: not judged */
	struct digest summary;    /* of what others may know of it, when has_summary */
	struct str dump;
	size_t objects;
	const struct judge_hit *hits; /* what rules found, in the keep arena of the worker */
	bool undated;                 /* dates mattered, and there was no day to judge them by */
	bool has_summary;
	bool reused, failed, refused;
	bool same_input; /* as that of the output that stands */
};

struct ahead;
struct before;
struct surroundings;
struct group;
struct quick;
struct worker;

/* A run. */
struct run {
	const struct fleet_options *options;
	struct arena *arena;
	struct arena *brief; /* for what the fleet's checks and destinations ask: gone when the
				output is published, made when needed */
	struct diags *diags;
	struct world *world;
	struct foundation *foundation; /* of the world, begun and not used yet, or NULL */
	struct ahead *ahead;           /* the world under way, or NULL */
	struct source *source;
	struct str as_of; /* day by which dates are judged, or empty */
	struct intents intents;
	struct out *out;               /* or NULL: nothing is written */
	const struct source *previous; /* the output as it is, or NULL */
	struct source *origin;  /* what the previous output was made from, when it is at hand, or
				   NULL */
	struct before *before;  /* the input as it was, when it is compared with, or NULL */
	struct prev_units prev; /* the previous output */
	struct prev_unit **by_owner; /* the same, sorted by owner, then path */
	struct unit_result *results; /* one per cluster, in input order */
	size_t n;
	struct judged judged; /* what rules found in the fleet as a whole */
	struct group *groups; /* namespaces with intents, by path: see groups_make */
	size_t n_groups;
	size_t places_refused; /* destinations that the guard refused */
	struct quick *quick;   /* the indexes, when they are believed, or NULL */
	atomic_size_t next;    /* result that the next free worker takes */
	atomic_size_t done;
	struct worker **workers;
	size_t n_workers;
};

enum { RUN_ABSENT = 2 };

/* Opens the source, loads the world and reads the intents. 0, or an exit code, with err set when it
 * is 4, or RUN_ABSENT: options->only names no cluster. */
int run_open(struct run *r, struct err *err);

/* A part of run_open: opens the source. 0, or -1 with err. */
int run_source(struct run *r, struct err *err);

/* A part of run_open: loads the world, whose digest r->quick knows already if there is one. 0, or
 * -1 with err. */
int run_world(struct run *r, struct err *err);

/* A part of run_open: reads the intents below folders (NULL: all of them) and makes their results.
 * 0, or -1 with err. */
int run_intents(struct run *r, const struct paths *folders, struct err *err);

/* Adds up the results, when the workers are done. */
void run_count(struct run *r, struct fleet_result *result);

/* Gives back what a run holds outside its arena. */
void run_close(struct run *r);

/* Compiles all results with options->jobs threads. 0, or -1 with err when a worker met outside
 * trouble. */
int workers_run(struct run *r, struct err *err);

/* Makes the first worker of a run that compiles no cluster, for what it does behind the join. */
void workers_alone(struct run *r);

/* The spool of the first worker, for what is compiled behind the join. */
struct out_worker *worker_out(const struct run *r);

/* The Lua state of the first worker, likewise. */
struct lua_worker *worker_lua(const struct run *r);

/* Ends what is only needed until the output is published: the workers' Lua, names, facts. */
void run_settle(struct run *r);

/* Ends the workers and what they keep. */
void workers_free(struct run *r);

/* The result of the cluster called owner, or NULL. */
struct unit_result *result_of(const struct run *r, struct str owner);

/* u's exports as a map, read once behind the join; NULL when it has none. */
const struct node *unit_facts(struct run *r, struct unit_result *u);

/* Gives back what unit_facts has read; who asks again has it read again. */
void facts_forget(struct run *r);

/* The names of an old directory's files, each followed by '\n', in a unless they are at hand. 0, or
 * -1. */
int owned_names(const struct run *r, const struct prev_unit *old, struct arena *a,
		struct str *names, struct err *err);

/* Sorts r->prev into r->by_owner. */
void owned_sort(struct run *r);

/* Index in r->by_owner of the first directory of owner; those of owner follow each other. r->prev.n
 * when there is none. */
size_t owned_first(const struct run *r, struct str owner);

/* Directory i of r->by_owner belongs to owner. */
bool owned_is(const struct run *r, size_t i, struct str owner);

/* All *n clusters that have output after this run, in order of owners: the results, and those whose
 * intent is gone without retirement, which are kept with what their locks say. */
struct unit_result **standing_results(struct run *r, size_t *n);

/*
 * Decides what becomes of every directory (new, kept, removed, refused), reports refusals to
 * r->diags and publishes unless something forbids it. 0, or -1 with err.
 */
int publish(struct run *r, const struct surroundings *around, struct fleet_result *result,
	    struct err *err);

#endif
