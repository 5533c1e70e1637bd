/* SPDX-License-Identifier: Apache-2.0 */
/* print.c: the canonical YAML writer; its text rules are print_text.c. */
#include "tree/print.h"

#include "tree/print_text.h"
#include "tree/sorted.h"

enum { INDENT = 2 };

static void put_value(struct buf *out, const struct node *n, size_t indent);

/* "key: value\n" for each pair; the first key follows what is already on the line. */
static void put_map(struct buf *out, const struct node *map, size_t indent)
{
	struct sorted s;
	bool first = true;

	for (const struct node *kid = sorted_first(&s, map); kid; kid = sorted_next(&s, kid)) {
		if (!first)
			buf_pad(out, indent);
		first = false;
		print_scalar(out, kid->key);
		buf_char(out, ':');
		put_value(out, kid, indent);
	}
	sorted_end(&s);
}

static void put_item(struct buf *out, const struct node *item, size_t indent);

/* "- value\n" for each item; the first dash follows what is already on the line. */
static void put_list(struct buf *out, const struct node *list, size_t indent)
{
	bool first = true;

	node_each(item, list)
	{
		if (!first)
			buf_pad(out, indent);
		first = false;
		buf_char(out, '-');
		put_item(out, item, indent);
	}
}

static void put_empty(struct buf *out, const struct node *n)
{
	buf_put(out, n->kind == NODE_MAP ? " {}\n" : " []\n", 4);
}

static bool is_nest(const struct node *n)
{
	return n->kind == NODE_MAP || n->kind == NODE_LIST;
}

/* A scalar behind "key:" or "-" at indent. */
static void put_leaf(struct buf *out, const struct node *n, size_t indent)
{
	buf_char(out, ' ');
	if (n->kind == NODE_STR) {
		if (print_is_block(n->text)) {
			print_block(out, n->text, indent + INDENT);
			return;
		}
		print_scalar(out, n->text);
	} else if (n->kind == NODE_INT)
		buf_int(out, n->num);
	else if (n->kind == NODE_BOOL)
		buf_text(out, n->flag ? "true" : "false");
	else
		buf_put(out, "null", 4);
	buf_char(out, '\n');
}

/* Maps and lists in an item start on the dash's own line. */
static void put_item(struct buf *out, const struct node *item, size_t indent)
{
	if (!is_nest(item))
		put_leaf(out, item, indent);
	else if (!item->kids)
		put_empty(out, item);
	else {
		buf_char(out, ' ');
		if (item->kind == NODE_MAP)
			put_map(out, item, indent + INDENT);
		else
			put_list(out, item, indent + INDENT);
	}
}

/* What follows "key:" of a map at indent: a list's dashes stand under the key. */
static void put_value(struct buf *out, const struct node *n, size_t indent)
{
	if (!is_nest(n)) {
		put_leaf(out, n, indent);
		return;
	}
	if (!n->kids) {
		put_empty(out, n);
		return;
	}
	buf_char(out, '\n');
	if (n->kind == NODE_MAP) {
		buf_pad(out, indent + INDENT);
		put_map(out, n, indent + INDENT);
	} else {
		buf_pad(out, indent);
		put_list(out, n, indent);
	}
}

void print_yaml(struct buf *out, const struct node *n)
{
	if (n->kind == NODE_MAP && n->kids)
		put_map(out, n, 0);
	else if (n->kind == NODE_LIST && n->kids)
		put_list(out, n, 0);
	else if (is_nest(n))
		buf_put(out, n->kind == NODE_MAP ? "{}\n" : "[]\n", 3);
	else if (n->kind == NODE_STR) {
		print_scalar(out, n->text);
		buf_char(out, '\n');
	} else {
		size_t start = out->n;

		put_leaf(out, n, 0);
		memmove(out->p + start, out->p + start + 1, out->n - start - 1);
		out->n--;
	}
}
