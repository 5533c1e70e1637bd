/* SPDX-License-Identifier: Apache-2.0 */
/* schemas.c: the embedded schema files as one set. */
#include "world/schemas.h"

#include "world/embed.h"

static bool is_schema(struct str name)
{
	return str_starts(name, "schema/") && !str_starts(name, "schema/contracts/") &&
	       str_ends(name, ".yaml");
}

static size_t count(void)
{
	size_t n = 0;

	while (embed_nth(n))
		n++;
	return n;
}

/* The file to be read and judged in full. */
static const struct file *text_of(struct arena *a, const struct embedded *e)
{
	struct file *file = embed_file(a, e);

	file->frozen = NULL;
	return file;
}

struct schema_set *schemas_embedded(struct arena *a, struct diags *d)
{
	const struct file **files = NEW_ARRAY(a, count() + 1, const struct file *);
	const struct embedded *e;
	size_t n = 0;

	for (size_t i = 0; (e = embed_nth(i)); i++)
		if (is_schema(str_of(e->name)))
			files[n++] = text_of(a, e);
	return schema_set_load(a, d, files, n);
}
