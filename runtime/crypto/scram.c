/* SPDX-License-Identifier: Apache-2.0 */
/* scram.c: verifiers of passwords. */
#include "crypto/scram.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "crypto/random.h"
#include "ground/base64.h"

enum { KEY = 32, SALT_MOST = 64, ROUNDS_MOST = 10000000 };

static const char prefix[] = "SCRAM-SHA-256$";

/* What a verifier holds. */
struct verifier {
	unsigned char salt[SALT_MOST], stored[KEY], server[KEY];
	int n_salt, rounds;
};

static int hmac(const unsigned char *key, const char *text, unsigned char *out)
{
	return HMAC(EVP_sha256(), key, KEY, (const unsigned char *)text, strlen(text), out, NULL)
		   ? 0
		   : -1;
}

/* StoredKey and ServerKey of password, from the salt and rounds in v. */
static int derive(struct str password, struct verifier *v)
{
	unsigned char salted[KEY], client[KEY];
	int code = 0;

	if (PKCS5_PBKDF2_HMAC(password.p, (int)password.n, v->salt, v->n_salt, v->rounds,
			      EVP_sha256(), KEY, salted) != 1 ||
	    hmac(salted, "Client Key", client) || hmac(salted, "Server Key", v->server) ||
	    EVP_Digest(client, KEY, v->stored, NULL, EVP_sha256(), NULL) != 1)
		code = -1;
	OPENSSL_cleanse(salted, sizeof(salted));
	OPENSSL_cleanse(client, sizeof(client));
	return code;
}

int scram_verifier(struct arena *a, struct str password, struct str *out, struct err *err)
{
	struct verifier v = { .n_salt = SCRAM_SALT, .rounds = SCRAM_ROUNDS };

	random_bytes(v.salt, SCRAM_SALT);
	if (derive(password, &v))
		return err_set(err, "OpenSSL cannot make a verifier");
	*out = arena_fmt(a, "%s%d:%s$%s:%s", prefix, v.rounds,
			 base64_of(a, v.salt, (size_t)v.n_salt).p, base64_of(a, v.stored, KEY).p,
			 base64_of(a, v.server, KEY).p);
	return 0;
}

/* Takes the part of *rest up to c; what is behind c stays. */
static struct str take(struct str *rest, char c)
{
	size_t n = str_find(*rest, c);
	struct str part = str_cut(*rest, 0, n);

	*rest = str_cut(*rest, n + 1, rest->n);
	return part;
}

/* Bytes of a base64 text of at most most bytes; -1 when it is none. */
static int decode(struct str text, unsigned char *out, int most)
{
	unsigned char raw[SALT_MOST + 8];
	int n;

	if (text.n == 0 || text.n % 4 || text.n / 4 * 3 > sizeof(raw))
		return -1;
	n = EVP_DecodeBlock(raw, (const unsigned char *)text.p, (int)text.n);
	n -= (text.p[text.n - 1] == '=') + (text.p[text.n - 2] == '=');
	if (n < 0 || n > most)
		return -1;
	memcpy(out, raw, (size_t)n);
	return n;
}

static bool verifier_read(struct str text, struct verifier *v)
{
	struct str rest = str_cut(text, sizeof(prefix) - 1, text.n);
	int64_t rounds;

	if (!str_starts(text, prefix) || !str_int(take(&rest, ':'), &rounds) || rounds < 1 ||
	    rounds > ROUNDS_MOST)
		return false;
	v->rounds = (int)rounds;
	v->n_salt = decode(take(&rest, '$'), v->salt, SALT_MOST);
	return v->n_salt > 0 && decode(take(&rest, ':'), v->stored, KEY) == KEY &&
	       decode(rest, v->server, KEY) == KEY;
}

bool scram_matches(struct str password, struct str verifier)
{
	struct verifier has, want;

	if (!verifier_read(verifier, &has))
		return false;
	want = has;
	return derive(password, &want) == 0 && CRYPTO_memcmp(want.stored, has.stored, KEY) == 0;
}
