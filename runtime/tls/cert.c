/* SPDX-License-Identifier: Apache-2.0 */
/* cert.c: OpenSSL's X.509 as plain answers. */
#include "tls/cert.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "ground/plain.h"

/* What is open while a chain is judged. */
struct pair {
	STACK_OF(X509) * chain; /* leaf first */
	EVP_PKEY *key;
};

static BIO *reader(struct str text)
{
	return BIO_new_mem_buf(text.p, (int)text.n);
}

static STACK_OF(X509) * read_chain(struct str text)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	BIO *in = reader(text);
	X509 *x;

	while (chain && in && (x = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL)
		if (!sk_X509_push(chain, x))
			X509_free(x);
	BIO_free(in);
	ERR_clear_error();
	return chain;
}

static void chain_free(STACK_OF(X509) * chain)
{
	sk_X509_pop_free(chain, X509_free);
}

static int64_t seconds_of(const ASN1_TIME *t)
{
	struct tm tm = { 0 };
	int days = 0, seconds = 0;
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int64_t at = 0;

	if (epoch && ASN1_TIME_to_tm(t, &tm) && ASN1_TIME_diff(&days, &seconds, epoch, t))
		at = (int64_t)days * 86400 + seconds;
	ASN1_TIME_free(epoch);
	return at;
}

/* The serial of x in a. */
static struct str serial_of(struct arena *a, const X509 *x)
{
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
	char *hex = n ? BN_bn2hex(n) : NULL;
	struct str text = arena_fmt(a, "%s", hex ? hex : "");
	size_t zeros = 0;

	while (zeros + 1 < text.n && text.p[zeros] == '0')
		zeros++;
	text = arena_str(a, str_cut(text, zeros, text.n));
	for (char *p = plain(text.p); *p; p++)
		if (*p >= 'A' && *p <= 'F')
			*p = (char)(*p - 'A' + 'a');
	OPENSSL_free(hex);
	BN_free(n);
	return text;
}

static void fill(struct arena *a, const X509 *x, struct cert *c)
{
	c->serial = serial_of(a, x);
	c->from = seconds_of(X509_get0_notBefore(x));
	c->to = seconds_of(X509_get0_notAfter(x));
}

const char *cert_read(struct arena *a, struct str chain, struct cert *c)
{
	STACK_OF(X509) *all = read_chain(chain);
	const char *why = NULL;

	if (!all || sk_X509_num(all) == 0)
		why = "holds no certificate";
	else
		fill(a, sk_X509_value(all, 0), c);
	chain_free(all);
	return why;
}

static int no_password(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static EVP_PKEY *read_key(struct str text)
{
	BIO *in = reader(text);
	EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, no_password, NULL) : NULL;

	BIO_free(in);
	ERR_clear_error();
	return key;
}

/* Whether one of the trusted certificates leads to the leaf of chain. */
static bool is_trusted(STACK_OF(X509) * chain, struct str trust)
{
	STACK_OF(X509) *roots = read_chain(trust);
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool fine = false;

	for (int i = 0; store && i < sk_X509_num(roots); i++)
		(void)X509_STORE_add_cert(store, sk_X509_value(roots, i));
	if (store && ctx && X509_STORE_CTX_init(ctx, store, sk_X509_value(chain, 0), chain)) {
		/* an authority in the bundle counts, though it may not sign itself */
		X509_STORE_CTX_set_flags(ctx,
					 X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
		fine = X509_verify_cert(ctx) == 1;
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	chain_free(roots);
	ERR_clear_error();
	return fine;
}

static const char *judge(const struct pair *pair, struct str trust, int64_t wall,
			 const struct cert *c)
{
	if (!pair->key)
		return "its key cannot be read";
	if (X509_check_private_key(sk_X509_value(pair->chain, 0), pair->key) != 1)
		return "its key belongs to another certificate";
	if (c->from > wall)
		return "it is not valid yet";
	if (c->to <= wall)
		return "it has expired";
	if (trust.n > 0 && !is_trusted(pair->chain, trust))
		return "no trusted authority signed it";
	return NULL;
}

const char *cert_judge(struct arena *a, const struct cert_files *files, int64_t wall,
		       struct cert *c)
{
	struct pair pair = { read_chain(files->chain), read_key(files->key) };
	const char *why;

	if (!pair.chain || sk_X509_num(pair.chain) == 0) {
		why = "it holds no certificate";
	} else {
		fill(a, sk_X509_value(pair.chain, 0), c);
		why = judge(&pair, files->trust, wall, c);
	}
	ERR_clear_error();
	chain_free(pair.chain);
	EVP_PKEY_free(pair.key);
	return why;
}

static bool seen_before(STACK_OF(X509) * seen, X509 *x)
{
	for (int i = 0; i < sk_X509_num(seen); i++)
		if (X509_cmp(sk_X509_value(seen, i), x) == 0)
			return true;
	return false;
}

static void put_pem(struct buf *out, X509 *x)
{
	BIO *to = BIO_new(BIO_s_mem());
	char *p = NULL;
	long n;

	if (to && PEM_write_bio_X509(to, x)) {
		n = BIO_get_mem_data(to, &p);
		buf_put(out, p, (size_t)n);
	}
	BIO_free(to);
}

size_t cert_bundle(struct buf *out, const struct str *texts, size_t n, int64_t wall)
{
	STACK_OF(X509) *seen = sk_X509_new_null();

	for (size_t i = 0; seen && i < n; i++) {
		STACK_OF(X509) *chain = read_chain(texts[i]);
		X509 *x;

		while ((x = sk_X509_shift(chain)) != NULL) {
			if (X509_check_ca(x) && seconds_of(X509_get0_notAfter(x)) > wall &&
			    !seen_before(seen, x) && sk_X509_push(seen, x))
				put_pem(out, x);
			else
				X509_free(x);
		}
		chain_free(chain);
	}
	n = (size_t)sk_X509_num(seen);
	chain_free(seen);
	return n;
}
