/* SPDX-License-Identifier: Apache-2.0 */
/* exports.c: facts of a cluster that outlive its compile. */
#include "unit/exports.h"

#include "link/archive.h"
#include "out/lock.h"
#include "out/record.h"
#include "tree/number.h"
#include "tree/print.h"
#include "unit/bill.h"
#include "unit/map.h"
#include "unit/totals.h"

static struct node *amount_node(struct arena *a, struct amount v)
{
	struct map m = { .arena = a };

	map_int(&m, "claims", v.claims);
	map_int(&m, "cpu", v.cpu);
	map_int(&m, "memory", v.memory);
	map_int(&m, "pods", v.pods);
	map_int(&m, "storage", v.storage);
	return map_done(&m);
}

/* {drill, instance, most, restore}: see struct totals. */
static struct node *takes(struct arena *a, const struct compiled *made)
{
	struct totals t = totals_of(made);
	struct map m = { .arena = a };

	map_node(&m, "drill", amount_node(a, t.drill));
	map_node(&m, "instance", amount_node(a, t.instance));
	map_node(&m, "most", amount_node(a, t.most));
	map_node(&m, "restore", amount_node(a, t.restore));
	return map_done(&m);
}

static bool is_listed(const struct node_list *list, struct str text)
{
	for (const struct node *n = list->first; n; n = n->next)
		if (str_eq(n->text, text))
			return true;
	return false;
}

/* Archives that members of this cluster write, each once, in the order of its StatefulSets. */
static struct node *archives(struct arena *a, const struct compiled *made)
{
	struct node *list = node_new(a, NODE_LIST, (struct pos){ 0 });
	struct node_list items = { 0 };

	for (size_t i = 0; i < made->n; i++) {
		const struct node *o = made->objects[i].node;
		const struct node *pod = node_at(node_at(o, "spec"), "template");
		const struct node *c = node_at(node_at(pod, "spec"), "containers");

		if (!str_is(node_text(o, "kind"), "StatefulSet"))
			continue;
		for (c = c ? c->kids : NULL; c; c = c->next) {
			struct str archive = archive_of(a, node_at(c, "env"), "");

			if (archive.n && !is_listed(&items, archive))
				node_add(&items, node_str(a, list->pos, archive));
		}
	}
	list->kids = items.first;
	return list;
}

struct amount exports_amount(const struct node *exports, const char *key)
{
	const struct node *n = node_at(node_at(exports, "takes"), key);

	return (struct amount){ node_num(n, "cpu", 0), node_num(n, "memory", 0),
				node_num(n, "storage", 0), node_num(n, "claims", 0),
				node_num(n, "pods", 0) };
}

/* {class, size} of the disks of the running incarnation. */
static struct node *disk(struct arena *a, const struct compiled *made)
{
	const struct node *storage = node_at(made->resolved.spec, "storage");
	struct map m = { .arena = a };
	int64_t bytes = 0;

	map_text(&m, "class", node_text(storage, "class"));
	if (!bytes_parse(node_text(storage, "size"), &bytes))
		map_int(&m, "size", bytes);
	return map_done(&m);
}

struct str exports_text(struct arena *a, struct diags *d, const struct compiled *made)
{
	const struct node *spec = made->resolved.spec;
	struct map m = { .arena = a };
	const struct node *exports = NULL;
	struct buf out = { 0 };
	struct str text;
	size_t exposed = 0;

	map_node(&m, "archives", archives(a, made));
	map_node(&m, "bill", bill_of(a, made));
	map_node(&m, "disk", disk(a, made));
	map_node(&m, "exposure", bill_exposure(a, made, &exposed));
	map_int(&m, "exposures", (int64_t)exposed);
	map_int(&m, "incarnation", node_num(spec, "incarnation", 1));
	map_int(&m, "instances", node_num(spec, "instances", 1));
	map_text(&m, "retire", node_text(node_at(spec, "retire"), "step"));
	map_node(&m, "takes", takes(a, made));
	map_text(&m, "team", node_text(spec, "team"));
	map_text(&m, "tier", node_text(spec, "tier"));
	map_int(&m, "version", node_num(spec, "version", 0));
	exports = map_done(&m);
	print_yaml(&out, exports);
	text = buf_take(&out, a);
	if (text.n <= LOCK_EXPORTS)
		return text;
	diag_error(d, MSG_exports_large, made->resolved.doc->pos,
		   "the facts this cluster exports take %zu bytes, a lock holds %d: list earlier "
		   "incarnations that are not kept in `purged`",
		   text.n, LOCK_EXPORTS);
	return (struct str){ "", 0 };
}

/* A text or, where it stands without quotes, a number. */
static struct node *read_scalar(struct arena *a, const struct record_item *item)
{
	int64_t n = 0;

	if (!item->quoted && str_int(item->value, &n))
		return node_int(a, (struct pos){ 0 }, n);
	return node_str(a, (struct pos){ 0 }, arena_str(a, item->value));
}

/* The items of a list of texts, which stand at the indentation of its key. */
static struct node *read_list(struct arena *a, struct str block, size_t indent)
{
	struct node *list = node_new(a, NODE_LIST, (struct pos){ 0 });
	struct node_list items = { 0 };
	struct str value;

	while (record_next_item(&block, indent, &value))
		node_add(&items, node_str(a, list->pos, arena_str(a, value)));
	list->kids = items.first;
	return block.n ? NULL : list;
}

/* NULL when a line is not understood. */
static struct node *read_map(struct arena *a, struct str text, size_t indent)
{
	struct node *map = node_new(a, NODE_MAP, (struct pos){ 0 });
	struct node_list fields = { 0 };
	struct record_item item = { 0 };

	while (record_next(&text, indent, &item)) {
		struct str first = str_cut(item.block, indent, item.block.n);
		struct node *value = NULL;

		if (!item.block.n)
			value = str_is(item.value, "[]") && !item.quoted
				    ? node_new(a, NODE_LIST, map->pos)
				    : read_scalar(a, &item);
		else if (str_starts(first, "- "))
			value = read_list(a, item.block, indent);
		else
			value = read_map(a, item.block, indent + 2);
		if (!value)
			return NULL;
		node_put(&fields, item.key, value);
	}
	map->kids = fields.first;
	return text.n ? NULL : map;
}

struct str exports_field(struct str exports, const char *key)
{
	struct record_item item = { 0 };

	while (record_next(&exports, 0, &item))
		if (str_is(item.key, key))
			return item.value;
	return (struct str){ "", 0 };
}

const struct node *exports_read(struct arena *a, struct str text)
{
	return text.n ? read_map(a, text, 0) : NULL;
}
