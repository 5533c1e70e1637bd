/* SPDX-License-Identifier: Apache-2.0 */
/* A secret for people who hold certificates: CMS, so that `openssl cms -decrypt` opens it. */
#ifndef CRYPTO_ENVELOPE_H
#define CRYPTO_ENVELOPE_H

#include "base/arena.h"

/* secret, readable by each of n recipients (PEM certificates), as PEM ("BEGIN CMS") in *out, in a.
 * NULL, or why not. */
const char *envelope_seal(struct arena *a, struct str secret, const struct str *recipients,
			  size_t n, struct str *out);

#endif
