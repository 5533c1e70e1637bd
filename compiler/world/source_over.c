/* SPDX-License-Identifier: Apache-2.0 */
/* source_over.c: a few files laid over another source, for trying out what is not written. */
#include "world/source_ops.h"

static const struct source_layer *find(const struct source *s, struct str path)
{
	for (size_t i = s->n_layers; i-- > 0;)
		if (str_eq(s->layers[i].path, path))
			return &s->layers[i];
	return NULL;
}

static int over_read(const struct source *s, const struct source_want *want, struct arena *a,
		     struct str *text, struct err *err)
{
	const struct source_layer *l = find(s, want->path);

	if (!l)
		return s->base->ops->read(s->base, want, a, text, err);
	if (!l->text.p)
		return 0;
	if (l->text.n > want->limit)
		return err_kind_set(err, ERR_INPUT, "'%s' is too large", want->path.p);
	*text = l->text;
	return 1;
}

static bool is_listed(const struct source_list *list, struct str name)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->entries[i].name, name))
			return true;
	return false;
}

/* The part of path below dir, or an empty slice. */
static struct str below(struct str path, struct str dir)
{
	if (!dir.n)
		return path;
	if (path.n <= dir.n + 1 || path.p[dir.n] != '/' || !str_eq(str_cut(path, 0, dir.n), dir))
		return (struct str){ "", 0 };
	return str_cut(path, dir.n + 1, path.n);
}

static void drop(struct source_list *list, struct str name)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++)
		if (!str_eq(list->entries[i].name, name) || list->entries[i].type != SOURCE_FILE)
			list->entries[kept++] = list->entries[i];
	list->n = kept;
}

static void lay(const struct source *s, struct str dir, struct arena *a, struct source_list *out)
{
	for (size_t i = 0; i < s->n_layers; i++) {
		struct str rest = below(s->layers[i].path, dir);
		size_t slash = str_find(rest, '/');
		struct str name = arena_str(a, str_cut(rest, 0, slash));
		bool gone = !s->layers[i].text.p;

		if (!rest.n)
			continue;
		if (gone && slash == rest.n)
			drop(out, name);
		else if (!gone && !is_listed(out, name))
			out->entries[out->n++] = (struct source_entry){
				.name = name, .type = slash == rest.n ? SOURCE_FILE : SOURCE_DIR
			};
	}
}

static int over_list(const struct source *s, struct str path, struct arena *a,
		     struct source_list *out, struct err *err)
{
	struct source_list under = { 0 };

	if (s->base->ops->list(s->base, path, a, &under, err) < 0)
		return -1;
	out->entries = NEW_ARRAY(a, under.n + s->n_layers + 1, struct source_entry);
	for (out->n = 0; out->n < under.n; out->n++)
		out->entries[out->n] = under.entries[out->n];
	lay(s, path, a, out);
	return out->n > 0;
}

/* The layer lies at path, or below it. */
static bool is_below(const struct source_layer *l, struct str path)
{
	return l->path.n >= path.n && str_eq(str_cut(l->path, 0, path.n), path) &&
	       (!path.n || l->path.n == path.n || l->path.p[path.n] == '/');
}

/* No id that Git would know, but another one for other files. */
static int over_id(const struct source *s, struct str path, struct git_id *id, struct err *err)
{
	struct git_id base = { 0 };
	int rc = s->base->ops->id(s->base, path, &base, err);
	struct buf all = { 0 };

	*id = base;
	buf_str(&all, (struct str){ (const char *)base.b, sizeof(base.b) });
	for (size_t i = 0; rc >= 0 && i < s->n_layers; i++) {
		const struct source_layer *l = &s->layers[i];

		if (!is_below(l, path))
			continue;
		buf_fmt(&all, "%zu %s %zu ", l->path.n, l->path.p, l->text.p ? l->text.n + 1 : 0);
		buf_str(&all, l->text.p ? l->text : str_of(""));
		*id = git_id_of("blob", buf_view(&all));
		rc = l->text.p || l->path.n > path.n;
	}
	buf_release(&all);
	return rc;
}

struct source *source_over(struct arena *a, struct source *base, const struct source_layer *layers,
			   size_t n)
{
	struct source *s = NEW(a, struct source);

	*s = (struct source){ .ops = &source_over_ops,
			      .dir = -1,
			      .commit = base->commit,
			      .base = base,
			      .layers = layers,
			      .n_layers = n };
	return s;
}

const struct source_ops source_over_ops = { over_read, over_list, over_id };
