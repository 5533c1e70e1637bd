/* SPDX-License-Identifier: Apache-2.0 */
/* Which images a cluster runs, and how they are written in a pod. */
#ifndef UNIT_IMAGES_H
#define UNIT_IMAGES_H

#include "unit/resolve.h"

/*
 * Chooses the image set of an intent with this spec: the environment's, else that of its ring, else
 * the platform's; sets images, images_name and revision. False after reporting.
 */
bool images_choose(const struct job *j, const struct node *spec, struct resolved *out);

/*
 * The record's `images`: references with digest (from the set or platform.images.pins) and mirror,
 * tags, users. An image without digest is a warning, or an error where the platform says so.
 */
const struct node *images_record(const struct job *j, const struct resolved *r);

#endif
