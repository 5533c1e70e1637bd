/* SPDX-License-Identifier: Apache-2.0 */
/* differ.c: comparing trees by meaning. */
#include "guard/differ.h"

#include "guard/inside.h"
#include "tree/path.h"

/* A comparison under work; path is written as the walk goes down. */
struct differ {
	struct arena *arena;
	struct buf path;
	struct difference *first, *last;
	const struct node *around; /* map or list of the new tree whose parts are compared */
	const struct node *text;   /* of the new tree, while the walk is inside it */
	size_t inner;              /* where the path within that text begins */
};

/* Fields that name the items of a list, the most telling first. */
static const char *const names[] = { "name",        "id",        "number", "containerPort",
				     "port",        "mountPath", "secret", "namespace",
				     "topologyKey", "key",       "scope",  "kind" };

enum { NAMES = sizeof(names) / sizeof(*names) };

static void emit(struct differ *d, const struct node *was, const struct node *is)
{
	struct difference *one = NEW(d->arena, struct difference);
	size_t inner = d->inner;

	one->path = arena_str(d->arena, buf_view(&d->path));
	one->was = was;
	one->is = is;
	one->at = is ? is : d->around;
	one->around = d->around;
	one->text = d->text;
	if (d->text)
		one->inner = arena_str(
		    d->arena,
		    str_cut(one->path, inner + (one->path.n > inner && one->path.p[inner] == '.'),
			    one->path.n));
	if (d->last)
		d->last->next = one;
	else
		d->first = one;
	d->last = one;
}

static void compare(struct differ *d, const struct node *was, const struct node *is);

/* One key or item; around is the list or map of the new tree that it is in. */
static void one(struct differ *d, const struct node *was, const struct node *is,
		const struct node *around)
{
	const struct node *above = d->around;

	d->around = around;
	if (was && is)
		compare(d, was, is);
	else
		emit(d, was, is);
	d->around = above;
}

static void maps(struct differ *d, const struct node *was, const struct node *is)
{
	size_t here = d->path.n;

	node_each(kid, is)
	{
		path_put_key(&d->path, 0, kid->key);
		one(d, node_get(was, kid->key), kid, is);
		d->path.n = here;
	}
	node_each(kid, was)
	{
		if (node_get(is, kid->key))
			continue;
		path_put_key(&d->path, 0, kid->key);
		one(d, kid, NULL, is);
		d->path.n = here;
	}
}

/* The item of list whose field key equals that of item. */
static const struct node *named(const struct node *list, const char *key, const struct node *item)
{
	const struct node *want = node_at(item, key);

	node_each(i, list)
	{
		const struct node *have = node_at(i, key);

		if (have && want && node_eq(have, want))
			return i;
	}
	return NULL;
}

/* Every item has the field, a scalar, and no two the same. */
static bool names_all(const struct node *list, const char *key)
{
	node_each(i, list)
	{
		const struct node *name = node_at(i, key);

		if (!name || name->kind == NODE_MAP || name->kind == NODE_LIST ||
		    named(list, key, i) != i)
			return false;
	}
	return true;
}

static const char *name_of(const struct node *was, const struct node *is)
{
	for (size_t i = 0; i < NAMES; i++)
		if (names_all(was, names[i]) && names_all(is, names[i]))
			return names[i];
	return NULL;
}

static void put_item(struct differ *d, const char *key, const struct node *item)
{
	struct buf text = { 0 };
	const struct node *name = node_at(item, key);

	if (name->kind == NODE_INT)
		buf_int(&text, name->num);
	else if (name->kind == NODE_STR)
		buf_str(&text, name->text);
	else
		buf_text(&text, name->kind == NODE_BOOL && name->flag ? "true" : "false");
	path_put_item(&d->path, str_of(key), buf_view(&text));
	buf_release(&text);
}

static void named_lists(struct differ *d, const char *key, const struct node *was,
			const struct node *is)
{
	size_t here = d->path.n;

	node_each(item, is)
	{
		put_item(d, key, item);
		one(d, named(was, key, item), item, is);
		d->path.n = here;
	}
	node_each(item, was)
	{
		if (named(is, key, item))
			continue;
		put_item(d, key, item);
		one(d, item, NULL, is);
		d->path.n = here;
	}
}

static bool holds(const struct node *list, const struct node *item)
{
	node_each(i, list) if (node_eq(i, item)) return true;
	return false;
}

/* Items without names: those that are on one side only, whatever their places. */
static void sets(struct differ *d, const struct node *was, const struct node *is)
{
	size_t here = d->path.n, i = 0;

	node_each(item, is)
	{
		path_put_index(&d->path, i++);
		if (!holds(was, item))
			one(d, NULL, item, is);
		d->path.n = here;
	}
	i = 0;
	node_each(item, was)
	{
		path_put_index(&d->path, i++);
		if (!holds(is, item))
			one(d, item, NULL, is);
		d->path.n = here;
	}
}

static void lists(struct differ *d, const struct node *was, const struct node *is)
{
	struct difference *before = d->last;
	const char *key = name_of(was, is);

	if (key && was->kids && is->kids)
		named_lists(d, key, was, is);
	else
		sets(d, was, is);
	if (d->last == before) /* the same items in another order */
		emit(d, was, is);
}

/* Texts that have parts are compared by them; only if these are the same, as a whole. */
static void texts(struct differ *d, const struct node *was, const struct node *is)
{
	const struct node *old = inside_text(d->arena, was), *now = inside_text(d->arena, is);
	struct difference *before = d->last;

	if (d->text || !old || !now || old->kind != now->kind) {
		emit(d, was, is);
		return;
	}
	d->text = is;
	d->inner = d->path.n;
	compare(d, old, now);
	d->text = NULL;
	if (d->last == before)
		emit(d, was, is);
}

static void compare(struct differ *d, const struct node *was, const struct node *is)
{
	if (node_eq(was, is))
		return;
	if (was->kind == is->kind && is->kind == NODE_MAP)
		maps(d, was, is);
	else if (was->kind == is->kind && is->kind == NODE_LIST)
		lists(d, was, is);
	else if (was->kind == is->kind && is->kind == NODE_STR)
		texts(d, was, is);
	else
		emit(d, was, is);
}

struct difference *differ(struct arena *a, const struct node *was, const struct node *is)
{
	struct differ d = { .arena = a };

	if (was && is)
		compare(&d, was, is);
	else if (was || is)
		emit(&d, was, is);
	buf_release(&d.path);
	return d.first;
}

/* The step to an item: by its name, or its number. */
static void put_place(struct differ *d, const char *key, const struct node *item, size_t at)
{
	if (key)
		put_item(d, key, item);
	else
		path_put_index(&d->path, at);
}

struct difference *differ_below(struct arena *a, const struct difference *over)
{
	const struct node *map = over->is ? over->is : over->was;
	struct differ d = { .arena = a, .around = over->at, .text = over->text };
	const char *key = map->kind == NODE_LIST ? name_of(map, map) : NULL;
	size_t at = 0;

	buf_str(&d.path, over->path);
	d.inner = over->path.n - over->inner.n;
	node_each(kid, map)
	{
		if (map->kind == NODE_MAP)
			path_put_key(&d.path, 0, kid->key);
		else
			put_place(&d, key, kid, at++);
		emit(&d, over->is ? NULL : kid, over->is ? kid : NULL);
		d.path.n = over->path.n;
	}
	buf_release(&d.path);
	return d.first;
}
