/* SPDX-License-Identifier: Apache-2.0 */
/* Gives a role a password: PostgreSQL gets the verifier, over a connection that it keeps nothing
 * of. */
#ifndef PROVISION_SECRET_SQL_H
#define PROVISION_SECRET_SQL_H

#include "base/str.h"
#include "loop/loop.h"

struct secret_sql;

/* What is to be done. Copied as a verifier; the password itself is not kept. */
struct secret_change {
	struct str role, password;
	struct str comment; /* of the role, in the same transaction; "" leaves it */
};

/* Begins; sockets is the folder of the server's socket. Ends in done(owner, "" or why), once and
 * later, unless secret_sql_stop comes first. Never NULL. */
struct secret_sql *secret_sql_start(struct loop *l, const char *sockets,
				    const struct secret_change *change,
				    void (*done)(void *owner, const char *why), void *owner);

/* Gives it back, finished or not. NULL is fine. */
void secret_sql_stop(struct secret_sql *s);

#endif
