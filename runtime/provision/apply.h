/* SPDX-License-Identifier: Apache-2.0 */
/* Carries out changes, one after the other. */
#ifndef PROVISION_APPLY_H
#define PROVISION_APPLY_H

#include "provision/plan.h"
#include "sql/sql.h"

struct applying;

/* Begins to carry out the list of changes through at (whose database does not count); it must stay
 * until the end. Each is one transaction, or one statement. Ends in done(owner, "") or, at the
 * first that fails, done(owner, why), once and later, unless applying_stop comes first. Never NULL.
 */
struct applying *applying_start(struct loop *l, const struct sql_target *at,
				const struct change *changes,
				void (*done)(void *owner, const char *why), void *owner);

/* Gives it back, finished or not: what was not finished is rolled back. NULL is fine. */
void applying_stop(struct applying *a);

#endif
