/* SPDX-License-Identifier: Apache-2.0 */
/* plan_logins.c: the two roles of each login; those that nobody knows any more. */
#include "provision/draft.h"

static const struct node *database_of(const struct orders *o, struct str name)
{
	const struct node *databases = orders_at(o, "databases");

	for (const struct node *d = list_first(databases); d; d = d->next)
		if (str_eq(node_text(d, "name"), name))
			return d;
	return NULL;
}

/* The additional role that a login works as, or NULL for a standing one. */
static const struct node *extra_role(const struct node *database, struct str name)
{
	list_each(role, database, "roles") if (str_eq(node_text(role, "name"), name)) return role;
	return NULL;
}

/* May somebody log in with it: not when its database, its role, or all access is closed. */
static bool is_open(const struct planner *p, const struct node *database, const struct node *role)
{
	return !p->in->closed && is_wanted(database) && (!role || is_wanted(role));
}

static int64_t grace(const struct planner *p)
{
	return orders_ms(p->in->orders, "removalGrace", 604800000) / 1000;
}

/* A Secret names the role, or may. */
static bool is_named(const struct plan_input *in, struct str role)
{
	for (size_t i = 0; i < in->n_named; i++)
		if (str_eq(in->named[i], role))
			return true;
	return in->unread;
}

/* Somebody who was killed behind one's password is followed within a second by who gives out the
 * other one. */
static bool is_newer(const struct planner *p, const struct catalog_role *a,
		     const struct catalog_role *b)
{
	return a->mark.since > b->mark.since ||
	       (a->mark.since == b->mark.since && is_named(p->in, a->name));
}

/* The other one of the pair was given out long ago, and nobody works with this one: it is done.
 * Who was killed between the other one's password and the Secret has not given it out. */
static bool is_retired(const struct planner *p, const struct catalog_role *has,
		       const struct catalog_role *other)
{
	return has->sessions == 0 && !is_named(p->in, has->name) && other && other->mark.ours &&
	       is_newer(p, other, has) && p->in->now - other->mark.since >= grace(p);
}

/* Ends the sessions of a role that may be used no more: behind the transaction that refuses it,
 * because until then a client would come back at once. */
static void plan_end_sessions(struct planner *p, struct str subject, const struct catalog_role *has)
{
	struct draft d = draft_begin(p, subject, str_of("postgres"));

	if (!has || (has->sessions == 0 && !has->login))
		return;
	draft_why(&d, "sessions of %S are ended", has->name);
	draft_put(&d,
		  "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity"
		  " where usename = %L",
		  has->name);
	draft_end(&d, false);
}

/* Whether it may be used. */
static bool draft_login(struct draft *d, const struct node *login, struct str name, struct str mate)
{
	struct planner *p = d->planner;
	const struct node *database = database_of(p->in->orders, node_text(login, "database"));
	struct str role = node_text(login, "role");
	const struct node *extra = extra_role(database, role);
	const struct catalog_role *has = catalog_role(p->have, name);
	struct wish w = { .name = name, .of = node_text(login, "name"), .roles = &role };
	bool open = is_open(p, database, extra);

	w.n_roles = 1;
	w.limit = node_num(login, "connectionLimit", -1);
	if (w.limit < 0)
		w.limit = node_num(extra, "connectionLimit", -1);
	w.mark = (struct mark){ .ours = true, .login = true, .of = w.of };
	if (has && has->mark.ours) {
		w.mark = has->mark;
		w.mark.gone = 0;
	}
	if (has && w.mark.since && is_retired(p, has, catalog_role(p->have, mate)))
		w.mark.since = 0;
	w.login = open && w.mark.since > 0;
	draft_role(d, &w);
	return open;
}

/* Settings of a login: the role that it works as, and those of an additional role. They need the
 * role, and it the database. */
static void draft_login_settings(struct draft *d, const struct node *login, struct str name)
{
	struct planner *p = d->planner;
	const struct node *database = database_of(p->in->orders, node_text(login, "database"));
	const struct node *extra = extra_role(database, node_text(login, "role"));
	struct node *map = node_new(p->arena, NODE_MAP, (struct pos){ 0 });
	struct node_list kids = { 0 };
	const struct catalog_role *has = catalog_role(p->have, name);
	struct mark mark = has->mark;

	node_put(&kids, str_of("role"),
		 node_str(p->arena, (struct pos){ 0 }, node_text(login, "role")));
	for (const struct node *s = list_first(node_at(extra, "settings")); s; s = s->next)
		node_put(&kids, s->key, node_str(p->arena, (struct pos){ 0 }, s->text));
	map->kids = kids.first;
	mark.set = draft_settings(d, name, str_of(""), map, mark.set);
	/* but for set the mark is draft_login's, which comes before and keeps that */
	if (has->mark.ours)
		draft_mark(d, "role", name, &has->mark, &mark);
}

/* An existing role that the agent did not make is somebody's: it is not taken over. */
static const struct catalog_role *foreign(const struct planner *p, struct str a, struct str b)
{
	const struct catalog_role *one = catalog_role(p->have, a), *two = catalog_role(p->have, b);

	if (one && !one->mark.ours)
		return one;
	return two && !two->mark.ours ? two : NULL;
}

