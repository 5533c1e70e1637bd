/* SPDX-License-Identifier: Apache-2.0 */
/* /status: for a person who asks one agent what it sees and does. */
#ifndef REPORT_SUMMARY_H
#define REPORT_SUMMARY_H

#include "frame/round.h"

/* What round r saw and decided, in r->arena. */
const struct node *summary_of(struct round *r);

#endif
