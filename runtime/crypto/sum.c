/* SPDX-License-Identifier: Apache-2.0 */
/* sum.c: digests by OpenSSL. */
#include "crypto/sum.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "ground/base64.h"

struct digest sum_hmac_sha256(struct str key, struct str text)
{
	struct digest d = { { 0 } };

	(void)HMAC(EVP_sha256(), key.p, (int)key.n, (const unsigned char *)text.p, text.n, d.b,
		   NULL);
	return d;
}

struct str sum_md5(struct arena *a, struct str text)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	if (!EVP_Digest(text.p, text.n, sum, &n, EVP_md5(), NULL))
		return str_of("");
	return base64_of(a, sum, n);
}
