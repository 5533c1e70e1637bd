/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_server.c: provisioning on a real PostgreSQL: made as ordered, drift mended, removed in
 * steps, passwords rotated under load, and nothing secret in its log. */
#include "crypto/random.h"
#include "crypto/scram.h"
#include "postgres_fixture.h"
#include "provision/secret_sql.h"

enum { DAY = 86400, GRACE = 7 * DAY, ROTATIONS = 3, CLIENT_MS = 40000 };

#define SYSTEM                                                                                     \
	"  system: {database: howdah, roles: [{name: howdah_exporter, kind: monitor},"             \
	" {name: howdah_pooler, kind: pooler}, {name: standby, kind: replication}]}\n"
#define STANDING "owner: orders_owner, writer: orders_writer, reader: orders_reader"
#define LOGIN                                                                                      \
	"  logins: [{name: orders_app_owner, pair: [orders_app_owner_a, orders_app_owner_b],"      \
	" role: orders_owner, database: orders, secret: {namespace: app, name: s},"                \
	" endpoints: {directHost: c.n.svc}}]\n"
#define NO_LOGIN "  logins: []\n"

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

/* Gives role a new password, as a delivery does; the password in the arena. */
static const char *give(struct server *s, const char *role, const char *pair)
{
	struct mark mark = { .ours = true, .login = true, .of = str_of(pair), .since = s->now };
	struct server_wait w = { .server = s };
	struct str password = str_of("");
	struct secret_change change = { .role = str_of(role) };
	const struct catalog_role *has;
	struct secret_sql *q;

	server_plan(s);
	has = catalog_role(s->catalog, str_of(role));
	if (has)
		mark.set = has->mark.set;
	password = random_text(s->arena, PASSWORD_LENGTH);
	change.password = password;
	change.comment = mark_print(s->arena, &mark);
	q = secret_sql_start(s->loop, s->folder.p, &change, server_on_applied, &w);
	CHECK(loop_until(s->loop, &w.done, SERVER_MS));
	secret_sql_stop(q);
	CHECK(w.why && w.why[0] == 0);
	return password.p;
}

/* What user may not do has this error, or "" when it may. */
static bool may(struct server *s, const char *user, const char *password, const char *text)
{
	PGconn *c = server_connect(s, "orders", user, password);
	PGresult *r = c ? PQexec(c, text) : NULL;
	bool fine =
	    r && (PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK);

	PQclear(r);
	PQfinish(c);
	return fine;
}

static void test_first(struct server *s)
{
	int rounds;

	CHECK(server_says(s, "postgres", "create role standby replication login", ""));
	server_orders(s, first);
	rounds = server_settle(s);
	(void)printf("# settled in %d rounds\n", rounds);
	CHECK(rounds > 0);
	/* a second plan has nothing to do */
	server_plan(s);
	CHECK(!s->plan.changes);
	CHECK(strstr(server_trouble(s, "orders"), "billing.ledger does not exist yet"));
	CHECK(server_says(s, "postgres",
			  "select datdba::regrole || ' ' || datconnlimit from pg_database where"
			  " datname = 'orders'",
			  "orders_owner 20"));
	CHECK(server_says(s, "orders",
			  "select string_agg(extname || ' ' || extnamespace::regnamespace, ', '"
			  " order by extname) from pg_extension where extname <> 'plpgsql'",
			  "citext public, cube tools, earthdistance tools"));
	CHECK(server_says(s, "postgres",
			  "select has_function_privilege('standby', 'pg_read_binary_file(text)',"
			  " 'execute')",
			  "t"));
	CHECK(server_says(s, "postgres",
			  "select pg_has_role('howdah_exporter', 'pg_monitor', 'member')", "t"));
}

