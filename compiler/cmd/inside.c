/* SPDX-License-Identifier: Apache-2.0 */
/* inside.c: paths compared as the file system has them, links followed. */
#include "cmd/inside.h"

#include <stdlib.h>

/* The true path of the directory, or p NULL. */
static struct str true_path(struct arena *a, const char *path)
{
	char *found = realpath(path, NULL);
	struct str made = found ? arena_str(a, str_of(found)) : (struct str){ NULL, 0 };

	free(found);
	return made;
}

/* dir/name, where name may be "." or "..". */
static struct str below(struct arena *a, struct str dir, const char *name)
{
	size_t slash = dir.n;

	if (!*name || strcmp(name, ".") == 0)
		return dir;
	if (strcmp(name, "..") != 0)
		return arena_fmt(a, "%s/%s", dir.p, name);
	while (slash > 0 && dir.p[slash - 1] != '/')
		slash--;
	return arena_str(a, str_cut(dir, 0, slash ? slash - 1 : 0));
}

/* As true_path, of a directory that may be missing: below its nearest parent that is there. */
static struct str future_path(struct arena *a, struct str path)
{
	struct str found = true_path(a, path.n ? path.p : ".");
	size_t slash = path.n;

	if (found.p || !path.n)
		return found;
	while (slash > 0 && path.p[slash - 1] != '/')
		slash--;
	if (slash == 1)
		return path; /* "/out" */
	found = future_path(a, arena_str(a, str_cut(path, 0, slash ? slash - 1 : 0)));
	return found.p ? below(a, found, path.p + slash) : found;
}

const char *inside_input(struct arena *a, const char *repository, const char *out)
{
	static const char *const folders[] = { "intents", "lua",   "policies", "presets",
					       "reports", "tests", "templates" };
	struct str root = true_path(a, repository), path = future_path(a, str_of(out));

	for (size_t i = 0; root.p && path.p && i < sizeof(folders) / sizeof(*folders); i++) {
		struct str folder = arena_fmt(a, "%s/%s", root.p, folders[i]);

		if (str_starts(path, folder.p) && (path.n == folder.n || path.p[folder.n] == '/'))
			return folders[i];
	}
	return NULL;
}
