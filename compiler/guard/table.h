/* SPDX-License-Identifier: Apache-2.0 */
/* The table of changes (schema/contracts/changes.yaml): what a field means to what runs. */
#ifndef GUARD_TABLE_H
#define GUARD_TABLE_H

#include "guard/differ.h"
#include "guard/verdict.h"

/* What knows more than a row. */
enum change_by {
	BY_NONE,
	BY_TEMPLATE,
	BY_READERS,
	BY_REPLICAS,
	BY_POOLERS,
	BY_GUC,
	BY_PATRONI,
	BY_PGBOUNCER,
	BY_QUANTITY,
	BY_STANDBY,
	BY_CLOSING,
	BY_OPERATION,
	BY_DATABASES,
	BY_KEY,
	BY_SET,
	BY_QUOTA,
	BY_GUEST,
	BY_RETENTION,
	BY_COUNT
};

struct change_row {
	struct str kind, component, path; /* "*" for any; an empty path is the whole object */
	enum verdict_class class, added, removed;
	enum change_by by;
	bool quiet, now;
	struct str why, source;
};

struct change_table {
	const struct change_row *rows;
	size_t n;
};

/* Reads the contract `changes` (a map as world->contracts has it); rows that a test would refuse
 * are ours to mend, so they end the process. */
struct change_table change_table_read(struct arena *a, const struct node *contract);

/* The row of a difference at path in an object; never NULL: the last row fits all. */
const struct change_row *change_find(const struct change_table *t, const struct node *object,
				     struct str path);

/* Some row for the object speaks of what lies below path. */
bool change_is_deeper(const struct change_table *t, const struct node *object, struct str path);

#endif
