/* SPDX-License-Identifier: Apache-2.0 */
/* Base backups: which are good, whether one is due and who makes it, what no restore needs any
 * more. Pure functions of a round. */
#ifndef BACKUP_PLAN_H
#define BACKUP_PLAN_H

#include "facts/attempts.h"
#include "facts/backups.h"
#include "facts/patroni.h"
#include "facts/wal.h"
#include "frame/round.h"

enum { BACKUP_CLOCKS = 120 }; /* seconds that clocks of two nodes may differ */

/* What is known of one backup. */
enum backup_state {
	BACKUP_UNKNOWN, /* its pages or its WAL were not looked at yet */
	BACKUP_GOOD,    /* no corrupt page, and all WAL from its beginning on */
	BACKUP_CORRUPT, /* pages of the database were corrupt when it was made */
	BACKUP_CUT,     /* WAL behind its beginning is lost */
};

/* What is known of b. */
enum backup_state backup_state(const struct round *r, const struct fact_backup *b);

/* The newest backup that was begun by now, or NULL. */
const struct fact_backup *backup_newest(const struct round *r);

/* The first lost WAL behind the beginning of the oldest backup, or NULL. */
const struct fact_gap *backup_lost(const struct round *r);

/* The archive has a timeline that is not this cluster's. After a promotion wal-g says so, too,
 * until the first checkpoint: then it is the cluster's own. */
bool backup_foreign(const struct round *r);

/* The newest good one, or NULL. */
const struct fact_backup *backup_newest_good(const struct round *r);

/* The oldest good one, or NULL. */
const struct fact_backup *backup_oldest_good(const struct round *r);

/* The attempt that failed last, when none was made since; or NULL. */
const struct fact_attempt *backup_failed(const struct round *r);

/* Attempts in a row, the newest first, that came to nothing. */
int backup_failures(const struct round *r);

/* Why a backup is due now, or NULL; *next is when the next one is, seconds since 1970. The archive
 * must have been seen. */
const char *backup_due(const struct round *r, int64_t *next);

/* Who makes it: a replica that follows, else the leader; not the one that failed last or has
 * corrupt pages, if another can. "" when nobody can. */
struct str backup_member(const struct round *r);

/* This process restarts PostgreSQL or hands the lead over: it is not there for a moment. */
bool backup_interrupted(const struct round *r);

/* Why none may run now, or NULL. */
const char *backup_blocked(const struct round *r);

/* What came of an attempt. Neither backup nor error: it was put off. */
struct backup_outcome {
	bool over;
	struct str backup; /* that was made, or "" */
	struct str error;  /* why none was, or "" */
	const char *why;   /* for the log */
};

/* What came of the open attempt a. */
struct backup_outcome backup_outcome(struct round *r, const struct fact_attempt *a);

/* How far a backup is that somebody asked for. */
struct backup_asked {
	bool over, fine;
	struct str text; /* for people */
};

/* Why one that is asked for cannot be begun now, or NULL. */
const char *backup_unable(const struct round *r);

/* The attempt at one that was asked for with the words why, and that was not put off; or NULL. */
const struct fact_attempt *backup_attempt(const struct round *r, struct str why);

/* An attempt of this incarnation: a restored table tells of another one's, too. */
bool backup_is_ours(const struct round *r, const struct fact_attempt *a);

/* One that is asked for, known by the words why, which its attempt carries in the table: ordered
 * when there was none yet, once; then followed until it is proved. */
struct backup_asked backup_asked(struct round *r, struct str why);

/* The oldest backup that has to stay: every older one may go. NULL when nothing may. */
const struct fact_backup *backup_keep(const struct round *r);

/* The condition of base backups: whether they are worth anything. */
void backup_judge(struct round *r);

#endif
