/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c: following origins and overridden values back to the lines that people wrote. */
#include "unit/explain.h"

#include <assert.h>

#include "tree/path.h"
#include "tree/print.h"
#include "tree/source.h"
#include "tree/yaml.h"
#include "unit/chain.h"
#include "unit/run.h"
#include "unit/surround.h"

enum { CODE_USAGE = 2, CODE_OUTSIDE = 4, FIELDS_SHOWN = 12, TYPING_SLIPS = 3 };

/* What a path leads to: a node of the object, or a value inside the text of one. */
struct spot {
	const struct node *value; /* what is explained */
	const struct node *from;  /* where its chain begins: value, a value it was printed from, or
				     the text as a whole */
};

/* Line number i, from 0, of a text that the first step of rest asks for. */
static const struct node *line_of(struct arena *a, const struct node *text, size_t i)
{
	struct str s = text->text;

	while (i-- > 0)
		s = str_cut(s, str_find(s, '\n') + 1, s.n);
	return s.n ? node_str(a, text->pos, arena_str(a, str_cut(s, 0, str_find(s, '\n')))) : NULL;
}

/* A text that is YAML or JSON as a tree, or NULL. */
static const struct node *parsed(struct arena *a, const struct node *text)
{
	struct file *file = NEW(a, struct file);

	file->name = str_of("text");
	file->text = text->text;
	return yaml_read(a, diags_new(a), file, &YAML_WORLD);
}

/* The value at rest inside a text that is YAML or JSON, or has lines, and so may its own texts.
 * NULL when it is not there. */
static const struct node *inside(struct arena *a, const struct node *text, const struct path *rest)
{
	for (struct path left = *rest;;) {
		const struct node *root = NULL, *n = NULL;
		size_t depth = 0;

		if (left.n == 1 && left.steps[0].kind == PATH_INDEX)
			return line_of(a, text, left.steps[0].index);
		root = parsed(a, text);
		n = root ? path_follow(root, &left, &depth) : NULL;
		if (n || !root || !depth)
			return n;

		struct path head = { depth, left.steps };

		text = path_find(root, &head);
		if (!text || text->kind != NODE_STR)
			return NULL;
		left = (struct path){ left.n - depth, left.steps + depth };
	}
}

/* False when path leads nowhere below root. */
static bool find_spot(struct arena *a, const struct node *root, const struct path *path,
		      struct spot *spot)
{
	size_t depth = 0;
	const struct node *n = path_follow(root, path, &depth), *text = NULL;
	struct path head = { depth, path->steps };
	struct path rest = { path->n - depth, path->steps + depth };

	*spot = (struct spot){ n, n };
	if (n)
		return true;
	text = path_find(root, &head);
	if (!text || text->kind != NODE_STR || !rest.n)
		return false;
	spot->value = inside(a, text, &rest);
	if (spot->value)
		spot->from = sources_match(sources_of(a, text), &rest, spot->value);
	return spot->value != NULL;
}

/* "its fields are a, b, c" below the chain of a map, and the like for lists and texts. */
static void put_more(struct arena *a, const struct node *n, struct buf *out)
{
	size_t i = 0;

	if (n->kind == NODE_STR && str_find(n->text, '\n') < n->text.n)
		buf_text(out, "\nA path goes on into a text: .FIELD where it is YAML, [N] for a "
			      "line (from 0).\n");
	if (n->kind == NODE_LIST)
		buf_fmt(out, "\nIts %zu items are asked for by [N] (from 0) or [name=NAME].\n",
			node_count(n));
	if (n->kind != NODE_MAP || !n->kids)
		return;
	buf_text(out, "\nIts fields are");
	for (const struct node *kid = n->kids; kid && i < FIELDS_SHOWN; kid = kid->next, i++)
		buf_fmt(out, "%s %s", i ? "," : "", print_text_inline(a, kid->key).p);
	buf_text(out, node_count(n) > FIELDS_SHOWN ? ", ...\n" : "\n");
}

/* What was compiled for a question. */
struct compiled_for {
	const struct object *objects;
	size_t n;
};

/* The root of the file that is asked about, or NULL. */
static const struct node *find_file(struct arena *a, const struct compiled_for *made,
				    const struct explain_question *q)
{
	if (str_is(q->file, "kustomization.yaml"))
		return render_kustomization(a, made->objects, made->n, q->unit);
	for (size_t i = 0; i < made->n; i++)
		if (str_eq(made->objects[i].unit, q->unit) &&
		    str_eq(made->objects[i].file, q->file))
			return made->objects[i].node;
	return NULL;
}

static bool has_parts(const struct node *root)
{
	return root && (root->kind == NODE_MAP || root->kind == NODE_LIST);
}

/* Says that there is no such file, and which one may be meant. */
static void no_file(const struct compiled_for *made, const struct explain_question *q,
		    struct err *err)
{
	const struct object *near = NULL;
	int least = TYPING_SLIPS + 1;

