/* SPDX-License-Identifier: Apache-2.0 */
/* The right value that a wrong one was probably meant to be. */
#ifndef SCHEMA_MEND_H
#define SCHEMA_MEND_H

#include "base/arena.h"
#include "schema/schema.h"

/* What value has to become to be right by s, a string: "7 days" is 7d, "My App" a name my-app. In
 * a; n 0: it cannot be told. */
struct str mend(struct arena *a, const struct schema *s, struct str value);

/* As mend, by a syntax alone. */
struct str mend_form(struct arena *a, enum format f, struct str value);

#endif
