/* SPDX-License-Identifier: Apache-2.0 */
/* What nobody can guess. */
#ifndef CRYPTO_RANDOM_H
#define CRYPTO_RANDOM_H

#include <stdbool.h>

#include "base/arena.h"

/* Characters of a password. */
enum { PASSWORD_LENGTH = 32 };

/* n random bytes at p; without memory for them the process ends. */
void random_bytes(void *p, size_t n);

/* n random characters of [A-Za-z0-9_-], in a: password fields of every program take them. */
struct str random_text(struct arena *a, size_t n);

/* c is one of those that random_text takes. */
bool random_is_letter(char c);

/* n random bytes in hex, in a; n is 64 at most. */
struct str random_hex(struct arena *a, size_t n);

#endif
