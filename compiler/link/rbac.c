/* SPDX-License-Identifier: Apache-2.0 */
/* rbac.c: Roles against the API calls that programs make (contract api-calls), both ways. */
#include "link/checks.h"
#include "link/objects.h"
#include "link/rows.h"

/* One right in atoms: an account may use one verb on one object, or on all of a kind. */
struct right {
	struct str account;   /* its name; its namespace is the cluster's */
	struct str namespace; /* in which it may */
	struct str group, resource, verb;
	struct str name; /* empty: any */
	const struct node *at, *row;
	const struct node *role;
};

struct rights {
	struct right *list;
	size_t n, cap;
};

struct rbac_walk {
	const struct link_input *in;
	const struct link_check *self;
	struct rights granted, needed;
	struct str own; /* the cluster's namespace */
};

static void add(struct rbac_walk *w, struct rights *l, struct right r)
{
	if (l->n == l->cap) {
		struct right *grown = NULL;

		l->cap = l->cap ? l->cap * 2 : 128;
		grown = NEW_ARRAY(w->in->arena, l->cap, struct right);
		if (l->n)
			memcpy(grown, l->list, l->n * sizeof(*grown));
		l->list = grown;
	}
	l->list[l->n++] = r;
}

static bool same(const struct right *a, const struct right *b)
{
	return str_eq(a->name, b->name) && str_eq(a->verb, b->verb) &&
	       str_eq(a->resource, b->resource) && str_eq(a->group, b->group) &&
	       str_eq(a->namespace, b->namespace) && str_eq(a->account, b->account);
}

static const struct right *find(const struct rights *l, const struct right *r)
{
	for (size_t i = 0; i < l->n; i++)
		if (same(&l->list[i], r))
			return &l->list[i];
	return NULL;
}

static void need_names(struct rbac_walk *w, const struct slot_scope *s, struct right r)
{
	const struct node *names = node_at(r.row, "names");

	if (!names)
		add(w, &w->needed, r);
	for (const struct node *n = link_first(names); n; n = n->next) {
		r.name = item_text(s, n);
		if (r.name.n)
			add(w, &w->needed, r);
	}
}

static void need(void *with, const struct slot_scope *s, const struct node *row)
{
	struct rbac_walk *w = with;
	struct str namespace = row_text(s, row, "namespace");
	struct str name = node_text(node_at(w->in->facts, "meta"), "name");
	struct right r = { .name = { "", 0 }, .row = row };

	r.account = arena_fmt(w->in->arena, "%s-%s", name.p,
			      str_is(node_text(row, "account"), "drill") ? "drill" : "postgres");
	r.namespace = namespace.n ? namespace : w->own;
	r.group = node_text(row, "group");
	r.resource = node_text(row, "resource");
	for (const struct node *v = link_first(node_at(row, "verbs")); v; v = v->next) {
		r.verb = v->text;
		need_names(w, s, r);
	}
}

static void grant_names(struct rbac_walk *w, struct right r, const struct node *rule)
{
	const struct node *names = node_at(rule, "resourceNames");

	if (!node_count(names)) {
		add(w, &w->granted, r);
		return;
	}
	node_each(n, names)
	{
		r.name = n->text;
		r.at = n;
		add(w, &w->granted, r);
	}
}

static void grant_rule(struct rbac_walk *w, struct right r, const struct node *rule)
{
	for (const struct node *g = link_first(node_at(rule, "apiGroups")); g; g = g->next)
		for (const struct node *k = link_first(node_at(rule, "resources")); k; k = k->next)
			for (const struct node *v = link_first(node_at(rule, "verbs")); v;
			     v = v->next) {
				r.group = g->text;
				r.resource = k->text;
				r.verb = v->text;
				r.at = v;
				grant_names(w, r, rule);
			}
}

