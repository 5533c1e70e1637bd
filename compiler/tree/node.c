/* SPDX-License-Identifier: Apache-2.0 */
/* node.c: making, finding and comparing tree nodes. */
#include "tree/node.h"

#include <stdlib.h>

struct node *node_new(struct arena *a, enum kind kind, struct pos pos)
{
	struct node *n = NEW(a, struct node);

	n->kind = kind;
	n->pos = pos;
	return n;
}

struct node *node_str(struct arena *a, struct pos pos, struct str text)
{
	struct node *n = node_new(a, NODE_STR, pos);

	n->text = text;
	return n;
}

struct node *node_int(struct arena *a, struct pos pos, int64_t num)
{
	struct node *n = node_new(a, NODE_INT, pos);

	n->num = num;
	return n;
}

struct node *node_bool(struct arena *a, struct pos pos, bool flag)
{
	struct node *n = node_new(a, NODE_BOOL, pos);

	n->flag = flag;
	return n;
}

struct node *node_loose(struct arena *a, const struct node *n)
{
	struct node *copy = NEW(a, struct node);

	*copy = *n;
	copy->next = NULL;
	return copy;
}

struct node *node_deep(struct arena *a, const struct node *n)
{
	struct node *copy = node_loose(a, n);

	if (n->key.p)
		copy->key = arena_str(a, n->key);
	if (n->kind == NODE_STR)
		copy->text = arena_str(a, n->text);
	if (n->kind == NODE_LIST || n->kind == NODE_MAP) {
		struct node_list kids = { 0 };

		node_each(kid, n) node_add(&kids, node_deep(a, kid));
		copy->kids = kids.first;
	}
	return copy;
}

void node_add(struct node_list *l, struct node *n)
{
	if (l->last)
		l->last->next = n;
	else
		l->first = n;
	l->last = n;
	l->n++;
}

void node_add_copies(struct node_list *l, struct arena *a, const struct node *first,
		     const struct node *end)
{
	for (const struct node *n = first; n != end; n = n->next)
		node_add(l, node_loose(a, n));
}

void node_put(struct node_list *l, struct str key, struct node *n)
{
	n->key = key;
	node_add(l, n);
}

const struct node *node_get(const struct node *n, struct str key)
{
	if (!n || n->kind != NODE_MAP)
		return NULL;
	node_each(kid, n) if (kid->key.n == key.n &&
			      (!key.n || (*kid->key.p == *key.p &&
					  memcmp(kid->key.p, key.p, key.n) == 0))) return kid;
	return NULL;
}

struct str node_text(const struct node *n, const char *key)
{
	const struct node *kid = node_at(n, key);

	return kid && kid->kind == NODE_STR ? kid->text : (struct str){ "", 0 };
}

int64_t node_num(const struct node *n, const char *key, int64_t fallback)
{
	const struct node *kid = node_at(n, key);

	return kid && kid->kind == NODE_INT ? kid->num : fallback;
}

bool node_flag(const struct node *n, const char *key, bool fallback)
{
	const struct node *kid = node_at(n, key);

	return kid && kid->kind == NODE_BOOL ? kid->flag : fallback;
}

bool node_lists(const struct node *list, struct str text)
{
	if (!list || (list->kind != NODE_LIST && list->kind != NODE_MAP))
		return false;
	node_each(item, list) if (item->kind == NODE_STR && str_eq(item->text, text)) return true;
	return false;
}

size_t node_count(const struct node *n)
{
	size_t count = 0;

	if (n && (n->kind == NODE_LIST || n->kind == NODE_MAP))
		node_each(kid, n) count++;
	return count;
}

static bool map_eq(const struct node *a, const struct node *b)
{
	if (node_count(a) != node_count(b))
		return false;
	node_each(kid, a)
	{
		const struct node *other = node_get(b, kid->key);

		if (!other || !node_eq(kid, other))
			return false;
	}
	return true;
}

static bool list_eq(const struct node *a, const struct node *b)
{
	const struct node *y = b->kids;

	node_each(x, a)
	{
		if (!y || !node_eq(x, y))
			return false;
		y = y->next;
	}
	return !y;
}

bool node_eq(const struct node *a, const struct node *b)
{
	if (a == b)
		return true;
	if (!a || !b || a->kind != b->kind)
		return false;
	switch (a->kind) {
	case NODE_NULL:
		return true;
	case NODE_BOOL:
		return a->flag == b->flag;
	case NODE_INT:
		return a->num == b->num;
	case NODE_STR:
		return str_eq(a->text, b->text);
	case NODE_LIST:
		return list_eq(a, b);
	case NODE_MAP:
		return map_eq(a, b);
	}
	return false;
}

const char *node_kind(const struct node *n)
{
	static const char *const names[] = {
		"null", "boolean", "integer", "string", "list", "map"
	};

	return names[n->kind];
}

static int by_key(const void *a, const void *b)
{
	return str_cmp((*(struct node *const *)a)->key, (*(struct node *const *)b)->key);
}

static struct node *sorted_map(struct arena *a, const struct node *n)
{
	size_t count = node_count(n), i = 0;
	struct node **kids = NEW_ARRAY(a, count + 1, struct node *);
	struct node_list list = { 0 };
	struct node *map = node_loose(a, n);

	node_each(kid, n) kids[i++] = node_sorted(a, kid);
	qsort(kids, count, sizeof(struct node *), by_key);
	for (i = 0; i < count; i++)
		node_add(&list, kids[i]);
	map->kids = list.first;
	return map;
}

struct node *node_sorted(struct arena *a, const struct node *n)
{
	if (n->kind == NODE_MAP)
		return sorted_map(a, n);

	struct node *copy = node_loose(a, n);

	if (n->kind == NODE_LIST) {
		struct node_list list = { 0 };

		node_each(kid, n) node_add(&list, node_sorted(a, kid));
		copy->kids = list.first;
	}
	return copy;
}
