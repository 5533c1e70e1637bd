/* SPDX-License-Identifier: Apache-2.0 */
/* ports.c: ports of Services, probes and monitors against the containers behind them. */
#include "link/checks.h"
#include "link/objects.h"

/* Looking for a port of a pod by name or number. */
struct port_walk {
	const struct node *want;
	bool found;
};

static void port_of(void *arg, const struct node *c)
{
	struct port_walk *w = arg;
	const struct node *ports = node_at(c, "ports");

	for (const struct node *p = ports ? ports->kids : NULL; p; p = p->next) {
		if (w->want->kind == NODE_STR && str_eq(node_text(p, "name"), w->want->text))
			w->found = true;
		if (w->want->kind == NODE_INT && node_num(p, "containerPort", 0) == w->want->num)
			w->found = true;
	}
}

static bool pod_has(const struct node *pod, const struct node *port)
{
	struct port_walk w = { port, false };

	link_containers(node_at(pod, "spec"), port_of, &w);
	return w.found;
}

static struct str port_text(const struct link_input *in, const struct node *port)
{
	return port->kind == NODE_STR ? port->text
				      : arena_fmt(in->arena, "%lld", (long long)port->num);
}

/* Each pod that selector matches has the port. */
static void behind(const struct link_input *in, const struct link_check *self,
		   const struct node *object, const struct node *selector, const struct node *port)
{
	struct link_pods pods = link_pods(in);

	for (size_t i = 0; port && i < pods.n; i++) {
		const struct link_pod *p = &pods.list[i];

		if (!str_eq(link_namespace(p->owner), link_namespace(object)) ||
		    !link_selects(selector, node_at(node_at(p->pod, "metadata"), "labels")) ||
		    pod_has(p->pod, port))
			continue;
		link_report(in, self, port, "%s names port '%s', which no container of %s has",
			    link_name(in, object).p, port_text(in, port).p,
			    link_name(in, p->owner).p);
	}
}

static void service(const struct link_input *in, const struct link_check *self,
		    const struct node *o)
{
	const struct node *spec = node_at(o, "spec"), *ports = node_at(spec, "ports");

	for (const struct node *p = ports ? ports->kids : NULL; p; p = p->next)
		behind(in, self, o, node_at(spec, "selector"),
		       node_at(p, "targetPort") ? node_at(p, "targetPort") : node_at(p, "port"));
}

static void monitor(const struct link_input *in, const struct link_check *self,
		    const struct node *o)
{
	const struct node *spec = node_at(o, "spec"), *list = node_at(spec, "podMetricsEndpoints");

	for (const struct node *e = list ? list->kids : NULL; e; e = e->next)
		behind(in, self, o, node_at(spec, "selector"), node_at(e, "port"));
}

/* The pod and object that probes are looked at in. */
struct probe_walk {
	const struct link_input *in;
	const struct link_check *self;
	const struct link_pod *pod;
};

static void probes(void *arg, const struct node *c)
{
	static const char *const names[] = { "startupProbe", "livenessProbe", "readinessProbe" };
	static const char *const kinds[] = { "httpGet", "tcpSocket" };
	const struct probe_walk *w = arg;

	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < 2; k++) {
			const struct node *port =
			    node_at(node_at(node_at(c, names[i]), kinds[k]), "port");
			struct port_walk found = { port, false };

			if (port)
				port_of(&found, c);
			if (port && !found.found)
				link_report(w->in, w->self, port,
					    "%s of container '%s' in %s asks port '%s', which the "
					    "container does not have",
					    names[i], node_text(c, "name").p,
					    link_name(w->in, w->pod->owner).p,
					    port_text(w->in, port).p);
		}
}

void check_ports(const struct link_input *in, const struct link_check *self)
{
	struct link_pods pods = link_pods(in);

	for (size_t i = 0; i < in->n; i++) {
		struct str kind = node_text(in->objects[i], "kind");

		if (str_is(kind, "Service"))
			service(in, self, in->objects[i]);
		else if (str_is(kind, "PodMonitor"))
			monitor(in, self, in->objects[i]);
	}
	for (size_t i = 0; i < pods.n; i++) {
		struct probe_walk w = { in, self, &pods.list[i] };

		link_containers(node_at(pods.list[i].pod, "spec"), probes, &w);
	}
}