static void grant(struct rbac_walk *w, const struct node *binding)
{
	const struct node *ref = node_at(binding, "roleRef");
	struct right r = { .namespace = link_namespace(binding), .name = { "", 0 } };
	const struct node *role = link_find(w->in, "Role", r.namespace, node_text(ref, "name"));

	r.role = role;
	if (!str_is(node_text(ref, "kind"), "Role") || !role)
		return; /* check objects reports it */
	for (const struct node *s = link_first(node_at(binding, "subjects")); s; s = s->next) {
		r.account = node_text(s, "name");
		if (!str_is(node_text(s, "kind"), "ServiceAccount") ||
		    !str_eq(node_text(s, "namespace"), w->own))
			link_report(w->in, w->self, s,
				    "%s binds a %s of namespace '%s', which is none of this "
				    "cluster's ServiceAccounts",
				    link_name(w->in, binding).p, node_text(s, "kind").p,
				    node_text(s, "namespace").p);
		for (const struct node *rule = link_first(node_at(role, "rules")); rule;
		     rule = rule->next)
			grant_rule(w, r, rule);
	}
}

static struct str call(const struct rbac_walk *w, const struct right *r)
{
	return arena_fmt(w->in->arena, "%s %s%s%s%s%s%s in namespace '%s'", r->verb.p,
			 r->resource.p, r->group.n ? "." : "", r->group.p, r->name.n ? " '" : "",
			 r->name.p, r->name.n ? "'" : "", r->namespace.p);
}

static const struct node *account(const struct rbac_walk *w, const struct right *r)
{
	return link_find(w->in, "ServiceAccount", w->own, r->account);
}

/* Whether the account has any right in the namespace of r. */
static bool has_any(const struct rbac_walk *w, const struct right *r)
{
	for (size_t i = 0; i < w->granted.n; i++)
		if (str_eq(w->granted.list[i].account, r->account) &&
		    str_eq(w->granted.list[i].namespace, r->namespace))
			return true;
	return false;
}

/* The first of the rights that an account needs in a namespace. */
static bool is_first(const struct rbac_walk *w, const struct right *r)
{
	for (const struct right *o = w->needed.list; o < r; o++)
		if (str_eq(o->account, r->account) && str_eq(o->namespace, r->namespace))
			return false;
	return true;
}

static void check_needed(const struct rbac_walk *w, const struct right *r)
{
	const struct node *at = account(w, r);

	if (!at || find(&w->granted, r))
		return;
	if (has_any(w, r))
		link_report(w->in, w->self, at, "ServiceAccount '%s' may not %s, which %s does",
			    r->account.p, call(w, r).p, node_text(r->row, "by").p);
	else if (is_first(w, r))
		link_report(w->in, w->self, at,
			    "ServiceAccount '%s' has no rights in namespace '%s'; it must %s",
			    r->account.p, r->namespace.p, call(w, r).p);
}

/* A role without a rule, or that nobody is given, is a remainder of something. */
static void check_unused(const struct rbac_walk *w)
{
	for (size_t i = 0; i < w->in->n; i++) {
		const struct node *o = w->in->objects[i];
		bool used = false;

		if (!str_is(node_text(o, "kind"), "Role"))
			continue;
		for (size_t k = 0; k < w->granted.n && !used; k++)
			used = w->granted.list[k].role == o;
		if (!used)
			link_report(w->in, w->self, o, "%s is bound to nobody",
				    link_name(w->in, o).p);
	}
}

void check_rbac(const struct link_input *in, const struct link_check *self)
{
	const struct node *contract = node_get(in->world->contracts, str_of("api-calls"));
	struct rbac_walk w = { .in = in, .self = self };
	struct slot_scope s = { .in = in };

	w.own = node_text(node_at(in->facts, "meta"), "namespace");
	for (size_t i = 0; i < in->n; i++)
		if (str_is(node_text(in->objects[i], "kind"), "RoleBinding"))
			grant(&w, in->objects[i]);
	rows_expand(&s, node_at(contract, "rows"), need, &w);
	for (size_t i = 0; i < w.granted.n; i++) {
		const struct right *r = &w.granted.list[i];

		if (!find(&w.needed, r) && account(&w, r))
			link_report(in, self, r->at,
				    "ServiceAccount '%s' may %s, a call that none of its programs "
				    "makes",
				    r->account.p, call(&w, r).p);
	}
	for (size_t i = 0; i < w.needed.n; i++)
		check_needed(&w, &w.needed.list[i]);
	check_unused(&w);
}