/* The pooler gets verifiers of clients and of nobody else. */
static void test_get_auth(struct server *s)
{
	static const char ask[] = "select coalesce(passwd, 'none') from howdah_pooler.get_auth(";
	const char *password = give(s, "orders_app_owner_a", "orders_app_owner");
	PGconn *c;
	PGresult *r;

	(void)give(s, "howdah_pooler", "system");
	password = give(s, "howdah_pooler", "system");
	/* the mark of a login is none of the pooler's */
	CHECK(server_settle(s) >= 0);
	c = server_connect(s, "howdah", "howdah_pooler", password);
	CHECK(c);
	r = PQexec(c, arena_fmt(s->arena, "%s'orders_app_owner_a')", ask).p);
	CHECK(str_starts(str_of(PQgetvalue(r, 0, 0)), "SCRAM-SHA-256$4096:"));
	PQclear(r);
	for (int i = 0; i < 3; i++) {
		static const char *const nobody[] = { "postgres", "orders_owner", "standby" };

		r = PQexec(c, arena_fmt(s->arena, "%s'%s')", ask, nobody[i]).p);
		CHECK(PQntuples(r) == 1 && strcmp(PQgetvalue(r, 0, 0), "none") == 0);
		PQclear(r);
	}
	PQfinish(c);
	CHECK(!server_connect(s, "howdah", "orders_app_owner_a", password));
	CHECK(server_says(s, "howdah",
			  "select has_function_privilege('orders_app_owner_a',"
			  " 'howdah_pooler.get_auth(text)', 'execute')",
			  "f"));
}

/* What the roles may do, for what is there and for what is made later, by names of any kind. */
static void test_rights(struct server *s)
{
	const char *owner, *report;

	owner = give(s, "orders_app_owner_a", "orders_app_owner");
	report = give(s, "orders_bi_report_a", "orders_bi_report");
	CHECK(may(s, "orders_app_owner_a", owner,
		  "create table \"we\"\"ird; drop table x --'\" (a int);"
		  "create table billing.ledger (a int);"
		  "create table billing.\"\xc3\xa4\xe2\x82\xac\" (a int);"
		  "create schema \"ha\"\"lf\" create table t (a serial)"));
	/* made by whoever: the role that the login works as owns it */
	CHECK(server_says(
	    s, "orders",
	    "select string_agg(distinct tableowner, ',') from pg_tables where schemaname"
	    " in ('public', 'billing', 'ha\"lf')",
	    "orders_owner"));
	CHECK(server_settle(s) >= 0);
	CHECK(!s->plan.troubles);
	CHECK(may(s, "orders_bi_report_a", report,
		  "insert into ledger values (1); select * from \"ha\"\"lf\".t;"
		  "select * from billing.\"\xc3\xa4\xe2\x82\xac\""));
	CHECK(!may(s, "orders_bi_report_a", report, "insert into \"ha\"\"lf\".t values (1)"));
	CHECK(!may(s, "orders_bi_report_a", report, "create table public.no (a int)"));
	CHECK(server_says(
	    s, "orders",
	    "select has_table_privilege('orders_writer', 'billing.ledger', 'delete') and"
	    " has_sequence_privilege('orders_writer', '\"ha\"\"lf\".t_a_seq', 'usage') and"
	    " has_table_privilege('orders_audit', 'billing.ledger', 'select') and not"
	    " has_table_privilege('orders_audit', '\"ha\"\"lf\".t', 'select')",
	    "t"));
	/* a table that somebody else makes is found */
	CHECK(server_says(s, "orders", "create table public.late (a int)", ""));
	CHECK(server_settle(s) > 0);
	CHECK(server_says(s, "orders",
			  "select has_table_privilege('orders_reader', 'late', 'select')", "t"));
	CHECK(may(s, "orders_bi_report_a", report,
		  "do $$ begin assert current_setting('statement_timeout') = '45s' and"
		  " current_user = 'orders_report'; end $$"));
}

