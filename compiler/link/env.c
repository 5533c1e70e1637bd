/* SPDX-License-Identifier: Apache-2.0 */
/* env.c: container variables against the contract of the image that reads them. */
#include "link/checks.h"
#include "link/objects.h"
#include "tree/print.h"

/* One container under check. */
struct env_walk {
	const struct link_input *in;
	const struct link_check *self;
	const struct link_pod *pod;
	const struct node *contract; /* of the postgres image */
	struct str image;            /* its reference */
};

/* The row of a variable: by its name, or without a prefix that the row takes. */
static const struct node *row_of(const struct node *rows, struct str name)
{
	const struct node *row = node_get(rows, name);

	for (const struct node *r = row || !rows ? NULL : rows->kids; r; r = r->next) {
		const struct node *prefixes = node_at(r, "prefixes");

		for (const struct node *p = prefixes ? prefixes->kids : NULL; p; p = p->next)
			if (name.n == p->text.n + r->key.n && str_starts(name, p->text.p) &&
			    str_eq(str_cut(name, p->text.n, name.n), r->key))
				return r;
	}
	return row;
}

static bool in_list(const struct node *list, struct str value)
{
	for (const struct node *v = list ? list->kids : NULL; v; v = v->next)
		if (str_eq(v->text, value))
			return true;
	return false;
}

static void check_value(const struct env_walk *w, const struct node *row, const struct node *name,
			const struct node *value)
{
	struct str type = node_text(row, "type");
	int64_t n = 0;

	if (!value || value->kind != NODE_STR || strstr(value->text.p, "$("))
		return;
	if (str_is(type, "enum") && !in_list(node_at(row, "enum"), value->text))
		link_report(w->in, w->self, value,
			    "variable %s is %s, which is none of the values the image knows",
			    name->text.p, print_node_inline(w->in->arena, value).p);
	if (str_is(type, "integer") && !str_int(value->text, &n))
		link_report(w->in, w->self, value, "variable %s is %s; the image reads an integer",
			    name->text.p, print_node_inline(w->in->arena, value).p);
	if (str_is(type, "path") && (!value->text.n || value->text.p[0] != '/'))
		link_report(w->in, w->self, value,
			    "variable %s is %s; the image reads an absolute path", name->text.p,
			    print_node_inline(w->in->arena, value).p);
}

static const struct node *forbidden(const struct node *contract, struct str name)
{
	const struct node *list = node_at(contract, "forbidden");

	if (!list)
		return NULL;
	node_each(f, list)
	{
		struct str key = list->kind == NODE_MAP ? f->key : node_text(f, "name");
		size_t star = str_find(key, '*');

		if (str_eq(key, name) ||
		    (star < key.n && name.n >= star && memcmp(name.p, key.p, star) == 0))
			return f;
	}
	return NULL;
}

static void check_required(const struct env_walk *w, const struct node *c)
{
	const struct node *rows = node_at(w->contract, "rows"), *env = node_at(c, "env");

	for (const struct node *r = rows ? rows->kids : NULL; r; r = r->next) {
		bool set = false;

		if (!str_is(node_text(r, "required"), "true") || node_at(r, "stores"))
			continue;
		for (const struct node *e = env ? env->kids : NULL; e && !set; e = e->next)
			set = str_eq(node_text(e, "name"), r->key);
		if (!set)
			link_report(w->in, w->self, c,
				    "container '%s' of %s does not set %s, which its image needs",
				    node_text(c, "name").p, link_name(w->in, w->pod->owner).p,
				    r->key.p);
	}
}

static void container(void *arg, const struct node *c)
{
	const struct env_walk *w = arg;
	const struct node *env = node_at(c, "env");

	if (!str_eq(node_text(c, "image"), w->image))
		return;
	for (const struct node *e = env ? env->kids : NULL; e; e = e->next) {
		const struct node *name = node_at(e, "name");
		const struct node *row =
		    name ? row_of(node_at(w->contract, "rows"), name->text) : NULL;
		const struct node *bad = name ? forbidden(w->contract, name->text) : NULL;

		if (bad)
			link_report(w->in, w->self, name, "variable %s must not be set: %s",
				    name->text.p, node_text(bad, "reason").p);
		else if (name && !row)
			link_report(w->in, w->self, name, "variable %s is not known to the image",
				    name->text.p);
		else if (name)
			check_value(w, row, name, node_at(e, "value"));
	}
	if (str_is(node_text(c, "name"), "postgres") &&
	    str_is(node_text(w->pod->owner, "kind"), "StatefulSet"))
		check_required(w, c);
}

void check_env(const struct link_input *in, const struct link_check *self)
{
	const struct node *images = node_at(in->facts, "images");
	struct str set = node_text(images, "set");
	const struct node *entry = world_images(in->world, set);
	struct str contract = node_text(node_at(entry, "postgres"), "contract");
	struct link_pods pods = link_pods(in);

	for (size_t i = 0; i < pods.n; i++) {
		struct env_walk w = { in, self, &pods.list[i],
				      node_get(in->world->contracts, contract),
				      node_text(node_at(images, "postgres"), "reference") };

		if (w.contract && str_is(node_text(pods.list[i].owner, "kind"), "StatefulSet"))
			link_containers(node_at(pods.list[i].pod, "spec"), container, &w);
	}
}
