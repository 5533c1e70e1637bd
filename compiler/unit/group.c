/* SPDX-License-Identifier: Apache-2.0 */
/* group.c: namespaces as sums of their clusters. */
#include "unit/group.h"

#include <stdlib.h>

#include "git/tree.h"
#include "out/record.h"

/* Adds the names of an old directory's files as one field: none when they cannot be read, which
 * makes another summary than theirs. */
static void add_names(struct hasher *h, const struct run *r, const struct prev_unit *old)
{
	struct arena *scratch = arena_new();
	struct err ignored = { 0 };
	struct str names = { "", 0 };

	(void)owned_names(r, old, scratch, &names, &ignored);
	hasher_field(h, names);
	arena_free(scratch);
}

struct digest cluster_summary(const struct run *r, const struct unit_result *u)
{
	struct hasher h;

	hasher_start(&h);
	hasher_field(&h, u->exports);
	for (size_t i = 0; i < u->made.n; i++) {
		hasher_field(&h, u->made.units[i].path);
		hasher_field(&h, u->names[i]);
	}
	for (size_t i = owned_first(r, u->owner); !u->made.n && owned_is(r, i, u->owner); i++) {
		hasher_field(&h, r->by_owner[i]->path);
		add_names(&h, r, r->by_owner[i]);
	}
	return hasher_end(&h);
}

struct str group_of(struct arena *a, struct str path)
{
	size_t first = str_find(path, '/') + 1;
	struct str rest = str_cut(path, first, path.n);

	return arena_str(a, str_cut(path, 0, first + str_find(rest, '/')));
}

/* The last part of a path. */
static struct str last_part(struct str path)
{
	size_t at = path.n;

	while (at && path.p[at - 1] != '/')
		at--;
	return str_cut(path, at, path.n);
}

static bool same_group(const struct intent *x, const struct intent *y)
{
	return str_eq(x->namespace, y->namespace) && str_eq(x->environment, y->environment);
}

/* The id of the folder of the n intents from first on. */
static struct git_id folder_of(const struct intent *first, size_t n)
{
	struct arena *a = arena_new();
	struct git_tree t = { NEW_ARRAY(a, n, struct git_entry), n };

	for (size_t i = 0; i < n; i++)
		t.entries[i] = (struct git_entry){ last_part(first[i].file->name), GIT_FILE,
						   git_id_of("blob", first[i].file->text) };

	struct git_id id = git_tree_hash(&t);

	arena_free(a);
	return id;
}

/* Counts the results of the group, which begin at *at. */
static size_t count_results(const struct run *r, const struct intent *first, size_t *at)
{
	size_t begin = *at;

	while (*at < r->n && same_group(r->results[*at].intent, first))
		++*at;
	return *at - begin;
}

static int by_path(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	return str_cmp(x->path, y->path);
}

/* Intents and results both come sorted by environment, namespace, name. */
void groups_make(struct run *r)
{
	size_t result = 0;

	r->groups = NEW_ARRAY(r->arena, r->intents.n + 1, struct group);
	r->n_groups = 0;
	for (size_t i = 0, end = 0; i < r->intents.n; i = end) {
		const struct intent *first = &r->intents.list[i];
		struct group *g = &r->groups[r->n_groups++];

		for (end = i; end < r->intents.n && same_group(&r->intents.list[end], first);)
			end++;
		g->path = arena_fmt(r->arena, "%s/%s", first->environment.p, first->namespace.p);
		g->intents = folder_of(first, end - i);
		g->clusters = count_results(r, first, &result);
	}
	if (r->n_groups)
		qsort(r->groups, r->n_groups, sizeof(*r->groups), by_path);
}

const struct group *group_find(const struct run *r, struct str path)
{
	struct group key = { .path = path };

	return r->n_groups ? bsearch(&key, r->groups, r->n_groups, sizeof(*r->groups), by_path)
			   : NULL;
}
