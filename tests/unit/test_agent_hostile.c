/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_hostile.c: on a real PostgreSQL: orders that contradict themselves or what runs change
 * nothing and heal when they are corrected; names are names, whatever stands in them. */
#include "postgres_fixture.h"

#define SYSTEM                                                                                     \
	"  system: {database: howdah, roles: [{name: howdah_exporter, kind: monitor},"             \
	" {name: howdah_pooler, kind: pooler}, {name: standby, kind: replication}]}\n"
#define NO_LOGIN "  logins: []\n"

/* Orders that contradict: the subject is left as it is, the others go on, and it heals. */
static void test_contradictions(struct server *s)
{
	static const struct {
		const char *database, *want;
	} rows[] = {
		{ "{name: x, owner: x_owner, writer: x_writer, reader: x_reader,"
		  " extensions: [nosuch]}",
		  "extension nosuch is not in the image" },
		{ "{name: x, owner: x_owner, writer: x_writer, reader: x_reader,"
		  " extensions: [{name: citext, version: \"99\"}]}",
		  "extension citext 99 is not in the image" },
		{ "{name: x, owner: fine_owner, writer: x_writer, reader: x_reader}",
		  "role fine_owner is asked for twice" },
		{ "{name: x, owner: somebody, writer: x_writer, reader: x_reader}",
		  "role somebody exists with rights of its own" },
		{ "{name: x, owner: howdah_x, writer: x_writer, reader: x_reader}",
		  "role howdah_x is the system's" },
		{ "{name: howdah, owner: x_owner, writer: x_writer, reader: x_reader}",
		  "database howdah is the system's" },
		{ "{name: legacy, owner: x_owner, writer: x_writer, reader: x_reader}",
		  "it belongs to role somebody" },
		{ "{name: x, owner: x_owner, writer: x_writer, reader: x_reader,"
		  " roles: [{name: x_y, memberOf: [nobody]}]}",
		  "which is no role of it" },
		{ "{name: x, owner: x_owner, writer: x_writer, reader: x_reader,"
		  " grants: [{role: nobody, objects: tables, privileges: [select]}]}",
		  "rights are for role nobody" },
	};
	static const char roles[] = "select count(*) from pg_roles where rolname like 'x%'";

	CHECK(server_says(s, "postgres", "create role somebody login", ""));
	CHECK(server_says(s, "postgres", "create database legacy owner somebody", ""));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct str lines =
		    arena_fmt(s->arena,
			      SYSTEM "  databases: [{name: fine, owner: fine_owner,"
				     " writer: fine_writer, reader: fine_reader}, %s]\n" NO_LOGIN,
			      rows[i].database);
		bool found = false;

		server_orders(s, lines.p);
		server_plan(s);
		for (const struct trouble *t = s->plan.troubles; t; t = t->next)
			found = found || strstr(t->text.p, rows[i].want);
		if (!CHECK(found))
			(void)printf("# %s: %s\n", rows[i].database,
				     s->plan.troubles ? s->plan.troubles->text.p : "no trouble");
		CHECK(server_settle(s) >= 0);
		CHECK(server_says(s, "postgres", roles, "0"));
	}
	server_orders(s, SYSTEM "  databases: [{name: x, owner: x_owner, writer: x_writer, reader:"
				" x_reader, extensions: [earthdistance]}]\n" NO_LOGIN);
	CHECK(server_settle(s) > 0);
	CHECK(strstr(server_trouble(s, "x"), "extension earthdistance needs cube"));
	/* what PostgreSQL refuses takes the rest of its transaction with it */
	server_orders(s, SYSTEM "  databases: [{name: x, owner: x_owner, writer: x_writer, reader:"
				" x_reader, settings: {nonsense: \"1\"}}]\n" NO_LOGIN);
	CHECK(server_settle(s) == -1);
	server_orders(s, SYSTEM "  databases: [{name: x, owner: x_owner, writer: x_writer, reader:"
				" x_reader}]\n" NO_LOGIN);
	CHECK(server_settle(s) >= 0);
	CHECK(!s->plan.troubles);
}

