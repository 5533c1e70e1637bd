/* SPDX-License-Identifier: Apache-2.0 */
/* The line of the input that changed a value of the output. */
#ifndef GUARD_ORIGIN_H
#define GUARD_ORIGIN_H

#include "guard/guard.h"

/* The inputs of a cluster that changed, ready for questions. */
struct origins;

/* Prepares the questions: the differences of the specs and in->lines. In in's arena. */
struct origins *origins_new(const struct guard_input *in);

/* The line that changed what d tells. */
struct verdict_line origin_of(struct origins *o, const struct difference *d);

#endif
