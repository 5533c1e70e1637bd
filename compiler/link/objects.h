/* SPDX-License-Identifier: Apache-2.0 */
/* Finding one's way in the objects of a cluster: by kind and name, their pods, their selectors. */
#ifndef LINK_OBJECTS_H
#define LINK_OBJECTS_H

#include "link/link.h"
#include "tree/path.h"
#include "tree/source.h"

/* A pod template and the object it stands in. */
struct link_pod {
	const struct node *owner;
	const struct node *pod;    /* {metadata, spec} */
	const struct node *labels; /* of the pod, or NULL */
	const struct node *claims; /* volumeClaimTemplates, or NULL */
	struct str namespace;
};

/* A container, in the order in which the kubelet starts them. */
struct link_container {
	const struct link_pod *pod;
	const struct node *node;
};

/* A Secret that the cluster's objects make. */
struct link_secret {
	struct str namespace, name;
	const struct node *maker; /* Secret, ExternalSecret or Certificate */
};

/* A configuration of Patroni, read from the text that an object carries. */
struct link_config {
	const struct node *tree;  /* typed: what Spilo lays over its own, or the dynamic one */
	const struct node *at;    /* the text it was read from */
	const struct node *owner; /* the object that carries it */
	bool dynamic;             /* of AgentConfig; else the local one, from SPILO_CONFIGURATION */
};

/* A fact by its path, as slots of contracts name it. */
struct slot_memo {
	struct str path;
	const struct node *fact;
};

enum { LINK_MEMO = 256 };

/* What checks look up again and again: made once per cluster. */
struct link_index {
	const struct node **table; /* objects by hash of kind, namespace and name */
	size_t mask;
	struct link_pod *pods; /* StatefulSets, Deployments, Jobs, CronJobs, in order of objects */
	size_t n_pods;
	struct link_container *containers; /* of all pods: init containers first */
	size_t n_containers;
	struct link_secret *secrets;
	size_t n_secrets;
	struct link_config *configs;
	size_t n_configs;
	bool printed; /* the agent's orders are, byte for byte, what follows from the facts */
	struct slot_memo *memo; /* LINK_MEMO of them */
};

/* The index of in's objects, in its arena. */
const struct link_index *link_index(const struct link_input *in);

/* Reads Patroni's configurations out of the objects into x; texts that cannot be read are reported
 * by check "patroni", as trees that are NULL. */
void link_configs(const struct link_input *in, struct link_index *x);

/* sync.c: whether text is what our printer makes of the orders that follow from the facts and from
 * the pods of in->index: then nobody has to read it. */
bool link_orders_printed(const struct link_input *in, struct str text);

/* "Kind name" of an object, for messages; in the arena. */
struct str link_name(const struct link_input *in, const struct node *object);

/* metadata.name of object, or an empty slice. */
struct str link_own_name(const struct node *object);

/* metadata.namespace of object, or an empty slice. */
struct str link_namespace(const struct node *object);

/* The object of kind with this name in namespace, or NULL. */
const struct node *link_find(const struct link_input *in, const char *kind, struct str namespace,
			     struct str name);

/* The Secret called name in namespace, or NULL when no object makes one. */
const struct link_secret *link_secret(const struct link_input *in, struct str namespace,
				      struct str name);

/*
 * Labels (a map of strings) satisfy selector (matchLabels and matchExpressions, or a plain map of a
 * Service). The role label is written by Patroni while the pod runs, so it satisfies everything.
 */
bool link_selects(const struct node *selector, const struct node *labels);

/* The container runs what starts in the postgres image by itself: Spilo, not one of our commands.
 */
bool link_is_spilo(const struct link_input *in, const struct link_container *c);

/* The text of container's variable name, or NULL. */
const struct node *link_variable(const struct node *container, const char *name);

/* The selector of a Service, NetworkPolicy, PodDisruptionBudget or PodMonitor: of pods that others
 * make. NULL for every other kind and for a Service without one. */
const struct node *link_selector(const struct node *object);

/* Most pods of a StatefulSet at a time: its replicas, or what a ScaledObject may make of them. */
int64_t link_most_pods(const struct link_input *in, const struct node *set);

/* Where value, found at path in the tree of c, was written: a fact, a line, or the text itself. For
 * findings. */
const struct node *link_written(const struct link_input *in, const struct link_config *c,
				const struct path *path, const struct node *value);

/* link_written of a parameter of PostgreSQL in c. */
const struct node *link_parameter_written(const struct link_input *in, const struct link_config *c,
					  const struct node *parameter);

/* Reports for check self at node: text, and the lines that the node was made from. */
void link_report(const struct link_input *in, const struct link_check *self, const struct node *at,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The first child of list, which may be NULL: for loops over lists that may be absent. */
static inline const struct node *link_first(const struct node *list)
{
	return list && (list->kind == NODE_LIST || list->kind == NODE_MAP) ? list->kids : NULL;
}

#endif
