/* SPDX-License-Identifier: Apache-2.0 */
/* embed.c: finding embedded files in the table that embed.sh makes. */
#include "world/embed.h"

/* Made by embed.sh, ends with a row of zeros. */
extern const struct embedded embedded_files[];

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
