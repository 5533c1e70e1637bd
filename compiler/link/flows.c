/* SPDX-License-Identifier: Apache-2.0 */
/* flows.c: NetworkPolicies against the flows that programs need (contract flows), both ways. */
#include "link/checks.h"
#include "link/objects.h"
#include "link/rows.h"

#define WORKLOAD "howdah.dev/workload"
#define NAMESPACE "kubernetes.io/metadata.name"
#define ANYWHERE "0.0.0.0/0"
#define METADATA "169.254.169.254/32"

enum { COMPONENTS = 3 };

static const char *const components[COMPONENTS] = { "postgres", "pooler", "drill" };

/* One flow in atoms: one component, one peer, one port. */
struct flow {
	int component;
	bool egress, udp;
	int64_t port;
	struct str namespace;        /* of pods; empty: the cluster's own */
	const struct node *pods;     /* labels, or NULL: every pod */
	struct str cidr;             /* instead of pods */
	bool spares_metadata;        /* cidr without the metadata address, and only that */
	const struct node *at, *row; /* where it is allowed; why it is needed */
};

struct flows {
	struct flow *list;
	size_t n, cap;
};

/* The check under way. */
struct flow_walk {
	const struct link_input *in;
	const struct link_check *self;
	struct flows allowed, needed;
	struct str own;                    /* the cluster's namespace */
	const struct node *policy;         /* under work */
	const struct node *of[COMPONENTS]; /* a policy of each component, for messages */
};

static void add(struct flow_walk *w, struct flows *l, struct flow f)
{
	if (l->n == l->cap) {
		struct flow *grown = NULL;

		l->cap = l->cap ? l->cap * 2 : 128;
		grown = NEW_ARRAY(w->in->arena, l->cap, struct flow);
		if (l->n)
			memcpy(grown, l->list, l->n * sizeof(*grown));
		l->list = grown;
	}
	if (str_eq(f.namespace, w->own))
		f.namespace = (struct str){ "", 0 };
	l->list[l->n++] = f;
}

static bool same_pods(const struct node *a, const struct node *b)
{
	return a && b ? node_eq(a, b) : node_count(a) == 0 && node_count(b) == 0;
}

static bool same(const struct flow *a, const struct flow *b)
{
	return a->component == b->component && a->egress == b->egress && a->udp == b->udp &&
	       a->port == b->port && str_eq(a->cidr, b->cidr) &&
	       a->spares_metadata == b->spares_metadata && str_eq(a->namespace, b->namespace) &&
	       (a->cidr.n || same_pods(a->pods, b->pods));
}

static const struct flow *find(const struct flows *l, const struct flow *f)
{
	for (size_t i = 0; i < l->n; i++)
		if (same(&l->list[i], f))
			return &l->list[i];
	return NULL;
}

/* Both protocols of DNS, or TCP. */
static void add_ports(struct flow_walk *w, struct flow f, const struct slot_scope *s,
		      const struct node *row)
{
	const struct node *ports = node_at(row, "ports");
	bool dns = str_is(node_text(row, "protocol"), "DNS");

	if (ports && ports->kind == NODE_STR)
		ports = slots_fill(s, ports->text).node;
	f.row = row;
	for (const struct node *p = link_first(ports); p; p = p->next) {
		if (!str_int(item_text(s, p), &f.port))
			continue;
		f.udp = false;
		add(w, &w->needed, f);
		f.udp = true;
		if (dns)
			add(w, &w->needed, f);
	}
}

static void add_ranges(struct flow_walk *w, struct flow f, const struct slot_scope *s,
		       const struct node *row)
{
	const struct node *cidrs = node_at(row, "cidrs");

	if (cidrs->kind == NODE_STR)
		cidrs = slots_fill(s, cidrs->text).node;
	for (const struct node *c = link_first(cidrs); c; c = c->next) {
		f.cidr = item_text(s, c);
		f.spares_metadata = str_is(f.cidr, ANYWHERE);
		add_ports(w, f, s, row);
	}
}

