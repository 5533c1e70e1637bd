/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of PostgreSQL, Patroni and PgBouncer: what a change of one needs, by their contracts. */
#ifndef GUARD_SETTINGS_H
#define GUARD_SETTINGS_H

#include "guard/classify.h"

/* A parameter of PostgreSQL, by its context. Sets the cause's class, why and basis; returns bits of
 * enum effect. */
unsigned settings_guc(const struct classify *c, const struct difference *d,
		      struct verdict_cause *cause);

/* A key of Patroni's dynamic configuration, likewise. */
unsigned settings_patroni(const struct classify *c, const struct difference *d,
			  struct verdict_cause *cause);

/* A setting of PgBouncer, likewise. */
unsigned settings_pgbouncer(const struct classify *c, const struct difference *d,
			    struct verdict_cause *cause);

#endif
