/* SPDX-License-Identifier: Apache-2.0 */
/* fields.c: maps and lists of JSON. */
#include "report/fields.h"

#include "ground/clock.h"

static const struct pos nowhere;

static void put(struct fields *f, const char *key, struct node *n)
{
	node_put(&f->kids, str_of(key), n);
}

void fields_text(struct fields *f, const char *key, struct str text)
{
	if (text.n > 0)
		put(f, key, node_str(f->arena, nowhere, arena_str(f->arena, text)));
}

void fields_int(struct fields *f, const char *key, int64_t v)
{
	put(f, key, node_int(f->arena, nowhere, v));
}

void fields_flag(struct fields *f, const char *key, bool flag)
{
	put(f, key, node_bool(f->arena, nowhere, flag));
}

void fields_node(struct fields *f, const char *key, const struct node *n)
{
	if (n)
		put(f, key, node_deep(f->arena, n));
}

void fields_time(struct fields *f, const char *key, int64_t wall)
{
	struct buf text = { 0 };

	if (!wall)
		return;
	clock_print(&text, wall);
	fields_text(f, key, buf_view(&text));
	buf_release(&text);
}

void fields_version(struct fields *f, struct str version)
{
	struct fields meta = { f->arena, { 0 } };

	fields_text(&meta, "resourceVersion", version);
	fields_node(f, "metadata", fields_map(&meta));
}

void fields_seen(struct fields *f, const struct node *object)
{
	fields_version(f, node_text(node_at(object, "metadata"), "resourceVersion"));
}

void fields_none(struct fields *f, const char *key)
{
	put(f, key, node_new(f->arena, NODE_NULL, nowhere));
}

void fields_time_or_none(struct fields *f, const char *key, int64_t wall)
{
	if (wall)
		fields_time(f, key, wall);
	else
		fields_none(f, key);
}

void fields_item(struct fields *f, const struct node *n)
{
	node_add(&f->kids, node_deep(f->arena, n));
}

static struct node *end(struct fields *f, enum kind kind)
{
	struct node *n = node_new(f->arena, kind, nowhere);

	n->kids = f->kids.first;
	return n;
}

struct node *fields_map(struct fields *f)
{
	return end(f, NODE_MAP);
}

struct node *fields_list(struct fields *f)
{
	return end(f, NODE_LIST);
}