/* Each drift is mended and then is no more. */
static void test_drift(struct server *s)
{
	static const struct {
		const char *database, *harm, *question, *answer;
	} rows[] = {
		{ "postgres", "alter role orders_owner superuser createdb login",
		  "select rolsuper or rolcreatedb or rolcanlogin from pg_roles where rolname ="
		  " 'orders_owner'",
		  "f" },
		{ "postgres", "grant pg_read_all_data to orders_reader",
		  "select pg_has_role('orders_reader', 'pg_read_all_data', 'member')", "f" },
		{ "postgres", "revoke orders_reader from orders_report",
		  "select pg_has_role('orders_report', 'orders_reader', 'member')", "t" },
		{ "postgres", "alter database orders connection limit 500",
		  "select datconnlimit from pg_database where datname = 'orders'", "20" },
		{ "postgres", "alter database orders owner to postgres",
		  "select datdba::regrole from pg_database where datname = 'orders'",
		  "orders_owner" },
		{ "postgres", "grant connect on database orders to public",
		  "select has_database_privilege('standby', 'orders', 'connect')", "f" },
		{ "postgres", "alter database orders set lock_timeout to '1h'",
		  "select setconfig::text from pg_db_role_setting where setrole = 0 and "
		  "setdatabase ="
		  " (select oid from pg_database where datname = 'orders')",
		  "{lock_timeout=5s}" },
		{ "postgres", "alter role orders_bi_report_a reset role",
		  "select count(*) from pg_db_role_setting s join pg_roles r on r.oid = s.setrole"
		  " where rolname = 'orders_bi_report_a' and 'role=orders_report' = any(setconfig)",
		  "1" },
		{ "postgres", "alter role orders_bi_report_a nologin valid until '2000-01-01'",
		  "select rolcanlogin and rolvaliduntil = 'infinity' from pg_roles where rolname ="
		  " 'orders_bi_report_a'",
		  "t" },
		{ "postgres", "drop role orders_bi_report_b",
		  "select count(*) from pg_roles where rolname = 'orders_bi_report_b'", "1" },
		{ "postgres", "revoke execute on function pg_stat_file(text, boolean) from standby",
		  "select has_function_privilege('standby', 'pg_stat_file(text, boolean)', "
		  "'execute')",
		  "t" },
		{ "orders", "alter schema billing owner to postgres",
		  "select nspowner::regrole from pg_namespace where nspname = 'billing'",
		  "orders_owner" },
		{ "orders", "grant create on schema public to public",
		  "select has_schema_privilege('standby', 'public', 'create')", "f" },
		{ "orders", "revoke select on billing.ledger from orders_audit",
		  "select has_table_privilege('orders_audit', 'billing.ledger', 'select')", "t" },
		{ "orders", "revoke usage on schema billing from orders_reader",
		  "select has_schema_privilege('orders_reader', 'billing', 'usage')", "t" },
		{ "orders",
		  "alter default privileges for role orders_owner revoke select on tables from"
		  " orders_reader",
		  "select count(*) > 0 from pg_default_acl, aclexplode(defaclacl) where grantee ="
		  " 'orders_reader'::regrole and defaclobjtype = 'r'",
		  "t" },
		{ "orders", "alter extension cube set schema public",
		  "select extnamespace::regnamespace from pg_extension where extname = 'cube'",
		  "tools" },
		{ "orders", "drop extension citext",
		  "select count(*) from pg_extension where extname = 'citext'", "1" },
		{ "howdah",
		  "create or replace function howdah_pooler.get_auth(text, out usename name, out "
		  "passwd"
		  " text) returns setof record language sql as $$ select rolname, rolpassword from"
		  " pg_catalog.pg_authid $$",
		  "select prosecdef and provolatile = 's' from pg_proc where proname = 'get_auth'",
		  "t" },
		{ "howdah", "grant execute on function howdah_pooler.get_auth(text) to public",
		  "select has_function_privilege('standby', 'howdah_pooler.get_auth(text)', "
		  "'execute')",
		  "f" },
	};

	CHECK(server_settle(s) >= 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		CHECK(server_says(s, rows[i].database, rows[i].harm, ""));
		server_plan(s);
		if (!CHECK(s->plan.changes))
			(void)printf("# unseen: %s\n", rows[i].harm);
		if (!CHECK(server_settle(s) >= 0))
			(void)printf("# stays: %s\n", rows[i].harm);
		CHECK(server_says(s, rows[i].database, rows[i].question, rows[i].answer));
	}
}

/* Rights and settings that are wanted no more go; a setting that is not ours stays. */
static void test_less(struct server *s)
{
	CHECK(server_says(s, "postgres", "alter database orders set work_mem to '5MB'", ""));
	server_orders(s, SYSTEM "  databases: [{name: orders, " STANDING
				", schemas: [billing, tools], connectionLimit: 20,"
				" extensions: [{name: earthdistance, schema: tools},"
				" {name: cube, schema: tools}, citext],"
				" roles: [{name: orders_report, memberOf: [orders_reader]},"
				" {name: orders_audit, ensure: absent}],"
				" grants: [{role: orders_report, schema: billing, objects: tables,"
				" privileges: [insert], ensure: absent}]}]\n" LOGIN);
	CHECK(server_settle(s) > 0);
	CHECK(server_says(s, "postgres",
			  "select setconfig::text from pg_db_role_setting where setrole = 0",
			  "{work_mem=5MB}"));
	CHECK(server_says(s, "orders",
			  "select has_table_privilege('orders_report', 'billing.ledger', 'insert')",
			  "f"));
	/* the other access entry is gone: refused at once, there until the grace is over */
	CHECK(server_says(s, "postgres",
			  "select bool_or(rolcanlogin) from pg_roles where rolname like"
			  " 'orders_bi_report%'",
			  "f"));
	s->now += GRACE - 1;
	CHECK(server_settle(s) == 0);
	s->now += 1;
	CHECK(server_settle(s) > 0);
	CHECK(server_says(s, "postgres",
			  "select count(*) from pg_roles where rolname like 'orders_bi_report%' or"
			  " rolname = 'orders_audit'",
			  "0"));
}

