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

static struct schema_set *load(struct arena *a, struct diags *d, bool in_full)
{
	const struct file **files = NEW_ARRAY(a, count() + 1, const struct file *);
	const struct embedded *e;
	size_t n = 0;

	for (size_t i = 0; (e = embed_nth(i)); i++) {
		struct file *file = is_schema(str_of(e->name)) ? embed_file(a, e) : NULL;

		if (!file)
			continue;
		if (in_full)
			file->frozen = NULL;
		files[n++] = file;
	}
	return schema_set_load(a, d, files, n);
}

struct schema_set *schemas_embedded(struct arena *a, struct diags *d)
{
	return load(a, d, true);
}

struct schema_set *schemas_built(struct arena *a, struct diags *d)
{
	return load(a, d, false);
}
