/* SPDX-License-Identifier: Apache-2.0 */
/* Who one is to a store: keys of the environment, or what a cloud gives for the pod's identity. */
#ifndef STORE_IDENTITY_H
#define STORE_IDENTITY_H

#include "ground/clock.h"
#include "store/form.h"

/* How the keys are come by. */
enum identity_way {
	WAY_NONE,       /* nothing in the environment says how */
	WAY_AT_ONCE,    /* they are in the environment */
	WAY_AWS_ROLE,   /* STS AssumeRoleWithWebIdentity (IRSA) */
	WAY_AWS_AGENT,  /* EKS Pod Identity's agent on the node */
	WAY_GCP_FILE,   /* a service account's key signs a request for a token */
	WAY_GCP_SERVER, /* the node's metadata server (GKE workload identity) */
	WAY_AZURE_ID,   /* a federated token for one of Entra ID */
};

/* Looks into the environment of f->place: the way, and either the keys (WAY_AT_ONCE) or the request
 * to send in *r, in f->arena. With WAY_NONE *why says what is missing, for people. */
enum identity_way identity_begin(const struct store_form *f, struct store_keys *keys,
				 struct http_request *r, const char **why);

/* Reads the answer to that request into *keys, in a. NULL, or why there are none. */
const char *identity_end(enum identity_way way, struct arena *a, const struct http_answer *answer,
			 struct store_keys *keys);

#endif
