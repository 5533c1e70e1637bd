/* SPDX-License-Identifier: Apache-2.0 */
/* render.c: objects into bytes, grouped by directory. */
#include "unit/render.h"

#include <stdlib.h>

#include "tree/print.h"

/* Objects that others wait for come first in the file list; all else keeps the order of templates.
 */
static const char *const first_kinds[] = { "CustomResourceDefinition", "Namespace",
					   "PostgresCluster",          "PostgresDatabase",
					   "ServiceAccount",           "PersistentVolumeClaim" };

enum { FIRST_KINDS = sizeof(first_kinds) / sizeof(*first_kinds) };

static int rank(const struct node *object)
{
	struct str kind = node_text(object, "kind");
	int r = 0;

	while (r < FIRST_KINDS && !str_is(kind, first_kinds[r]))
		r++;
	return r;
}

/* An object's file. */
struct render_file {
	struct str unit, file, bytes;
	struct pos pos; /* of the object */
	int rank;
};

static int by_unit(const void *a, const void *b)
{
	const struct render_file *x = a, *y = b;
	int c = str_cmp(x->unit, y->unit);

	if (!c)
		c = x->rank - y->rank;
	return c ? c : str_cmp(x->file, y->file);
}

/* The bytes of n, read back and compared. */
static struct str print(struct arena *a, struct diags *d, const struct node *n, struct str file)
{
	struct buf out = { 0 };
	struct err err = { 0 };
	struct str bytes = { "", 0 };

	print_yaml(&out, n);
	if (print_check_quick(buf_view(&out), n, &err))
		diag_error(d, MSG_object_invalid, n->pos,
			   "%s does not read back as what was written: %s", file.p, err.text);
	bytes = buf_take(&out, a);
	return bytes;
}

static struct node *text(struct arena *a, struct str s)
{
	return node_str(a, (struct pos){ 0 }, s);
}

/* kustomization.yaml: the files in order, and no namespace of its own. */
static const struct node *kustomization(struct arena *a, const struct render_file *list, size_t n)
{
	struct node *root = node_new(a, NODE_MAP, (struct pos){ 0 });
	struct node *resources = node_new(a, NODE_LIST, (struct pos){ 0 });
	struct node *sort = node_new(a, NODE_MAP, (struct pos){ 0 });
	struct node_list keys = { 0 }, files = { 0 }, order = { 0 };

	for (size_t i = 0; i < n; i++)
		node_add(&files, node_str(a, list[i].pos, list[i].file));
	resources->kids = files.first;
	node_put(&order, str_of("order"), text(a, str_of("fifo")));
	sort->kids = order.first;
	node_put(&keys, str_of("apiVersion"), text(a, str_of("kustomize.config.k8s.io/v1beta1")));
	node_put(&keys, str_of("kind"), text(a, str_of("Kustomization")));
	node_put(&keys, str_of("resources"), resources);
	node_put(&keys, str_of("sortOptions"), sort);
	root->kids = keys.first;
	return root;
}

static void check_twice(struct diags *d, const struct render_file *x, const struct render_file *y)
{
	if (!str_eq(x->file, y->file))
		return;
	diag_error(d, MSG_object_twice, y->pos,
		   "%s/%s is made twice: two objects of one kind and name", y->unit.p, y->file.p);
	diag_note(d, x->pos, "the other one is made here");
}

static int by_name(const void *a, const void *b)
{
	const struct out_file *x = a, *y = b;

	return str_cmp(x->name, y->name);
}

/* The unit of n files that share a directory, in bytewise order, as a lock lists them. */
static struct out_unit unit(const struct render *r, const struct render_file *list, size_t n)
{
	struct out_unit u = { .path = list[0].unit };

	u.files = NEW_ARRAY(r->arena, n + 1, struct out_file);
	for (size_t i = 0; i < n; i++) {
		u.files[u.n].name = list[i].file;
		u.files[u.n++].bytes = list[i].bytes;
		if (i)
			check_twice(r->diags, &list[i - 1], &list[i]);
	}
	u.files[u.n].name = str_of("kustomization.yaml");
	u.files[u.n].bytes =
	    print(r->arena, r->diags, kustomization(r->arena, list, n), u.files[u.n].name);
	u.n++;
	for (size_t i = 0; i < u.n; i++)
		u.files[i].id = git_id_of("blob", u.files[i].bytes);
	qsort(u.files, u.n, sizeof(*u.files), by_name);
	return u;
}

static void grow(struct render *r)
{
	struct render_file *grown = NULL;

	r->cap = r->cap ? r->cap * 2 : 64;
	grown = NEW_ARRAY(r->arena, r->cap, struct render_file);
	if (r->n)
		memcpy(grown, r->files, r->n * sizeof(*grown));
	r->files = grown;
}

void render_add(struct render *r, const struct object *o)
{
	if (r->n == r->cap)
		grow(r);
	r->files[r->n++] =
	    (struct render_file){ o->unit, o->file, print(r->arena, r->diags, o->node, o->file),
				  o->node->pos, rank(o->node) };
}

void render_group(struct render *r, struct rendered *out)
{
	*out = (struct rendered){ .units = NEW_ARRAY(r->arena, r->n + 1, struct out_unit) };
	if (r->n)
		qsort(r->files, r->n, sizeof(*r->files), by_unit);
	for (size_t i = 0; i < r->n;) {
		size_t end = i + 1;

		while (end < r->n && str_eq(r->files[i].unit, r->files[end].unit))
			end++;
		out->units[out->n++] = unit(r, r->files + i, end - i);
		i = end;
	}
}

const struct node *render_kustomization(struct arena *a, const struct object *objects, size_t n,
					struct str unit)
{
	struct render_file *list = NEW_ARRAY(a, n + 1, struct render_file);
	size_t here = 0;

	for (size_t i = 0; i < n; i++)
		if (str_eq(objects[i].unit, unit))
			list[here++] = (struct render_file){ unit,
							     objects[i].file,
							     { "", 0 },
							     objects[i].node->pos,
							     rank(objects[i].node) };
	qsort(list, here, sizeof(*list), by_unit);
	return here ? kustomization(a, list, here) : NULL;
}

bool render_objects(struct arena *a, struct diags *d, const struct object *objects, size_t n,
		    struct rendered *out)
{
	struct render r = { .arena = a, .diags = d };
	size_t errors = diags_errors(d);

	for (size_t i = 0; i < n; i++)
		render_add(&r, &objects[i]);
	render_group(&r, out);
	return diags_errors(d) == errors;
}