	for (size_t i = 0; i < made->n; i++) {
		int far = str_distance(q->file, made->objects[i].file, TYPING_SLIPS);

		if (str_eq(made->objects[i].unit, q->unit) && far < least) {
			near = &made->objects[i];
			least = far;
		}
	}
	(void)err_set(err, "%s makes no file %s in %s%s%s%s",
		      str_eq(q->unit, q->owner) ? "howdah" : q->owner.p, q->file.p, q->unit.p,
		      near ? "; did you mean " : "", near ? near->file.p : "", near ? "?" : "");
}

/* Names the step that cannot be taken and, where a map ends the way, the fields that are there. */
static void no_field(struct arena *a, const struct node *root, const struct path *path,
		     struct buf *out)
{
	size_t depth = 0, i = 0;

	(void)path_follow(root, path, &depth);

	struct path head = { depth, path->steps }, next = { depth + 1, path->steps };
	struct path rest = { path->n - depth, path->steps + depth };
	const struct node *last = path_find(root, &head);

	if (last && last->kind == NODE_STR && has_parts(parsed(a, last))) {
		buf_text(out, "value in the text at ");
		path_print(out, &head);
		buf_text(out, " for ");
		no_field(a, parsed(a, last), &rest, out);
		return;
	}
	buf_char(out, '\'');
	path_print(out, &next);
	buf_char(out, '\'');
	if (!last || last->kind != NODE_MAP)
		return;
	for (const struct node *k = last->kids; k && i < FIELDS_SHOWN; k = k->next, i++)
		buf_fmt(out, "%s%s", i ? ", " : "; there are ", print_text_inline(a, k->key).p);
	if (node_count(last) > FIELDS_SHOWN)
		buf_text(out, ", ...");
}

static int answer(struct run *r, const struct compiled_for *made, const struct explain_question *q,
		  struct buf *out, struct err *err)
{
	const struct node *root = find_file(r->arena, made, q);
	struct path path = { 0 };
	struct spot spot = { 0 };
	const char *why = path_parse(r->arena, q->path, &path);

	if (!root)
		no_file(made, q, err);
	else if (why)
		(void)err_set(err, "'%s' is no field path: %s", q->path.p, why);
	else if (!find_spot(r->arena, root, &path, &spot)) {
		struct buf missing = { 0 };

		no_field(r->arena, root, &path, &missing);
		(void)err_set(err, "%s has no %s", q->file.p, buf_z(&missing));
		buf_release(&missing);
	}
	if (err->set)
		return CODE_USAGE;
	assert(spot.value && spot.from);
	buf_fmt(out, "%s = %s\n\n", q->path.n ? q->path.p : q->file.p,
		print_node_inline(r->arena, spot.value).p);
	chain_print(r->arena, r->world->platform, spot.from, out);
	put_more(r->arena, spot.value, out);
	return 0;
}

/* The cluster that r holds. */
static int of_cluster(struct run *r, const struct explain_question *q, struct buf *out,
		      struct err *err)
{
	struct lua_worker *lua = lua_worker_new(r->world->lua);
	struct job job = { .world = r->world,
			   .intents = &r->intents,
			   .arena = r->arena,
			   .diags = r->diags,
			   .lua = lua,
			   .as_of = r->as_of };
	struct cluster_worker worker;
	struct compiled made;
	int code = 1;

	cluster_worker_init(&worker, r->arena, r->world, lua);
	if (cluster_compile(&job, &worker, r->results[0].intent, &made))
		code = answer(r, &(struct compiled_for){ made.objects, made.n }, q, out, err);
	lua_worker_free(lua);
	return code;
}

/* A directory of a destination: what all its clusters need. */
static int of_destination(struct run *r, const struct explain_question *q, struct buf *out,
			  struct err *err)
{
	size_t first = str_find(q->owner, '/') + 1;
	struct str rest = str_cut(q->owner, first, q->owner.n);
	struct str name = str_cut(rest, 0, str_find(rest, '/'));
	const struct node *destination =
	    node_get(node_at(r->world->platform, "destinations"), name);
	struct fleet_result result = { 0 };
	struct around around = { 0 };

	if (!destination) {
		(void)err_set(err, "there is no destination '%s' in platform.yaml",
			      arena_str(r->arena, name).p);
		return CODE_USAGE;
	}
	if (workers_run(r, err))
		return CODE_OUTSIDE;
	run_count(r, &result);
	if (diags_errors(r->diags) || !surround_objects(r, destination, &around))
		return 1;
	return answer(r, &(struct compiled_for){ around.objects, around.n }, q, out, err);
}

int explain_value(struct arena *a, struct diags *d, const struct explain_question *q,
		  struct buf *out, struct err *err)
{
	struct fleet_options only = *q->options;
	struct run r = { .arena = a, .diags = d };
	int code = 0;

	bool of_one = !str_starts(q->owner, "destinations/");

	only.only = of_one ? q->owner : (struct str){ "", 0 };
	r.options = &only;
	code = run_open(&r, err);
	if (!code)
		code = of_one ? of_cluster(&r, q, out, err) : of_destination(&r, q, out, err);
	run_close(&r);
	return code;
}
