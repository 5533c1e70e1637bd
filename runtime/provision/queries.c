/* SPDX-License-Identifier: Apache-2.0 */
/* queries.c: the cluster's own catalogs. Rows come sorted bytewise. */
#include "provision/queries.h"

#include "tree/print.h"

/* A column of a row, in a. */
static struct str text(struct arena *a, const struct sql_rows *rows, size_t row, const char *name)
{
	return arena_fmt(a, "%s", sql_text(rows, row, name));
}

/* $1 is not used here, but every query gets it. */
static const char server[] = "select current_setting('server_version_num')::int / 10000 as major,"
			     " pg_is_in_recovery() as recovery where $1::text is not null";

static void keep_server(struct arena *a, struct catalog *c, const struct sql_rows *rows)
{
	(void)a;
	c->major = (int)sql_int(rows, 0, "major", 0);
	c->in_recovery = sql_flag(rows, 0, "recovery");
}

static const char roles[] =
    "select r.rolname as name, r.rolsuper as super, r.rolinherit as inherit,"
    " r.rolcreaterole as create_role, r.rolcreatedb as create_db, r.rolcanlogin as login,"
    " r.rolreplication as replication, r.rolbypassrls as bypass,"
    " r.rolvaliduntil is not null and r.rolvaliduntil <> 'infinity' as expires,"
    " r.rolconnlimit as lim, r.rolpassword as verifier,"
    " shobj_description(r.oid, 'pg_authid') as comment, s.n as sessions"
    " from pg_authid r left join (select usesysid, count(*) as n from pg_stat_activity"
    " where backend_type = 'client backend' and pid <> pg_backend_pid() group by 1) s"
    " on s.usesysid = r.oid where $1::text is not null and r.rolname !~ '^pg_'"
    " order by r.rolname collate \"C\"";

static void keep_roles(struct arena *a, struct catalog *c, const struct sql_rows *rows)
{
	struct catalog_role *r = NEW_ARRAY(a, sql_count(rows) + 1, struct catalog_role);

	c->roles = r;
	c->n_roles = sql_count(rows);
	for (size_t i = 0; i < c->n_roles; i++, r++) {
		r->name = text(a, rows, i, "name");
		r->super = sql_flag(rows, i, "super");
		r->inherit = sql_flag(rows, i, "inherit");
		r->create_role = sql_flag(rows, i, "create_role");
		r->create_db = sql_flag(rows, i, "create_db");
		r->login = sql_flag(rows, i, "login");
		r->replication = sql_flag(rows, i, "replication");
		r->bypass_rls = sql_flag(rows, i, "bypass");
		r->expires = sql_flag(rows, i, "expires");
		r->limit = sql_int(rows, i, "lim", -1);
		r->verifier = text(a, rows, i, "verifier");
		r->sessions = sql_int(rows, i, "sessions", 0);
		r->mark = mark_read(a, text(a, rows, i, "comment"));
	}
}

static const char members[] =
    "select distinct m.rolname collate \"C\" as member, g.rolname collate \"C\" as role"
    " from pg_auth_members am join pg_authid m on m.oid = am.member"
    " join pg_authid g on g.oid = am.roleid where $1::text is not null order by 1, 2";

static void keep_members(struct arena *a, struct catalog *c, const struct sql_rows *rows)
{
	struct catalog_member *m = NEW_ARRAY(a, sql_count(rows) + 1, struct catalog_member);

	c->members = m;
	c->n_members = sql_count(rows);
	for (size_t i = 0; i < c->n_members; i++)
		m[i] =
		    (struct catalog_member){ text(a, rows, i, "member"), text(a, rows, i, "role") };
}

static const char settings[] =
    "select coalesce(r.rolname, '') collate \"C\" as role, coalesce(d.datname, '') as database,"
    " split_part(x, '=', 1) as name, substr(x, strpos(x, '=') + 1) as value"
    " from pg_db_role_setting s cross join lateral unnest(s.setconfig) x"
    " left join pg_authid r on r.oid = s.setrole"
    " left join pg_database d on d.oid = s.setdatabase where $1::text is not null order by 1";

static void keep_settings(struct arena *a, struct catalog *c, const struct sql_rows *rows)
{
	struct catalog_setting *s = NEW_ARRAY(a, sql_count(rows) + 1, struct catalog_setting);

	c->settings = s;
	c->n_settings = sql_count(rows);
	for (size_t i = 0; i < c->n_settings; i++)
		s[i] =
		    (struct catalog_setting){ text(a, rows, i, "role"),
					      text(a, rows, i, "database"),
					      text(a, rows, i, "name"), text(a, rows, i, "value") };
}

/* What keeps a role from being dropped. */
static const char depends[] =
    "select distinct r.rolname as role, coalesce(d.datname, '') as database from pg_shdepend s"
    " join pg_authid r on r.oid = s.refobjid left join pg_database d on d.oid = s.dbid"
    " where $1::text is not null and s.refclassid = 'pg_authid'::regclass"
    " and r.rolname !~ '^pg_'";

static void keep_depends(struct arena *a, struct catalog *c, const struct sql_rows *rows)
{
	struct catalog_depend *d = NEW_ARRAY(a, sql_count(rows) + 1, struct catalog_depend);

	c->depends = d;
	c->n_depends = sql_count(rows);
	for (size_t i = 0; i < c->n_depends; i++)
		d[i] = (struct catalog_depend){ text(a, rows, i, "role"),
						text(a, rows, i, "database") };
}

