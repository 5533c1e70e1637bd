/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's port: pages over HTTPS with a certificate that may change. */
#ifndef AGENT_PAGES_H
#define AGENT_PAGES_H

#include "net/server.h"

struct pages;

/* What is shown, to whom fill hands arg. */
struct pages_plan {
	const char *folder; /* with tls.crt and tls.key */
	const char *trust;  /* file of authorities, one of which must have signed it */
	const struct page *list;
	size_t n;
	void *arg;
};

/* Serves the pages of plan (which is copied) as soon as its certificate is fit, and again with each
 * new one. Never NULL. */
struct pages *pages_new(struct loop *l, const struct pages_plan *plan);

/* Ends them; NULL is fine. */
void pages_free(struct pages *p);

#endif
