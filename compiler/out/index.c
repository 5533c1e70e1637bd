/* SPDX-License-Identifier: Apache-2.0 */
/* index.c: the derived files out and in. */
#include "out/index.h"

#include <stdio.h>

#include "out/lock.h"
#include "out/path.h"
#include "out/record.h"

static const char FORMAT[] = "v2";

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
	return !out_path_fault(s, false);
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

/* A kind of index: its keys, format and sum included, and what reads each of the others. */
struct form {
	size_t keys;
	bool (*read)(struct arena *a, const struct record_item *item, void *out);
};

static int read_index(struct arena *a, struct str text, const struct form *form, void *out,
		      struct err *err)
{
	struct record_item item = { 0 };
	size_t keys = 0;

	if (!record_sealed(text))
		return err_kind_set(err, ERR_INPUT, "its sum does not fit: it was cut or edited");
	for (; record_next(&text, 0, &item); keys++) {
		bool known = str_is(item.key, "sum") ||
			     (str_is(item.key, "format") && str_is(item.value, FORMAT)) ||
			     form->read(a, &item, out);

		if (!known)
			return not_understood(a, item.key, err);
	}
	return text.n || keys != form->keys ? not_understood(a, str_cut(text, 0, 20), err) : 0;
}

static bool read_group_key(struct arena *a, const struct record_item *item, void *out)
{
	return str_is(item->key, "units") && read_units(a, item->block, out);
}

int index_group_read(struct arena *a, struct str text, struct index_group *out, struct err *err)
{
	static const struct form form = { 3, read_group_key };

	*out = (struct index_group){ 0 };
	return read_index(a, text, &form, out, err);
}

void index_environment_print(const struct index_environment *e, struct buf *out)
{
	size_t start = out->n;

	record_put(out, 0, str_of("format"), str_of(FORMAT));
	put_map(out, "namespaces", e->n);
	for (size_t i = 0; i < e->n; i++)
		record_put_id(out, 2, e->rows[i].name, "tree", &e->rows[i].intents);
	record_put_sum(out);
	record_seal(out, start);
}

void index_environment_renew(const struct index_environment *e, struct buf *out)
{
	size_t start = out->n;

	buf_str(out, e->text);
	for (size_t i = 0; i < e->n; i++) {
		size_t name = (size_t)(e->rows[i].name.p - e->text.p);
		size_t end = name + str_find(str_cut(e->text, name, e->text.n), '\n');

		record_set_id(out->p + start + end, &e->rows[i].intents);
	}
	record_seal(out, start);
}

static bool read_environment_key(struct arena *a, const struct record_item *item, void *out)
{
	struct index_environment *e = out;
	struct str block = item->block;
	struct record_item row = { 0 };

	if (!str_is(item->key, "namespaces"))
		return false;
	e->rows = NEW_ARRAY(a, record_lines(block), struct index_namespace);
	while (record_next(&block, 2, &row)) {
		struct index_namespace *n = &e->rows[e->n++];

		n->name = row.key;
		if (row.block.n || !is_path(n->name) || !record_id(row.value, "tree", &n->intents))
			return false;
	}
	return block.n == 0;
}

int index_environment_read(struct arena *a, struct str text, struct index_environment *out,
			   struct err *err)
{
	static const struct form form = { 3, read_environment_key };

