/* SPDX-License-Identifier: Apache-2.0 */
/* Growing output: the one kind of text that is written in place. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

/* { 0 } is an empty buffer. p is not NUL-terminated unless buf_z was called. */
struct buf {
	char *p;
	size_t n, cap;
};

/* Gives the memory back; the buffer is empty and usable again. */
void buf_release(struct buf *b);

/* Makes room for more bytes behind p + n and returns that place; the caller adds to n. */
char *buf_room(struct buf *b, size_t more);

/* Appends n bytes. */
void buf_put(struct buf *b, const char *p, size_t n);

/* Appends one byte. */
void buf_char(struct buf *b, char c);

/* Appends a slice. */
void buf_str(struct buf *b, struct str s);

/* Appends a NUL-terminated string. */
void buf_text(struct buf *b, const char *z);

/* Appends n blanks. */
void buf_pad(struct buf *b, size_t n);

/* Appends printf text. */
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Appends v in decimal. */
void buf_int(struct buf *b, int64_t v);

/* What is in b as a slice, valid until b changes. */
static inline struct str buf_view(const struct buf *b)
{
	return (struct str){ b->p, b->n };
}

/* What is in b as a NUL-terminated copy in a; b gives its memory back. */
struct str buf_take(struct buf *b, struct arena *a);

/* Terminates b with a NUL that does not count and returns its text. */
const char *buf_z(struct buf *b);

#endif
