/* SPDX-License-Identifier: Apache-2.0 */
/* The functions behind the table of checks, by file. */
#ifndef LINK_CHECKS_H
#define LINK_CHECKS_H

#include "link/link.h"

/* refs.c: every Secret and ConfigMap that a pod, monitor, trigger or issuer names is made by this
 * cluster or declared by the platform. */
void check_pod_objects(const struct link_input *in, const struct link_check *self);

/* refs.c: every key of a Secret or ConfigMap that is named is in it, where its keys are known. */
void check_pod_keys(const struct link_input *in, const struct link_check *self);

/* refs.c: every volumeMount names a volume or claim template of its pod, and each of these is
 * mounted. */
void check_mounts(const struct link_input *in, const struct link_check *self);

/* refs.c: every ServiceAccount that a pod or binding names is made by this cluster. */
void check_accounts(const struct link_input *in, const struct link_check *self);

/* neighbours.c: roles of bindings, Services of StatefulSets, issuers of Certificates, targets of
 * ScaledObjects, stores and generators of ExternalSecrets. */
void check_objects(const struct link_input *in, const struct link_check *self);

/* neighbours.c: every object lies in the cluster's namespace or one it gives access to. */
void check_placement(const struct link_input *in, const struct link_check *self);

/* storage.c: storage classes are declared by the destination; claims of one set agree with its
 * template and are no smaller. */
void check_storage(const struct link_input *in, const struct link_check *self);

/* ports.c: ports that Services, probes and monitors name exist in the pods they mean, each once. */
void check_ports(const struct link_input *in, const struct link_check *self);

/* selectors.c: every selector matches pods of this cluster, those of its component alone; a
 * workload's exactly its own. */
void check_selectors(const struct link_input *in, const struct link_check *self);

/* selectors.c: selectors hold only labels that never change, one of them the cluster's. */
void check_selector_labels(const struct link_input *in, const struct link_check *self);

/* env.c: variables of Spilo are known to the contract of its image, of their type, for the store in
 * use; required ones are set, forbidden ones are not. */
void check_env(const struct link_input *in, const struct link_check *self);

/* env.c: variables of our commands in the postgres image, and wal-g's environment directory. */
void check_walg(const struct link_input *in, const struct link_check *self);

/* env.c: each variable is set once, and $(NAME) stands below NAME. */
void check_env_order(const struct link_input *in, const struct link_check *self);

/* archive.c: no two scopes write to one archive, and no member reads the one it writes. */
void check_archive(const struct link_input *in, const struct link_check *self);

/* gucs.c: PostgreSQL parameters are known to the major version, of the right type, in range, where
 * Patroni honours them. */
void check_gucs(const struct link_input *in, const struct link_check *self);

/* patroni.c: keys of Patroni's configurations are known, of their type, where they count. */
void check_patroni(const struct link_input *in, const struct link_check *self);

/* pooler.c: sections and settings of PgBouncer's files are known to its version, of their type. */
void check_pooler(const struct link_input *in, const struct link_check *self);

/* pooler.c: PgBouncer's files are what follows from the intent. */
void check_pooler_values(const struct link_input *in, const struct link_check *self);

/* flows.c: NetworkPolicies allow the flows of contract flows, and no others. */
void check_flows(const struct link_input *in, const struct link_check *self);

/* hba.c: pg_hba.conf takes the logins of contract flows, and refuses all others. */
void check_hba(const struct link_input *in, const struct link_check *self);

/* rbac.c: Roles grant the calls of contract api-calls, and no others. */
void check_rbac(const struct link_input *in, const struct link_check *self);

/* budget.c: pools of all pooler pods fit into max_connections. */
void check_capacity(const struct link_input *in, const struct link_check *self);

/* budget.c: shared buffers and connections at work fit the memory limit, unless the intent sets
 * these figures itself. */
void check_memory(const struct link_input *in, const struct link_check *self);

/* budget.c: libraries that extensions need are preloaded, and no others. */
void check_libraries(const struct link_input *in, const struct link_check *self);

/* sync.c: the AgentConfig is what follows from the intent and the objects. */
void check_orders(const struct link_input *in, const struct link_check *self);

/* sync.c: metrics that scalers ask for are exported. */
void check_metrics(const struct link_input *in, const struct link_check *self);

/* sync.c: no object waits for another. */
void check_sync(const struct link_input *in, const struct link_check *self);

/* sync.c: kustomization.yaml lists the files beside it, where objects were read from files. */
void check_kustomization(const struct link_input *in, const struct link_check *self);

/* names.c: names are within their limits in the longest form that is derived from them. */
void check_names(const struct link_input *in, const struct link_check *self);

/* names.c: values of labels and selectors have at most 63 characters. */
void check_labels(const struct link_input *in, const struct link_check *self);

/* names.c: ConfigMaps, Secrets, annotations and variables are within their limits. */
void check_sizes(const struct link_input *in, const struct link_check *self);

#endif
