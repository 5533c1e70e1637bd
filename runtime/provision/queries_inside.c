/* SPDX-License-Identifier: Apache-2.0 */
/* queries_inside.c: what is in one database. Rows come sorted bytewise. */
#include "provision/queries.h"

#define OURS " n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"

static struct str text(struct arena *a, const struct sql_rows *rows, size_t row, const char *name)
{
	return arena_fmt(a, "%s", sql_text(rows, row, name));
}

static const char schemas[] =
    "select n.nspname as name, pg_get_userbyid(n.nspowner) as owner"
    " from pg_namespace n where $1::text is not null and" OURS " order by n.nspname collate \"C\"";

static void keep_schemas(struct arena *a, struct catalog_inside *in, const struct sql_rows *rows)
{
	struct catalog_schema *s = NEW_ARRAY(a, sql_count(rows) + 1, struct catalog_schema);

	in->schemas = s;
	in->n_schemas = sql_count(rows);
	for (size_t i = 0; i < in->n_schemas; i++)
		s[i] =
		    (struct catalog_schema){ text(a, rows, i, "name"), text(a, rows, i, "owner") };
}

static const char extensions[] =
    "select e.extname as name, e.extversion as version, n.nspname as schema,"
    " case when exists (select from pg_available_extensions a where a.name = e.extname) then"
    " (select string_agg(' ' || w.target || ' ', '') from pg_extension_update_paths(e.extname) w"
    " where w.source = e.extversion and w.path is not null) end as ways from pg_extension e"
    " join pg_namespace n on n.oid = e.extnamespace where $1::text is not null"
    " order by e.extname collate \"C\"";

static void keep_extensions(struct arena *a, struct catalog_inside *in, const struct sql_rows *rows)
{
	struct catalog_extension *e = NEW_ARRAY(a, sql_count(rows) + 1, struct catalog_extension);

	in->extensions = e;
	in->n_extensions = sql_count(rows);
	for (size_t i = 0; i < in->n_extensions; i++)
		e[i] = (struct catalog_extension){ text(a, rows, i, "name"),
						   text(a, rows, i, "version"),
						   text(a, rows, i, "schema"),
						   text(a, rows, i, "ways") };
}

/* How many objects give each right, by schema; those that grants name also one by one. The rows
 * without a privilege count the objects. */
static const char rights[] =
    "with o as (select n.nspname as schema, case c.relkind when 'S' then 'S' else 'r' end as kind,"
    " c.relname as name, coalesce(c.relacl, acldefault((case c.relkind when 'S' then 's' else 'r'"
    " end)::\"char\", c.relowner)) as acl from pg_class c"
    " join pg_namespace n on n.oid = c.relnamespace"
    " where c.relkind in ('r', 'v', 'm', 'f', 'p', 'S') and" OURS
    " union all select n.nspname, 'f', p.proname, coalesce(p.proacl, acldefault('f', p.proowner))"
    " from pg_proc p join pg_namespace n on n.oid = p.pronamespace where" OURS
    " union all select n.nspname, 'n', '', coalesce(n.nspacl, acldefault('n', n.nspowner))"
    " from pg_namespace n where" OURS
    "), r as (select schema, kind, name, grantee, privilege_type as privilege"
    " from o cross join lateral aclexplode(acl)"
    " union all select schema, kind, name, 0, '' from o),"
    " named as (select value from json_array_elements_text($1::json))"
    " select schema, kind, '' as object,"
    " case grantee when 0 then '' else pg_get_userbyid(grantee) end as grantee,"
    " lower(privilege) as privilege, count(*) as n from r group by 1, 2, 3, 4, 5"
    " union all select schema, kind, name, case grantee when 0 then ''"
    " else pg_get_userbyid(grantee) end, lower(privilege), count(*) from r"
    " where name in (select value from named) group by 1, 2, 3, 4, 5";

static void keep_rights(struct arena *a, struct catalog_inside *in, const struct sql_rows *rows)
{
	in->rights = queries_rights(a, rows);
	in->n_rights = sql_count(rows);
}

static const char defaults[] =
    "select pg_get_userbyid(d.defaclrole) as creator, coalesce(n.nspname, '') as schema,"
    " d.defaclobjtype as kind,"
    " case a.grantee when 0 then '' else pg_get_userbyid(a.grantee) end as grantee,"
    " lower(a.privilege_type) as privilege from pg_default_acl d"
    " left join pg_namespace n on n.oid = d.defaclnamespace"
    " cross join lateral aclexplode(d.defaclacl) a where $1::text is not null";

static void keep_defaults(struct arena *a, struct catalog_inside *in, const struct sql_rows *rows)
{
	struct catalog_default *d = NEW_ARRAY(a, sql_count(rows) + 1, struct catalog_default);

	in->defaults = d;
	in->n_defaults = sql_count(rows);
	for (size_t i = 0; i < in->n_defaults; i++)
		d[i] = (struct catalog_default){ text(a, rows, i, "creator"),
						 text(a, rows, i, "schema"),
						 sql_text(rows, i, "kind")[0],
						 text(a, rows, i, "grantee"),
						 text(a, rows, i, "privilege") };
}

/* The pooler's function, in the system's database. */
static const char function[] =
    "select p.prosecdef as definer, p.provolatile = 's' as stable, p.prosrc as source,"
    " p.proconfig::text as config, r.rolsuper as ours from pg_proc p"
    " join pg_namespace n on n.oid = p.pronamespace join pg_authid r on r.oid = p.proowner"
    " where $1::text is not null and n.nspname = 'howdah_pooler' and p.proname = 'get_auth'"
    " and oidvectortypes(p.proargtypes) = 'text'";

static void keep_function(struct arena *a, struct catalog_inside *in, const struct sql_rows *rows)
{
	in->function = (struct catalog_function){
		.there = sql_count(rows) > 0,
		.definer = sql_flag(rows, 0, "definer"),
		.stable = sql_flag(rows, 0, "stable"),
		.ours = sql_flag(rows, 0, "ours"),
		.source = text(a, rows, 0, "source"),
		.config = text(a, rows, 0, "config"),
	};
}

const struct query_inside queries_inside[] = {
	{ schemas, keep_schemas },   { extensions, keep_extensions }, { rights, keep_rights },
	{ defaults, keep_defaults }, { function, keep_function },
};

const size_t queries_inside_n = sizeof(queries_inside) / sizeof(*queries_inside);
