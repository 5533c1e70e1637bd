/* SPDX-License-Identifier: Apache-2.0 */
/* Output that would land among what is compiled. */
#ifndef CMD_INSIDE_H
#define CMD_INSIDE_H

#include "base/arena.h"

/* The folder of the platform repository at repository, whose files howdah reads, that directory out
 * is or lies in; NULL when it lies elsewhere. out and its parents may be missing yet. */
const char *inside_input(struct arena *a, const char *repository, const char *out);

#endif
