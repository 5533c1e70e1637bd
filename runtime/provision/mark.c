/* SPDX-License-Identifier: Apache-2.0 */
/* mark.c: "howdah {...}", one line of JSON. */
#include "provision/mark.h"

#include "base/buf.h"
#include "tree/json_in.h"
#include "tree/print.h"

static const char prefix[] = "howdah ";
static const struct pos nowhere;

static const struct node *kept(const struct node *map, const char *key, enum kind kind)
{
	const struct node *n = node_at(map, key);

	return n && n->kind == kind && n->kids ? n : NULL;
}

struct mark mark_read(struct arena *a, struct str comment)
{
	const char *why = NULL;
	const struct node *n;
	struct mark m = { 0 };

	if (!str_starts(comment, prefix))
		return m;
	n = json_read(a, str_cut(comment, sizeof(prefix) - 1, comment.n), nowhere, &why);
	if (!n || n->kind != NODE_MAP)
		return m;
	m.ours = true;
	m.login = node_flag(n, "login", false);
	m.of = node_text(n, "of");
	m.since = node_num(n, "since", 0);
	m.gone = node_num(n, "gone", 0);
	m.done = kept(n, "done", NODE_LIST);
	m.set = kept(n, "set", NODE_LIST);
	m.absent = kept(n, "absent", NODE_MAP);
	return m;
}

static void put(struct node_list *kids, const char *key, struct node *n)
{
	node_put(kids, str_of(key), n);
}

struct str mark_print(struct arena *a, const struct mark *m)
{
	struct node *map = node_new(a, NODE_MAP, nowhere);
	struct node_list kids = { 0 };
	struct buf out = { 0 };
	struct err err = { 0 };

	if (m->absent)
		put(&kids, "absent", node_loose(a, m->absent));
	if (m->done)
		put(&kids, "done", node_loose(a, m->done));
	if (m->gone)
		put(&kids, "gone", node_int(a, nowhere, m->gone));
	if (m->login)
		put(&kids, "login", node_bool(a, nowhere, true));
	if (m->of.n > 0)
		put(&kids, "of", node_str(a, nowhere, m->of));
	if (m->set)
		put(&kids, "set", node_loose(a, m->set));
	if (m->since)
		put(&kids, "since", node_int(a, nowhere, m->since));
	map->kids = kids.first;
	buf_text(&out, prefix);
	(void)print_json(&out, map, &err); /* made by us: it cannot be refused */
	return buf_take(&out, a);
}

bool mark_has(const struct node *list, struct str text)
{
	if (list)
		node_each(n, list) if (n->kind == NODE_STR && str_eq(n->text, text)) return true;
	return false;
}
