/* SPDX-License-Identifier: Apache-2.0 */
/* facts.c: questions that several decisions ask. */
#include "facts/facts.h"

#include "facts/disk.h"

/* Less time than this tells no growth; a year ahead is no forecast. */
enum { LEAST_S = 300, MOST_S = 366 * 86400 };

const struct past *facts_past(const struct facts *f, int kind, struct str target)
{
	for (const struct past *p = f->past; p; p = p->next)
		if (p->kind == kind && str_eq(p->target, target))
			return p;
	return NULL;
}

int64_t disk_full_at(const struct fact_disk *d, int64_t now)
{
	int64_t since = d->before ? d->before : d->since;
	int64_t grown = d->used - (d->before ? d->before_used : d->since_used);
	int64_t seconds = now - since, left = d->size - d->used;

	if (!since || seconds < LEAST_S || grown <= 0 || left < 0)
		return 0;
	/* in kilobytes, so that nothing runs over */
	left = left / 1024 * seconds / (grown / 1024 + 1);
	return left < MOST_S ? now + left : 0;
}

const struct past *facts_last(const struct facts *f, int kind)
{
	const struct past *last = NULL;

	for (const struct past *p = f->past; p; p = p->next)
		if (p->kind == kind && (!last || p->started_ms > last->started_ms))
			last = p;
	return last;
}
