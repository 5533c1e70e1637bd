/* SPDX-License-Identifier: Apache-2.0 */
/* Written exceptions: which of them is for a finding, and which for none. */
#ifndef JUDGE_WAIVERS_H
#define JUDGE_WAIVERS_H

#include "base/diag.h"
#include "world/world.h"

/* The waivers of one object, and which of them were used. { 0 } with the first four set. */
struct waivers {
	const struct world *world;
	struct arena *arena;
	struct str object; /* "prod/team-orders/orders" */
	struct str as_of;  /* or empty */
	const struct node **used;
	size_t n_used;
	bool undated; /* a waiver was used whose end could not be judged */
};

/* The waiver for a finding of rule at path (below spec, may be empty), or NULL. It may be past its
 * end: see waiver_ended. A used one is remembered. */
const struct node *waivers_find(struct waivers *w, struct str rule, struct str path);

/* The last day of waiver v lies before the day of judgement. */
bool waiver_ended(const struct waivers *w, const struct node *v);

/* Warns of waivers that end soon among the used ones, and of those that nothing used and whose rule
 * is one for the fleet or not, as asked. */
void waivers_close(const struct waivers *w, bool fleet, struct diags *d);

#endif
