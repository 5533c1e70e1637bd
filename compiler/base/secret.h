/* SPDX-License-Identifier: Apache-2.0 */
/* What in a text looks like a password, key or token. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/arena.h"
#include "base/str.h"

/* What text looks like it holds ("a private key"), or NULL. A constant: never a part of the text.
 */
const char *secret_like(struct str text);

/* text as it may be shown: words that look like a secret are replaced, and all of it where that
 * does not help. Digests ("sha256:...") are none. In a, or text itself. */
struct str secret_veiled(struct arena *a, struct str text);

#endif
