/* SPDX-License-Identifier: Apache-2.0 */
/* index.c: the derived files out and in. */
#include "out/index.h"

#include "git/tree.h"
#include "out/lock.h"
#include "out/path.h"
#include "out/record.h"

static const char FORMAT[] = "v1";

enum {
	GROUP_KEYS = 3 /* format, sum, units */,
	ROOT_KEYS = 5 /* edges, format, groups, sum, world */
};

static int not_understood(struct arena *a, struct str key, struct err *err)
{
	return err_kind_set(err, ERR_INPUT, "its key '%s' is not understood", arena_str(a, key).p);
}

/* A map's key, or "key: {}" when it stays empty. */
static void put_map(struct buf *out, const char *key, size_t n)
{
	if (n)
		record_put_key(out, 0, str_of(key));
	else
		record_put_block(out, 0, key, str_of(""));
}

void index_group_print(const struct index_group *g, struct buf *out)
{
	size_t start = out->n;

	record_put(out, 0, str_of("format"), str_of(FORMAT));
	record_put_sum(out);
	put_map(out, "units", g->n);
	for (size_t i = 0; i < g->n; i++) {
		const struct index_unit *u = &g->units[i];

		record_put_key(out, 2, u->name);
		if (u->exports.n)
			record_put_block(out, 4, "exports", u->exports);
		record_put_digest(out, 4, "input", &u->input);
		if (u->n_needs)
			record_put_key(out, 4, str_of("needs"));
		for (size_t k = 0; k < u->n_needs; k++)
			record_put_item(out, 4, u->needs[k]);
		record_put_id(out, 4, str_of("tree"), "tree", &u->tree);
	}
	record_seal(out, start);
}

static bool is_path(struct str s)
{
	struct err no_path = { 0 };

	return out_path(s, false, &no_path) == 0;
}

/* Reads list items at this indentation. */
static bool read_items(struct arena *a, struct str block, size_t indent, struct prev_paths *out)
{
	struct str value;

	*out = (struct prev_paths){ NEW_ARRAY(a, record_lines(block), struct str), 0 };
	while (record_next_item(&block, indent, &value)) {
		if (!is_path(value))
			return false;
		out->paths[out->n++] = arena_str(a, value);
	}
	return block.n == 0;
}

static bool read_unit_key(struct arena *a, const struct record_item *item, struct index_unit *u)
{
	struct prev_paths needs;

	if (str_is(item->key, "input"))
		return record_digest(item->value, &u->input);
	if (str_is(item->key, "tree"))
		return record_id(item->value, "tree", &u->tree);
	if (str_is(item->key, "exports")) {
		u->exports = record_dedent(a, item->block, 6);
		return true;
	}
	if (!str_is(item->key, "needs") || !read_items(a, item->block, 4, &needs))
		return false;
	u->needs = needs.paths;
	u->n_needs = needs.n;
	return true;
}

static bool read_units(struct arena *a, struct str block, struct index_group *out)
{
	struct record_item unit = { 0 };

	out->units = NEW_ARRAY(a, record_lines(block), struct index_unit);
	while (record_next(&block, 2, &unit)) {
		struct index_unit *u = &out->units[out->n++];
		struct record_item item = { 0 };

		u->name = arena_str(a, unit.key);
		while (record_next(&unit.block, 4, &item))
			if (!read_unit_key(a, &item, u))
				return false;
		if (unit.block.n || !is_path(u->name) || git_id_none(&u->tree))
			return false;
	}
	return block.n == 0;
}

int index_group_read(struct arena *a, struct str text, struct index_group *out, struct err *err)
{
	struct record_item item = { 0 };
	size_t keys = 0;

	*out = (struct index_group){ 0 };
	if (!record_sealed(text))
		return err_kind_set(err, ERR_INPUT, "its sum does not fit: it was cut or edited");
	for (; record_next(&text, 0, &item); keys++) {
		bool good = str_is(item.key, "sum") ||
			    (str_is(item.key, "format") && str_is(item.value, FORMAT)) ||
			    (str_is(item.key, "units") && read_units(a, item.block, out));

		if (!good)
			return not_understood(a, item.key, err);
	}
	return text.n || keys != GROUP_KEYS ? not_understood(a, str_cut(text, 0, 20), err) : 0;
}

static void put_edges(struct buf *out, const struct index_root *r)
{
	put_map(out, "edges", r->n_edges);
	for (size_t i = 0; i < r->n_edges; i++) {
		if (i == 0 || !str_eq(r->edges[i].from, r->edges[i - 1].from))
			record_put_key(out, 2, r->edges[i].from);
		record_put_item(out, 2, r->edges[i].to);
	}
}

void index_root_print(const struct index_root *r, struct buf *out)
{
	size_t start = out->n;

	put_edges(out, r);
	record_put(out, 0, str_of("format"), str_of(FORMAT));
	put_map(out, "groups", r->n);
	for (size_t i = 0; i < r->n; i++) {
		record_put_key(out, 2, r->rows[i].path);
		if (!git_id_none(&r->rows[i].intents))
			record_put_id(out, 4, str_of("intents"), "tree", &r->rows[i].intents);
		if (r->rows[i].totals.n)
			record_put_block(out, 4, "totals", r->rows[i].totals);
		record_put_id(out, 4, str_of("tree"), "tree", &r->rows[i].tree);
	}
	record_put_sum(out);
	record_put_digest(out, 0, "world", &r->world);
	record_seal(out, start);
}