/* Labels of a row's peer: a fact, or a map whose values have slots. */
static const struct node *pods_of(const struct flow_walk *w, const struct slot_scope *s,
				  const struct node *row)
{
	const struct node *pods = node_at(row, "pods");
	struct node *map = NULL;
	struct node_list labels = { 0 };

	if (!pods || pods->kind == NODE_STR)
		return pods ? slots_fill(s, pods->text).node : NULL;
	map = node_new(w->in->arena, NODE_MAP, pods->pos);
	node_each(l, pods)
	    node_put(&labels, l->key, node_str(w->in->arena, l->pos, item_text(s, l)));
	map->kids = labels.first;
	return map;
}

static int component_of(struct str name)
{
	int i = 0;

	while (i < COMPONENTS && !str_is(name, components[i]))
		i++;
	return i;
}

static void need(void *with, const struct slot_scope *s, const struct node *row)
{
	struct flow_walk *w = with;

	for (const struct node *c = link_first(node_at(row, "of")); c; c = c->next) {
		struct flow f = { .component = component_of(c->text) };

		if (f.component == COMPONENTS || !w->of[f.component])
			continue;
		f.egress = str_is(node_text(row, "direction"), "egress");
		if (node_at(row, "cidrs")) {
			add_ranges(w, f, s, row);
			continue;
		}
		f.namespace = row_text(s, row, "namespace");
		f.pods = pods_of(w, s, row);
		add_ports(w, f, s, row);
	}
}

/* Which of our pods the policy speaks about. */
static int subject(const struct flow_walk *w, const struct node *policy)
{
	const struct node *selector = link_selector(policy);
	struct str name = node_text(node_at(w->in->facts, "meta"), "name");

	for (size_t i = 0; i < w->in->index->n_pods; i++) {
		const struct link_pod *p = &w->in->index->pods[i];
		struct str workload = node_text(p->labels, WORKLOAD);

		if (str_eq(p->namespace, link_namespace(policy)) &&
		    link_selects(selector, p->labels) && workload.n > name.n + 1)
			return component_of(str_cut(workload, name.n + 1, workload.n));
	}
	return COMPONENTS;
}

/* A peer of a rule: false when it is of no form that this check understands. */
static bool peer(const struct node *p, struct flow *f)
{
	const struct node *block = node_at(p, "ipBlock"), *pods = node_at(p, "podSelector"),
			  *spaces = node_at(p, "namespaceSelector");
	const struct node *except = node_at(block, "except");
	const struct node *labels = node_at(spaces, "matchLabels");

	if (block) {
		f->cidr = node_text(block, "cidr");
		f->spares_metadata =
		    node_count(except) == 1 && str_is(except->kids->text, METADATA);
		return !pods && !spaces && (!except || f->spares_metadata);
	}
	f->pods = node_at(pods, "matchLabels");
	f->namespace = node_text(labels, NAMESPACE);
	if (spaces && (node_count(labels) != 1 || !f->namespace.n || node_count(spaces) != 1))
		return false;
	return pods && node_count(pods) == (f->pods ? 1U : 0U);
}

static void allow_ports(struct flow_walk *w, struct flow f, const struct node *rule)
{
	for (const struct node *p = link_first(node_at(rule, "ports")); p; p = p->next) {
		const struct node *port = node_at(p, "port");

		if (!port || port->kind != NODE_INT || node_at(p, "endPort")) {
			link_report(w->in, w->self, port ? port : p,
				    "%s allows ports that are not single numbers",
				    link_name(w->in, w->policy).p);
			continue;
		}
		f.port = port->num;
		f.udp = str_is(node_text(p, "protocol"), "UDP");
		f.at = port;
		if (!f.udp && node_at(p, "protocol") && !str_is(node_text(p, "protocol"), "TCP"))
			f.port = -1;
		add(w, &w->allowed, f);
	}
}

