/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c: from orders and what PostgreSQL has to what must change. */
#include "provision/plan.h"

#include "base/digest.h"
#include "provision/draft.h"

enum { NAME_MOST = 63, HASH = 6 };

struct str plan_hidden(struct arena *a, struct str name)
{
	struct digest d = digest_of(name);
	struct str hex = digest_hex(a, &d), tail;
	size_t room;

	/* the hash makes it a name that nobody gives by chance */
	tail = arena_fmt(a, "_gone_%.*s", HASH, hex.p);
	room = NAME_MOST - tail.n;
	/* not in the middle of a character */
	while (name.n > room && room > 0 && ((unsigned char)name.p[room] & 0xc0) == 0x80)
		room--;
	name = str_cut(name, 0, room);
	return arena_fmt(a, "%.*s%s", (int)name.n, name.p, tail.p);
}

struct str plan_login_subject(struct arena *a, const struct node *login)
{
	return arena_fmt(a, "login/%s", node_text(login, "name").p);
}

const struct trouble *plan_trouble(const struct plan *p, struct str subject)
{
	for (const struct trouble *t = p->troubles; t; t = t->next)
		if (str_eq(t->subject, subject))
			return t;
	return NULL;
}

bool plan_changes(const struct plan *p, struct str subject)
{
	for (const struct change *c = p->changes; c; c = c->next)
		if (str_eq(c->subject, subject))
			return true;
	return false;
}

static void plan_databases(struct planner *p)
{
	const struct node *databases = orders_at(p->in->orders, "databases");

	for (const struct node *d = list_first(databases); d; d = d->next) {
		if (plan_trouble(p->plan, node_text(d, "name")))
			continue;
		if (!is_wanted(d)) {
			plan_goodbye(p, d);
			continue;
		}
		plan_database(p, d);
		plan_leavers(p, d);
	}
}

static void plan_logins(struct planner *p)
{
	const struct node *logins = orders_at(p->in->orders, "logins");

	for (const struct node *l = list_first(logins); l; l = l->next)
		if (!plan_trouble(p->plan, plan_login_subject(p->arena, l)))
			plan_login(p, l);
	plan_strangers(p);
}

struct plan plan_make(struct arena *a, const struct plan_input *in)
{
	struct plan plan = { 0 };
	struct planner p = { a, in, in->catalog, &plan, &plan.changes, &plan.troubles };
	int64_t major = orders_int(in->orders, "cluster.version", 0);

	if (in->catalog->in_recovery)
		return plan;
	if (in->catalog->major != major) {
		planner_say(&p, false, str_of(""), "PostgreSQL %S runs, the orders are for %S",
			    arena_fmt(a, "%d", in->catalog->major),
			    arena_fmt(a, "%lld", (long long)major));
		return plan;
	}
	plan_check(&p);
	plan_system(&p);
	plan_databases(&p);
	plan_logins(&p);
	return plan;
}
