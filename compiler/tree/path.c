/* SPDX-License-Identifier: Apache-2.0 */
/* path.c: finding by paths and writing them; reading their text is path_parse.c. */
#include "tree/path.h"

/* A key that stands in a path without quotes: [A-Za-z_$][A-Za-z0-9_$-]*. */
static bool is_bare(struct str key)
{
	if (!key.n || (key.p[0] >= '0' && key.p[0] <= '9') || key.p[0] == '-')
		return false;
	for (size_t i = 0; i < key.n; i++)
		if (!path_is_bare(key.p[i]))
			return false;
	return true;
}

/* A value behind "name=" that stands without quotes: visible ASCII, nothing that ends or quotes. */
static bool is_bare_value(struct str value)
{
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		if (c <= ' ' || c > '~' || c == ']' || c == '[' || c == '"' || c == '\\')
			return false;
	}
	return value.n != 0;
}

static void put_quoted(struct buf *out, struct str s)
{
	buf_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			buf_char(out, '\\');
		if (c < 0x20 || c == 0x7f)
			buf_fmt(out, "\\x%02x", c);
		else
			buf_char(out, (char)c);
	}
	buf_char(out, '"');
}

void path_put_key(struct buf *out, size_t start, struct str key)
{
	if (!is_bare(key)) {
		buf_char(out, '[');
		put_quoted(out, key);
		buf_char(out, ']');
		return;
	}
	if (out->n > start)
		buf_char(out, '.');
	buf_str(out, key);
}

void path_put_index(struct buf *out, size_t index)
{
	buf_char(out, '[');
	buf_int(out, (int64_t)index);
	buf_char(out, ']');
}

void path_put_item(struct buf *out, struct str key, struct str value)
{
	buf_char(out, '[');
	if (is_bare(key))
		buf_str(out, key);
	else
		put_quoted(out, key);
	buf_char(out, '=');
	if (is_bare_value(value))
		buf_str(out, value);
	else
		put_quoted(out, value);
	buf_char(out, ']');
}

/* The text that names item under key, when it has one that no sibling in list has too. */
static bool own_name(const struct node *list, const struct node *item, const char *key,
		     struct str *name)
{
	const struct node *field = node_at(item, key);

	if (!field || field->kind != NODE_STR)
		return false;
	*name = field->text;
	node_each(other, list)
	{
		const struct node *theirs = node_at(other, key);

		if (other != item && theirs && node_eq(theirs, field))
			return false;
	}
	return true;
}

void path_put_child(struct buf *out, const struct node *list, const struct node *item,
		    const char *key)
{
	struct str name;
	size_t index = 0;

	if (!key)
		key = "name";
	if (own_name(list, item, key, &name)) {
		path_put_item(out, str_of(key), name);
		return;
	}
	for (const struct node *kid = list->kids; kid && kid != item; kid = kid->next)
		index++;
	path_put_index(out, index);
}

/* The step from parent to its child. */
static void put_step(struct buf *out, size_t start, const struct node *parent,
		     const struct node *child)
{
	if (parent->kind == NODE_MAP)
		path_put_key(out, start, child->key);
	else
		path_put_child(out, parent, child, NULL);
}

static void put_trail(struct buf *out, const struct trail *t)
{
	if (!t->up)
		return;
	put_trail(out, t->up);
	put_step(out, 0, t->up->node, t->node);
}

struct str path_of_trail(struct arena *a, const struct trail *t)
{
	struct buf out = { 0 };

	put_trail(&out, t);

	return buf_take(&out, a);
}

static bool has_kids(const struct node *n)
{
	return n->kind == NODE_MAP || n->kind == NODE_LIST;
}

static bool seek(const struct trail *t, const struct node *at, struct arena *a, struct str *found)
{
	if (t->node == at) {
		*found = path_of_trail(a, t);
		return true;
	}
	if (!has_kids(t->node))
		return false;
	node_each(kid, t->node)
	{
		struct trail below = { t, kid };

		if (seek(&below, at, a, found))
			return true;
	}
	return false;
}

struct str path_of(struct arena *a, const struct node *root, const struct node *at)
{
	struct trail top = { NULL, root };
	struct str found = { NULL, 0 };

	(void)seek(&top, at, a, &found);
	return found;
}

/* The field is the text v, whatever its type. */
static bool says(const struct node *field, struct str v)
{
	int64_t num;

	if (!field)
		return false;
	switch (field->kind) {
	case NODE_STR:
		return str_eq(field->text, v);
	case NODE_INT:
		return str_int(v, &num) && num == field->num;
	case NODE_BOOL:
		return str_is(v, field->flag ? "true" : "false");
	default:
		return false;
	}
}

static const struct node *find_item(const struct node *list, const struct path_step *step)
{
	size_t index = 0;

	if (list->kind != NODE_LIST)
		return NULL;
	node_each(item, list)
	{
		if (step->kind == PATH_INDEX && index == step->index)
			return item;
		if (step->kind == PATH_ITEM && says(node_get(item, step->key), step->value))
			return item;
		index++;
	}
	return NULL;
}

const struct node *path_follow(const struct node *root, const struct path *p, size_t *depth)
{
	const struct node *at = root;

	for (*depth = 0; at && *depth < p->n; ++*depth) {
		const struct path_step *step = &p->steps[*depth];
		const struct node *next =
		    step->kind == PATH_KEY ? node_get(at, step->key) : find_item(at, step);

		if (!next)
			return NULL;
		at = next;
	}
	return at;
}

const struct node *path_find(const struct node *root, const struct path *p)
{
	size_t depth;

	return path_follow(root, p, &depth);
}

static bool step_eq(const struct path_step *a, const struct path_step *b)
{
	return a->kind == b->kind && a->index == b->index && str_eq(a->key, b->key) &&
	       str_eq(a->value, b->value);
}

bool path_covers(const struct path *p, const struct path *below)
{
	if (p->n > below->n)
		return false;
	for (size_t i = 0; i < p->n; i++)
		if (!step_eq(&p->steps[i], &below->steps[i]))
			return false;
	return true;
}

bool path_eq(const struct path *a, const struct path *b)
{
	return a->n == b->n && path_covers(a, b);
}

void path_print(struct buf *out, const struct path *p)
{
	size_t start = out->n;

	for (size_t i = 0; i < p->n; i++) {
		const struct path_step *step = &p->steps[i];

		if (step->kind == PATH_KEY)
			path_put_key(out, start, step->key);
		else if (step->kind == PATH_INDEX)
			path_put_index(out, step->index);
		else
			path_put_item(out, step->key, step->value);
	}
}
