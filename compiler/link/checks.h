/* SPDX-License-Identifier: Apache-2.0 */
/* The functions behind the table of checks, by file. */
#ifndef LINK_CHECKS_H
#define LINK_CHECKS_H

#include "link/link.h"

/* refs.c: every Secret and ConfigMap that a pod names is made by this cluster or declared. */
void check_pod_objects(const struct link_input *in, const struct link_check *self);

/* refs.c: every key of a ConfigMap that a pod names is in it. */
void check_pod_keys(const struct link_input *in, const struct link_check *self);

/* refs.c: every volumeMount names a volume or claim template of its pod. */
void check_mounts(const struct link_input *in, const struct link_check *self);

/* refs.c: every ServiceAccount that a pod or binding names is made by this cluster. */
void check_accounts(const struct link_input *in, const struct link_check *self);

/* refs.c: roles of bindings, Services of StatefulSets, issuers of Certificates, targets of
 * ScaledObjects. */
void check_objects(const struct link_input *in, const struct link_check *self);

/* storage.c: storage classes are declared by the destination; claims of one set agree with its
 * template. */
void check_storage(const struct link_input *in, const struct link_check *self);

/* ports.c: ports that Services, probes and monitors name exist in the pods they mean. */
void check_ports(const struct link_input *in, const struct link_check *self);

/* selectors.c: every selector matches a pod of this cluster, a workload's exactly its own. */
void check_selectors(const struct link_input *in, const struct link_check *self);

/* env.c: variables of containers are known to the contract of their image, required ones are set,
 * forbidden ones are not. */
void check_env(const struct link_input *in, const struct link_check *self);

/* gucs.c: PostgreSQL parameters are known to the major version, of the right type, in range, where
 * Patroni honours them. */
void check_gucs(const struct link_input *in, const struct link_check *self);

/* names.c: names are within their limits in the longest form that is derived from them. */
void check_names(const struct link_input *in, const struct link_check *self);

#endif