	*out = (struct index_environment){ .text = text };
	return read_index(a, text, &form, out, err);
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

static void put_row(struct buf *out, const struct index_row *row)
{
	char clusters[24];

	record_put_key(out, 2, row->name);
	if (row->clusters) {
		(void)snprintf(clusters, sizeof(clusters), "%zu", row->clusters);
		record_put(out, 4, str_of("clusters"), str_of(clusters));
	}
	if (!git_id_none(&row->intents))
		record_put_id(out, 4, str_of("intents"), "tree", &row->intents);
	record_put_id(out, 4, str_of("tree"), "tree", &row->tree);
}

void index_root_print(const struct index_root *r, struct buf *out)
{
	size_t start = out->n;

	put_edges(out, r);
	put_map(out, "folders", r->n);
	for (size_t i = 0; i < r->n; i++)
		put_row(out, &r->rows[i]);
	record_put(out, 0, str_of("format"), str_of(FORMAT));
	record_put_sum(out);
	record_put_digest(out, 0, "world", &r->world);
	record_seal(out, start);
}

static bool read_row_key(const struct record_item *item, struct index_row *row)
{
	int64_t n = 0;

	if (str_is(item->key, "intents"))
		return record_id(item->value, "tree", &row->intents);
	if (str_is(item->key, "tree"))
		return record_id(item->value, "tree", &row->tree);
	if (!str_is(item->key, "clusters") || !str_int(item->value, &n) || n < 1)
		return false;
	row->clusters = (size_t)n;
	return true;
}

static bool read_rows(struct arena *a, struct str block, struct index_root *out)
{
	struct record_item row = { 0 };

	out->rows = NEW_ARRAY(a, record_lines(block), struct index_row);
	while (record_next(&block, 2, &row)) {
		struct index_row *r = &out->rows[out->n++];
		struct record_item item = { 0 };

		r->name = arena_str(a, row.key);
		while (record_next(&row.block, 4, &item))
			if (!read_row_key(&item, r))
				return false;
		if (row.block.n || !is_path(r->name) || git_id_none(&r->tree))
			return false;
	}
	return block.n == 0;
}

/* "prod/team-orders" */
static bool is_group(struct str s)
{
	size_t slash = str_find(s, '/');

	return is_path(s) && slash < s.n &&
	       str_find(str_cut(s, slash + 1, s.n), '/') == s.n - slash - 1;
}

static bool read_edges(struct arena *a, struct str block, struct index_root *out)
{
	struct record_item from = { 0 };

	out->edges = NEW_ARRAY(a, record_lines(block), struct index_edge);
	while (record_next(&block, 2, &from)) {
		struct prev_paths to;
		struct str name = arena_str(a, from.key);

		if (!is_group(name) || !read_items(a, from.block, 2, &to))
			return false;
		for (size_t i = 0; i < to.n; i++) {
			if (!is_group(to.paths[i]))
				return false;
			out->edges[out->n_edges++] = (struct index_edge){ name, to.paths[i] };
		}
	}
	return block.n == 0;
}

static bool read_root_key(struct arena *a, const struct record_item *item, void *out)
{
	struct index_root *r = out;

	if (str_is(item->key, "edges"))
		return read_edges(a, item->block, r);
	if (str_is(item->key, "folders"))
		return read_rows(a, item->block, r);
	return str_is(item->key, "world") && record_digest(item->value, &r->world);
}

int index_root_read(struct arena *a, struct str text, struct index_root *out, struct err *err)
{
	static const struct form form = { 5, read_root_key };

	*out = (struct index_root){ 0 };
	return read_index(a, text, &form, out, err);
}

struct git_id index_group_tree(struct arena *a, const struct index_group *g, struct str text)
{
	struct git_tree t = { NEW_ARRAY(a, g->n + 1, struct git_entry), g->n + 1 };

	for (size_t i = 0; i < g->n; i++)
		t.entries[i] = (struct git_entry){ g->units[i].name, GIT_DIR, g->units[i].tree };
	t.entries[g->n] =
	    (struct git_entry){ str_of(INDEX_NAME), GIT_FILE, git_id_of("blob", text) };
	return git_tree_hash(&t);
}

struct git_id index_intents_tree(struct arena *a, const struct index_environment *e)
{
	struct git_tree t = { NEW_ARRAY(a, e->n + 1, struct git_entry), e->n };

	for (size_t i = 0; i < e->n; i++)
		t.entries[i] = (struct git_entry){ e->rows[i].name, GIT_DIR, e->rows[i].intents };
	return git_tree_hash(&t);
}

struct index_row *index_row_of(const struct index_root *r, struct str name)
{
	for (size_t i = 0; i < r->n; i++)
		if (str_eq(r->rows[i].name, name))
			return &r->rows[i];
	return NULL;
}

struct index_namespace *index_namespace_of(const struct index_environment *e, struct str name)
{
	for (size_t low = 0, high = e->n; low < high;) {
		size_t mid = low + (high - low) / 2;
		int c = str_cmp(name, e->rows[mid].name);

		if (c == 0)
			return &e->rows[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

int index_folder(const struct source *previous, struct str name, struct arena *a,
		 struct git_tree *out, struct err *err)
{
	struct source_list list;

	if (source_list(previous, name, a, &list, err) < 0)
		return -1;
	*out = (struct git_tree){ NEW_ARRAY(a, list.n + 1, struct git_entry), 0 };
	for (size_t i = 0; i < list.n; i++) {
		const struct source_entry *e = &list.entries[i];
		bool index = e->type == SOURCE_FILE && !e->exec && str_is(e->name, INDEX_NAME);

		if (e->type == SOURCE_DIR || index)
			out->entries[out->n++] =
			    (struct git_entry){ e->name, index ? GIT_FILE : GIT_DIR, e->id };
	}
	return 0;
}

/* The folder holds what its row says. 1, 0, -1. */
static int believe_folder(const struct index_row *row, const struct source *previous,
			  const struct source_entry *e, struct arena *a, struct err *err)
{
	struct git_tree tree;
	struct git_id id;

	if (git_id_none(&e->id) || git_id_eq(&e->id, &row->tree))
		return !git_id_none(&e->id);
	if (index_folder(previous, e->name, a, &tree, err))
		return -1;
	id = git_tree_hash(&tree);
	return git_id_eq(&id, &row->tree);
}

int index_believe(const struct index_root *r, const struct source *previous, struct arena *a,
		  struct err *err)
{
	struct source_list tops;
	size_t seen = 0;

	if (source_list(previous, str_of(""), a, &tops, err) < 0)
		return -1;
	for (size_t i = 0; i < tops.n; i++) {
		const struct source_entry *e = &tops.entries[i];
		const struct index_row *row = index_row_of(r, e->name);
		int same;

		if (e->type != SOURCE_DIR || e->name.p[0] == '.')
			continue;
		same = row ? believe_folder(row, previous, e, a, err) : 0;
		if (same <= 0)
			return same;
		seen++;
	}
	return seen == r->n;
}
