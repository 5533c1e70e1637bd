/* SPDX-License-Identifier: Apache-2.0 */
/* exports.c: facts of a cluster that outlive its compile. */
#include "unit/exports.h"

#include "base/digest.h"

#include "link/archive.h"
#include "out/lock.h"
#include "out/record.h"
#include "tree/map.h"
#include "tree/number.h"
#include "tree/print.h"
#include "unit/bill.h"
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

/* Whose bucket it is that is archived to: an account of Azure, a server of S3; Google has but one.
 */
static struct str server(const struct compiled *made)
{
	const struct node *store = node_at(node_at(made->facts, "store"), "main");
	struct str endpoint = node_text(store, "endpoint");

	if (str_is(node_text(store, "type"), "s3") && !endpoint.n)
		return str_of("https://s3.amazonaws.com");
	return endpoint.n ? endpoint : node_text(store, "account");
}

struct amount exports_amount(const struct node *exports, const char *key)
{
	const struct node *n = node_at(node_at(exports, "takes"), key);

	return (struct amount){ node_num(n, "cpu", 0), node_num(n, "memory", 0),
				node_num(n, "storage", 0), node_num(n, "claims", 0),
				node_num(n, "pods", 0) };
}

static void add_disk(struct map *m, struct str class, struct str size)
{
	int64_t bytes = 0;

	map_text(m, "class", class);
	if (!bytes_parse(size, &bytes))
		map_int(m, "size", bytes);
}

/* {class, size} of the disks of the running incarnation. */
static struct node *disk(struct arena *a, const struct compiled *made)
{
	const struct node *storage = node_at(made->resolved.spec, "storage");
	struct map m = { .arena = a };

	add_disk(&m, node_text(storage, "class"), node_text(storage, "size"));
	return map_done(&m);
}

static bool has_number(const struct node *list, int64_t number)
{
	for (const struct node *n = list ? list->kids : NULL; n; n = n->next)
		if (n->num == number)
			return true;
	return false;
}

/* What `incarnations` says of one's disks, or NULL. */
static const struct node *stated(const struct node *spec, int64_t number)
{
	const struct node *n = node_at(spec, "incarnations");

	for (n = n ? n->kids : NULL; n; n = n->next)
		if (node_num(n, "number", 0) == number)
			return node_at(n, "storage");
	return NULL;
}

static struct str either(struct str one, struct str other)
{
	return one.n ? one : other;
}

/* {class, incarnation, size} of the disks of each earlier incarnation that is kept; NULL without.
 */
static struct node *kept(struct arena *a, const struct node *spec)
{
	struct node *list = node_new(a, NODE_LIST, (struct pos){ 0 });
	const struct node *now = node_at(spec, "storage");
	struct node_list items = { 0 };

	for (int64_t n = 1; n < node_num(spec, "incarnation", 1); n++) {
		const struct node *was = stated(spec, n);
		struct map m = { .arena = a };

		if (has_number(node_at(spec, "purged"), n))
			continue;
		add_disk(&m, either(node_text(was, "class"), node_text(now, "class")),
			 either(node_text(was, "size"), node_text(now, "size")));
		map_int(&m, "incarnation", n);
		node_add(&items, map_done(&m));
	}
	list->kids = items.first;
	return items.first ? list : NULL;
}

/* {epoch, escrow}: which key the backups have, and digests of the certificates it is enveloped
 * for. */
static struct node *keys(struct arena *a, const struct compiled *made)
{
	const struct node *agent = node_at(made->facts, "agent");
	const struct node *archive = node_at(node_at(agent, "orders"), "archive");
	const struct node *escrow = node_at(archive, "escrow");
	struct node *list = node_new(a, NODE_LIST, (struct pos){ 0 });
	struct node_list items = { 0 };
	struct map m = { .arena = a };

	for (const struct node *r = escrow ? escrow->kids : NULL; r; r = r->next) {
		struct digest d = digest_of(node_text(r, "certificate"));

		node_add(&items, node_str(a, (struct pos){ 0 }, digest_hex(a, &d)));
	}
	list->kids = items.first;
	map_int(&m, "epoch", node_num(archive, "keyEpoch", 1));
	if (items.first)
		map_node(&m, "escrow", list);
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
	if (node_at(spec, "standby"))
		map_node(&m, "follows", node_at(node_at(made->facts, "source"), "incarnation"));
	map_text(&m, "home", made->resolved.place.destination);
	map_int(&m, "incarnation", node_num(spec, "incarnation", 1));
	if (kept(a, spec))
		map_node(&m, "kept", kept(a, spec));
	map_int(&m, "instances", node_num(spec, "instances", 1));
	map_node(&m, "keys", keys(a, made));
	map_text(&m, "retire", node_text(node_at(spec, "retire"), "step"));
	map_text(&m, "server", server(made));
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

static struct node *read_map(struct arena *a, struct str text, size_t indent);

/* Lines of the list item at the front of block. */
static struct str item_lines(struct str block, size_t indent)
{
	size_t n = str_find(block, '\n') + 1;

	while (n < block.n && !str_starts(str_cut(block, n + indent, block.n), "- "))
		n += str_find(str_cut(block, n, block.n), '\n') + 1;
	return str_cut(block, 0, n);
}

/* The lines hold a map: their first one has a key behind the dash. */
static bool holds_map(struct str lines, size_t indent)
{
	struct str first = str_cut(lines, indent + 2, str_find(lines, '\n'));

	if (first.n && first.p[0] == '"')
		return false;
	for (size_t i = 0; i < first.n; i++)
		if (first.p[i] == ':' && (i + 1 == first.n || first.p[i + 1] == ' '))
			return true;
	return false;
}

/* The item of these lines, the first of which begins with a dash at this indentation. */
static struct node *read_item(struct arena *a, struct str lines, size_t indent)
{
	struct record_item item = { 0 };

	if (holds_map(lines, indent)) {
		char *copy = arena_alloc(a, lines.n + 1, 1);

		memcpy(copy, lines.p, lines.n);
		copy[indent] = ' ';
		return read_map(a, (struct str){ copy, lines.n }, indent + 2);
	}
	item.quoted = lines.n > indent + 2 && lines.p[indent + 2] == '"';
	if (!record_next_item(&lines, indent, &item.value) || lines.n)
		return NULL;
	return read_scalar(a, &item);
}

/* A list, whose items stand at the indentation of its key. */
static struct node *read_list(struct arena *a, struct str block, size_t indent)
{
	struct node *list = node_new(a, NODE_LIST, (struct pos){ 0 });
	struct node_list items = { 0 };

	while (block.n) {
		struct str lines = item_lines(block, indent);
		struct node *item = read_item(a, lines, indent);

		if (!item)
			return NULL;
		node_add(&items, item);
		block = str_cut(block, lines.n, block.n);
	}
	list->kids = items.first;
	return list;
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
