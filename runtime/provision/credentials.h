/* SPDX-License-Identifier: Apache-2.0 */
/* What a login's Secret holds. */
#ifndef PROVISION_CREDENTIALS_H
#define PROVISION_CREDENTIALS_H

#include "tree/node.h"

/* Who connects, and how that is verified. */
struct credentials {
	struct str user, password;
	struct str trust; /* authorities, PEM */
};

/* The `data` of the Secret of a login of the orders, base64, in a: a map. What is made of it holds
 * the password: a is to be wiped. */
const struct node *credentials_data(struct arena *a, const struct node *login,
				    const struct credentials *c);

/* The value under key of a Secret's data, decoded, in a; "" when it is missing or no base64. */
struct str credentials_value(struct arena *a, const struct node *data, const char *key);

#endif
