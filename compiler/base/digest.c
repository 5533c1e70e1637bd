/* SPDX-License-Identifier: Apache-2.0 */
/* digest.c: SHA-256, SHA-1 as Git uses it, and their hex forms. */
#define OPENSSL_API_COMPAT                                                                         \
	0x10100000L /* the calls without fetch and lock: a fleet is many small files */
#include "base/digest.h"

#include <openssl/sha.h>
#include <stdio.h>

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct hasher), "a hasher holds a SHA-256");
_Static_assert(sizeof(SHA_CTX) <= sizeof(struct hasher), "a hasher holds a SHA-1");

struct digest digest_of(struct str bytes)
{
	struct hasher h;

	hasher_start(&h);
	hasher_add(&h, bytes);
	return hasher_end(&h);
}

void hasher_start(struct hasher *h)
{
	(void)SHA256_Init((void *)h);
}

void hasher_add(struct hasher *h, struct str bytes)
{
	if (bytes.n)
		(void)SHA256_Update((void *)h, bytes.p, bytes.n);
}

void hasher_field(struct hasher *h, struct str bytes)
{
	unsigned char size[8];

	for (size_t i = 0; i < sizeof(size); i++)
		size[i] = (unsigned char)((uint64_t)bytes.n >> (8 * i));
	(void)SHA256_Update((void *)h, size, sizeof(size));
	hasher_add(h, bytes);
}

struct digest hasher_end(struct hasher *h)
{
	struct digest d;

	(void)SHA256_Final(d.b, (void *)h);
	return d;
}

void sha1_start(struct hasher *h)
{
	(void)SHA1_Init((void *)h);
}

void sha1_add(struct hasher *h, struct str bytes)
{
	if (bytes.n)
		(void)SHA1_Update((void *)h, bytes.p, bytes.n);
}

struct git_id sha1_end(struct hasher *h)
{
	struct git_id id;

	(void)SHA1_Final(id.b, (void *)h);
	return id;
}

struct git_id git_id_of(const char *type, struct str content)
{
	struct hasher h;
	char head[48];
	int n = snprintf(head, sizeof(head), "%s %zu", type, content.n);

	sha1_start(&h);
	sha1_add(&h, (struct str){ head, (size_t)n + 1 });
	sha1_add(&h, content);
	return sha1_end(&h);
}

bool digest_eq(const struct digest *a, const struct digest *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

bool git_id_eq(const struct git_id *a, const struct git_id *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

bool git_id_none(const struct git_id *id)
{
	static const struct git_id none;

	return git_id_eq(id, &none);
}

static struct str hex_of(struct arena *a, const unsigned char *b, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	char *p = arena_alloc(a, 2 * n + 1, 1);

	for (size_t i = 0; i < n; i++) {
		p[2 * i] = digits[b[i] >> 4];
		p[2 * i + 1] = digits[b[i] & 15];
	}
	return (struct str){ p, 2 * n };
}

struct str digest_hex(struct arena *a, const struct digest *d)
{
	return hex_of(a, d->b, sizeof(d->b));
}

struct str git_id_hex(struct arena *a, const struct git_id *id)
{
	return hex_of(a, id->b, sizeof(id->b));
}

/* The value of a lower-case hex digit, or -1. */
static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool unhex(struct str hex, unsigned char *b, size_t n)
{
	if (hex.n != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = digit(hex.p[2 * i]), low = digit(hex.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		b[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

bool digest_read(struct str hex, struct digest *d)
{
	return unhex(hex, d->b, sizeof(d->b));
}

bool git_id_read(struct str hex, struct git_id *id)
{
	return unhex(hex, id->b, sizeof(id->b));
}
