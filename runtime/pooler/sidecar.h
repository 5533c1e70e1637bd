/* SPDX-License-Identifier: Apache-2.0 */
/* The agent beside a PgBouncer: looks each two seconds, and does what pooler_decide says. */
#ifndef POOLER_SIDECAR_H
#define POOLER_SIDECAR_H

#include "loop/loop.h"
#include "pooler/pooler.h"

struct sidecar;

/* Begins to look; a pause is ended when it is older than limit_ms. Never NULL. */
struct sidecar *sidecar_new(struct loop *l, int64_t limit_ms);

/* Ends it; NULL is fine. */
void sidecar_free(struct sidecar *s);

/* What it saw last. */
const struct pooler_view *sidecar_view(const struct sidecar *s);

/* When it last began to look: a moment's ms. */
int64_t sidecar_alive_ms(const struct sidecar *s);

/* RELOADs and RESUMEs that PgBouncer took. */
void sidecar_counts(const struct sidecar *s, uint64_t *reloads, uint64_t *resumes);

#endif