/* Somebody works with a login whose entry goes away. */
static void test_thrown_out(struct server *s)
{
	const char *password = give(s, "orders_app_owner_b", "orders_app_owner");
	PGconn *c = server_connect(s, "orders", "orders_app_owner_b", password);
	PGresult *r;

	CHECK(c);
	server_orders(s,
		      SYSTEM "  databases: [{name: orders, " STANDING
			     ", schemas: [billing, tools], extensions: [{name: earthdistance,"
			     " schema: tools}, {name: cube, schema: tools}, citext]}]\n" NO_LOGIN);
	CHECK(server_settle(s) > 0);
	r = PQexec(c, "select 1");
	CHECK(PQresultStatus(r) == PGRES_FATAL_ERROR);
	PQclear(r);
	PQfinish(c);
	CHECK(!server_connect(s, "orders", "orders_app_owner_b", password));
	/* it comes back within the grace, with the password that it had */
	server_orders(s, SYSTEM "  databases: [{name: orders, " STANDING "}]\n" LOGIN);
	CHECK(server_settle(s) > 0);
	c = server_connect(s, "orders", "orders_app_owner_b", password);
	CHECK(c);
	PQfinish(c);
	/* all access is closed */
	server_orders(s, SYSTEM "  databases: [{name: orders, " STANDING "}]\n" LOGIN
				"  life: {closed: {reason: audit}}\n");
	CHECK(server_settle(s) > 0);
	CHECK(!server_connect(s, "orders", "orders_app_owner_b", password));
}

/* Schemas, extensions, databases: noted, put away, dropped; or back again. */
static void test_removal(struct server *s)
{
	struct str hidden = plan_hidden(s->arena, str_of("billing"));
	struct str away = plan_hidden(s->arena, str_of("orders"));
	static const char gone[] =
	    SYSTEM "  databases: [{name: orders, " STANDING
		   ", schemas: [{name: billing, ensure: absent, reclaim: delete}],"
		   " extensions: [{name: citext, ensure: absent}]}]\n" LOGIN;
	static const char end[] = SYSTEM "  databases: [{name: orders, " STANDING
					 ", ensure: absent, reclaim: delete}]\n" NO_LOGIN;

	server_orders(s, gone);
	CHECK(server_settle(s) > 0);
	CHECK(server_says(s, "orders",
			  "select count(*) from pg_namespace where nspname = 'billing'", "0"));
	CHECK(server_says(s, "orders", "select count(*) from pg_extension where extname = 'citext'",
			  "1"));
	/* back, with its data */
	server_orders(s, SYSTEM "  databases: [{name: orders, " STANDING
				", schemas: [billing]}]\n" LOGIN);
	CHECK(server_settle(s) > 0);
	CHECK(server_says(s, "orders", "select count(*) from billing.ledger", "1"));
	server_orders(s, gone);
	CHECK(server_settle(s) > 0);
	s->now += GRACE;
	CHECK(server_settle(s) > 0);
	CHECK(server_says(s, "orders", "select count(*) from pg_extension where extname = 'citext'",
			  "0"));
	/* data only behind a backup that has them */
	CHECK(strstr(server_trouble(s, "orders"), "newer base backup"));
	CHECK(server_says(
	    s, "orders",
	    arena_fmt(s->arena, "select count(*) from pg_namespace where nspname = '%s'", hidden.p)
		.p,
	    "1"));
	s->backup = s->now;
	CHECK(server_settle(s) > 0);
	CHECK(server_says(
	    s, "orders",
	    arena_fmt(s->arena, "select count(*) from pg_namespace where nspname = '%s'", hidden.p)
		.p,
	    "0"));
	/* the database itself */
	s->backup = 0;
	server_orders(s, end);
	CHECK(server_settle(s) > 0);
	CHECK(server_says(s, "postgres",
			  arena_fmt(s->arena,
				    "select datallowconn from pg_database where datname ="
				    " '%s'",
				    away.p)
			      .p,
			  "f"));
	server_orders(s, SYSTEM "  databases: [{name: orders, " STANDING "}]\n" NO_LOGIN);
	CHECK(server_settle(s) > 0);
	CHECK(server_says(s, "orders", "select count(*) from \"ha\"\"lf\".t", "0"));
	server_orders(s, end);
	CHECK(server_settle(s) > 0);
	s->now += 2 * GRACE;
	CHECK(server_settle(s) >= 0);
	CHECK(strstr(server_trouble(s, "orders"), "newer base backup"));
	s->backup = s->now;
	CHECK(server_settle(s) > 0);
	CHECK(server_says(s, "postgres",
			  "select (select count(*) from pg_database where datname like 'orders%') +"
			  " (select count(*) from pg_roles where rolname like 'orders%')",
			  "0"));
}

