/* SPDX-License-Identifier: Apache-2.0 */
/* A whole run: every intent of a repository compiled by N workers, the result published or only
 * judged. */
#ifndef UNIT_FLEET_H
#define UNIT_FLEET_H

#include "out/out.h"
#include "unit/resolve.h"

/* What a command wants. */
struct fleet_options {
	const char *repository;   /* a directory, or NULL */
	const char *source;       /* "REPO@REV", or NULL */
	struct source *opened;    /* read this one, and leave it open; or NULL */
	const char *objects;      /* a directory of output to prove instead of compiling, or NULL */
	struct out_target target; /* all NULL: nothing is written */
	unsigned jobs;            /* workers, at least 1 */
	bool full;                /* compile also what stands */
	bool keep_going;          /* publish what is right although something is not */
	bool hits;                /* tell what rules found, and what became of waivers */
	bool verdicts;            /* keep the guard's whole verdicts */
	bool last;                /* the process ends after this run: its memory is left to the
				     system, which gives it back at once */
	enum pass dump;           /* print after this pass; PASS_COUNT for none */
	const struct what_if *edits; /* of the world, which nobody has made */
	size_t n_edits;
	struct str only;                           /* "env/ns/name", or empty */
	struct str as_of;                          /* YYYY-MM-DD, or empty */
	void (*progress)(size_t done, size_t all); /* called by one thread at a time, or NULL */
};

/* What a rule found in the fleet. */
struct fleet_hit {
	struct str rule, cluster; /* cluster is empty for a finding about no single one */
	bool waived, deny;
};

/* A waiver, and whether it was needed. */
struct fleet_waiver {
	struct str rule, object, field, owner, ticket, reason, expires;
	const char *state; /* "used", "unused", "ending", "ended", or "undated": used, but no day
			      says until when */
};

/* What a run did. */
struct fleet_result {
	size_t intents;          /* found */
	size_t compiled, reused; /* clusters */
	size_t failed;           /* clusters with errors */
	size_t refused;          /* by the guard */
	size_t objects;          /* made by the compiled clusters */
	struct out_result out;   /* what publishing changed */
	struct str dump;         /* what dump asked for, canonical YAML */
	bool published;
	/* when they were asked for: */
	const struct str *rules; /* ids, in the order they are judged */
	size_t n_rules;
	const struct fleet_hit *hits; /* by cluster */
	size_t n_hits;
	const struct fleet_waiver *waivers; /* as they are written */
	size_t n_waivers;
};

/*
 * Runs. Findings go to d, texts of the result live in a. Returns an exit code: 0 fine, 1 errors, 3
 * refused, 4 outside trouble with err set.
 */
int fleet_run(struct arena *a, struct diags *d, const struct fleet_options *o,
	      struct fleet_result *result, struct err *err);

#endif
