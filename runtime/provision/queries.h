/* SPDX-License-Identifier: Apache-2.0 */
/* The queries of a reading, and how their rows are kept. */
#ifndef PROVISION_QUERIES_H
#define PROVISION_QUERIES_H

#include "orders/orders.h"
#include "provision/catalog.h"
#include "sql/sql.h"

/* Asked once, in database postgres. $1 is queries_names. */
struct query_shared {
	const char *text;
	void (*keep)(struct arena *a, struct catalog *c, const struct sql_rows *rows);
};

/* Asked in each database that the orders name. $1 is queries_names. */
struct query_inside {
	const char *text;
	void (*keep)(struct arena *a, struct catalog_inside *in, const struct sql_rows *rows);
};

extern const struct query_shared queries_shared[];
extern const size_t queries_shared_n;
extern const struct query_inside queries_inside[];
extern const size_t queries_inside_n;

/* Rows of schema, kind, object, grantee, privilege and n as rights, in a. */
const struct catalog_right *queries_rights(struct arena *a, const struct sql_rows *rows);

/* Names of objects that grants of the orders name, as a JSON list in a. */
struct str queries_names(struct arena *a, const struct orders *o);

#endif
