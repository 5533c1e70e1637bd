/* SPDX-License-Identifier: Apache-2.0 */
/* spot.c: from what a rule speaks of back to the line of the intent. */
#include "judge/spot.h"

#include "tree/path.h"
#include "tree/source.h"

static bool is_intent(const struct judge_case *c, struct pos pos)
{
	return pos.file && pos.file == c->doc->pos.file;
}

/* The value at path, or the deepest one above it that is there. */
static const struct node *deepest(const struct node *root, const struct path *path)
{
	size_t depth = 0;

	(void)path_follow(root, path, &depth);
	return path_find(root, &(struct path){ depth, path->steps });
}

/* The line of the intent that comes nearest to path: the field, what it stands in, or the tier that
 * the value comes from. */
static struct pos nearest_line(const struct judge_case *c, const struct path *path)
{
	const struct node *spec = node_at(c->doc, "spec");
	const struct node *n = deepest(spec, path), *tier = node_at(spec, "tier");

	if (n && n != spec)
		return n->key.n ? n->key_pos : n->pos;
	if (tier)
		return tier->key_pos;
	return c->doc->pos;
}

static const char *in_spec(const struct judge_case *c, struct str text, const struct path *path,
			   struct spot *out)
{
	const struct node *n = path_find(c->spec, path);

	if (!n && !schema_at_path(c->world->cluster->spec, path))
		return arena_fmt(c->arena, "names '%s', a field that spec does not have", text.p).p;
	out->pos = n && is_intent(c, n->pos) ? n->pos : nearest_line(c, path);
	out->at = n && !is_intent(c, n->pos) ? n : NULL;
	return NULL;
}

static const char *in_platform(const struct judge_case *c, struct str text, const struct path *path,
			       struct spot *out)
{
	const struct node *n = deepest(c->world->platform, path);

	if (!n)
		return arena_fmt(c->arena, "names '%s', a part of the platform that is not there",
				 text.p)
		    .p;
	out->pos = n->key.n ? n->key_pos : n->pos;
	if (!out->pos.file)
		out->pos = c->doc->pos;
	return NULL;
}

static const struct node *find_object(const struct judge_case *c, struct str name)
{
	size_t slash = str_find(name, '/');
	struct str kind = str_cut(name, 0, slash);
	struct str wanted = str_cut(name, slash + 1, name.n);

	for (size_t i = 0; i < c->n; i++) {
		const struct node *o = c->objects[i];

		if (str_eq(node_text(o, "kind"), kind) &&
		    str_eq(node_text(node_at(o, "metadata"), "name"), wanted))
			return o;
	}
	return NULL;
}

static const char *in_object(const struct judge_case *c, struct str object, const struct path *path,
			     struct spot *out)
{
	const struct node *o = find_object(c, object), *n = o ? deepest(o, path) : NULL;
	const struct node *line = NULL;
	struct buf text = { 0 };

	if (!o)
		return arena_fmt(c->arena,
				 "names '%s', an object that this cluster does not make (write "
				 "Kind/name)",
				 object.p)
		    .p;
	if (!n->pos.file)
		n = o;
	line = source_in(n, c->doc->pos.file);
	if (line)
		out->at = n;
	else
		line = n;
	out->pos = line->pos.file ? line->pos : c->doc->pos;
	path_print(&text, path);
	out->where = arena_fmt(c->arena, "%s%s%s", object.p, text.n ? ", " : "", buf_z(&text));
	buf_release(&text);
	return NULL;
}

/* Nothing was named: the first line of the intent that the rule has read. */
static const char *as_read(const struct judge_case *c, const struct reads *reads, struct spot *out)
{
	out->pos = c->doc->pos;
	for (size_t i = 0; reads && i < reads->n; i++)
		if (is_intent(c, reads->nodes[i]->pos)) {
			out->pos = reads->nodes[i]->pos;
			break;
		}
	return NULL;
}

const char *spot_find(const struct judge_case *c, const struct finding *f,
		      const struct reads *reads, struct spot *out)
{
	struct str text = f->platform.n ? f->platform : f->path;
	struct path path = { 0 };
	const char *why = text.n ? path_parse(c->arena, text, &path) : NULL;

	*out = (struct spot){ .where = { "", 0 } };
	if (why)
		return arena_fmt(c->arena, "'%s' is no field path: %s", text.p, why).p;
	if (f->platform.n)
		return in_platform(c, text, &path, out);
	if (f->object.n)
		return in_object(c, f->object, &path, out);
	return f->path.n ? in_spec(c, text, &path, out) : as_read(c, reads, out);
}
