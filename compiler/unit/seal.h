/* SPDX-License-Identifier: Apache-2.0 */
/* Pass seal: what makes a running pod outdated, as one hash. */
#ifndef UNIT_SEAL_H
#define UNIT_SEAL_H

#include "base/err.h"
#include "tree/node.h"

/* The annotation of a pod template that holds its hash. */
#define SEAL_ANNOTATION "howdah.dev/template-hash"

/*
 * A copy of pod (a pod template: metadata, spec) with its hash annotation: SHA-256 over its
 * canonical JSON without that annotation, without the labels that owner (a map) has, without the
 * images of init containers: these change without a restart. NULL with err when pod cannot be
 * written as JSON.
 */
const struct node *seal_pod(struct arena *a, const struct node *pod, const struct node *owner,
			    struct err *err);

#endif
