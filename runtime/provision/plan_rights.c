/* SPDX-License-Identifier: Apache-2.0 */
/* plan_rights.c: who may do what inside of a database: the standing roles, and the grants of the
 * orders; on what is there, and by default on what will be made. */
#include "provision/draft.h"

enum { PRIVILEGES_MOST = 10, CREATORS_MOST = 60 };

/* One set of rights. */
struct share {
	struct str grantee, schema;
	char kind;         /* as struct catalog_right has it */
	struct str object; /* "" for all of the schema */
	struct str privileges[PRIVILEGES_MOST];
	size_t n;
};

static struct share share_of(struct str grantee, struct str schema, char kind,
			     const char *const *privileges)
{
	struct share s = { .grantee = grantee, .schema = schema, .kind = kind };

	for (; s.n < PRIVILEGES_MOST && *privileges; privileges++)
		s.privileges[s.n++] = str_of(*privileges);
	return s;
}

static const char *plural(char kind)
{
	return kind == 'r'   ? "tables"
	       : kind == 'S' ? "sequences"
	       : kind == 'f' ? "routines"
			     : "schemas";
}

/* "schema s", "all tables in schema s", "table s.t" */
static struct str objects(struct arena *a, const struct share *s)
{
	const char *one = s->kind == 'r' ? "table" : s->kind == 'S' ? "sequence" : "routine";

	if (s->kind == 'n')
		return draft_text(a, "schema %I", s->schema);
	if (s->object.n > 0)
		return draft_text(a, "%S %I.%I", str_of(one), s->schema, s->object);
	return draft_text(a, "all %S in schema %I", str_of(plural(s->kind)), s->schema);
}

static int64_t count(const struct catalog_inside *in, const struct share *s, struct str grantee,
		     struct str privilege)
{
	const struct catalog_right like = { s->schema, s->kind, s->object, grantee, privilege, 0 };

	return catalog_rights(in->rights, in->n_rights, &like);
}

static struct str joined(struct arena *a, struct str list, struct str more)
{
	return list.n > 0 ? arena_fmt(a, "%s, %s", list.p, more.p) : more;
}

/* Grants what is missing. What is made in the same transaction is not there yet: schemas get their
 * rights at once, the rest by default. */
static void draft_share(struct draft *d, const struct catalog_inside *in, const struct share *s)
{
	struct arena *a = d->planner->arena;
	struct str missing = str_of(""), none = str_of("");
	int64_t all = s->kind == 'n' ? 1 : count(in, s, none, none);

	for (size_t i = 0; i < s->n; i++)
		if (count(in, s, s->grantee, s->privileges[i]) < all)
			missing = joined(a, missing, s->privileges[i]);
	if (!missing.n)
		return;
	draft_why(d, "%S lacks %S on %S", s->grantee, missing, objects(a, s));
	draft_put(d, "grant %S on %S to %I", missing, objects(a, s), s->grantee);
}

static void draft_revoke(struct draft *d, const struct catalog_inside *in, const struct share *s)
{
	struct arena *a = d->planner->arena;
	struct str much = str_of("");

	for (size_t i = 0; i < s->n; i++)
		if (count(in, s, s->grantee, s->privileges[i]) > 0)
			much = joined(a, much, s->privileges[i]);
	if (!much.n)
		return;
	draft_why(d, "%S has %S on %S no more", s->grantee, much, objects(a, s));
	draft_put(d, "revoke %S on %S from %I cascade", much, objects(a, s), s->grantee);
}

/* What creator makes, in the share's schema ("": anywhere), gives the share; or gives it no more.
 */
static void draft_default(struct draft *d, const struct catalog_inside *in, const struct share *s,
			  struct str creator, bool give)
{
	struct arena *a = d->planner->arena;
	struct str list = str_of("");

	for (size_t i = 0; i < s->n; i++) {
		bool has = false;

		for (size_t k = 0; k < in->n_defaults && !has; k++)
			has = in->defaults[k].kind == s->kind &&
			      str_eq(in->defaults[k].creator, creator) &&
			      str_eq(in->defaults[k].schema, s->schema) &&
			      str_eq(in->defaults[k].grantee, s->grantee) &&
			      str_eq(in->defaults[k].privilege, s->privileges[i]);
		if (has != give)
			list = joined(a, list, s->privileges[i]);
	}
	if (!list.n)
		return;
	draft_why(d, "what %S makes gives %S %S by default", creator, s->grantee,
		  give ? list : str_of("nothing"));
	draft_put(d,
		  give ? "alter default privileges for role %I%S grant %S on %S to %I"
		       : "alter default privileges for role %I%S revoke %S on %S from %I",
		  creator, s->schema.n > 0 ? draft_text(a, " in schema %I", s->schema) : s->schema,
		  list, str_of(plural(s->kind)), s->grantee);
}

/* ---- who makes things: the owner, and roles that have all of its rights ---- */

struct creators {
	struct str names[CREATORS_MOST];
	size_t n;
};

static struct creators creators_of(const struct node *database)
{
	struct creators c = { .n = 1 };

