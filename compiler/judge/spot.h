/* SPDX-License-Identifier: Apache-2.0 */
/* Where a finding is printed: the line of the intent, and where the value itself was written. */
#ifndef JUDGE_SPOT_H
#define JUDGE_SPOT_H

#include "judge/judge.h"
#include "lua/finding.h"

/* The places of a finding. */
struct spot {
	struct pos pos;        /* the line that people of the intent can change */
	const struct node *at; /* the value that was looked at, or NULL */
	struct str where;      /* "StatefulSet/orders, spec.replicas"; empty for a field of spec */
};

/* Looks up where f leads in c; reads is what its rule read, for findings without any path. NULL,
 * or why it leads nowhere. */
const char *spot_find(const struct judge_case *c, const struct finding *f,
		      const struct reads *reads, struct spot *out);

#endif
