/* SPDX-License-Identifier: Apache-2.0 */
/* base64.c: OpenSSL's coder, with lengths that tell the truth. */
#include "ground/base64.h"

#include <openssl/evp.h>

struct str base64_of(struct arena *a, const void *p, size_t n)
{
	unsigned char *out = arena_alloc(a, n / 3 * 4 + 8, 1);
	int length = EVP_EncodeBlock(out, p, (int)n);

	return (struct str){ (const char *)out, length > 0 ? (size_t)length : 0 };
}

bool base64_read(struct arena *a, struct str text, struct str *out)
{
	unsigned char *to = arena_alloc(a, text.n / 4 * 3 + 8, 1);
	int length;

	*out = str_of("");
	if (text.n == 0)
		return true;
	if (text.n % 4)
		return false;
	length = EVP_DecodeBlock(to, (const unsigned char *)text.p, (int)text.n);
	if (length < 0)
		return false;
	/* padding is decoded to zeros that are none */
	for (size_t i = text.n; length > 0 && i > text.n - 2 && text.p[i - 1] == '='; i--)
		length--;
	to[length] = 0;
	*out = (struct str){ (const char *)to, (size_t)length };
	return true;
}
