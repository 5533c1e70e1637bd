/* SPDX-License-Identifier: Apache-2.0 */
/* Base64, as Secrets and stores have it. */
#ifndef GROUND_BASE64_H
#define GROUND_BASE64_H

#include "base/arena.h"

/* The n bytes at p as base64 on one line, in a. */
struct str base64_of(struct arena *a, const void *p, size_t n);

/* The bytes of base64 text, NUL-terminated, in a: true and *out, false when it is none. */
bool base64_read(struct arena *a, struct str text, struct str *out);

#endif
