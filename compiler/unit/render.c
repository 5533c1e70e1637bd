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

static int by_unit(const void *a, const void *b)
{
	const struct object *x = *(const struct object *const *)a,
			    *y = *(const struct object *const *)b;
	int c = str_cmp(x->unit, y->unit);

	if (!c)
		c = rank(x->node) - rank(y->node);
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
static const struct node *kustomization(struct arena *a, const struct object *const *list, size_t n)
{
	struct node *root = node_new(a, NODE_MAP, (struct pos){ 0 });
	struct node *resources = node_new(a, NODE_LIST, (struct pos){ 0 });
	struct node *sort = node_new(a, NODE_MAP, (struct pos){ 0 });
	struct node_list keys = { 0 }, files = { 0 }, order = { 0 };

	for (size_t i = 0; i < n; i++)
		node_add(&files, node_str(a, list[i]->node->pos, list[i]->file));
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

static void check_twice(struct diags *d, const struct object *x, const struct object *y)
{
	if (!str_eq(x->file, y->file))
		return;
	diag_error(d, MSG_object_twice, y->node->pos,
		   "%s/%s is made twice: two objects of one kind and name", y->unit.p, y->file.p);
	diag_note(d, x->node->pos, "the other one is made here");
}

static int by_name(const void *a, const void *b)
{
	const struct out_file *x = a, *y = b;

	return str_cmp(x->name, y->name);
}

/* The unit of n objects that share a directory, its files in bytewise order, as a lock lists them.
 */
static struct out_unit unit(struct arena *a, struct diags *d, const struct object *const *list,
			    size_t n)
{
	struct out_unit u = { .path = list[0]->unit };

	u.files = NEW_ARRAY(a, n + 1, struct out_file);
	for (size_t i = 0; i < n; i++) {
		u.files[u.n].name = list[i]->file;
		u.files[u.n++].bytes = print(a, d, list[i]->node, list[i]->file);
		if (i)
			check_twice(d, list[i - 1], list[i]);
	}
	u.files[u.n].name = str_of("kustomization.yaml");
	u.files[u.n].bytes = print(a, d, kustomization(a, list, n), u.files[u.n].name);
	u.n++;
	qsort(u.files, u.n, sizeof(*u.files), by_name);
	return u;
}

const struct node *render_kustomization(struct arena *a, const struct object *objects, size_t n,
					struct str unit)
{
	const struct object **list = NEW_ARRAY(a, n + 1, const struct object *);
	size_t here = 0;

	for (size_t i = 0; i < n; i++)
		if (str_eq(objects[i].unit, unit))
			list[here++] = &objects[i];
	qsort(list, here, sizeof(*list), by_unit);
	return here ? kustomization(a, list, here) : NULL;
}

bool render_objects(struct arena *a, struct diags *d, const struct object *objects, size_t n,
		    struct rendered *out)
{
	const struct object **list = NEW_ARRAY(a, n + 1, const struct object *);
	size_t errors = diags_errors(d);

	*out = (struct rendered){ .units = NEW_ARRAY(a, n + 1, struct out_unit) };
	for (size_t i = 0; i < n; i++)
		list[i] = &objects[i];
	qsort(list, n, sizeof(*list), by_unit);
	for (size_t i = 0; i < n;) {
		size_t end = i + 1;

		while (end < n && str_eq(list[i]->unit, list[end]->unit))
			end++;
		out->units[out->n++] = unit(a, d, list + i, end - i);
		i = end;
	}
	return diags_errors(d) == errors;
}