static bool read_row_key(struct arena *a, const struct record_item *item, struct index_row *row)
{
	if (str_is(item->key, "intents"))
		return record_id(item->value, "tree", &row->intents);
	if (str_is(item->key, "tree"))
		return record_id(item->value, "tree", &row->tree);
	if (str_is(item->key, "totals"))
		row->totals = record_dedent(a, item->block, 6);
	return str_is(item->key, "totals");
}

static bool read_rows(struct arena *a, struct str block, struct index_root *out)
{
	struct record_item row = { 0 };

	out->rows = NEW_ARRAY(a, record_lines(block), struct index_row);
	while (record_next(&block, 2, &row)) {
		struct index_row *r = &out->rows[out->n++];
		struct record_item item = { 0 };

		r->path = arena_str(a, row.key);
		while (record_next(&row.block, 4, &item))
			if (!read_row_key(a, &item, r))
				return false;
		if (row.block.n || !is_path(r->path) || git_id_none(&r->tree))
			return false;
	}
	return block.n == 0;
}

static bool read_edges(struct arena *a, struct str block, struct index_root *out)
{
	struct record_item from = { 0 };

	out->edges = NEW_ARRAY(a, record_lines(block), struct index_edge);
	while (record_next(&block, 2, &from)) {
		struct prev_paths to;
		struct str name = arena_str(a, from.key);

		if (!is_path(name) || !read_items(a, from.block, 2, &to))
			return false;
		for (size_t i = 0; i < to.n; i++)
			out->edges[out->n_edges++] = (struct index_edge){ name, to.paths[i] };
	}
	return block.n == 0;
}

static bool read_root_key(struct arena *a, const struct record_item *item, struct index_root *out)
{
	if (str_is(item->key, "edges"))
		return read_edges(a, item->block, out);
	if (str_is(item->key, "groups"))
		return read_rows(a, item->block, out);
	if (str_is(item->key, "world"))
		return record_digest(item->value, &out->world);
	return str_is(item->key, "sum") ||
	       (str_is(item->key, "format") && str_is(item->value, FORMAT));
}

int index_root_read(struct arena *a, struct str text, struct index_root *out, struct err *err)
{
	struct record_item item = { 0 };
	size_t keys = 0;

	*out = (struct index_root){ 0 };
	if (!record_sealed(text))
		return err_kind_set(err, ERR_INPUT, "its sum does not fit: it was cut or edited");
	for (; record_next(&text, 0, &item); keys++)
		if (!read_root_key(a, &item, out))
			return not_understood(a, item.key, err);
	return text.n || keys != ROOT_KEYS ? not_understood(a, str_cut(text, 0, 20), err) : 0;
}

struct git_id index_group_tree(struct arena *a, const struct index_group *g, struct str text)
{
	struct git_tree t = { NEW_ARRAY(a, g->n + 1, struct git_entry), g->n + 1 };

	for (size_t i = 0; i < g->n; i++)
		t.entries[i] = (struct git_entry){ g->units[i].name, GIT_DIR, g->units[i].tree };
	t.entries[g->n] =
	    (struct git_entry){ str_of(INDEX_NAME), GIT_FILE, git_id_of("blob", text) };
	return git_tree_id(&t);
}

struct index_row *index_row_of(const struct index_root *r, struct str path)
{
	for (size_t low = 0, high = r->n; low < high;) {
		size_t mid = low + (high - low) / 2;
		int c = str_cmp(path, r->rows[mid].path);

		if (c == 0)
			return &r->rows[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* What index_compare works on. */
struct compare {
	struct index_root *root;
	const struct source *previous;
	struct arena *arena;
	struct prev_paths *unknown;
	size_t room;
};

static void add_unknown(struct compare *c, struct str path)
{
	struct prev_paths *u = c->unknown;

	if (u->n == c->room) {
		struct str *more = NEW_ARRAY(c->arena, c->room * 2 + 16, struct str);

		if (u->n)
			memcpy(more, u->paths, u->n * sizeof(*more));
		u->paths = more;
		c->room = c->room * 2 + 16;
	}
	u->paths[u->n++] = path;
}

/* Judges the groups below one directory of the top. 0, or -1. */
static int compare_below(struct compare *c, struct str top, struct err *err)
{
	struct source_list list;

	if (source_list(c->previous, top, c->arena, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		const struct source_entry *e = &list.entries[i];
		struct str path = arena_fmt(c->arena, "%s/%s", top.p, e->name.p);
		struct index_row *row;

		if (e->type != SOURCE_DIR)
			continue;
		row = index_row_of(c->root, path);
		if (!row)
			add_unknown(c, path);
		else
			row->believed = !git_id_none(&e->id) && git_id_eq(&e->id, &row->tree);
	}
	return 0;
}

int index_compare(struct index_root *r, const struct source *previous, struct arena *a,
		  struct prev_paths *unknown, struct err *err)
{
	struct compare c = { r, previous, a, unknown, 0 };
	struct source_list tops;

	*unknown = (struct prev_paths){ 0 };
	for (size_t i = 0; i < r->n; i++)
		r->rows[i].believed = false;
	if (source_list(previous, str_of(""), a, &tops, err) < 0)
		return -1;
	for (size_t i = 0; i < tops.n; i++)
		if (tops.entries[i].type == SOURCE_DIR && tops.entries[i].name.p[0] != '.' &&
		    compare_below(&c, tops.entries[i].name, err))
			return -1;
	return 0;
}
