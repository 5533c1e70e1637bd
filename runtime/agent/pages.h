/* SPDX-License-Identifier: Apache-2.0 */
/* /healthz, /metrics and /status of a member's agent. */
#ifndef AGENT_PAGES_H
#define AGENT_PAGES_H

#include "frame/engine.h"

struct pages;

/* Serves the pages of e with the member's server certificate, as soon as there is one that is fit,
 * and again with each new one. Never NULL. */
struct pages *pages_new(struct loop *l, struct engine *e, const struct api *api);

/* Ends them; NULL is fine. */
void pages_free(struct pages *p);

#endif
