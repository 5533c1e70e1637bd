/* SPDX-License-Identifier: Apache-2.0 */
/* Sums that object stores ask for. */
#ifndef CRYPTO_SUM_H
#define CRYPTO_SUM_H

#include "base/arena.h"
#include "base/digest.h"

/* HMAC-SHA256 of text by key; all zero when it cannot be computed. */
struct digest sum_hmac_sha256(struct str key, struct str text);

/* MD5 of text, as base64, in a (the header Content-MD5, RFC 1864); "" where OpenSSL forbids it. */
struct str sum_md5(struct arena *a, struct str text);

#endif
