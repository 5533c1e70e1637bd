/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8: one character at a time, and which characters must not be shown as they are. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/str.h"

/* The length (1-4) of the character that p, with n bytes left, starts with, which goes to *c; 0
 * when this is not UTF-8 (overlong forms, surrogates, beyond U+10FFFF, cut off). n is at least 1.
 */
size_t utf8_read(const char *p, size_t n, uint32_t *c);

/* All of s is UTF-8. */
bool utf8_valid(struct str s);

/* c is a control character: C0 (tab and line feed too), DEL, C1. */
bool utf8_is_control(uint32_t c);

/* c has no width or turns the direction of text (Unicode's bidi and zero-width controls): what is
 * shown then differs from what is read. */
bool utf8_is_hidden(uint32_t c);

/* c looks like a blank and is none: no-break space, ideographic space, ... */
bool utf8_is_odd_blank(uint32_t c);

#endif
