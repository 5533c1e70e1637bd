/* SPDX-License-Identifier: Apache-2.0 */
/* schema.c: finding one's way in compiled schemas. */
#include "schema/schema.h"

#include "schema/load.h"
#include "tree/path.h"

const struct schema_kind *schema_find(const struct schema_set *set, struct str name)
{
	for (size_t low = 0, high = set->n; low < high;) {
		size_t mid = low + (high - low) / 2;
		int c = str_cmp(name, set->kinds[mid].name);

		if (!c)
			return &set->kinds[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

const struct schema_kind *schema_nth(const struct schema_set *set, size_t n)
{
	return n < set->n ? &set->kinds[n] : NULL;
}

const struct schema_prop *schema_prop(const struct schema *s, struct str key)
{
	for (size_t low = 0, high = s->n_props; low < high;) {
		size_t mid = low + (high - low) / 2;
		int c = str_cmp(key, s->props[mid].key);

		if (!c)
			return &s->props[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

const struct schema *schema_step(const struct schema *s, struct str key)
{
	const struct schema_prop *prop = schema_prop(s, key);

	return prop ? prop->schema : s->extra;
}

static const struct schema *step(const struct schema *s, const struct path_step *p)
{
	if (p->kind == PATH_KEY && s->type == SCHEMA_OBJECT && !schema_prop(s, p->key) &&
	    format_check(s->key_format, p->key))
		return NULL;
	if (p->kind == PATH_KEY)
		return s->type == SCHEMA_ANY ? s : schema_step(s, p->key);
	if (p->kind == PATH_ITEM && s->items && !schema_step(s->items, p->key))
		return NULL;
	return s->type == SCHEMA_ANY ? s : s->items;
}

const struct schema *schema_at_path(const struct schema *s, const struct path *path)
{
	for (size_t i = 0; s && i < path->n; i++)
		s = step(s, &path->steps[i]);
	return s;
}

const struct schema *schema_at(const struct schema *s, struct str path)
{
	struct arena *a = arena_new();
	struct path p;
	const struct schema *found = path_parse(a, path, &p) ? NULL : schema_at_path(s, &p);

	arena_free(a);
	return found;
}

struct str schema_path(struct arena *a, const struct schema *s)
{
	if (!s->parent)
		return s->name;

	struct str up = schema_path(a, s->parent);
	bool dot = up.n && !str_is(s->name, "[]");

	return arena_fmt(a, "%s%s%s", up.p, dot ? "." : "", s->name.p);
}

const char *schema_type_name(const struct schema *s)
{
	static const char *const names[] = { "any value", "map",     "list",
					     "string",    "integer", "boolean" };

	return names[s->type];
}
