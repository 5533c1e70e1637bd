/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's orders: an AgentConfig as a mounted file, checked by the compiler's own schema code.
 */
#ifndef ORDERS_ORDERS_H
#define ORDERS_ORDERS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "tree/node.h"

enum { ORDERS_KNOWN = 1 }; /* newest meaning of orders (spec.orders) that this agent knows */

struct orders_reader;

/* Orders that are right, defaults filled in. Const once read. */
struct orders {
	struct arena *arena;
	const struct node *spec;
	struct str digest;          /* SHA-256 of the file, in hex */
	struct str label;           /* its first twelve digits, for the log */
	struct str name, namespace; /* of the cluster and its record */
};

/* Compiles the schema of orders that the binary carries; never NULL. */
struct orders_reader *orders_reader_new(void);

/* Gives it back; NULL is fine. Orders that it read stay. */
void orders_reader_free(struct orders_reader *r);

/* From now on orders of another scope than this are not right: those of the next incarnation lie in
 * the same ConfigMap, and reach the members of the one before, too. scope outlives r. */
void orders_reader_scope(struct orders_reader *r, struct str scope);

/* Reads the text of a file named name for messages. NULL when it is not right: err has the first
 * finding and how many there are, findings (when not NULL) gets all of them as a compiler prints
 * them. */
struct orders *orders_read(struct orders_reader *r, const char *name, struct str text,
			   struct buf *findings, struct err *err);

/* As orders_read for the file at path. */
struct orders *orders_open(struct orders_reader *r, const char *path, struct buf *findings,
			   struct err *err);

/* Gives orders back; NULL is fine. */
void orders_free(struct orders *o);

/* The node at a path of keys below spec, as "cluster.scope"; NULL where there is none. */
const struct node *orders_at(const struct orders *o, const char *path);

/* As orders_at: a text, "" where there is none. */
struct str orders_text(const struct orders *o, const char *path);

/* As orders_at: an integer. */
int64_t orders_int(const struct orders *o, const char *path, int64_t fallback);

/* As orders_at: a duration ("30s") in milliseconds. */
int64_t orders_ms(const struct orders *o, const char *path, int64_t fallback);

/* As orders_at: a size ("32Mi") in bytes. */
int64_t orders_bytes(const struct orders *o, const char *path, int64_t fallback);

/* The name that the certificate of the member's own endpoint must have: of the first of
 * spec.endpoints that is served from a folder. */
struct str orders_host(const struct orders *o);

#endif
