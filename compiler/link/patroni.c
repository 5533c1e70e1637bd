/* SPDX-License-Identifier: Apache-2.0 */
/* patroni.c: keys of Patroni's configurations: known, of their type, where they count. */
#include "link/checks.h"
#include "link/guc.h"
#include "link/objects.h"

/* A walk through one configuration. */
struct walk {
	const struct link_input *in;
	const struct link_check *self;
	const struct node *rows;
	const struct link_config *config;
	bool dynamic; /* this part of it counts as dynamic */
};

/* Path fits the key of a row, in which '*' is one part. *more: the row goes on behind it. */
static bool fits(struct str row, struct str path, bool *more)
{
	while (path.n && row.n) {
		size_t p = str_find(path, '.'), r = str_find(row, '.');
		struct str want = str_cut(row, 0, r);

		if (!str_is(want, "*") && !str_eq(want, str_cut(path, 0, p)))
			return false;
		path = str_cut(path, p + 1, path.n);
		row = str_cut(row, r + 1, row.n);
	}
	*more = row.n > 0;
	return path.n == 0;
}

/* The row of path, a plain name before '*'; *inside says whether rows describe what is below it:
 * rows that reach there by '*' do not where the path has a row of its own. */
static const struct node *row_of(const struct walk *w, struct str path, bool *inside)
{
	const struct node *found = NULL;
	bool below = false;

	*inside = false;
	for (const struct node *r = link_first(w->rows); r; r = r->next) {
		bool more = false;

		if ((*r->key.p != *path.p && *r->key.p != '*') || !fits(r->key, path, &more))
			continue;
		if (more) {
			below = true;
			*inside = *inside ||
				  (r->key.n >= path.n && memcmp(r->key.p, path.p, path.n) == 0);
		} else if (!found || str_find(found->key, '*') < found->key.n) {
			found = r;
		}
	}
	*inside = *inside || (below && !found);
	return found;
}

static bool in_enum(const struct node *row, const struct node *value)
{
	const struct node *list = node_at(row, "enum");
	struct str text =
	    value->kind == NODE_BOOL ? str_of(value->flag ? "on" : "off") : value->text;

	for (const struct node *v = link_first(list); v; v = v->next)
		if (str_eq(v->text, text))
			return true;
	return false;
}

static bool in_range(const struct node *row, int64_t value)
{
	int64_t bound = 0;

	if (str_int(node_text(row, "min"), &bound) && value < bound)
		return false;
	return !(str_int(node_text(row, "max"), &bound) && value > bound);
}

static bool is_map(const struct node *row, const struct node *value)
{
	(void)row;
	return value->kind == NODE_MAP;
}

static bool is_list(const struct node *row, const struct node *value)
{
	(void)row;
	return value->kind == NODE_LIST;
}

static bool is_boolean(const struct node *row, const struct node *value)
{
	(void)row;
	return value->kind == NODE_BOOL;
}

static bool is_integer(const struct node *row, const struct node *value)
{
	return value->kind == NODE_INT && in_range(row, value->num);
}

static bool is_path(const struct node *row, const struct node *value)
{
	(void)row;
	return value->kind == NODE_STR && value->text.n && value->text.p[0] == '/';
}

static bool is_listed(const struct node *row, const struct node *value)
{
	return (value->kind == NODE_STR || value->kind == NODE_BOOL) && in_enum(row, value);
}

/* The types of a contract's rows; what has none of these takes any value. */
static const struct {
	const char *name, *wanted;
	bool (*holds)(const struct node *row, const struct node *value);
} types[] = {
	{ "map", "a map", is_map },
	{ "list", "a list", is_list },
	{ "boolean", "true or false", is_boolean },
	{ "integer", "a whole number in its range", is_integer },
	{ "path", "an absolute path", is_path },
	{ "enum", "one of the values that the contract lists", is_listed },
};

/* NULL, or what a value of row is. */
static const char *type_error(const struct node *row, const struct node *value)
{
	struct str type = node_text(row, "type");

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (str_is(type, types[i].name))
			return types[i].holds(row, value) ? NULL : types[i].wanted;
	return NULL;
}

static bool counts(const struct walk *w, struct str where)
{
	if (str_is(where, "both"))
		return true;
	return w->dynamic ? str_is(where, "dcs")
			  : str_is(where, "local") || str_is(where, "bootstrap");
}

/* Where value, at path, was written. */
static const struct node *place_of(const struct walk *w, const struct node *value, struct str path)
{
	struct path p = { 0 };

	if (path_parse(w->in->arena, path, &p))
		return w->config->at;
	return link_written(w->in, w->config, &p, value);
}

static void judge(const struct walk *w, const struct node *row, const struct node *value,
		  struct str path)
{
	const char *wrong = type_error(row, value);

	if (!counts(w, node_text(row, "where")))
		link_report(w->in, w->self, place_of(w, value, path),
			    "Patroni's key '%s' stands in the %s configuration, where it does "
			    "not count",
			    path.p, w->dynamic ? "dynamic" : "local");
	else if (wrong)
		link_report(w->in, w->self, place_of(w, value, path),
			    "Patroni's key '%s' is not %s", path.p, wrong);
}

/* "path.key" */
static struct str below(struct arena *a, struct str path, struct str key)
{
	char *p = arena_alloc(a, path.n + key.n + 2, 1);

	memcpy(p, path.p, path.n);
	p[path.n] = '.';
	memcpy(p + path.n + 1, key.p, key.n);
	return (struct str){ p, path.n + 1 + key.n };
}

/* value stands at path; parameters of PostgreSQL are looked at by their own check. */
static void look(const struct walk *w, const struct node *value, struct str path)
{
	bool inside = false;
	const struct node *row = row_of(w, path, &inside);

	if (row)
		judge(w, row, value, path);
	if (!row && !inside)
		link_report(w->in, w->self, place_of(w, value, path), "Patroni has no key '%s'",
			    path.p);
	if (!inside || value->kind != NODE_MAP)
		return;
	node_each(kid, value) look(w, kid, below(w->in->arena, path, kid->key));
}

static void each_key(const struct walk *w, const struct node *tree)
{
	for (const struct node *kid = link_first(tree); kid; kid = kid->next)
		look(w, kid, kid->key);
}

void check_patroni(const struct link_input *in, const struct link_check *self)
{
	const struct node *rows = node_at(node_at(in->world->contracts, "patroni"), "rows");

	for (size_t i = 0; i < in->index->n_configs; i++) {
		const struct link_config *c = &in->index->configs[i];
		struct walk w = { in, self, rows, c, c->dynamic };

		if (!c->tree) {
			link_report(in, self, c->at,
				    "this is no configuration that Patroni reads: it is not a map, "
				    "or not clear YAML");
			continue;
		}
		each_key(&w, c->tree);
		w.dynamic = true;
		each_key(&w, node_at(node_at(c->tree, "bootstrap"), "dcs"));
	}
}
