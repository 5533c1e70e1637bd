/* SPDX-License-Identifier: Apache-2.0 */
/* exposure.c: sets of sentences before and now; what is on one side only opens or closes. */
#include "guard/exposure.h"

#include "guard/inside.h"
#include "tree/print.h"

/* Sentences about one side. */
struct said {
	struct arena *arena;
	struct str *list;
	size_t n, cap;
};

static void say(struct said *s, struct str text)
{
	for (size_t i = 0; i < s->n; i++)
		if (str_eq(s->list[i], text))
			return;
	if (s->n == s->cap) {
		struct str *grown = NULL;

		s->cap = s->cap ? 2 * s->cap : 16;
		grown = NEW_ARRAY(s->arena, s->cap, struct str);
		if (s->n)
			memcpy(grown, s->list, s->n * sizeof(*grown));
		s->list = grown;
	}
	s->list[s->n++] = text;
}

static bool holds(const struct said *s, struct str text)
{
	for (size_t i = 0; i < s->n; i++)
		if (str_eq(s->list[i], text))
			return true;
	return false;
}

/* "a=b, c=d" of a label selector; "all pods" when it is empty. */
static struct str labels_text(struct arena *a, const struct node *selector)
{
	const struct node *labels = node_at(selector, "matchLabels");
	struct buf out = { 0 };

	if (labels)
		node_each(l, labels) buf_fmt(&out, "%s%s=%s", out.n ? ", " : "", l->key.p,
					     l->kind == NODE_STR ? l->text.p : "");
	if (!out.n)
		buf_text(&out, "all pods");
	return buf_take(&out, a);
}

/* What people call the pods of a workload: "orders-pooler". */
static struct str workload(struct arena *a, const struct node *selector)
{
	struct str name = node_text(node_at(selector, "matchLabels"), "howdah.dev/workload");

	return name.n ? name : labels_text(a, selector);
}

static struct str peer_text(struct arena *a, const struct node *peer)
{
	const struct node *block = node_at(peer, "ipBlock"), *pods = node_at(peer, "podSelector");
	const struct node *spaces = node_at(peer, "namespaceSelector");
	struct str name = node_text(node_at(spaces, "matchLabels"), "kubernetes.io/metadata.name");

	if (block)
		return node_text(block, "cidr");
	if (!spaces)
		return workload(a, pods);
	name = name.n ? arena_fmt(a, "namespace %s", name.p)
		      : arena_fmt(a, "namespaces with %s", labels_text(a, spaces).p);
	return node_count(node_at(pods, "matchLabels"))
		   ? arena_fmt(a, "%s (%s)", name.p, labels_text(a, pods).p)
		   : name;
}

/* One flow of a rule: text before and behind "from ... to ...". */
static void flow(struct said *s, bool in, struct str port, struct str peer, struct str own)
{
	if (in)
		say(s, arena_fmt(s->arena, "%s from %s to %s", port.p, peer.p, own.p));
	else
		say(s, arena_fmt(s->arena, "%s from %s to %s", port.p, own.p, peer.p));
}

static struct str port_text(struct arena *a, const struct node *port)
{
	const struct node *n = node_at(port, "port");
	struct str protocol = node_text(port, "protocol");

	if (!n)
		return str_of("every port");
	if (protocol.n && !str_is(protocol, "TCP"))
		return arena_fmt(a, "%s/%s", print_node_inline(a, n).p, protocol.p);
	return print_node_inline(a, n);
}

static void rule(struct said *s, const struct node *r, bool in, struct str own)
{
	const struct node *ports = node_at(r, "ports"), *peers = node_at(r, in ? "from" : "to");
	const struct node *port = ports ? ports->kids : NULL;

	do {
		struct str p = port ? port_text(s->arena, port) : str_of("every port");

		if (!node_count(peers))
			flow(s, in, p, str_of("everywhere"), own);
		for (const struct node *peer = peers ? peers->kids : NULL; peer; peer = peer->next)
			flow(s, in, p, peer_text(s->arena, peer), own);
		port = port ? port->next : NULL;
	} while (port);
}

static void policy(struct said *s, const struct node *object)
{
	const struct node *spec = node_at(object, "spec");
	const struct node *ingress = node_at(spec, "ingress"), *egress = node_at(spec, "egress");
	struct str own = workload(s->arena, node_at(spec, "podSelector"));

	for (const struct node *r = ingress ? ingress->kids : NULL; r; r = r->next)
		rule(s, r, true, own);
	for (const struct node *r = egress ? egress->kids : NULL; r; r = r->next)
		rule(s, r, false, own);
}

static void service(struct said *s, const struct node *object)
{
	const struct node *spec = node_at(object, "spec"), *ports = node_at(spec, "ports");
	struct str name = node_text(node_at(object, "metadata"), "name");
	struct str type = node_text(spec, "type");

	for (const struct node *p = ports ? ports->kids : NULL; p; p = p->next)
		say(s, arena_fmt(s->arena, "%s of Service %s%s%s", port_text(s->arena, p).p, name.p,
				 str_is(type, "ClusterIP") || !type.n ? "" : ", type ",
				 str_is(type, "ClusterIP") || !type.n ? "" : type.p));
}

static void logins(struct said *s, const struct node *object)
{
	const struct node *text = node_at(node_at(object, "data"), "orders.yaml");
	const struct node *orders =
	    text && text->kind == NODE_STR ? inside_text(s->arena, text) : NULL;
	const struct node *list = node_at(node_at(orders, "spec"), "logins");

	for (const struct node *l = list ? list->kids : NULL; l; l = l->next)
		say(s, arena_fmt(s->arena, "login %s to database %s as %s, for namespace %s",
				 node_text(l, "name").p, node_text(l, "database").p,
				 node_text(l, "role").p,
				 node_text(node_at(l, "secret"), "namespace").p));
}

static struct said read_side(struct arena *a, const struct node *object)
{
	struct said s = { .arena = a };
	struct str kind = node_text(object, "kind");

	if (str_is(kind, "NetworkPolicy"))
		policy(&s, object);
	else if (str_is(kind, "Service"))
		service(&s, object);
	else if (str_is(kind, "ConfigMap"))
		logins(&s, object);
	return s;
}

static void one_way(struct arena *a, const struct said *from, const struct said *without,
		    bool opens, struct verdict *v)
{
	struct verdict_exposure **end = &v->exposure;

	while (*end)
		end = &(*end)->next;
	for (size_t i = 0; i < from->n; i++) {
		if (holds(without, from->list[i]))
			continue;
		*end = NEW(a, struct verdict_exposure);
		**end = (struct verdict_exposure){ opens, from->list[i], NULL };
		end = &(*end)->next;
	}
}

void exposure_of(struct arena *a, const struct guard_pair *pair, struct verdict *v)
{
	struct said was = read_side(a, pair->was), is = read_side(a, pair->is);

	one_way(a, &is, &was, true, v);
	one_way(a, &was, &is, false, v);
}
