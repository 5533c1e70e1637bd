/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords that programs of this pod read when they started, in its memory. */
#ifndef PROVISION_SECRET_COPY_H
#define PROVISION_SECRET_COPY_H

#include "tree/node.h"

/* The password under key of a shell that bootstrap left in /run, in a, which is to be wiped; ""
 * when there is none. */
struct str secret_copy(struct arena *a, const struct node *shell, struct str key);

#endif
