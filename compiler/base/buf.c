/* SPDX-License-Identifier: Apache-2.0 */
/* buf.c: appending to memory that doubles. */
#include "base/buf.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/die.h"

enum { BUF_FIRST = 256 };

void buf_release(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}

char *buf_room(struct buf *b, size_t more)
{
	if (!b->p || b->cap - b->n < more) {
		size_t cap = b->cap ? b->cap : BUF_FIRST;

		while (cap - b->n < more)
			cap *= 2;

		char *p = realloc(b->p, cap);

		if (!p)
			die_memory();
		b->p = p;
		b->cap = cap;
	}
	return b->p + b->n;
}

void buf_put(struct buf *b, const char *p, size_t n)
{
	if (!n)
		return;
	memcpy(buf_room(b, n), p, n);
	b->n += n;
}

void buf_char(struct buf *b, char c)
{
	*buf_room(b, 1) = c;
	b->n++;
}

void buf_str(struct buf *b, struct str s)
{
	buf_put(b, s.p, s.n);
}

void buf_text(struct buf *b, const char *z)
{
	buf_put(b, z, strlen(z));
}

void buf_pad(struct buf *b, size_t n)
{
	if (!n)
		return;
	memset(buf_room(b, n), ' ', n);
	b->n += n;
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(n >= 0);

	char *at = buf_room(b, (size_t)n + 1);

	va_start(ap, fmt);
	(void)vsnprintf(at, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

void buf_int(struct buf *b, int64_t v)
{
	char digits[24];
	size_t i = sizeof(digits);
	uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do {
		digits[--i] = (char)('0' + left % 10);
		left /= 10;
	} while (left);
	if (v < 0)
		digits[--i] = '-';
	buf_put(b, digits + i, sizeof(digits) - i);
}

struct str buf_take(struct buf *b, struct arena *a)
{
	struct str text = arena_str(a, buf_view(b));

	buf_release(b);
	return text;
}

const char *buf_z(struct buf *b)
{
	*buf_room(b, 1) = 0;
	return b->p;
}
