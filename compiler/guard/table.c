/* SPDX-License-Identifier: Apache-2.0 */
/* table.c: rows of the table of changes, and which fits. */
#include "guard/table.h"

#include <assert.h>

static const char *const bys[BY_COUNT] = { "",          "template", "readers", "replicas",
					   "poolers",   "guc",      "patroni", "pgbouncer",
					   "quantity",  "standby",  "closing", "operation",
					   "databases", "key",      "set",     "quota",
					   "guest",     "retention" };

static enum change_by by_of(struct str name)
{
	int by = 0;

	while (by < BY_COUNT && !str_is(name, bys[by]))
		by++;
	assert(by < BY_COUNT);
	return (enum change_by)by;
}

static enum verdict_class class_of(const struct node *row, const char *key,
				   enum verdict_class fallback)
{
	struct str name = node_text(row, key);
	enum verdict_class c = name.n ? verdict_find(name) : fallback;

	assert(c < VERDICT_CLASSES);
	return c;
}

static bool is_true(const struct node *row, const char *key)
{
	return str_is(node_text(row, key), "true"); /* contracts are not typed */
}

/* "KIND COMPONENT PATH" taken apart. */
static void read_key(struct str key, struct change_row *row)
{
	size_t one = str_find(key, ' ');
	struct str rest = str_cut(key, one + 1, key.n);
	size_t two = str_find(rest, ' ');

	row->kind = str_cut(key, 0, one);
	row->component = str_cut(rest, 0, two);
	row->path = str_cut(rest, two + 1, rest.n);
}

static struct change_row read_row(const struct node *n, struct str source)
{
	struct change_row row = { .class = class_of(n, "class", VERDICT_CLASSES) };

	read_key(n->key, &row);
	row.added = class_of(n, "added", row.class);
	row.removed = class_of(n, "removed", row.class);
	row.by = by_of(node_text(n, "by"));
	row.quiet = is_true(n, "quiet");
	row.now = is_true(n, "now");
	row.why = node_text(n, "why");
	row.source = node_text(n, "source");
	if (!row.source.n)
		row.source = source;
	return row;
}

struct change_table change_table_read(struct arena *a, const struct node *contract)
{
	const struct node *rows = node_at(contract, "rows");
	struct change_row *list = NEW_ARRAY(a, node_count(rows) + 1, struct change_row);
	struct change_table t = { list, 0 };

	assert(node_count(rows));
	node_each(n, rows) list[t.n++] = read_row(n, node_text(contract, "source"));
	return t;
}

/* One step of a path, with its dot or bracket in front, taken from *rest. */
static struct str step(struct str *rest)
{
	size_t n = 0;
	bool quoted = false, bracket = rest->n && *rest->p == '[';

	for (n = 1; n < rest->n; n++) {
		char c = rest->p[n];

		if (c == '\\' && quoted)
			n++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (bracket ? c == ']' : c == '.' || c == '['))
			break;
	}
	n += bracket && n < rest->n;

	struct str s = str_cut(*rest, 0, n);

	*rest = str_cut(*rest, n, rest->n);
	return s.n && *s.p == '.' ? str_cut(s, 1, s.n) : s;
}

/* The steps that pattern and path have in common are all of pattern (or, when deeper, all of path).
 */
static bool fits(struct str pattern, struct str path, bool deeper)
{
	while (pattern.n && path.n) {
		struct str p = step(&pattern), s = step(&path);

		if (!str_eq(p, s) && !str_is(p, "*") && !(str_is(p, "[*]") && *s.p == '['))
			return false;
	}
	return deeper ? pattern.n > 0 && !path.n : !pattern.n;
}

static bool is_about(const struct change_row *row, struct str kind, struct str component)
{
	return (str_is(row->kind, "*") || str_eq(row->kind, kind)) &&
	       (str_is(row->component, "*") || str_eq(row->component, component));
}

static struct str component_of(const struct node *object)
{
	return node_text(node_at(node_at(object, "metadata"), "labels"),
			 "app.kubernetes.io/component");
}

const struct change_row *change_find(const struct change_table *t, const struct node *object,
				     struct str path)
{
	struct str kind = node_text(object, "kind"), component = component_of(object);
	size_t i = 0;

	while (i + 1 < t->n &&
	       !(is_about(&t->rows[i], kind, component) && fits(t->rows[i].path, path, false)))
		i++;
	return &t->rows[i];
}

bool change_is_deeper(const struct change_table *t, const struct node *object, struct str path)
{
	struct str kind = node_text(object, "kind"), component = component_of(object);

	for (size_t i = 0; path.n && i < t->n; i++)
		if (is_about(&t->rows[i], kind, component) && !str_is(t->rows[i].kind, "*") &&
		    fits(t->rows[i].path, path, true))
			return true;
	return false;
}
