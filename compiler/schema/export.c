/* SPDX-License-Identifier: Apache-2.0 */
/* export.c: one entry for all forms of a schema. */
#include "schema/export.h"

#include <assert.h>

#include "schema/export_in.h"
#include "tree/print.h"

static void put_json(struct buf *out, struct arena *a, const struct schema_kind *kind)
{
	struct err err = { 0 };
	int failed = print_json(out, export_json(a, kind), &err);

	/* What YAML could hold, JSON can too; bounds beyond 2^53 are refused when schemas load. */
	assert(!failed);
	(void)failed;
	buf_char(out, '\n');
}

bool export_is_complete(const struct schema *s, struct str key)
{
	for (size_t i = 0; i < s->n_complete; i++)
		if (str_eq(s->complete[i], key))
			return true;
	return false;
}

void schema_export(struct buf *out, const struct schema_kind *kind, enum schema_form form)
{
	struct arena *a = arena_new();

	if (form == SCHEMA_JSON)
		put_json(out, a, kind);
	else if (form == SCHEMA_CRD)
		print_yaml(out, schema_crd(a, kind));
	else
		export_markdown(out, kind);
	arena_free(a);
}