/* On databases, and on the functions that pg_rewind calls. */
static const char rights[] =
    "select '' as schema, 'd' as kind, d.datname as object,"
    " case a.grantee when 0 then '' else pg_get_userbyid(a.grantee) end as grantee,"
    " lower(a.privilege_type) as privilege, 1 as n from pg_database d"
    " cross join lateral aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a"
    " where $1::text is not null union all"
    " select 'pg_catalog', 'f', p.proname || '(' || oidvectortypes(p.proargtypes) || ')',"
    " case a.grantee when 0 then '' else pg_get_userbyid(a.grantee) end,"
    " lower(a.privilege_type), 1 from pg_proc p cross join lateral aclexplode(p.proacl) a"
    " where p.proname in ('pg_ls_dir', 'pg_read_binary_file', 'pg_stat_file')"
    " and p.pronamespace = 'pg_catalog'::regnamespace";

static void keep_rights(struct arena *a, struct catalog *c, const struct sql_rows *rows)
{
	c->rights = queries_rights(a, rows);
	c->n_rights = sql_count(rows);
}

const struct catalog_right *queries_rights(struct arena *a, const struct sql_rows *rows)
{
	size_t n = sql_count(rows);
	struct catalog_right *r = NEW_ARRAY(a, n + 1, struct catalog_right);

	for (size_t i = 0; i < n; i++)
		r[i] = (struct catalog_right){
			text(a, rows, i, "schema"),    sql_text(rows, i, "kind")[0],
			text(a, rows, i, "object"),    text(a, rows, i, "grantee"),
			text(a, rows, i, "privilege"), sql_int(rows, i, "n", 0)
		};
	return r;
}

static const char databases[] =
    "select d.datname as name, pg_get_userbyid(d.datdba) as owner, d.datconnlimit as lim,"
    " d.datallowconn as allows, shobj_description(d.oid, 'pg_database') as comment,"
    " pg_database_size(d.oid) as size, (select count(*) from pg_stat_activity s"
    " where s.datid = d.oid and s.pid <> pg_backend_pid()) as sessions from pg_database d"
    " where $1::text is not null and not d.datistemplate order by d.datname collate \"C\"";

static void keep_databases(struct arena *a, struct catalog *c, const struct sql_rows *rows)
{
	struct catalog_database *d = NEW_ARRAY(a, sql_count(rows) + 1, struct catalog_database);

	c->databases = d;
	c->n_databases = sql_count(rows);
	for (size_t i = 0; i < c->n_databases; i++, d++) {
		d->name = text(a, rows, i, "name");
		d->owner = text(a, rows, i, "owner");
		d->limit = sql_int(rows, i, "lim", -1);
		d->allows = sql_flag(rows, i, "allows");
		d->size = sql_int(rows, i, "size", 0);
		d->sessions = sql_int(rows, i, "sessions", 0);
		d->mark = mark_read(a, text(a, rows, i, "comment"));
		d->problem = str_of("");
	}
}

static const char available[] =
    "select v.name, v.version, v.version = e.default_version as standard, n.need"
    " from pg_available_extension_versions v join pg_available_extensions e using (name)"
    " left join lateral unnest(v.requires) n (need) on true where $1::text is not null"
    " order by v.name collate \"C\", v.version collate \"C\"";

/* One row for each need: those of one version follow each other. */
static void keep_available(struct arena *a, struct catalog *c, const struct sql_rows *rows)
{
	size_t n = sql_count(rows);
	struct catalog_available *e = NEW_ARRAY(a, n + 1, struct catalog_available);
	struct node_list needs = { 0 };
	struct node *list = NULL;

	c->available = e;
	for (size_t i = 0; i < n; i++) {
		struct str name = text(a, rows, i, "name"), version = text(a, rows, i, "version");
		struct str need = text(a, rows, i, "need");
		const struct catalog_available *last =
		    c->n_available ? e + c->n_available - 1 : NULL;

		if (!last || !str_eq(last->name, name) || !str_eq(last->version, version)) {
			needs = (struct node_list){ 0 };
			list = node_new(a, NODE_LIST, (struct pos){ 0 });
			e[c->n_available++] =
			    (struct catalog_available){ name, version,
							sql_flag(rows, i, "standard"), list };
		}
		if (need.n > 0 && list) {
			node_add(&needs, node_str(a, (struct pos){ 0 }, need));
			list->kids = needs.first;
		}
	}
}

const struct query_shared queries_shared[] = {
	{ server, keep_server },       { roles, keep_roles },         { members, keep_members },
	{ settings, keep_settings },   { depends, keep_depends },     { rights, keep_rights },
	{ databases, keep_databases }, { available, keep_available },
};

const size_t queries_shared_n = sizeof(queries_shared) / sizeof(*queries_shared);

struct str queries_names(struct arena *a, const struct orders *o)
{
	const struct node *databases_of = orders_at(o, "databases");
	struct node *list = node_new(a, NODE_LIST, (struct pos){ 0 });
	struct node_list names = { 0 };
	struct buf out = { 0 };
	struct err err = { 0 };

	for (const struct node *d = databases_of ? databases_of->kids : NULL; d; d = d->next) {
		const struct node *grants = node_at(d, "grants");

		for (const struct node *g = grants ? grants->kids : NULL; g; g = g->next) {
			const struct node *named = node_at(g, "names");

			for (const struct node *n = named ? named->kids : NULL; n; n = n->next)
				node_add(&names, node_str(a, (struct pos){ 0 }, n->text));
		}
	}
	list->kids = names.first;
	(void)print_json(&out, list, &err);
	return buf_take(&out, a);
}
