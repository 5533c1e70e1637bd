/* SPDX-License-Identifier: Apache-2.0 */
/* record.c: questions about what the record says. */
#include "facts/record.h"

const struct node *record_operation(const struct fact_record *f, struct str id)
{
	const struct node *list = node_at(f->status, "operations");

	for (const struct node *n = list ? list->kids : NULL; n; n = n->next)
		if (str_eq(node_text(n, "id"), id))
			return n;
	return NULL;
}

bool record_runs(const struct fact_record *f, struct str id)
{
	return str_is(node_text(record_operation(f, id), "state"), "Running");
}
