/* SPDX-License-Identifier: Apache-2.0 */
/* plan_check.c: orders that contradict each other, or what PostgreSQL has: nothing of such a
 * subject is touched. */
#include <stdlib.h>

#include "provision/draft.h"

enum { NAME_MOST = 63 }; /* NAMEDATALEN - 1: PostgreSQL cuts longer names in silence */

/* A role that a subject of the orders wants. */
struct claim {
	struct str role, subject, of;
	bool wanted;
};

struct claims {
	struct claim *items;
	size_t n;
};

static int by_role(const void *a, const void *b)
{
	return str_cmp(((const struct claim *)a)->role, ((const struct claim *)b)->role);
}

static void put(struct claims *c, struct str role, struct str subject, const struct node *of)
{
	c->items[c->n++] = (struct claim){ role, subject, node_text(of, "name"), is_wanted(of) };
}

static const char *const standing[] = { "owner", "reader", "writer" };

enum { STANDING = sizeof(standing) / sizeof(*standing) };

/* Every role that the orders name, sorted. */
static struct claims claims_of(struct planner *p)
{
	const struct node *databases = orders_at(p->in->orders, "databases");
	const struct node *logins = orders_at(p->in->orders, "logins");
	size_t most = 2 * node_count(logins);
	struct claims c = { 0 };

	for (const struct node *d = list_first(databases); d; d = d->next)
		most += STANDING + node_count(node_at(d, "roles"));
	c.items = NEW_ARRAY(p->arena, most + 1, struct claim);
	for (const struct node *d = list_first(databases); d; d = d->next) {
		struct str name = node_text(d, "name");

		for (size_t i = 0; i < STANDING; i++)
			put(&c, node_text(d, standing[i]), name, d);
		list_each(r, d, "roles") put(&c, node_text(r, "name"), name, d);
	}
	for (const struct node *l = list_first(logins); l; l = l->next)
		list_each(r, l, "pair") put(&c, r->text, plan_login_subject(p->arena, l), l);
	qsort(c.items, c.n, sizeof(*c.items), by_role);
	return c;
}

/* ---- roles ---- */

static bool is_reserved(struct str role)
{
	static const char *const names[] = { "postgres", "standby", "public", "none" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_is(role, names[i]))
			return true;
	return str_starts(role, "pg_") || str_starts(role, "howdah_");
}

/* Whether the role can be taken: it is there, and somebody else's. */
static const char *taken(const struct catalog_role *has, struct str of)
{
	if (!has)
		return NULL;
	if (has->mark.ours)
		return str_eq(has->mark.of, of) ? NULL : "belongs to something else";
	if (has->super || has->login || has->create_role || has->replication || has->bypass_rls)
		return "exists with rights of its own, and was not made for it";
	return NULL;
}

static void check_claim(struct planner *p, const struct claim *c, bool twice)
{
	const char *why = taken(catalog_role(p->have, c->role), c->of);

	if (twice)
		planner_say(p, false, c->subject, "role %S is asked for twice", c->role);
	else if (c->role.n > NAME_MOST || c->role.n == 0)
		planner_say(p, false, c->subject, "role %S: a name has 1 to 63 bytes", c->role);
	else if (is_reserved(c->role))
		planner_say(p, false, c->subject, "role %S is the system's", c->role);
	else if (why && c->wanted)
		planner_say(p, false, c->subject, "role %S %S", c->role, str_of(why));
}

static void check_claims(struct planner *p, const struct claims *c)
{
	for (size_t i = 0; i < c->n; i++)
		check_claim(p, &c->items[i],
			    (i > 0 && str_eq(c->items[i - 1].role, c->items[i].role)) ||
				(i + 1 < c->n && str_eq(c->items[i + 1].role, c->items[i].role)));
}

/* The role is one of this database's: standing, or additional and wanted. */
static bool is_role_of(const struct node *database, struct str role)
{
	for (size_t i = 0; i < STANDING; i++)
		if (str_eq(node_text(database, standing[i]), role))
			return true;
	list_each(r, database, "roles") if (str_eq(node_text(r, "name"), role)) return is_wanted(r);
	return false;
}

/* ---- databases ---- */

static void check_name(struct planner *p, struct str subject, struct str name)
{
	static const char *const names[] = { "postgres", "template0", "template1", "pgbouncer" };
	bool reserved = str_eq(name, orders_text(p->in->orders, "system.database"));

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		reserved = reserved || str_is(name, names[i]);
	if (reserved)
		planner_say(p, false, subject, "database %S is the system's", name);
	else if (name.n > NAME_MOST || name.n == 0)
		planner_say(p, false, subject, "database %S: a name has 1 to 63 bytes", name);
}

static void check_owner(struct planner *p, const struct node *database)
{
	struct str name = node_text(database, "name");
	const struct catalog_database *has = catalog_database(p->have, name);
	const struct catalog_role *owner = has ? catalog_role(p->have, has->owner) : NULL;

	if (!has || str_eq(has->owner, node_text(database, "owner")) ||
	    str_is(has->owner, "postgres") || (owner && owner->mark.ours))
		return;
	planner_say(p, false, name, "it belongs to role %S, which the orders do not know",
		    has->owner);
}

static void check_extensions(struct planner *p, const struct node *database)
{
	struct str name = node_text(database, "name");

	list_each(e, database, "extensions")
	{
		struct str extension = node_text(e, "name"), version = node_text(e, "version");

		if (!is_wanted(e))
			continue;
		if (!catalog_available(p->have, extension, str_of("")))
			planner_say(p, false, name, "extension %S is not in the image", extension);
		else if (!catalog_available(p->have, extension, version))
			planner_say(p, false, name, "extension %S %S is not in the image",
				    extension, version);
	}
}

static void check_references(struct planner *p, const struct node *database)
{
	struct str name = node_text(database, "name");

	list_each(r, database, "roles") list_each(m, r, "memberOf")
	{
		if (!is_role_of(database, m->text) && is_wanted(r))
			planner_say(p, false, name,
				    "role %S is to be a member of %S, which is no"
				    " role of it",
				    node_text(r, "name"), m->text);
	}
	list_each(g, database,
		  "grants") if (!is_role_of(database, node_text(g, "role")) && is_wanted(g))
	    planner_say(p, false, name, "rights are for role %S, which is no role of it",
			node_text(g, "role"));
}

static void check_login(struct planner *p, const struct node *login)
{
	struct str name = plan_login_subject(p->arena, login);
	struct str database = node_text(login, "database");
	const struct node *databases = orders_at(p->in->orders, "databases");
	const struct node *d = list_first(databases);

	while (d && !str_eq(node_text(d, "name"), database))
		d = d->next;
	if (!d)
		planner_say(p, false, name, "it is for database %S, which the orders do not know",
			    database);
	else if (!is_role_of(d, node_text(login, "role")) && is_wanted(d))
		planner_say(p, false, name, "it works as role %S, which is no role of database %S",
			    node_text(login, "role"), database);
}

void plan_check(struct planner *p)
{
	const struct node *databases = orders_at(p->in->orders, "databases");
	const struct node *logins = orders_at(p->in->orders, "logins");
	struct claims claims = claims_of(p);

	check_claims(p, &claims);
	for (const struct node *d = list_first(databases); d; d = d->next) {
		check_name(p, node_text(d, "name"), node_text(d, "name"));
		if (!is_wanted(d))
			continue;
		check_owner(p, d);
		check_extensions(p, d);
		check_references(p, d);
	}
	for (const struct node *l = list_first(logins); l; l = l->next)
		check_login(p, l);
}
