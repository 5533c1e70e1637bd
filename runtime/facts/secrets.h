/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets with passwords of PostgreSQL, as the API server has them. What is known of a password is
 * whether it fits: the password itself is not kept. */
#ifndef FACTS_SECRETS_H
#define FACTS_SECRETS_H

#include <stdbool.h>

#include "base/str.h"

/* The Secret of a login, or one that holds the password of a system role. */
struct fact_secret {
	struct str name;    /* the login's or the role's */
	struct str problem; /* why it was not read, or "" */
	struct str user;    /* whom it names, "" without password */
	struct str against; /* the verifier that its password was held against */
	bool fits;          /* it did */
	bool whole;         /* a login's: everything else in it is as ordered */
};

struct fact_secrets {
	const struct fact_secret *items;
	size_t n;
	struct str orders; /* digest of the orders that said what they should hold */
};

/* The item named name, or NULL. */
static inline const struct fact_secret *secrets_find(const struct fact_secrets *s, struct str name)
{
	for (size_t i = 0; i < s->n; i++)
		if (str_eq(s->items[i].name, name))
			return &s->items[i];
	return NULL;
}

#endif
