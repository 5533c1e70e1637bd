/* SPDX-License-Identifier: Apache-2.0 */
/* facts.c: questions that several decisions ask. */
#include "facts/facts.h"

const struct past *facts_past(const struct facts *f, int kind, struct str target)
{
	for (const struct past *p = f->past; p; p = p->next)
		if (p->kind == kind && str_eq(p->target, target))
			return p;
	return NULL;
}

const struct past *facts_last(const struct facts *f, int kind)
{
	const struct past *last = NULL;

	for (const struct past *p = f->past; p; p = p->next)
		if (p->kind == kind && (!last || p->started_ms > last->started_ms))
			last = p;
	return last;
}