static void allow_rule(struct flow_walk *w, struct flow f, const struct node *rule)
{
	const struct node *peers = node_at(rule, f.egress ? "to" : "from");

	if (!node_count(peers) || !node_count(node_at(rule, "ports"))) {
		link_report(w->in, w->self, rule, "%s allows %s without naming %s",
			    link_name(w->in, w->policy).p, f.egress ? "egress" : "ingress",
			    node_count(peers) ? "ports" : "the other end");
		return;
	}
	node_each(p, peers)
	{
		struct flow one = f;

		if (peer(p, &one))
			allow_ports(w, one, rule);
		else
			link_report(w->in, w->self, p,
				    "%s names a peer in a way that no flow of the cluster needs",
				    link_name(w->in, w->policy).p);
	}
}

static void policy(struct flow_walk *w, const struct node *o)
{
	static const char *const directions[2][2] = { { "egress", "Egress" },
						      { "ingress", "Ingress" } };
	const struct node *spec = node_at(o, "spec"), *types = node_at(spec, "policyTypes");
	struct flow f = { .component = subject(w, o) };

	w->policy = o;
	if (!node_count(link_selector(o)))
		link_report(w->in, w->self, o,
			    "%s selects every pod of the namespace, those of others too",
			    link_name(w->in, o).p);
	if (f.component == COMPONENTS)
		return;
	w->of[f.component] = o;
	for (size_t d = 0; d < 2; d++) {
		if (!node_lists(types, str_of(directions[d][1])))
			link_report(w->in, w->self, types ? types : o,
				    "%s does not name %s in policyTypes: all of it is allowed",
				    link_name(w->in, o).p, directions[d][1]);
		f.egress = d == 0;
		for (const struct node *r = link_first(node_at(spec, directions[d][0])); r;
		     r = r->next)
			allow_rule(w, f, r);
	}
}

/* Where a flow leads, in words. */
static struct str where(const struct flow_walk *w, const struct flow *f)
{
	const struct node *label = link_first(f->pods);

	if (f->cidr.n)
		return arena_fmt(w->in->arena, "%s%s", f->cidr.p,
				 f->spares_metadata ? " without the metadata address" : "");
	return arena_fmt(w->in->arena, "%s%s%s%s in namespace '%s'",
			 label ? "pods with " : "every pod", label ? label->key.p : "",
			 label ? "=" : "", label ? label->text.p : "",
			 f->namespace.n ? f->namespace.p : w->own.p);
}

static const char *protocol(const struct flow *f)
{
	return f->udp ? "UDP" : "TCP";
}

static void not_needed(const struct flow_walk *w, const struct flow *f)
{
	link_report(w->in, w->self, f->at,
		    "%s pods may be connected %s %s on port %lld/%s, which nothing needs",
		    components[f->component], f->egress ? "to" : "from", where(w, f).p,
		    (long long)f->port, protocol(f));
}

static void not_allowed(const struct flow_walk *w, const struct flow *f)
{
	link_report(w->in, w->self, w->of[f->component],
		    "%s pods cannot be connected %s %s on port %lld/%s: %s",
		    components[f->component], f->egress ? "to" : "from", where(w, f).p,
		    (long long)f->port, protocol(f), node_text(f->row, "why").p);
}

static void compare(struct flow_walk *w)
{
	for (size_t i = 0; i < w->allowed.n; i++)
		if (!find(&w->needed, &w->allowed.list[i]))
			not_needed(w, &w->allowed.list[i]);
	for (size_t i = 0; i < w->needed.n; i++)
		if (!find(&w->allowed, &w->needed.list[i]))
			not_allowed(w, &w->needed.list[i]);
}

/* Where the destination finds an object store. */
static const struct node *egress_of(const struct link_input *in, struct str store)
{
	return node_get(node_at(node_at(in->facts, "destination"), "storeEgress"), store);
}