void plan_login(struct planner *p, const struct node *login)
{
	struct str name = plan_login_subject(p->arena, login);
	const struct node *pair = node_at(login, "pair");
	struct str a = pair->kids->text, b = pair->kids->next->text;
	const struct catalog_role *other = foreign(p, a, b);
	struct draft d = draft_begin(p, name, str_of("postgres"));
	bool one, other_one;

	if (other) {
		planner_say(p, false, name, "role %S exists and was not made for it", other->name);
		return;
	}
	/* the role that it works as comes first */
	if (!catalog_role(p->have, node_text(login, "role")))
		return;
	/* both are looked at, whatever becomes of one */
	one = draft_login(&d, login, a, b);
	other_one = draft_login(&d, login, b, a);
	if (!one || !other_one) {
		draft_end(&d, false);
		plan_end_sessions(p, name, catalog_role(p->have, a));
		plan_end_sessions(p, name, catalog_role(p->have, b));
		return;
	}
	draft_end(&d, false);
	if (catalog_role(p->have, a) && catalog_role(p->have, b)) {
		draft_login_settings(&d, login, a);
		draft_login_settings(&d, login, b);
	}
	draft_end(&d, false);
}

/* ---- those that are gone ---- */

static bool is_ordered(const struct orders *o, struct str role)
{
	for (const struct node *l = list_first(orders_at(o, "logins")); l; l = l->next)
		if (mark_has(node_at(l, "pair"), role))
			return true;
	return false;
}

/* Nobody can connect to the database: it was put away, and what is in it stays as it is. */
static bool is_shut(const struct planner *p, struct str database)
{
	const struct catalog_database *has = catalog_database(p->have, database);

	return has && !has->allows;
}

/* Gives away what role owns in each database and drops it. heir takes what it owns. A role that
 * has something in a database that is shut PostgreSQL does not drop. */
static void draft_remove(struct draft *d, const struct catalog_role *role, struct str heir,
			 bool keep)
{
	struct planner *p = d->planner;
	struct str shut = str_of("");
	bool anywhere = false;

	for (size_t i = 0; i < p->have->n_depends; i++) {
		const struct catalog_depend *dep = &p->have->depends[i];
		struct draft in = draft_begin(p, d->subject, dep->database);

		if (!str_eq(dep->role, role->name))
			continue;
		if (is_shut(p, dep->database)) {
			shut = dep->database;
			continue;
		}
		/* what is shared goes with whatever is done anywhere */
		if (!dep->database.n)
			in.database = str_of("postgres");
		anywhere = true;
		draft_why(&in, "%S is dropped", role->name);
		if (keep)
			draft_put(&in, "reassign owned by %I to %I", role->name, heir);
		draft_put(&in, "drop owned by %I cascade", role->name);
		draft_end(&in, false);
	}
	if (shut.n > 0)
		planner_say(p, true, d->subject,
			    "role %S has rights in database %S, and is dropped when that is",
			    role->name, shut);
	if (anywhere || shut.n > 0)
		return;
	draft_why(d, "%S was wanted no more for long enough", role->name);
	draft_put(d, "drop role %I", role->name);
}

/* Marks a role as gone, refuses it, and drops it after the grace; with what it owns only once a
 * newer backup has that. */
static void draft_leave(struct draft *d, const struct catalog_role *role, struct str heir,
			bool keep)
{
	struct planner *p = d->planner;
	struct str it = draft_text(p->arena, "role %S", role->name);
	struct mark mark = role->mark;
	struct wish w = { .name = role->name, .limit = role->limit };

	if (!mark.gone)
		mark.gone = p->in->now;
	w.mark = mark;
	/* memberships go, too: nothing is left to be used */
	draft_role(d, &w);
	draft_end(d, false);
	plan_end_sessions(p, d->subject, role);
	if (!role->mark.gone || p->in->now - mark.gone < grace(p) || role->sessions > 0)
		return;
	if (keep || planner_may_drop(p, d->subject, it, mark.gone))
		draft_remove(d, role, heir, keep);
}

/* A login's database, as the names of its settings have it: its role's heir is whom it worked as.
 */
static struct str heir_of(const struct planner *p, const struct catalog_role *role)
{
	const struct catalog_setting *s =
	    catalog_setting(p->have, role->name, str_of(""), str_of("role"));

	return s && catalog_role(p->have, s->value) ? s->value : str_of("postgres");
}

void plan_strangers(struct planner *p)
{
	const struct catalog *c = p->have;

	for (size_t i = 0; i < c->n_roles; i++) {
		const struct catalog_role *r = &c->roles[i];
		struct draft d = draft_begin(
		    p, arena_fmt(p->arena, "login/%.*s", (int)r->mark.of.n, r->mark.of.p),
		    str_of("postgres"));

		if (!r->mark.ours || !r->mark.login || is_ordered(p->in->orders, r->name))
			continue;
		draft_leave(&d, r, heir_of(p, r), true);
		draft_end(&d, false);
	}
}

void plan_leavers(struct planner *p, const struct node *database)
{
	struct str name = node_text(database, "name");

	list_each(role, database, "roles")
	{
		const struct catalog_role *has = catalog_role(p->have, node_text(role, "name"));
		struct draft d = draft_begin(p, name, str_of("postgres"));

		if (is_wanted(role) || !has || !has->mark.ours)
			continue;
		draft_leave(&d, has, node_text(database, "owner"),
			    !str_is(node_text(role, "reclaim"), "delete"));
		draft_end(&d, false);
	}
}
