/* SPDX-License-Identifier: Apache-2.0 */
/* A schema for others: editors (JSON Schema draft-07), the API server (CRD), people (Markdown). */
#ifndef SCHEMA_EXPORT_H
#define SCHEMA_EXPORT_H

#include "base/buf.h"
#include "schema/schema.h"

enum schema_form { SCHEMA_JSON, SCHEMA_CRD, SCHEMA_MARKDOWN };

/* Appends kind in form to out, the same bytes for the same schema; SCHEMA_CRD only for kinds that
 * schema_has_crd. */
void schema_export(struct buf *out, const struct schema_kind *kind, enum schema_form form);

/* kind lives in the API server: its scope is not File. */
bool schema_has_crd(const struct schema_kind *kind);

/* The CRD of kind as a tree in a, for the destination's output. */
const struct node *schema_crd(struct arena *a, const struct schema_kind *kind);

/* The rules of kind's spec that compare with before, as CEL of an admission policy: a list of
 * {expression, message} in a over `object` and `oldObject`, each message beginning with the rule's
 * id. */
const struct node *schema_change_rules(struct arena *a, const struct schema_kind *kind);

#endif
