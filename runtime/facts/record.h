/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster's record, as the API server has it. */
#ifndef FACTS_RECORD_H
#define FACTS_RECORD_H

#include "tree/node.h"

struct fact_record {
	struct str uid, version; /* version: resourceVersion */
	int64_t generation;
	const struct node *status; /* a map, or NULL when nothing was ever written */
};

/* What the record says of the operation id, or NULL. */
const struct node *record_operation(const struct fact_record *f, struct str id);

/* The record says that the operation id was begun and is not over. */
bool record_runs(const struct fact_record *f, struct str id);

#endif
