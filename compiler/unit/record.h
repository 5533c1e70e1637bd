/* SPDX-License-Identifier: Apache-2.0 */
/* The inputs of a cluster's record: what templates may read besides computed facts
 * (schema/model/cluster.yaml). */
#ifndef UNIT_RECORD_H
#define UNIT_RECORD_H

#include "unit/resolve.h"

/*
 * A map with every input of the cluster's record: meta, spec, platform, environment, destination,
 * place, team, images, guests, source, followers, contract. Reports what is wrong with guests and
 * with the source, and finds r's rival; never NULL.
 */
const struct node *record_inputs(const struct job *j, struct resolved *r);

#endif
