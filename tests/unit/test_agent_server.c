/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_server.c: provisioning on a real PostgreSQL: made as ordered, drift mended, removed in
 * steps, and nothing secret in its log. */
#include "postgres_fixture.h"

#define SYSTEM                                                                                     \
	"  system: {database: howdah, roles: [{name: howdah_exporter, kind: monitor},"             \
	" {name: howdah_pooler, kind: pooler}, {name: standby, kind: replication}]}\n"

static const char first[] = SYSTEM
    "  databases:\n"
    "    - name: orders\n"
    "      owner: orders_owner\n"
    "      writer: orders_writer\n"
    "      reader: orders_reader\n"
    "      connectionLimit: 20\n"
    "      extensions: [{name: earthdistance, schema: tools}, {name: cube, schema: tools}, "
    "citext]\n"
    "      schemas: [billing, tools]\n"
    "      roles:\n"
    "        - {name: orders_report, memberOf: [orders_reader], connectionLimit: 3,\n"
    "           settings: {statement_timeout: 45s, search_path: \"billing, public\"}}\n"
    "        - {name: orders_audit}\n"
    "      grants:\n"
    "        - {role: orders_report, schema: billing, objects: tables, privileges: [insert]}\n"
    "        - {role: orders_audit, schema: billing, objects: tables, names: [ledger],"
    " privileges: [select]}\n"
    "      settings: {lock_timeout: 5s}\n"
    "  logins:\n"
    "    - {name: orders_app_owner, pair: [orders_app_owner_a, orders_app_owner_b],"
    " role: orders_owner, database: orders, secret: {namespace: app, name: s},"
    " endpoints: {directHost: c.n.svc}}\n"
    "    - {name: orders_bi_report, pair: [orders_bi_report_a, orders_bi_report_b],"
    " role: orders_report, database: orders, secret: {namespace: bi, name: s},"
    " endpoints: {directHost: c.n.svc}}\n";

static void test_first(struct server *s)
{
	int rounds;

	CHECK(server_says(s, "postgres", "create role standby replication login", ""));
	server_orders(s, first);
	rounds = server_settle(s);
	(void)printf("# settled in %d rounds\n", rounds);
	CHECK(rounds > 0);
	/* idempotence: a second plan has nothing */
	server_plan(s);
	CHECK(!s->plan.changes);
	CHECK(strstr(server_trouble(s, "orders"), "billing.ledger does not exist yet"));
	CHECK(server_says(s, "postgres",
			  "select datdba::regrole || ' ' || datconnlimit from pg_database where"
			  " datname = 'orders'",
			  "orders_owner 20"));
	CHECK(server_says(s, "orders",
			  "select string_agg(extname || ' ' || extnamespace::regnamespace, ', '"
			  " order by 1) from pg_extension where extname <> 'plpgsql'",
			  "citext public, cube tools, earthdistance tools"));
}

int main(void)
{
	struct server s;

	if (server_start(&s))
		test_first(&s);
	server_stop(&s);
	return check_done("test_agent_server");
}
