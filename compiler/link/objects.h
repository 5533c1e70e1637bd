/* SPDX-License-Identifier: Apache-2.0 */
/* Finding one's way in the objects of a cluster: by kind and name, their pods, their selectors. */
#ifndef LINK_OBJECTS_H
#define LINK_OBJECTS_H

#include "link/link.h"

/* A pod template and the object it stands in. */
struct link_pod {
	const struct node *owner;
	const struct node *pod;    /* {metadata, spec} */
	const struct node *claims; /* volumeClaimTemplates, or NULL */
};

/* The pods of a cluster. */
struct link_pods {
	struct link_pod *list;
	size_t n;
};

/* "Kind name" of an object, for messages; in the arena. */
struct str link_name(const struct link_input *in, const struct node *object);

/* metadata.namespace of object, or an empty slice. */
struct str link_namespace(const struct node *object);

/* The object of kind with this name in namespace, or NULL. */
const struct node *link_find(const struct link_input *in, const char *kind, struct str namespace,
			     struct str name);

/* Every pod template of the objects: StatefulSets, Deployments, Jobs, CronJobs. */
struct link_pods link_pods(const struct link_input *in);

/*
 * Labels (a map of strings) satisfy selector (matchLabels and matchExpressions, or a plain map of a
 * Service). The role label is written by Patroni while the pod runs, so it satisfies everything.
 */
bool link_selects(const struct node *selector, const struct node *labels);

/* Reports for check self at node: text and the neighbour it contradicts. */
void link_report(const struct link_input *in, const struct link_check *self, const struct node *at,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Calls f for every container of pod: init containers first. */
void link_containers(const struct node *pod_spec,
		     void (*f)(void *arg, const struct node *container), void *arg);

#endif
