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

/* A Secret of the cluster that is empty in Git and filled here. */
struct fact_shell {
	struct str secret;
	struct str problem; /* why it was not read, or "" */
	bool keys;          /* it holds what decrypts the backups */
	struct str lacks;   /* keys that can be put back or made, ", " between them; "" for none */
	struct str lost;    /* keys that nobody here can make, the same way */
};

struct fact_secrets {
	const struct fact_secret *items;
	size_t n;
	const struct fact_shell *shells;
	size_t n_shells;
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

/* The shell of the Secret named secret, or NULL. */
static inline const struct fact_shell *secrets_shell(const struct fact_secrets *s,
						     struct str secret)
{
	for (size_t i = 0; i < s->n_shells; i++)
		if (str_eq(s->shells[i].secret, secret))
			return &s->shells[i];
	return NULL;
}

#endif
