/* SPDX-License-Identifier: Apache-2.0 */
/* Databases in the record's status. */
#ifndef REPORT_DATABASES_H
#define REPORT_DATABASES_H

#include "frame/round.h"

/* status.databases of the round, in its arena; NULL while nothing is known. */
struct node *databases_status(struct round *r);

/* Why PostgreSQL refused the last change of a database, or what is to be changed, or "". */
struct str databases_pending(const struct round *r, struct str name);

/* A size in steps of an eighth: small growth is no news. */
int64_t databases_size(int64_t size);

#endif