/* Of the pair only user may log in. */
static bool alone_logs_in(struct server *s, const char *user)
{
	return server_says(
	    s, "postgres",
	    "select string_agg(rolname, ',') from pg_roles where rolcanlogin and rolname"
	    " like 'orders_app_owner%'",
	    user);
}

/* A client that connects all the time with what the Secret says, while that changes. */
static void test_rotation(struct server *s)
{
	static const char *const pair[] = { "orders_app_owner_a", "orders_app_owner_b" };
	const char *user = pair[0], *password;
	int logins = 0, failed = 0;

	server_orders(s, SYSTEM "  databases: [{name: orders, " STANDING "}]\n" LOGIN);
	CHECK(server_settle(s) > 0);
	password = give(s, user, "orders_app_owner");
	for (int turn = 1; turn <= ROTATIONS; turn++) {
		const char *next = pair[turn % 2], *made;
		PGconn *old = server_connect(s, "orders", user, password);

		CHECK(old);
		s->now += 60;
		made = give(s, next, "orders_app_owner");
		CHECK(server_settle(s) >= 0);
		/* before and after the Secret is seen to have changed */
		for (int i = 0; i < 20; i++) {
			PGconn *c = server_connect(s, "orders", i < 10 ? user : next,
						   i < 10 ? password : made);

			logins++;
			failed += !c;
			PQfinish(c);
		}
		PQfinish(old);
		user = next;
		password = made;
	}
	(void)printf("# %d logins over %d rotations, %d failed\n", logins, ROTATIONS, failed);
	CHECK(failed == 0);
	/* the one before goes when the grace is over, nobody works with it and no Secret names it
	 */
	s->now += GRACE;
	s->named = str_of(strcmp(user, pair[0]) == 0 ? pair[1] : pair[0]);
	CHECK(server_settle(s) == 0);
	s->named = str_of(user);
	CHECK(server_settle(s) > 0);
	CHECK(alone_logs_in(s, user));
	/* one agent was killed behind the password of one, and the next one gave out the other in
	 * the same second */
	(void)give(s, pair[0], "orders_app_owner");
	(void)give(s, pair[1], "orders_app_owner");
	CHECK(server_settle(s) == 0);
	s->now += GRACE;
	CHECK(server_settle(s) > 0);
	CHECK(alone_logs_in(s, user));
}

/* The planner says that something waits, in these words. */
static bool waits(const struct server *s, const char *words)
{
	for (const struct trouble *t = s->plan.troubles; t; t = t->next)
		if (t->waits && strstr(t->text.p, words))
			return true;
	return false;
}

#define STOCK(rest)                                                                                \
	SYSTEM "  databases: [{name: stock, owner: stock_owner, writer: stock_writer,"             \
	       " reader: stock_reader" rest "}]\n"
#define STOCK_LOGIN                                                                                \
	"  logins: [{name: stock_app, pair: [stock_app_a, stock_app_b], role: stock_owner,"        \
	" database: stock, secret: {namespace: app, name: s}, endpoints: {directHost: "            \
	"c.n.svc}}]\n"

