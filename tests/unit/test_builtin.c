/* SPDX-License-Identifier: Apache-2.0 */
/* test_builtin.c: what howdah carries is right when it is read and judged in full, as runs no
 * longer do; frozen trees are what their texts say. */
#include "unit/check.h"

#include <string.h>

#include "tree/frozen.h"
#include "tree/yaml.h"
#include "world/embed.h"
#include "world/world.h"

/* Same value, same places. */
static bool same(const struct node *x, const struct node *y)
{
	const struct node *v = NULL;

	if (x->kind != y->kind || x->plain != y->plain || x->pos.line != y->pos.line ||
	    x->pos.col != y->pos.col || !str_eq(x->key, y->key) ||
	    x->key_pos.line != y->key_pos.line || x->key_pos.col != y->key_pos.col)
		return false;
	if (x->kind == NODE_STR)
		return str_eq(x->text, y->text) && !x->text.p[x->text.n];
	v = y->kids;
	node_each(u, x)
	{
		if (!v || !same(u, v))
			return false;
		v = v->next;
	}
	return !v;
}

static void test_trees(void)
{
	struct arena *a = arena_new();
	const struct embedded *e = NULL;
	size_t frozen = 0;

	for (size_t i = 0; (e = embed_nth(i)); i++) {
		struct file *f = embed_file(a, e);
		struct diags *d = diags_new(a);
		bool tree = e->frozen && str_ends(str_of(e->name), ".yaml");
		const struct node *thawed = tree ? yaml_read(a, d, f, &YAML_SCHEMA) : NULL;

		f->frozen = NULL;
		if (thawed && CHECK(same(thawed, yaml_read(a, d, f, &YAML_SCHEMA))))
			frozen++;
	}
	CHECK(frozen > 50);
	arena_free(a);
}

static void test_in_full(void)
{
	struct arena *a = arena_new();
	struct diags *d = diags_new(a);
	struct files files = { 0 };
	const struct embedded *e = NULL;
	struct world *w = NULL;

	for (size_t i = 0; (e = embed_nth(i)); i++) {
		struct file *f = embed_file(a, e);
		struct str path = str_of(e->name);

		f->frozen = NULL;
		if (str_is(path, "examples/demo/platform.yaml"))
			path = str_of("platform.yaml");
		if (!str_starts(path, "examples/"))
			files_add(a, &files, path, f);
	}
	for (size_t i = 0; i < files.n; i++)
		files.list[i].builtin = !str_ends(files.list[i].path, ".lua");
	w = world_load(a, d, &files,
		       &(struct world_wish){ .digest = str_of("test"), .extent = WORLD_WHOLE });
	for (const struct diag *g = diags_first(d); g; g = g->next)
		if (g->severity == SEV_ERROR)
			(void)printf("# %s: %s\n", g->pos.file ? g->pos.file->name.p : "",
				     g->text.p);
	CHECK(diags_errors(d) == 0);
	CHECK(kube_sound(w->kube));
	world_close(w);
	arena_free(a);
}

int main(void)
{
	test_trees();
	test_in_full();
	return check_done("builtin");
}
