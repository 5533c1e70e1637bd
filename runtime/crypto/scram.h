/* SPDX-License-Identifier: Apache-2.0 */
/* SCRAM-SHA-256 verifiers of passwords (RFC 5802, RFC 7677): PostgreSQL is told the
 * verifier alone, so that no password is ever part of a statement. */
#ifndef CRYPTO_SCRAM_H
#define CRYPTO_SCRAM_H

#include "base/arena.h"
#include "base/err.h"

enum { SCRAM_SALT = 16, SCRAM_ROUNDS = 4096 };

/* The verifier of password as pg_authid.rolpassword holds it (PostgreSQL's
 * src/common/scram-common.c, scram_build_secret), in a. 0, or -1. */
int scram_verifier(struct arena *a, struct str password, struct str *out, struct err *err);

/* password is the one of verifier; false also when verifier is none. */
bool scram_matches(struct str password, struct str verifier);

#endif
