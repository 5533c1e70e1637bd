/* SPDX-License-Identifier: Apache-2.0 */
/* what_if.c: edits laid over documents before their schema sees them. */
#include "world/what_if.h"

#include "tree/path.h"
#include "tree/yaml.h"

enum { STEPS_MOST = 16 };

/* The text behind '=' as YAML reads it: a scalar, or a list or map in flow style. */
static const struct node *value_of(struct arena *a, struct str text, struct str value)
{
	struct file *file = NEW(a, struct file);
	struct diags *quiet = diags_new(a);
	const struct node *root = NULL;
	struct node *copy = NULL;

	*file = (struct file){ .name = str_of("what-if"),
			       .text = arena_fmt(a, "value: %s\n", value.p) };
	root = yaml_read(a, quiet, file, &YAML_WORLD);
	if (!node_at(root, "value") || diags_errors(quiet))
		return NULL;
	file->name = arena_fmt(a, "--set %s", text.p);
	copy = node_loose(a, node_at(root, "value"));
	copy->pos = (struct pos){ .file = file };
	return copy;
}

const char *what_if_read(struct arena *a, struct str text, struct what_if *edit)
{
	size_t equals = str_find(text, '=');
	struct path path = { 0 };
	const char *why = NULL;

	if (equals == 0 || equals + 1 >= text.n)
		return "it is PATH=VALUE, such as tiers.medium.memory=24Gi";
	*edit = (struct what_if){ .text = text };
	why = path_parse(a, arena_str(a, str_cut(text, 0, equals)), &path);
	if (why)
		return why;
	for (size_t i = 0; i < path.n; i++)
		if (path.steps[i].kind != PATH_KEY)
			return "the path may name keys only; a list is set as a whole, [a, b]";
	if (path.n > STEPS_MOST)
		return "the path is too long";
	edit->value = value_of(a, text, arena_str(a, str_cut(text, equals + 1, text.n)));
	if (!edit->value)
		return "the value is no YAML";
	if (str_is(path.steps[0].key, "tiers") && path.n < 3)
		return "a tier's field is tiers.NAME.FIELD";
	if (str_is(path.steps[0].key, "tiers")) {
		edit->tier = path.steps[1].key;
		path.steps += 2;
		path.n -= 2;
	}
	edit->path = path;
	return NULL;
}

/* A copy of n (a map, or NULL) with value at the rest of the path. */
static struct node *put(struct arena *a, const struct node *n, const struct path *rest,
			const struct node *value)
{
	struct path below = { rest->n - 1, rest->steps + 1 };
	struct node *map = NULL, *one = NULL;
	struct node_list kids = { 0 };

	if (!rest->n)
		return node_loose(a, value);
	map = n && n->kind == NODE_MAP ? node_loose(a, n) : node_new(a, NODE_MAP, value->pos);
	one = put(a, node_get(n, rest->steps[0].key), &below, value);
	for (const struct node *k = map->kids; k; k = k->next)
		if (!str_eq(k->key, rest->steps[0].key))
			node_add(&kids, node_loose(a, k));
	node_put(&kids, rest->steps[0].key, one);
	one->key_pos = value->pos;
	map->kids = kids.first;
	return map;
}

/* The edit is about the document: its tier's, of the repository or a revision, or platform.yaml. */
static bool is_about(struct arena *a, const struct what_if *e, const struct world_file *f)
{
	bool tier = str_starts(f->path, "presets/") || strstr(f->path.p, "/tiers/");

	if (!e->tier.n)
		return str_is(f->path, "platform.yaml");
	return tier && str_eq(files_stem(a, f->path), e->tier);
}

const struct node *what_if_apply(const struct world *w, const struct world_file *f,
				 const struct node *root)
{
	static const struct path_step spec = { .kind = PATH_KEY, .key = { "spec", 4 } };

	for (size_t i = 0; root && i < w->files.n_edits; i++) {
		const struct what_if *e = &w->files.edits[i];
		struct path_step *steps = NULL;
		struct path path = { e->path.n + 1, NULL };

		if (!is_about(w->arena, e, f))
			continue;
		steps = NEW_ARRAY(w->arena, path.n, struct path_step);
		steps[0] = spec;
		memcpy(steps + 1, e->path.steps, e->path.n * sizeof(*steps));
		path.steps = steps;
		root = put(w->arena, root, &path, e->value);
	}
	return root;
}

bool what_if_lost(struct arena *a, const struct files *files, const struct what_if *edit)
{
	for (size_t i = 0; i < files->n; i++)
		if (is_about(a, edit, &files->list[i]))
			return false;
	return true;
}
