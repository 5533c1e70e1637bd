/* SPDX-License-Identifier: Apache-2.0 */
/* link.c: the table of proofs, in the order in which they run. */
#include "link/link.h"

#include "kube/kube.h"

static void check_schema(const struct link_input *in, const struct link_check *self)
{
	(void)self;
	for (size_t i = 0; i < in->n; i++)
		(void)kube_validate(in->world->kube, in->objects[i], in->arena, in->diags);
}

static const struct link_check table[] = {
	{ "schema", "every object validates strictly",
	  "each object has the fields, types, value sets and ranges of its kind, so that no API "
	  "server refuses it",
	  check_schema },
};

void link_check(const struct link_input *in)
{
	for (size_t i = 0; link_row(i); i++)
		table[i].run(in, &table[i]);
}

const struct link_check *link_row(size_t i)
{
	return i < sizeof(table) / sizeof(*table) ? &table[i] : NULL;
}