	c.names[0] = node_text(database, "owner");
	list_each(role, database, "roles") if (is_wanted(role) && c.n < CREATORS_MOST &&
					       mark_has(node_at(role, "memberOf"), c.names[0]))
	    c.names[c.n++] = node_text(role, "name");
	return c;
}

/* ---- standing roles ---- */

static const char *const use[] = { "usage", NULL };
static const char *const read_tables[] = { "select", NULL };
static const char *const write_tables[] = { "select", "insert", "update", "delete", NULL };
static const char *const write_sequences[] = { "usage", "select", "update", NULL };

/* What reader and writer may do in one schema, or (schema "") by default in all. */
static const struct {
	const char *role;
	char kind;
	const char *const *privileges;
} standing[] = {
	{ "reader", 'n', use }, { "reader", 'r', read_tables },  { "reader", 'S', read_tables },
	{ "writer", 'n', use }, { "writer", 'r', write_tables }, { "writer", 'S', write_sequences },
};

enum { STANDING = sizeof(standing) / sizeof(*standing) };

static bool is_ordered_schema(const struct node *database, struct str name)
{
	list_each(s, database,
		  "schemas") if (is_wanted(s) && str_eq(node_text(s, "name"), name)) return true;
	return str_is(name, "public");
}

static void draft_standing(struct draft *d, const struct node *database,
			   const struct catalog_inside *in, struct str schema)
{
	for (size_t i = 0; i < STANDING; i++) {
		struct share s = share_of(node_text(database, standing[i].role), schema,
					  standing[i].kind, standing[i].privileges);

		draft_share(d, in, &s);
	}
}

static void draft_standing_default(struct draft *d, const struct node *database,
				   const struct catalog_inside *in, struct str creator)
{
	for (size_t i = 0; i < STANDING; i++) {
		struct share s = share_of(node_text(database, standing[i].role), str_of(""),
					  standing[i].kind, standing[i].privileges);

		draft_default(d, in, &s, creator, true);
	}
}

/* ---- grants of the orders ---- */

static struct share share_read(const struct node *grant)
{
	struct share s = { .grantee = node_text(grant, "role"),
			   .schema = node_text(grant, "schema") };
	struct str kind = node_text(grant, "objects");

	if (!s.schema.n)
		s.schema = str_of("public");
	s.kind = 'n';
	if (str_is(kind, "tables"))
		s.kind = 'r';
	else if (str_is(kind, "sequences"))
		s.kind = 'S';
	else if (str_is(kind, "functions"))
		s.kind = 'f';
	list_each(p, grant, "privileges") if (s.n < PRIVILEGES_MOST) s.privileges[s.n++] = p->text;
	return s;
}

static void draft_named(struct draft *d, const struct node *grant, const struct catalog_inside *in,
			struct share *s)
{
	list_each(name, grant, "names")
	{
		s->object = name->text;
		if (count(in, s, str_of(""), str_of("")) == 0)
			planner_say(d->planner, true, d->subject, "%S.%S does not exist yet",
				    s->schema, name->text);
		else if (is_wanted(grant))
			draft_share(d, in, s);
		else
			draft_revoke(d, in, s);
	}
}

static void draft_grant(struct draft *d, const struct node *database, const struct node *grant,
			const struct catalog_inside *in)
{
	struct share s = share_read(grant);
	struct share schema = share_of(s.grantee, s.schema, 'n', use);
	struct creators c = creators_of(database);

	if (!catalog_schema(in, s.schema) && !is_ordered_schema(database, s.schema)) {
		planner_say(d->planner, true, d->subject, "schema %S does not exist yet", s.schema);
		return;
	}
	if (is_wanted(grant) && s.kind != 'n')
		draft_share(d, in, &schema);
	if (node_at(grant, "names")) {
		draft_named(d, grant, in, &s);
		return;
	}
	if (is_wanted(grant))
		draft_share(d, in, &s);
	else
		draft_revoke(d, in, &s);
	for (size_t i = 0; i < c.n && s.kind != 'n'; i++)
		draft_default(d, in, &s, c.names[i], is_wanted(grant));
}

void plan_rights(struct draft *d, const struct node *database, const struct catalog_inside *in)
{
	struct creators c = creators_of(database);
	struct catalog_right open = { str_of("public"), 'n', str_of(""), str_of(""),
				      str_of("create"), 0 };

	if (catalog_rights(in->rights, in->n_rights, &open) > 0) {
		draft_why(d, "everybody may create in public");
		draft_put(d, "revoke create on schema public from public");
	}
	for (size_t i = 0; i < in->n_schemas; i++)
		if (str_eq(in->schemas[i].owner, c.names[0]) ||
		    is_ordered_schema(database, in->schemas[i].name))
			draft_standing(d, database, in, in->schemas[i].name);
	for (size_t i = 0; i < c.n; i++)
		draft_standing_default(d, database, in, c.names[i]);
	list_each(grant, database, "grants") draft_grant(d, database, grant, in);
}