/* Name of the store whose archive this cluster reads, when it is not its own; else empty. */
static struct str origin_store(const struct link_input *in)
{
	const struct node *spec = node_at(in->facts, "spec"), *restore = node_at(spec, "restore");
	struct str own = node_text(node_at(spec, "backup"), "store");
	struct str name = node_text(node_at(in->facts, "source"), "store");

	if (!restore && !node_at(spec, "standby"))
		return (struct str){ "", 0 };
	if (node_at(restore, "prefix"))
		name = node_text(node_at(restore, "prefix"), "store");
	return str_eq(name, own) ? (struct str){ "", 0 } : name;
}

/* A way leads through the network from destination there to here, and both trust one issuer. */
static bool connected(const struct node *all, struct str there, struct str here)
{
	const struct node *from = node_get(all, there), *to = node_get(all, here);
	struct str a = node_text(node_at(from, "issuer"), "name"),
		   b = node_text(node_at(to, "issuer"), "name");

	if (!a.n || !b.n)
		return false;
	if (str_eq(there, here))
		return true;
	return str_eq(a, b) && node_get(node_at(from, "standbyPeers"), here) &&
	       node_text(node_get(node_at(to, "standbyPeers"), there), "domain").n;
}

static struct str scope_of(const struct flow_walk *w, struct str name, int64_t incarnation)
{
	return incarnation > 1 ? arena_fmt(w->in->arena, "%s-i%lld", name.p, (long long)incarnation)
			       : name;
}

/* A cluster that this one follows, or that follows it: PostgreSQL's port, where they stream. */
static void need_other(struct flow_walk *w, const struct node *other, bool egress)
{
	const struct node *facts = w->in->facts;
	const struct node *all = node_at(node_at(facts, "platform"), "destinations");
	struct str here = node_text(node_at(facts, "place"), "destination");
	struct str there = node_text(other, "destination");
	struct str name = node_text(other, "name"), own = node_text(node_at(facts, "meta"), "name");
	struct slot_scope s = { .in = w->in, .n = 2 };
	const struct node *rows = node_at(node_get(w->in->world->contracts, str_of("flows")),
					  there.n && str_eq(here, there) ? "near" : "far");

	if (!other || !w->of[0] || !connected(all, egress ? there : here, egress ? here : there) ||
	    str_eq(scope_of(w, name, node_num(other, "incarnation", 1)),
		   scope_of(w, own, node_num(node_at(facts, "spec"), "incarnation", 1))))
		return;
	s.names[0] = (struct slot_name){ str_of("other"), other };
	s.names[1] =
	    (struct slot_name){ str_of("way"),
				node_get(node_at(node_at(facts, "destination"), "standbyPeers"),
					 there) };
	need(w, &s, node_at(rows, egress ? "source" : "follower"));
}

void check_flows(const struct link_input *in, const struct link_check *self)
{
	const struct node *contract = node_get(in->world->contracts, str_of("flows"));
	struct flow_walk w = { .in = in, .self = self };
	struct slot_scope s = { .in = in, .n = 2 };
	struct str store = node_text(node_at(node_at(in->facts, "spec"), "backup"), "store");
	bool follows = node_at(node_at(in->facts, "spec"), "standby") != NULL;

	w.own = node_text(node_at(in->facts, "meta"), "namespace");
	s.names[0] = (struct slot_name){ str_of("egress"), egress_of(in, store) };
	s.names[1] = (struct slot_name){ str_of("origins"), egress_of(in, origin_store(in)) };
	for (size_t i = 0; i < in->n; i++)
		if (str_is(node_text(in->objects[i], "kind"), "NetworkPolicy"))
			policy(&w, in->objects[i]);
	rows_expand(&s, node_at(contract, "rows"), need, &w);
	if (follows)
		need_other(&w, node_at(in->facts, "source"), true);
	for (const struct node *f = link_first(node_at(in->facts, "followers")); f; f = f->next)
		need_other(&w, f, false);
	compare(&w);
}
