/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c: what a pod has is held against the orders; what an agent noted on it tells what is being
 * tried, and since when. */
#include "sidecars/plan.h"

#include "facts/patroni.h"

enum { PROOF_S = 60, STEADY_S = 10 };

static const struct fact_sidecar *sidecar_of(const struct fact_pod *pod, struct str container)
{
	for (size_t i = 0; i < pod->n_sidecars; i++)
		if (str_eq(pod->sidecars[i].container, container))
			return &pod->sidecars[i];
	return NULL;
}

static struct sidecar_plan plan(enum sidecar_step step, const struct fact_pod *pod, const char *why)
{
	return (struct sidecar_plan){ .step = step,
				      .pod = pod,
				      .container = { "", 0 },
				      .image = { "", 0 },
				      .was = { "", 0 },
				      .why = why };
}

/* An agent brought the image that it has, and has not seen yet that it works. */
static bool is_tried(const struct fact_pod *pod, const struct fact_sidecar *s)
{
	return str_eq(pod->update.container, s->container) && str_eq(pod->update.image, s->image);
}

/* Another container must run than before, and go on to. */
static bool works(const struct round *r, const struct fact_pod *pod, const struct fact_sidecar *s)
{
	return s->id.n > 0 && !str_eq(s->id, pod->update.id) && r->now.wall - s->since >= STEADY_S;
}

/* It has the wanted image. What worked once is tried no more: a container that ends days later, or
 * with its node, says nothing of its image. */
static struct sidecar_plan prove(const struct round *r, const struct fact_pod *pod,
				 const struct fact_sidecar *s)
{
	const struct fact_update *u = &pod->update;
	struct sidecar_plan p = plan(SIDECAR_WAIT, pod, "its new image is not proved yet");

	if (!is_tried(pod, s))
		return plan(SIDECAR_FINE, NULL, "");
	p.container = s->container;
	p.sidecar = s;
	if (works(r, pod, s)) {
		p.step = SIDECAR_PROVED;
		p.why = "its new image works";
		return p;
	}
	if (r->now.wall - u->at < PROOF_S)
		return p;
	p.step = SIDECAR_REVERT;
	p.image = u->was;
	p.why = "its new image did not come up";
	return p;
}

static struct sidecar_plan step(const struct round *r, const struct fact_pod *pod,
				const struct node *wanted)
{
	const struct fact_sidecar *s = sidecar_of(pod, node_text(wanted, "container"));
	struct sidecar_plan p = plan(SIDECAR_FINE, pod, "");

	if (!s)
		return p;
	if (str_eq(s->image, node_text(wanted, "image")))
		return prove(r, pod, s);
	p.container = s->container;
	p.image = node_text(wanted, "image");
	p.sidecar = s;
	if (str_eq(pod->update.refused, p.image)) {
		p.step = SIDECAR_STOPPED;
		p.why = "its new image did not come up";
	} else if (pod->deleting || !pod->ready) {
		p.step = SIDECAR_WAIT;
		p.why = "it is not Ready";
	} else {
		p.step = SIDECAR_CHANGE;
		p.was = is_tried(pod, s) && !works(r, pod, s) ? pod->update.was : s->image;
		p.why = "the orders name another image";
	}
	return p;
}

static struct sidecar_plan of_pod(const struct round *r, const struct fact_pod *pod)
{
	const struct node *list = orders_at(r->orders, "sidecars");

	for (const struct node *n = list ? list->kids : NULL; n; n = n->next) {
		struct sidecar_plan p = step(r, pod, n);

		if (p.step != SIDECAR_FINE)
			return p;
	}
	return plan(SIDECAR_FINE, NULL, "");
}

struct sidecar_plan sidecar_plan(const struct round *r, bool leader)
{
	const struct fact_pods *pods = facts_pods(r->facts);
	const struct fact_pod *first = NULL;

	for (size_t i = pods->n; i-- > 0;) {
		const struct fact_pod *pod = &pods->pods[i];
		struct sidecar_plan p;

		if (!str_eq(pod->set, orders_text(r->orders, "objects.statefulSet")))
			continue;
		if (str_eq(pod->name, facts_patroni(r->facts)->leader)) {
			first = pod;
			continue;
		}
		p = of_pod(r, pod);
		if (leader && p.step != SIDECAR_FINE && p.step != SIDECAR_STOPPED)
			return plan(SIDECAR_WAIT, pod, "the leader's pod comes last");
		if (p.step != SIDECAR_FINE)
			return p;
	}
	return leader && first ? of_pod(r, first) : plan(SIDECAR_FINE, NULL, "");
}
