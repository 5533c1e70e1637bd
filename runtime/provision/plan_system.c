/* SPDX-License-Identifier: Apache-2.0 */
/* plan_system.c: what every cluster has: logins of pooler, exporter and autoscaler, the pooler's
 * function in a database of its own, and what pg_rewind may read. */
#include "provision/draft.h"

/* Functions that pg_rewind calls as a role that is no superuser (PostgreSQL's documentation,
 * pg_rewind, notes). */
static const struct {
	const char *name, *arguments;
} rewind_functions[] = {
	{ "pg_ls_dir", "text, boolean, boolean" },
	{ "pg_read_binary_file", "text" },
	{ "pg_read_binary_file", "text, bigint, bigint, boolean" },
	{ "pg_stat_file", "text, boolean" },
};

enum { REWIND_FUNCTIONS = sizeof(rewind_functions) / sizeof(*rewind_functions) };

/* PgBouncer's auth_query: no password of whoever may not log in, or may do more than a client. */
static const char get_auth[] =
    "select r.rolname, case when not r.rolcanlogin or r.rolvaliduntil < pg_catalog.now()"
    " or r.rolsuper or r.rolreplication then null else r.rolpassword end"
    " from pg_catalog.pg_authid r where r.rolname = $1";

static const char get_auth_config[] = "{\"search_path=pg_catalog, pg_temp\"}";

static void draft_system_role(struct draft *d, const struct node *role)
{
	struct str name = node_text(role, "name"), monitor = str_of("pg_monitor");
	struct wish w = { .name = name, .of = str_of("system"), .login = true, .limit = -1 };

	w.mark = (struct mark){ .ours = true, .of = w.of };
	if (str_is(node_text(role, "kind"), "monitor")) {
		w.roles = &monitor;
		w.n_roles = 1;
	}
	draft_role(d, &w);
}

static void draft_rewind(struct draft *d, struct str role)
{
	const struct catalog *c = d->planner->have;

	/* Patroni makes the role */
	if (!catalog_role(c, role))
		return;
	for (size_t i = 0; i < REWIND_FUNCTIONS; i++) {
		struct str name = str_of(rewind_functions[i].name);
		struct str arguments = str_of(rewind_functions[i].arguments);
		const struct catalog_right like = {
			str_of("pg_catalog"),
			'f',
			draft_text(d->planner->arena, "%S(%S)", name, arguments),
			role,
			str_of("execute"),
			0
		};

		if (catalog_rights(c->rights, c->n_rights, &like) > 0)
			continue;
		draft_why(d, "%S may not call %S", role, name);
		draft_put(d, "grant execute on function pg_catalog.%I(%S) to %I", name, arguments,
			  role);
	}
}

void draft_connect(struct draft *d, struct str name, const struct str *grantees, size_t n)
{
	const struct catalog *c = d->planner->have;
	struct catalog_right like = { str_of(""), 'd', name, str_of(""), str_of("connect"), 0 };
	bool open = catalog_rights(c->rights, c->n_rights, &like) > 0;

	like.privilege = str_of("temporary");
	if (open || catalog_rights(c->rights, c->n_rights, &like) > 0) {
		draft_why(d, "everybody may connect to %S", name);
		draft_put(d, "revoke all on database %I from public", name);
	}
	like.privilege = str_of("connect");
	for (size_t i = 0; i < n; i++) {
		like.grantee = grantees[i];
		if (catalog_rights(c->rights, c->n_rights, &like) > 0)
			continue;
		draft_why(d, "%S may not connect to %S", grantees[i], name);
		draft_put(d, "grant connect, temporary on database %I to %I", name, grantees[i]);
	}
}

static void draft_function(struct draft *d, const struct catalog_inside *in, struct str role)
{
	const struct catalog_function *f = &in->function;
	struct catalog_right right = { str_of("howdah_pooler"), 'n', str_of(""), role,
				       str_of("usage"),         0 };

	if (!catalog_schema(in, right.schema)) {
		draft_why(d, "the pooler's schema is missing");
		draft_put(d, "create schema howdah_pooler authorization postgres");
	}
	if (!f->there || !f->definer || !f->stable || !f->ours || !str_is(f->source, get_auth) ||
	    !str_is(f->config, get_auth_config)) {
		draft_why(d, "the pooler's function is missing or another");
		if (f->there)
			draft_put(d, "drop function howdah_pooler.get_auth(text)");
		draft_put(d,
			  "create function howdah_pooler.get_auth(text, out usename name,"
			  " out passwd text) returns setof record language sql stable security"
			  " definer set search_path = pg_catalog, pg_temp as %L",
			  str_of(get_auth));
	}
	if (catalog_rights(in->rights, in->n_rights, &right) == 0) {
		draft_why(d, "%S may not use its schema", role);
		draft_put(d, "grant usage on schema howdah_pooler to %I", role);
	}
	right.kind = 'f';
	right.privilege = str_of("execute");
	if (d->n > 0 || catalog_rights(in->rights, in->n_rights, &right) == 0) {
		draft_why(d, "the function is for %S alone", role);
		draft_put(d, "revoke all on function howdah_pooler.get_auth(text) from public");
		draft_put(d, "grant execute on function howdah_pooler.get_auth(text) to %I", role);
		return;
	}
	right.grantee = str_of("");
	if (catalog_rights(in->rights, in->n_rights, &right) > 0) {
		draft_why(d, "everybody may call the pooler's function");
		draft_put(d, "revoke all on function howdah_pooler.get_auth(text) from public");
	}
}

/* The database of the pooler's function, and the function. */
static void plan_pooler(struct planner *p, struct draft *d, struct str name, struct str role)
{
	const struct catalog_database *has = catalog_database(p->have, name);
	struct draft more = draft_begin(p, d->subject, has ? name : str_of("postgres"));

	if (!has) {
		draft_end(d, false);
		draft_why(&more, "database %S is missing", name);
		/* nobody connects before it is closed to everybody */
		draft_put(&more, "create database %I template template0 allow_connections false",
			  name);
		draft_end(&more, true);
		return;
	}
	draft_connect(d, name, &role, 1);
	if (!has->allows) {
		draft_why(d, "database %S is to be opened", name);
		draft_put(d, "alter database %I allow_connections true", name);
	}
	draft_end(d, false);
	if (has->inside)
		draft_function(&more, has->inside, role);
	else if (has->problem.n > 0)
		planner_say(p, false, d->subject, "database %S: %S", name, has->problem);
	draft_end(&more, false);
}

void plan_system(struct planner *p)
{
	const struct node *system = orders_at(p->in->orders, "system");
	struct draft d = draft_begin(p, str_of("system"), str_of("postgres"));
	struct str pooler = str_of("");

	list_each(role, system, "roles")
	{
		struct str kind = node_text(role, "kind");

		if (str_is(kind, "replication")) {
			draft_rewind(&d, node_text(role, "name"));
			continue;
		}
		draft_system_role(&d, role);
		if (str_is(kind, "pooler"))
			pooler = node_text(role, "name");
	}
	if (pooler.n > 0)
		plan_pooler(p, &d, node_text(system, "database"), pooler);
	else
		draft_end(&d, false);
}
