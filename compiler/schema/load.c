/* SPDX-License-Identifier: Apache-2.0 */
/* load.c: schema files into struct schema: references inlined, every file checked. */
#include "schema/load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "schema/check.h"
#include "tree/print.h"
#include "tree/yaml.h"

enum { DEPTH_MOST = 40, SCHEMAS_MOST = 50000 };

void load_error(struct loader *l, struct pos pos, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* A definition that is used twice is read twice, but is wrong only once. */
	for (const struct diag *g = diags_first(l->diags); g; g = g->next)
		if (g->pos.file == pos.file && g->pos.line == pos.line && g->pos.col == pos.col &&
		    str_is(g->text, text))
			return;
	diag_error(l->diags, MSG_schema_file, pos, "%s", text);
}

/* ---- references ---------------------------------------------------------------------------- */

static const struct source *find_source(const struct loader *l, struct str name)
{
	for (size_t i = 0; i < l->n_sources; i++)
		if (str_eq(l->sources[i].name, name))
			return &l->sources[i];
	return NULL;
}

/* The definition that ref names, and the file it stands in; NULL after a report. */
static const struct node *find_definition(struct loader *l, const struct source **source,
					  const struct node *ref)
{
	size_t hash = str_find(ref->text, '#');
	struct str name =
	    hash < ref->text.n ? str_cut(ref->text, hash + 1, ref->text.n) : ref->text;

	if (hash < ref->text.n)
		*source = find_source(l, str_cut(ref->text, 0, hash));

	const struct node *found =
	    *source ? node_get(node_at((*source)->tree, "definitions"), name) : NULL;

	if (!found || found->kind != NODE_MAP)
		load_error(l, ref->pos, "'%s' names no definition", ref->text.p);
	return found && found->kind == NODE_MAP ? found : NULL;
}

/* def with the keys that stand beside the $ref of n put over its own; its own $ref stays. */
static const struct node *overlay(struct loader *l, const struct node *def, const struct node *n)
{
	struct node *both = node_loose(l->arena, n);
	struct node_list kids = { 0 };

	node_each(kid, def)
	{
		bool ref = str_is(kid->key, "$ref");
		const struct node *own = ref ? NULL : node_get(n, kid->key);

		node_add(&kids, node_loose(l->arena, own ? own : kid));
	}
	node_each(kid, n)
	{
		if (!node_get(def, kid->key) && !str_is(kid->key, "$ref"))
			node_add(&kids, node_loose(l->arena, kid));
	}
	both->kids = kids.first;
	return both;
}

static bool is_shape(struct str key)
{
	return str_is(key, "properties") || str_is(key, "items") ||
	       str_is(key, "additionalProperties") || str_is(key, "type");
}

/* Follows $ref until there is none; *last becomes the definition at the end. NULL after a report.
 */
static const struct node *follow(struct loader *l, struct place *at, const struct node *n,
				 const struct node **last)
{
	const struct node *ref;

	while ((ref = node_at(n, "$ref"))) {
		if (ref->kind != NODE_STR || ++at->depth > DEPTH_MOST) {
			load_error(l, ref->pos, "this $ref leads to itself");
			return NULL;
		}
		node_each(kid, n) if (is_shape(kid->key))
		    load_error(l, kid->key_pos, "'%s' cannot stand beside $ref", kid->key.p);

		const struct node *def = find_definition(l, &at->source, ref);

		if (!def)
			return NULL;
		*last = def;
		n = overlay(l, def, n);
	}
	return n;
}

/* ---- one schema ---------------------------------------------------------------------------- */

static struct schema *new_schema(struct loader *l, struct place *at, const struct node *n)
{
	struct schema *s = NEW(l->arena, struct schema);

	if (n->kind != NODE_MAP) {
		load_error(l, n->pos, "a schema is a map with `type`, `description` and more");
		return NULL;
	}
	if (++at->depth > DEPTH_MOST || ++l->made > SCHEMAS_MOST) {
		load_error(l, n->pos, "schemas nest too deep here, or a $ref leads to itself");
		return NULL;
	}
	return s;
}

/* Compiles n, or copies the top of what was compiled for the same definition elsewhere. */
static void load_layer(struct loader *l, struct place at, struct schema *s, const struct node *n,
		       const struct node *definition)
{
	struct shared *shared = l->shared;
	struct schema own = *s;

	while (shared && shared->definition != definition)
		shared = shared->next;
	if (shared) {
		*s = *shared->schema;
		s->parent = own.parent;
		s->name = own.name;
		s->pos = own.pos;
		s->description = node_text(n, "description");
		return;
	}
	keywords_read(l, at, s, n);
	shared = NEW(l->arena, struct shared);
	shared->definition = definition;
	shared->schema = s;
	shared->next = l->shared;
	l->shared = shared;
}

const struct schema *load_schema(struct loader *l, struct place at, const struct node *n,
				 const struct schema *parent, struct str name)
{
	struct schema *s = new_schema(l, &at, n);
	const struct node *definition = NULL;

	if (!s)
		return NEW(l->arena, struct schema);
	s->parent = parent;
	s->name = name;
	s->pos = n->pos;
	n = follow(l, &at, n, &definition);
	if (!n)
		return s;
	if (!str_is(node_text(n, "x-howdah-layer"), "true")) {
		keywords_read(l, at, s, n);
		return s;
	}
	at.layer = true;
	load_layer(l, at, s, n, definition);
	return s;
}

/* ---- kinds --------------------------------------------------------------------------------- */

