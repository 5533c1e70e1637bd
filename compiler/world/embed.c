/* SPDX-License-Identifier: Apache-2.0 */
/* embed.c: finding embedded files in the table that tool/embed.c makes. */
#include "world/embed.h"

/* Made by tool/embed.c, ends with a row of zeros. */
extern const struct embedded embedded_files[];
extern const char embedded_digest[];

struct file *embed_file(struct arena *a, const struct embedded *e)
{
	struct file *file = NEW(a, struct file);

	file->name = arena_fmt(a, EMBED_NAME "%s", e->name);
	file->text = (struct str){ e->data, e->size };
	file->frozen = e->frozen;
	return file;
}

const char *embed_digest(void)
{
	return embedded_digest;
}

const struct embedded *embed_find(struct str name)
{
	for (const struct embedded *e = embedded_files; e->name; e++)
		if (str_is(name, e->name))
			return e;
	return NULL;
}

const struct embedded *embed_nth(size_t n)
{
	for (const struct embedded *e = embedded_files; e->name; e++)
		if (n-- == 0)
			return e;
	return NULL;
}
