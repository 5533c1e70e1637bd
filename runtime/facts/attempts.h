/* SPDX-License-Identifier: Apache-2.0 */
/* Who was named to make a base backup, and what came of it: a table in PostgreSQL that the leader
 * writes and every member reads. */
#ifndef FACTS_ATTEMPTS_H
#define FACTS_ATTEMPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct fact_attempt {
	int64_t id;
	struct str member; /* pod that is to make it */
	struct str agent;  /* token of that pod's agent: another process does not go on */
	struct str why;
	int64_t asked, ended; /* seconds since 1970; ended 0: it is open */
	struct str backup;    /* what came of it, "" for nothing */
	struct str error;     /* why nothing did, or "" */
};

/* A backup whose pages were looked at. */
struct fact_checked {
	struct str backup;
	int64_t corrupt; /* pages whose checksum is wrong */
};

/* What the agent of the open attempt's member says of it, seen by the leader's. */
struct fact_peer {
	struct str agent; /* its token, "" when it did not answer */
	bool known;       /* it began the attempt */
	bool running, failed;
	int64_t ended_ms; /* of this machine's clock, 0: not yet */
	struct str error;
};

struct fact_attempts {
	bool there;                       /* the table is */
	const struct fact_attempt *items; /* newest first */
	size_t n;
	const struct fact_checked *checked;
	size_t n_checked;
	struct fact_peer peer; /* all zero while no attempt of another member is open */
};

/* The open attempt, or NULL. */
static inline const struct fact_attempt *attempts_open(const struct fact_attempts *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (!a->items[i].ended)
			return &a->items[i];
	return NULL;
}

/* What is known of a backup's pages, or NULL. */
static inline const struct fact_checked *attempts_checked(const struct fact_attempts *a,
							  struct str backup)
{
	for (size_t i = 0; i < a->n_checked; i++)
		if (str_eq(a->checked[i].backup, backup))
			return &a->checked[i];
	return NULL;
}

#endif
