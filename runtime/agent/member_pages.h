/* SPDX-License-Identifier: Apache-2.0 */
/* /healthz, /metrics and /status of a member's agent. */
#ifndef AGENT_MEMBER_PAGES_H
#define AGENT_MEMBER_PAGES_H

#include "frame/engine.h"
#include "net/server.h"

/* What they show; handed to fill. */
struct member_view {
	struct engine *engine;
	const struct api *api;
};

enum { MEMBER_PAGES = 3 };

extern const struct page member_pages[MEMBER_PAGES];

#endif
