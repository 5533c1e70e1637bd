/* SPDX-License-Identifier: Apache-2.0 */
/* What in a text looks like a password, key or token. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/str.h"

/* What text looks like it holds ("a private key"), or NULL. A constant: never a part of the text.
 */
const char *secret_like(struct str text);

#endif