/* An extension that is newer than what is asked for, or than what the image makes: PostgreSQL knows
 * no way back, and all else of the database is done. */
static void test_no_way(struct server *s)
{
	static const char of_x[] =
	    SYSTEM "  databases: [{name: x, owner: x_owner, writer: x_writer,"
		   " reader: x_reader, %s}]\n" NO_LOGIN;

	server_orders(s, arena_fmt(s->arena, of_x, "extensions: [citext]").p);
	CHECK(server_settle(s) >= 0);
	server_orders(s,
		      arena_fmt(s->arena, of_x,
				"schemas: [later], extensions: [{name: citext, version: \"1.4\"}]")
			  .p);
	CHECK(server_settle(s) >= 0);
	CHECK(strstr(server_trouble(s, "x"),
		     "extension citext is 1.6, and the image has no way to 1.4"));
	CHECK(
	    server_says(s, "x", "select count(*) from pg_namespace where nspname = 'later'", "1"));
	server_orders(s, arena_fmt(s->arena, of_x, "schemas: [later], extensions: [citext]").p);
	CHECK(server_says(
	    s, "x", "update pg_extension set extversion = '9.9' where extname = 'citext'", ""));
	CHECK(server_settle(s) >= 0);
	CHECK(!s->plan.troubles && !s->plan.changes);
}

/* What others made, with names that would be more than names if they were pasted. */
static void test_hostile(struct server *s)
{
	static const char *const made[] = {
		"create role \"x\"\"; drop role fine_owner; --\"",
		"create role \"a'b\\c%s%n\" login",
		"create role \"new\nline\"",
		"create database \"d' or 'a'='a\" owner \"a'b\\c%s%n\"",
		"grant fine_owner to \"x\"\"; drop role fine_owner; --\"",
	};
	static const char most[] = SYSTEM
	    "  databases: [{name: fine, owner: fine_owner, writer: fine_writer, reader:"
	    " fine_reader}, {name: n234567890123456789012345678901,"
	    " owner: o23456789012345678901234567890123456789012345678901234567890123,"
	    " writer: w23456789012345678901234567890123456789012345678901234567890123,"
	    " reader: r23456789012345678901234567890123456789012345678901234567890123}]\n" NO_LOGIN;
	static const char gone[] = SYSTEM
	    "  databases: [{name: fine, owner: fine_owner, writer: fine_writer, reader:"
	    " fine_reader}, {name: n234567890123456789012345678901,"
	    " owner: o23456789012345678901234567890123456789012345678901234567890123,"
	    " writer: w23456789012345678901234567890123456789012345678901234567890123,"
	    " reader: r23456789012345678901234567890123456789012345678901234567890123, ensure:"
	    " absent}]\n" NO_LOGIN;
	static const char found[] = "select count(*) from pg_roles where rolname ~ '[^a-z_0-9]'";

	server_orders(s, SYSTEM "  databases: [{name: fine, owner: fine_owner, writer: fine_writer,"
				" reader: fine_reader}]\n" NO_LOGIN);
	CHECK(server_settle(s) >= 0);
	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++)
		CHECK(server_says(s, "postgres", made[i], ""));
	CHECK(server_settle(s) >= 0);
	CHECK(server_says(s, "postgres", found, "3"));
	/* a membership that makes a role more than it is goes, by its exact name */
	CHECK(server_says(s, "postgres",
			  "select count(*) from pg_roles where rolname = 'fine_owner'", "1"));
	/* names of 63 bytes, and what is made of them */
	server_orders(s, most);
	CHECK(server_settle(s) > 0);
	CHECK(!s->plan.troubles && !s->plan.changes);
	server_orders(s, gone);
	CHECK(server_settle(s) > 0);
	server_orders(s, most);
	CHECK(server_settle(s) > 0);
	CHECK(!s->plan.troubles && !s->plan.changes);
}

int main(void)
{
	struct server s;

	if (server_start(&s)) {
		test_contradictions(&s);
		test_no_way(&s);
		test_hostile(&s);
	}
	server_stop(&s);
	return check_done("test_agent_hostile");
}
