/* SPDX-License-Identifier: Apache-2.0 */
/* From a difference to its class, by the table of changes and the contracts behind it. */
#ifndef GUARD_CLASSIFY_H
#define GUARD_CLASSIFY_H

#include "guard/guard.h"

/* What happens to processes, beyond the class. */
enum effect {
	EFFECT_ROLL = 1 << 0,    /* HA members are replaced once */
	EFFECT_TWICE = 1 << 1,   /* and restarted once more, the leader first */
	EFFECT_READERS = 1 << 2, /* read replicas are replaced */
	EFFECT_POOLER = 1 << 3,  /* pooler pods are replaced */
	EFFECT_SWITCH = 1 << 4,  /* the leader may change, in an orderly way */
	EFFECT_PROMOTE = 1 << 5, /* a standby becomes the primary */
	EFFECT_GONE = 1 << 6,    /* nobody takes writes any more */
	EFFECT_REBUILD = 1 << 7, /* members are made from a backup */
	EFFECT_NOW = 1 << 8 /* something of class pooler or worse does not wait for the window */
};

/* A judgement under work. */
struct classify {
	const struct guard_input *in;
	const struct guard_pair *pair;
	int64_t major;    /* of PostgreSQL */
	unsigned effects; /* bits of enum effect */
	/* of the last difference, when it is refused: its message; text, was and is where they are
	 * others than a refused field has, else empty */
	struct verdict_refusal refusal;
};

/* What a difference of c->pair does: class, why, basis and quiet of *cause are set, bits of
 * c->effects, and c's refusal. */
void classify(struct classify *c, const struct difference *d, struct verdict_cause *cause);

#endif
