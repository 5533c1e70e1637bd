/* SPDX-License-Identifier: Apache-2.0 */
/* envelope.c: OpenSSL's CMS: AES-256, one key per recipient. */
#include "crypto/envelope.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>

static X509 *read_certificate(struct str pem)
{
	BIO *in = BIO_new_mem_buf(pem.p, (int)pem.n);
	X509 *x = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;

	BIO_free(in);
	return x;
}

static struct str text_of(struct arena *a, BIO *bio)
{
	char *p = NULL;
	long n = BIO_get_mem_data(bio, &p);

	return n > 0 ? arena_copy(a, p, (size_t)n) : str_of("");
}

static const char *seal(struct arena *a, struct str secret, STACK_OF(X509) * to, struct str *out)
{
	BIO *in = BIO_new_mem_buf(secret.p, (int)secret.n), *pem = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms = in ? CMS_encrypt(to, in, EVP_aes_256_cbc(), CMS_BINARY) : NULL;
	const char *why = "OpenSSL cannot encrypt to its certificate";

	if (cms && pem && PEM_write_bio_CMS_stream(pem, cms, NULL, 0) == 1) {
		*out = text_of(a, pem);
		why = NULL;
	}
	CMS_ContentInfo_free(cms);
	BIO_free(pem);
	BIO_free(in);
	return why;
}

const char *envelope_seal(struct arena *a, struct str secret, const struct str *recipients,
			  size_t n, struct str *out)
{
	STACK_OF(X509) *to = sk_X509_new_null();
	const char *why = to ? NULL : "out of memory";

	for (size_t i = 0; i < n && !why; i++) {
		X509 *x = read_certificate(recipients[i]);

		if (!x)
			why =
			    arena_fmt(a, "certificate %zu of the recipients cannot be read", i + 1)
				.p;
		else if (!sk_X509_push(to, x))
			X509_free(x);
	}
	if (!why)
		why = seal(a, secret, to, out);
	sk_X509_pop_free(to, X509_free);
	ERR_clear_error();
	return why;
}
