/* SPDX-License-Identifier: Apache-2.0 */
/* Databases in the record's status. */
#ifndef REPORT_DATABASES_H
#define REPORT_DATABASES_H

#include "frame/round.h"

/* status.databases of the round, in its arena; NULL while nothing is known. */
struct node *databases_status(struct round *r);

#endif
