/* SPDX-License-Identifier: Apache-2.0 */
/* plan_database.c: the roles of one database, and the database as others see it. */
#include "provision/draft.h"

enum { ROLES_MOST = 60 };

/* Roles that may connect: writer, reader, extra ones. */
struct roles {
	struct str names[ROLES_MOST];
	size_t n;
};

static void put(struct roles *r, struct str name)
{
	if (r->n < ROLES_MOST)
		r->names[r->n++] = name;
}

static struct mark kept_mark(const struct planner *p, struct str role, struct str of)
{
	const struct catalog_role *has = catalog_role(p->have, role);
	struct mark m = { .ours = true, .of = of };

	if (has && has->mark.ours)
		m.set = has->mark.set;
	return m;
}

static void draft_standing(struct draft *d, struct str name, struct str database)
{
	struct wish w = { .name = name, .of = database, .limit = -1 };

	w.mark = kept_mark(d->planner, name, database);
	draft_role(d, &w);
}

static void draft_extra(struct draft *d, const struct node *role, struct str database)
{
	struct planner *p = d->planner;
	struct wish w = { .name = node_text(role, "name"), .of = database };
	struct str *roles = NEW_ARRAY(p->arena, ROLES_MOST, struct str);

	list_each(m, role, "memberOf") if (w.n_roles < ROLES_MOST) roles[w.n_roles++] = m->text;
	w.roles = roles;
	w.limit = node_num(role, "connectionLimit", -1);
	w.mark = kept_mark(p, w.name, database);
	/* settings of a role without login hold for nobody: its logins get them */
	draft_role(d, &w);
}

static void draft_roles(struct draft *d, const struct node *database, struct roles *connect)
{
	struct str name = node_text(database, "name");

	draft_standing(d, node_text(database, "owner"), name);
	draft_standing(d, node_text(database, "reader"), name);
	draft_standing(d, node_text(database, "writer"), name);
	put(connect, node_text(database, "owner"));
	put(connect, node_text(database, "reader"));
	put(connect, node_text(database, "writer"));
	list_each(role, database, "roles") if (is_wanted(role))
	{
		draft_extra(d, role, name);
		put(connect, node_text(role, "name"));
	}
}

static struct str limit_of(struct arena *a, const struct node *database)
{
	return arena_fmt(a, "%lld", (long long)node_num(database, "connectionLimit", -1));
}

/* A database that was put away and is wanted again comes back under its name. */
static void draft_return(struct draft *d, struct str name, struct str hidden)
{
	draft_why(d, "%S is wanted again", name);
	draft_put(d, "alter database %I rename to %I", hidden, name);
	draft_put(d, "alter database %I allow_connections true", name);
}

static void draft_properties(struct draft *d, const struct node *database,
			     const struct catalog_database *has, const struct roles *connect)
{
	struct arena *a = d->planner->arena;
	struct str name = has->name, owner = node_text(database, "owner");
	struct mark mark = has->mark;

	mark.ours = true;
	mark.gone = 0;
	if (!str_eq(has->owner, owner)) {
		draft_why(d, "it belongs to %S", has->owner);
		draft_put(d, "alter database %I owner to %I", name, owner);
	}
	if (has->limit != node_num(database, "connectionLimit", -1) || !has->allows) {
		draft_why(d, has->allows ? "its limit of connections is another"
					 : "it is to be opened");
		draft_put(d, "alter database %I allow_connections true connection limit %S", name,
			  limit_of(a, database));
	}
	draft_connect(d, name, connect->names, connect->n);
	mark.set = draft_settings(d, str_of(""), name, node_at(database, "settings"), mark.set);
	draft_mark(d, "database", name, &has->mark, &mark);
}

void plan_database(struct planner *p, const struct node *database)
{
	struct str name = node_text(database, "name"), hidden = plan_hidden(p->arena, name);
	const struct catalog_database *has = catalog_database(p->have, name);
	struct draft d = draft_begin(p, name, str_of("postgres"));
	struct roles connect = { .n = 0 };

	draft_roles(&d, database, &connect);
	if (has)
		draft_properties(&d, database, has, &connect);
	else if (catalog_database(p->have, hidden))
		draft_return(&d, name, hidden);
	draft_end(&d, false);
	if (has && has->inside) {
		plan_inside(p, database, has->inside);
	} else if (has && has->problem.n > 0) {
		planner_say(p, false, name, "it cannot be looked into: %S", has->problem);
	} else if (!has && !catalog_database(p->have, hidden)) {
		draft_why(&d, "database %S is missing", name);
		/* nobody connects before it is closed to everybody */
		draft_put(&d,
			  "create database %I owner %I template template0 allow_connections false"
			  " connection limit %S",
			  name, node_text(database, "owner"), limit_of(p->arena, database));
		draft_end(&d, true);
	}
}
