/* SPDX-License-Identifier: Apache-2.0 */
/* Base backups that are whole in the archive, as wal-g lists them. */
#ifndef FACTS_BACKUPS_H
#define FACTS_BACKUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum { SEGMENT_TIMELINE = 8, SEGMENT_LENGTH = 24 };

struct fact_backup {
	struct str name;
	struct str segment;     /* WAL segment in which it begins */
	struct str last;        /* that in which it ends, without its timeline */
	struct str host;        /* pod that made it */
	int64_t began, ended;   /* seconds since 1970 */
	int64_t size, unpacked; /* bytes */
	bool permanent;         /* no retention deletes it */
	bool full;              /* no other backup is needed to restore it */
};

struct fact_backups {
	const struct fact_backup *items; /* oldest first, by their beginning */
	size_t n;
	int64_t at; /* when the archive was asked; seconds since 1970 */
};

/* The backup named name, or NULL. */
static inline const struct fact_backup *backups_find(const struct fact_backups *b, struct str name)
{
	for (size_t i = 0; i < b->n; i++)
		if (str_eq(b->items[i].name, name))
			return &b->items[i];
	return NULL;
}

#endif
