/* SPDX-License-Identifier: Apache-2.0 */
/* rows.c: rows of contracts over facts. */
#include "link/rows.h"

#include "link/objects.h"

static void loop(const struct slot_scope *scope, const struct node *row, rows_each *what,
		 void *with)
{
	struct str each = node_text(row, "each");
	struct slot_scope s = *scope;

	if (!each.n) {
		if (slots_hold(&s, node_at(row, "when")))
			what(with, &s, row);
		return;
	}
	s.names[s.n++].name = node_text(row, "as");
	for (const struct node *e = link_first(slot_find(scope, each)); e; e = e->next) {
		s.names[s.n - 1].value = e;
		if (slots_hold(&s, node_at(row, "when")))
			what(with, &s, row);
	}
}

void rows_expand(const struct slot_scope *scope, const struct node *rows, rows_each *what,
		 void *with)
{
	for (const struct node *r = link_first(rows); r; r = r->next)
		loop(scope, r, what, with);
}

struct str item_text(const struct slot_scope *scope, const struct node *item)
{
	struct filled f = { true, item, { "", 0 }, NULL };

	if (item->kind == NODE_STR)
		f = slots_fill(scope, item->text);
	if (!f.set)
		return (struct str){ "", 0 };
	if (f.node && f.node->kind == NODE_INT)
		return arena_fmt(scope->in->arena, "%lld", (long long)f.node->num);
	return f.node ? (f.node->kind == NODE_STR ? f.node->text : (struct str){ "", 0 }) : f.text;
}

struct str row_text(const struct slot_scope *scope, const struct node *row, const char *key)
{
	const struct node *text = node_at(row, key);

	return text ? item_text(scope, text) : (struct str){ "", 0 };
}
