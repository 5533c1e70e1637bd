/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the exports, shared by the export_*.c files only. */
#ifndef SCHEMA_EXPORT_IN_H
#define SCHEMA_EXPORT_IN_H

#include "schema/build.h"
#include "schema/export.h"
#include "schema/rule.h"

/* The JSON Schema of kind, in a. */
const struct node *export_json(struct arena *a, const struct schema_kind *kind);

/* Appends the reference page of kind. */
void export_markdown(struct buf *out, const struct schema_kind *kind);

/* The rules of s as x-kubernetes-validations (a list in a), or NULL when CEL can say none of them.
 * steady: the object can be found in the old record, so that rules about change can be judged. */
struct node *export_cel(struct arena *a, const struct schema *s, bool steady);

/* The range of a size or an amount as x-kubernetes-validations (a list in a); NULL when s has none,
 * or one that CEL cannot compare. */
struct node *export_range(struct arena *a, const struct schema *s);

/* key is in x-howdah-complete of s: some layer sets it. */
bool export_is_complete(const struct schema *s, struct str key);

#endif
