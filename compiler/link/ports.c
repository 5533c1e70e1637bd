/* SPDX-License-Identifier: Apache-2.0 */
/* ports.c: ports of Services, probes and monitors against the containers behind them. */
#include "link/checks.h"
#include "link/objects.h"

static bool has_port(const struct node *container, const struct node *port)
{
	for (const struct node *p = link_first(node_at(container, "ports")); p; p = p->next) {
		if (port->kind == NODE_STR && str_eq(node_text(p, "name"), port->text))
			return true;
		if (port->kind == NODE_INT && node_num(p, "containerPort", 0) == port->num)
			return true;
	}
	return false;
}

static bool pod_has(const struct link_input *in, const struct link_pod *pod,
		    const struct node *port)
{
	for (size_t i = 0; i < in->index->n_containers; i++)
		if (in->index->containers[i].pod == pod &&
		    has_port(in->index->containers[i].node, port))
			return true;
	return false;
}

static struct str port_text(const struct link_input *in, const struct node *port)
{
	return port->kind == NODE_STR ? port->text
				      : arena_fmt(in->arena, "%lld", (long long)port->num);
}

/* Each pod that selector matches has the port. */
static void behind(const struct link_input *in, const struct link_check *self,
		   const struct node *object, const struct node *port)
{
	const struct node *selector = link_selector(object);

	for (size_t i = 0; port && i < in->index->n_pods; i++) {
		const struct link_pod *p = &in->index->pods[i];

		if (!str_eq(p->namespace, link_namespace(object)) ||
		    !link_selects(selector, p->labels) || pod_has(in, p, port))
			continue;
		link_report(in, self, port, "%s names port '%s', which no container of %s has",
			    link_name(in, object).p, port_text(in, port).p,
			    link_name(in, p->owner).p);
	}
}

static void service(const struct link_input *in, const struct link_check *self,
		    const struct node *o)
{
	const struct node *ports = node_at(node_at(o, "spec"), "ports");

	for (const struct node *p = link_first(ports); p; p = p->next)
		behind(in, self, o,
		       node_at(p, "targetPort") ? node_at(p, "targetPort") : node_at(p, "port"));
}

static void monitor(const struct link_input *in, const struct link_check *self,
		    const struct node *o)
{
	const struct node *list = node_at(node_at(o, "spec"), "podMetricsEndpoints");

	for (const struct node *e = link_first(list); e; e = e->next)
		behind(in, self, o, node_at(e, "port"));
}

static void probes(const struct link_input *in, const struct link_check *self,
		   const struct link_container *c)
{
	static const char *const names[] = { "startupProbe", "livenessProbe", "readinessProbe" };
	static const char *const kinds[] = { "httpGet", "tcpSocket", "grpc" };

	for (size_t i = 0; i < 9; i++) {
		const struct node *probe = node_at(c->node, names[i / 3]);
		const struct node *port = node_at(node_at(probe, kinds[i % 3]), "port");

		if (port && !has_port(c->node, port))
			link_report(in, self, port,
				    "%s of container '%s' in %s asks port '%s', which the "
				    "container does not have",
				    names[i / 3], node_text(c->node, "name").p,
				    link_name(in, c->pod->owner).p, port_text(in, port).p);
	}
}

/* Two containers of a pod share one address: a port opens once. */
static void twice(const struct link_input *in, const struct link_check *self, size_t at)
{
	const struct link_container *c = &in->index->containers[at];

	for (const struct node *p = link_first(node_at(c->node, "ports")); p; p = p->next) {
		const struct node *number = node_at(p, "containerPort"), *name = node_at(p, "name");

		for (size_t i = 0; i < at; i++) {
			const struct link_container *d = &in->index->containers[i];

			if (d->pod != c->pod || !((number && has_port(d->node, number)) ||
						  (name && has_port(d->node, name))))
				continue;
			link_report(
			    in, self, p, "containers '%s' and '%s' of %s have the same port '%s'",
			    node_text(d->node, "name").p, node_text(c->node, "name").p,
			    link_name(in, c->pod->owner).p, port_text(in, name ? name : number).p);
		}
	}
}

void check_ports(const struct link_input *in, const struct link_check *self)
{
	for (size_t i = 0; i < in->n; i++) {
		struct str kind = node_text(in->objects[i], "kind");

		if (str_is(kind, "Service"))
			service(in, self, in->objects[i]);
		else if (str_is(kind, "PodMonitor"))
			monitor(in, self, in->objects[i]);
	}
	for (size_t i = 0; i < in->index->n_containers; i++) {
		probes(in, self, &in->index->containers[i]);
		twice(in, self, i);
	}
}
