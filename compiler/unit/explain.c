/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c: following origins and overridden values back to the lines that people wrote. */
#include "unit/explain.h"

#include "tree/path.h"
#include "tree/print.h"
#include "unit/run.h"

enum { CODE_USAGE = 2, CODE_OUTSIDE = 4, CHAIN_DEEPEST = 12, CHAIN_MOST = 200 };

/* The chain as it is printed: which nodes were shown already. */
struct chain {
	struct arena *arena;
	struct buf *out;
	const struct node *seen[CHAIN_MOST];
	size_t n;
};

static bool is_new(struct chain *c, const struct node *n)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->seen[i] == n ||
		    (c->seen[i]->pos.file == n->pos.file && c->seen[i]->pos.line == n->pos.line &&
		     c->seen[i]->pos.col == n->pos.col && node_eq(c->seen[i], n)))
			return false;
	if (c->n < CHAIN_MOST)
		c->seen[c->n++] = n;
	return true;
}

static void put_line(struct chain *c, size_t depth, const char *word, const struct node *n)
{
	buf_pad(c->out, 2 + 2 * depth);
	buf_fmt(c->out, "%s %s", word, pos_text(c->arena, n->pos).p);
	if (n->key.n)
		buf_fmt(c->out, "  %s:", n->key.p);
	buf_fmt(c->out, " %s\n", print_node_inline(c->arena, n).p);
}

static void follow(struct chain *c, const struct node *n, size_t depth)
{
	if (depth >= CHAIN_DEEPEST)
		return;
	for (const struct node *h = n->hid; h; h = h->hid)
		if (h->pos.file && is_new(c, h))
			put_line(c, depth, "over", h);
	for (size_t i = 0; n->from && i < n->from->n; i++) {
		const struct node *f = n->from->nodes[i];

		if (!f->pos.file || !is_new(c, f))
			continue;
		put_line(c, depth, "from", f);
		follow(c, f, depth + 1);
	}
}

void explain_chain(struct arena *a, const struct node *n, struct buf *out)
{
	struct chain *c = NEW(a, struct chain);

	c->arena = a;
	c->out = out;
	(void)is_new(c, n);
	put_line(c, 0, "by", n);
	follow(c, n, 0);
}

static const struct object *find_object(const struct compiled *made,
					const struct explain_question *q)
{
	for (size_t i = 0; i < made->n; i++)
		if (str_eq(made->objects[i].unit, q->unit) &&
		    str_eq(made->objects[i].file, q->file))
			return &made->objects[i];
	return NULL;
}

static int answer(struct run *r, const struct compiled *made, const struct explain_question *q,
		  struct buf *out, struct err *err)
{
	const struct object *object = find_object(made, q);
	struct path path = { 0 };
	const char *why = path_parse(r->arena, q->path, &path);
	const struct node *n = NULL;
	size_t depth = 0;

	if (!object) {
		(void)err_set(err, "%s/%s is not made by this cluster", q->unit.p, q->file.p);
		return CODE_USAGE;
	}
	if (why) {
		(void)err_set(err, "'%s' is no field path: %s", q->path.p, why);
		return CODE_USAGE;
	}
	n = path_follow(object->node, &path, &depth);
	if (!n) {
		(void)err_set(err, "%s has no field '%s' (its step %zu is not there)", q->file.p,
			      q->path.p, depth + 1);
		return CODE_USAGE;
	}
	buf_fmt(out, "%s = %s\n", q->path.n ? q->path.p : q->file.p,
		print_node_inline(r->arena, n).p);
	explain_chain(r->arena, n, out);
	return 0;
}

static int compile(struct run *r, const struct explain_question *q, struct buf *out,
		   struct err *err)
{
	struct lua_worker *lua = lua_worker_new(r->world->lua);
	struct job job = { r->world, &r->intents, r->arena, r->diags, lua, r->options->as_of };
	struct cluster_worker worker;
	struct compiled made;
	int code = 1;

	cluster_worker_init(&worker, r->arena, r->world, lua);
	if (cluster_compile(&job, &worker, r->results[0].intent, &made, PASS_COUNT, NULL))
		code = answer(r, &made, q, out, err);
	lua_worker_free(lua);
	return code;
}

int explain_value(struct arena *a, struct diags *d, const struct fleet_options *o,
		  const struct explain_question *q, struct buf *out, struct err *err)
{
	struct fleet_options only = *o;
	struct run r = { .arena = a, .diags = d };
	int code = 0;

	only.only = q->owner;
	r.options = &only;
	code = run_open(&r, err);
	if (!code && !r.n) {
		(void)err_set(err, "there is no intent intents/%s.yaml", q->owner.p);
		code = CODE_USAGE;
	}
	if (!code)
		code = compile(&r, q, out, err);
	run_close(&r);
	return code;
}
