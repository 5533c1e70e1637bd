/* SPDX-License-Identifier: Apache-2.0 */
/* jwt.c: RS256 by OpenSSL. */
#include "crypto/jwt.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/buf.h"
#include "base/diag.h"
#include "ground/base64.h"

enum { HOUR = 3600, SIGNATURE_MOST = 1024 };

/* Base64 with the alphabet of urls, without padding. */
static struct str coded(struct arena *a, const void *p, size_t n)
{
	struct str s = base64_of(a, p, n);
	struct buf b = { 0 };

	for (size_t i = 0; i < s.n && s.p[i] != '='; i++)
		buf_char(&b, (char)(s.p[i] == '+' ? '-' : s.p[i] == '/' ? '_' : s.p[i]));
	return buf_take(&b, a);
}

static int no_password(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static EVP_PKEY *key_of(struct str text)
{
	BIO *in = BIO_new_mem_buf(text.p, (int)text.n);
	EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, no_password, NULL) : NULL;

	BIO_free(in);
	ERR_clear_error();
	return key;
}

static struct str claims(struct arena *a, const struct jwt *j)
{
	struct buf b = { 0 };

	buf_text(&b, "{\"iss\":");
	diag_json_string(&b, j->issuer);
	buf_text(&b, ",\"scope\":");
	diag_json_string(&b, j->scope);
	buf_text(&b, ",\"aud\":");
	diag_json_string(&b, j->audience);
	buf_fmt(&b, ",\"iat\":%lld,\"exp\":%lld}", (long long)j->wall, (long long)j->wall + HOUR);
	return buf_take(&b, a);
}

struct str jwt_signed(struct arena *a, const struct jwt *j, struct str key)
{
	static const char head[] = "{\"alg\":\"RS256\",\"typ\":\"JWT\"}";
	struct str body = claims(a, j), text, out = str_of("");
	unsigned char signature[SIGNATURE_MOST];
	size_t n = sizeof(signature);
	EVP_PKEY *pkey = key_of(key);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	text =
	    arena_fmt(a, "%s.%s", coded(a, head, sizeof(head) - 1).p, coded(a, body.p, body.n).p);
	if (pkey && ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pkey) == 1 &&
	    EVP_DigestSign(ctx, signature, &n, (const unsigned char *)text.p, text.n) == 1)
		out = arena_fmt(a, "%s.%s", text.p, coded(a, signature, n).p);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return out;
}
