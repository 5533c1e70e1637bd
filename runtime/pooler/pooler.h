/* SPDX-License-Identifier: Apache-2.0 */
/* What the agent beside a PgBouncer does: a pure function of what it saw. */
#ifndef POOLER_POOLER_H
#define POOLER_POOLER_H

#include <stdbool.h>

#include "base/arena.h"
#include "ground/clock.h"

enum { POOLER_DATABASES_MOST = 256 };

/* One database of PgBouncer, SHOW DATABASES. */
struct pooler_database {
	struct str name;
	int64_t paused_ms; /* moment since which it was seen paused, 0 while it is not */
};

/* What is known of one PgBouncer. */
struct pooler_view {
	bool answers;       /* its console, at the last look */
	bool leaves;        /* its pod ends: nobody new is sent here any more */
	struct str error;   /* why not */
	struct str want;    /* digest of the files that it reads at a RELOAD, as they are now */
	struct str has;     /* as they were when it last did for this process; "" before that */
	struct str problem; /* why the files must not be taken, or "" */
	struct str file_serial, served_serial; /* of the certificate; "" not known */
	struct str trust;    /* digest of the bundle of authorities, as it lies there */
	int64_t served_from; /* when what is served began; seconds since 1970, 0 not known */
	int64_t reloaded_ms; /* moment of the last RELOAD, 0 never */
	const struct pooler_database *databases;
	size_t n;
};

enum pooler_step {
	POOLER_NOTHING,
	POOLER_RELOAD, /* RELOAD */
	POOLER_RESUME, /* RESUME of database */
	POOLER_LEAVE, /* clients are let go between their statements, so that they connect elsewhere
		       */
};

struct pooler_plan {
	enum pooler_step step;
	struct str database;
	const char *why;
};

/* What is to be done now; a pause is ended when it is older than limit_ms, whoever made it. */
struct pooler_plan pooler_decide(const struct pooler_view *v, struct moment now, int64_t limit_ms);

/* PgBouncer reads what its files say, and its certificate is served. */
bool pooler_is_current(const struct pooler_view *v);

#endif
