/* SPDX-License-Identifier: Apache-2.0 */
/* Which certificate does a port serve? A handshake in the loop, with nothing behind it. */
#ifndef TLS_PROBE_H
#define TLS_PROBE_H

#include "loop/loop.h"
#include "tls/cert.h"

struct probe;

/* How TLS begins. */
enum probe_start {
	PROBE_TLS,      /* at once */
	PROBE_POSTGRES, /* after PostgreSQL's SSLRequest; PgBouncer does the same */
};

/* What came of it. Valid during the call only. */
struct probe_answer {
	struct cert cert;  /* of the leaf that was served; serial "" when there was none */
	const char *error; /* why there was none, or "" */
};

/* Dials an IPv4 or IPv6 address and does a handshake; who is trusted is not asked, the serial is
 * what is proved. done(owner, answer) is called exactly once, later, unless probe_drop comes first.
 */
struct probe *probe_new(struct loop *l, const char *address, uint16_t port, enum probe_start start,
			int64_t deadline_ms);

/* Whom to tell; without it nobody. */
void probe_tell(struct probe *p, void (*done)(void *owner, const struct probe_answer *answer),
		void *owner);

/* Ends it without a call; NULL is fine. */
void probe_drop(struct probe *p);

#endif
