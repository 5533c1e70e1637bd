/* SPDX-License-Identifier: Apache-2.0 */
/* files.c: a sorted list of files by path. */
#include "world/files.h"

#include "world/embed.h"

enum { FILES_FIRST = 256 };

/* Index of the first file whose path is not before path. */
static size_t place(const struct files *fs, struct str path)
{
	size_t low = 0, high = fs->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (str_cmp(fs->list[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void put(struct arena *a, struct files *fs, struct world_file f)
{
	size_t at = place(fs, f.path);
	bool there = at < fs->n && str_eq(fs->list[at].path, f.path);

	if (fs->n == fs->cap && !there) {
		struct world_file *grown = NULL;

		fs->cap = fs->cap ? fs->cap * 2 : FILES_FIRST;
		grown = NEW_ARRAY(a, fs->cap, struct world_file);
		if (fs->n)
			memcpy(grown, fs->list, fs->n * sizeof(*grown));
		fs->list = grown;
	}
	if (!there) {
		memmove(fs->list + at + 1, fs->list + at, (fs->n - at) * sizeof(*fs->list));
		fs->n++;
	}
	fs->list[at] = f;
}

void files_builtin(struct arena *a, struct files *fs, const char *prefix)
{
	const struct embedded *e = NULL;

	for (size_t i = 0; (e = embed_nth(i)) != NULL; i++) {
		if (strncmp(e->name, prefix, strlen(prefix)) == 0)
			put(a, fs, (struct world_file){ str_of(e->name), embed_file(a, e), true });
	}
}

void files_add(struct arena *a, struct files *fs, struct str path, const struct file *file)
{
	put(a, fs, (struct world_file){ path, file, false });
}

const struct world_file *files_find(const struct files *fs, struct str path)
{
	size_t at = place(fs, path);

	return at < fs->n && str_eq(fs->list[at].path, path) ? &fs->list[at] : NULL;
}

bool files_below(const struct world_file *f, const char *dir, const char *suffix)
{
	return str_starts(f->path, dir) && str_ends(f->path, suffix);
}

struct str files_stem(struct arena *a, struct str path)
{
	size_t start = 0;

	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] == '/')
			start = i + 1;

	struct str name = str_cut(path, start, path.n);

	return arena_str(a, str_cut(name, 0, str_find(name, '.')));
}
