/* SPDX-License-Identifier: Apache-2.0 */
/* random.c: OpenSSL's generator for secrets. */
#include "crypto/random.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/die.h"

enum { HEX_MOST = 64 };

void random_bytes(void *p, size_t n)
{
	/*
	 * The kernel always has some: what can be missing is memory for the generator. OpenSSL's
	 * context is asked for first: RAND_get0_private of 3.0 reads one that could not be made.
	 */
	if (!OSSL_LIB_CTX_get0_global_default() || RAND_priv_bytes(p, (int)n) != 1)
		die_memory();
}

/* 64 characters that survive Spilo's templates, envdir files and connection strings. */
static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

bool random_is_letter(char c)
{
	return c && strchr(letters, c);
}

struct str random_text(struct arena *a, size_t n)
{
	unsigned char *p = arena_alloc(a, n + 1, 1);

	random_bytes(p, n);
	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)letters[p[i] & 63];
	return (struct str){ (const char *)p, n };
}

struct str random_hex(struct arena *a, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char raw[HEX_MOST];
	char *text = arena_alloc(a, 2 * n + 1, 1);

	assert(n <= sizeof(raw));
	random_bytes(raw, n);
	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digits[raw[i] >> 4];
		text[2 * i + 1] = digits[raw[i] & 15];
	}
	OPENSSL_cleanse(raw, sizeof(raw));
	return (struct str){ text, 2 * n };
}