/* What roles own and what is made of extensions goes as data do: behind a backup that has them. */
static void test_reclaim(struct server *s)
{
	static const char inside[] =
	    "select (select count(*) from pg_class where relname = 'notes') || ' ' ||"
	    " (select count(*) from pg_attribute where attrelid = 'names'::regclass and"
	    " attname = 'b')";

	s->backup = s->now;
	server_orders(s, STOCK(", roles: [{name: stock_audit}], extensions: [citext]") NO_LOGIN);
	CHECK(server_settle(s) > 0);
	CHECK(server_says(s, "stock",
			  "create table notes (a int); alter table notes owner to stock_audit;"
			  "create table names (a int, b public.citext)",
			  ""));
	server_orders(s, STOCK(", roles: [{name: stock_audit, ensure: absent, reclaim: delete}],"
			       " extensions: [{name: citext, ensure: absent, reclaim: delete}]")
			     NO_LOGIN);
	CHECK(server_settle(s) > 0);
	s->now += 2 * GRACE;
	CHECK(server_settle(s) >= 0);
	CHECK(waits(s, "role stock_audit is dropped when a newer base backup is verified"));
	CHECK(waits(s, "extension citext is dropped when a newer base backup is verified"));
	CHECK(server_says(s, "stock", inside, "1 1"));
	s->backup = s->now;
	CHECK(server_settle(s) > 0);
	CHECK(!s->plan.troubles);
	CHECK(server_says(s, "stock", inside, "0 0"));
	CHECK(server_says(s, "stock",
			  "select (select count(*) from pg_roles where rolname = 'stock_audit') +"
			  " (select count(*) from pg_extension where extname = 'citext')",
			  "0"));
}

/* Rights in a database that nobody can connect to keep a role: it is refused, and waits. */
static void test_unreachable(struct server *s)
{
	static const char left[] = "select string_agg(rolname || ' ' || rolcanlogin, ', ')"
				   " from pg_roles where rolname like 'stock_app%'";

	server_orders(s, STOCK("") STOCK_LOGIN);
	CHECK(server_settle(s) > 0);
	(void)give(s, "stock_app_a", "stock_app");
	CHECK(server_says(s, "stock", "grant select on names to stock_app_a", ""));
	CHECK(server_says(s, "postgres", "grant connect on database howdah to stock_app_a", ""));
	server_orders(s, STOCK(", ensure: absent") STOCK_LOGIN);
	CHECK(server_settle(s) > 0);
	server_orders(s, STOCK(", ensure: absent") NO_LOGIN);
	CHECK(server_settle(s) > 0);
	s->now += GRACE;
	CHECK(server_settle(s) > 0);
	CHECK(waits(s, "stock_app_a has rights in database stock_gone_"));
	CHECK(server_says(s, "postgres", left, "stock_app_a false"));
	CHECK(strstr(server_ask(s, "postgres", "drop role stock_app_a"), "cannot be dropped"));
	/* it goes when the database does */
	s->backup = s->now;
	server_orders(s, STOCK(", ensure: absent, reclaim: delete") NO_LOGIN);
	CHECK(server_settle(s) > 0);
	CHECK(!s->plan.troubles);
	CHECK(server_says(s, "postgres",
			  "select (select count(*) from pg_database where datname like 'stock%') +"
			  " (select count(*) from pg_roles where rolname like 'stock%')",
			  "0"));
}

/* Verifiers are of what PostgreSQL itself makes of a password. */
static void test_scram(struct server *s)
{
	const char *made;

	CHECK(server_says(s, "postgres", "create role t password 'pencil'", ""));
	made = server_ask(s, "postgres", "select rolpassword from pg_authid where rolname = 't'");
	CHECK(scram_matches(str_of("pencil"), str_of(made)));
	CHECK(!scram_matches(str_of("pencils"), str_of(made)));
	CHECK(!scram_matches(str_of("pencil"), str_of("")));
	CHECK(!scram_matches(str_of("pencil"), str_of("SCRAM-SHA-256$4096:x$y:z")));
	CHECK(server_says(s, "postgres", "drop role t", ""));
}

/* Nothing of a password or verifier that was set is kept anywhere. */
static void test_silence(struct server *s)
{
	CHECK(sh("grep -q 'statement: begin' server.log") == 0);
	CHECK(sh("grep -v \"password 'pencil'\" server.log | grep -i 'SCRAM-SHA-256\\$' >leaks") ==
	      1);
	CHECK(sh("grep -i 'alter role.*password' server.log >leaks") == 1);
	CHECK(server_says(s, "postgres", "create extension pg_stat_statements", ""));
	CHECK(server_says(
	    s, "postgres",
	    "select count(*) from pg_stat_statements where query ~* 'alter role.*password'", "0"));
}

int main(void)
{
	struct server s;

	if (server_start(&s)) {
		test_scram(&s);
		test_first(&s);
		test_get_auth(&s);
		test_rights(&s);
		test_drift(&s);
		test_less(&s);
		test_thrown_out(&s);
		test_removal(&s);
		test_rotation(&s);
		test_reclaim(&s);
		test_unreachable(&s);
		test_silence(&s);
	}
	server_stop(&s);
	return check_done("test_agent_server");
}