static const char *const top_keys[] = { "kind",   "group",  "version",     "scope",
					"plural", "short",  "description", "definitions",
					"schema", "status", "printer",     "x-howdah-docs" };

static void check_top(struct loader *l, const struct source *source)
{
	node_each(kid, source->tree)
	{
		bool known = false;

		for (size_t i = 0; i < sizeof(top_keys) / sizeof(top_keys[0]); i++)
			known = known || str_is(kid->key, top_keys[i]);
		if (!known)
			load_error(l, kid->key_pos, "'%s' is not a key of a schema file",
				   print_text_inline(l->arena, kid->key).p);
	}
}

static void read_shorts(struct loader *l, struct schema_kind *k, const struct node *list)
{
	struct str *shorts = NEW_ARRAY(l->arena, node_count(list) + 1, struct str);

	if (!list || list->kind != NODE_LIST)
		return;
	node_each(kid, list) shorts[k->n_shorts++] = kid->text;
	k->shorts = shorts;
}

static void read_column(struct loader *l, struct schema_column *c, const struct node *n)
{
	struct str priority = node_text(n, "priority");

	c->name = node_text(n, "name");
	c->type = node_text(n, "type");
	c->path = node_text(n, "path");
	c->description = node_text(n, "description");
	if (priority.n && !str_int(priority, &c->priority))
		load_error(l, n->pos, "'priority' must be a whole number");
	if (!c->name.n || !c->type.n || !c->path.n)
		load_error(l, n->pos, "a printer column has name, type and path");
}

static void read_columns(struct loader *l, struct schema_kind *k, const struct node *list)
{
	struct schema_column *columns =
	    NEW_ARRAY(l->arena, node_count(list) + 1, struct schema_column);

	if (!list || list->kind != NODE_LIST)
		return;
	node_each(kid, list) read_column(l, &columns[k->n_columns++], kid);
	k->columns = columns;
}

static const struct schema *read_root(struct loader *l, const struct source *source,
				      const char *key, const char *name)
{
	const struct node *n = node_at(source->tree, key);
	struct place at = { .source = source };

	return n ? load_schema(l, at, n, NULL, str_of(name)) : NULL;
}

/* A file that only holds definitions describes nothing itself. */
static void read_kind(struct loader *l, const struct source *source)
{
	struct schema_kind *k = &l->set->kinds[l->set->n];
	const struct node *tree = source->tree;
	size_t before = diags_errors(l->diags);

	check_top(l, source);
	if (!node_at(tree, "schema"))
		return;
	k->file = source->file;
	k->name = node_text(tree, "kind");
	if (!k->name.n)
		k->name = arena_str(l->arena, str_cut(source->name, 0, source->name.n - 5));
	k->group = node_text(tree, "group");
	k->version = node_text(tree, "version");
	k->scope = node_text(tree, "scope");
	k->plural = node_text(tree, "plural");
	k->description = node_text(tree, "description");
	k->docs = node_text(tree, "x-howdah-docs");
	read_shorts(l, k, node_at(tree, "short"));
	read_columns(l, k, node_at(tree, "printer"));
	k->root = read_root(l, source, "schema", "");
	k->status = read_root(l, source, "status", "status");

	const struct schema_prop *spec = schema_prop(k->root, str_of("spec"));

	k->spec = spec ? spec->schema : NULL;
	if (diags_errors(l->diags) == before)
		l->set->n++;
	else
		*k = (struct schema_kind){ 0 };
}

static int by_name(const void *a, const void *b)
{
	return str_cmp(((const struct schema_kind *)a)->name,
		       ((const struct schema_kind *)b)->name);
}

/* What stands behind the last "schema/". */
static struct str short_name(struct str name)
{
	static const struct str mark = { "schema/", 7 };

	for (size_t i = name.n; i-- > mark.n;)
		if (str_eq(str_cut(name, i - mark.n, i), mark))
			return str_cut(name, i, name.n);
	return name;
}

static void read_source(struct loader *l, const struct file *file)
{
	struct source *source = &l->sources[l->n_sources];

	source->file = file;
	source->name = arena_str(l->arena, short_name(file->name));
	source->tree = yaml_read(l->arena, l->diags, file, &YAML_SCHEMA);
	if (!source->tree)
		return;
	if (source->tree->kind != NODE_MAP || !str_ends(source->name, ".yaml"))
		load_error(l, source->tree->pos,
			   "a schema file is a map, and its name ends in .yaml");
	else
		l->n_sources++;
}

struct schema_set *schema_set_load(struct arena *a, struct diags *d,
				   const struct file *const *files, size_t n)
{
	struct schema_set *set = NEW(a, struct schema_set);
	struct loader l = { .arena = a, .diags = d, .set = set };

	l.sources = NEW_ARRAY(a, n + 1, struct source);
	set->kinds = NEW_ARRAY(a, n + 1, struct schema_kind);
	for (size_t i = 0; i < n; i++)
		read_source(&l, files[i]);
	for (size_t i = 0; i < l.n_sources; i++)
		read_kind(&l, &l.sources[i]);
	qsort(set->kinds, set->n, sizeof(*set->kinds), by_name);
	for (size_t i = 0; i + 1 < set->n; i++)
		if (!by_name(&set->kinds[i], &set->kinds[i + 1]))
			load_error(&l, (struct pos){ set->kinds[i + 1].file, 1, 1 },
				   "'%s' is described twice", set->kinds[i].name.p);
	return set;
}

void schema_set_release(struct schema_set *set)
{
	for (struct pattern *p = set->patterns; p; p = p->next)
		ere_release(&p->ere);
	set->patterns = NULL;
}
