/* SPDX-License-Identifier: Apache-2.0 */
/* A schema for others: editors (JSON Schema draft-07), the API server (CRD), people (Markdown). */
#ifndef SCHEMA_EXPORT_H
#define SCHEMA_EXPORT_H

#include "base/buf.h"
#include "schema/schema.h"

enum schema_form { SCHEMA_JSON, SCHEMA_CRD, SCHEMA_MARKDOWN };

/* Appends kind in form to out. Never fails; the same bytes for the same schema. */
void schema_export(struct buf *out, const struct schema_kind *kind, enum schema_form form);

/* The CRD of kind as a tree in a, for the destination's output. */
const struct node *schema_crd(struct arena *a, const struct schema_kind *kind);

#endif
