/* SPDX-License-Identifier: Apache-2.0 */
/* What the Kubernetes API accepts: strict schemas of the kinds that howdah emits, carried in the
 * binary. */
#ifndef KUBE_KUBE_H
#define KUBE_KUBE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"
#include "tree/node.h"

struct kube;

/* The schemas, made in a, in use until kube_close; never NULL. Safe to share between threads. */
struct kube *kube_open(struct arena *a);

/* Every pattern of the object schemas is an expression. They are compiled when they are asked, so
 * this is for tests. */
bool kube_sound(struct kube *k);

/* Gives back what kube_open took outside the arena; NULL is fine. */
void kube_close(struct kube *k);

/* The kind is known: "apps/v1" "StatefulSet". *cluster tells whether its objects have no namespace.
 */
bool kube_knows(const struct kube *k, struct str api_version, struct str kind, bool *cluster);

/*
 * Checks a whole object against the schema of its apiVersion and kind: unknown fields, types,
 * required fields, value sets, patterns, ranges, keys of keyed lists, no nulls. Reports every
 * problem at the line that wrote the value, with the lines it was computed from as notes; a kind
 * without a schema is a problem too. Returns the number of problems of shape (types, nulls,
 * required fields): who reads such an object would find something else than it expects.
 */
size_t kube_validate(const struct kube *k, const struct node *object, struct arena *a,
		     struct diags *d);

#endif
