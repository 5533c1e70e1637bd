/* SPDX-License-Identifier: Apache-2.0 */
/* Proofs over the objects of a destination, one after the other: there may be many, and none needs
 * another beside it. */
#ifndef LINK_PLACE_H
#define LINK_PLACE_H

#include "link/link.h"

struct link_place;

/* Begins a destination: in has its facts, an arena that outlives the proofs, no objects. */
struct link_place *link_place_begin(const struct link_input *in);

/* Holds one object against the contracts objects/platform and objects/gitops; what is made for it
 * lives in scratch. */
void link_place_object(struct link_place *p, const struct node *object, struct arena *scratch);

/* Reports what should have been there, and, where objects were read from files, what
 * kustomization.yaml leaves out. */
void link_place_end(struct link_place *p);

#endif
