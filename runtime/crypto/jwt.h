/* SPDX-License-Identifier: Apache-2.0 */
/* A signed statement of who one is (RFC 7523), as Google wants it of service accounts. */
#ifndef CRYPTO_JWT_H
#define CRYPTO_JWT_H

#include <stdint.h>

#include "base/arena.h"

/* What is stated. */
struct jwt {
	struct str issuer, scope, audience;
	int64_t wall; /* from then, for an hour */
};

/* The statement, signed (RS256) by the PEM key, in a; "" when the key cannot be used. */
struct str jwt_signed(struct arena *a, const struct jwt *j, struct str key);

#endif
