/* SPDX-License-Identifier: Apache-2.0 */
/* owners.c: Patroni's ConfigMaps belong to the StatefulSet: one that is deleted takes them along,
 * and a later cluster of the name does not find them. */
#include "facts/owners.h"

#include "decide/decide.h"
#include "report/fields.h"

static const struct node *reference(struct round *r)
{
	const struct fact_owners *o = facts_owners(r->facts);
	struct fields f = { r->arena, { 0 } };

	fields_text(&f, "apiVersion", str_of("apps/v1"));
	fields_text(&f, "kind", str_of("StatefulSet"));
	fields_text(&f, "name", o->set);
	fields_text(&f, "uid", o->uid);
	return fields_map(&f);
}

void decide_owners(struct round *r)
{
	const struct fact_owners *o = facts_owners(r->facts);

	if (!r->leads)
		return;
	for (size_t i = 0; i < o->n; i++) {
		struct action *a = round_do(r, ACTION_own, o->orphans[i].name, "it has no owner");

		a->version = o->orphans[i].version;
		a->body = reference(r);
	}
}
