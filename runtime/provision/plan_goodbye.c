/* SPDX-License-Identifier: Apache-2.0 */
/* plan_goodbye.c: a database that is wanted no more: closed and put away at once; dropped after the
 * grace and a newer base backup, if its data shall go. */
#include "provision/draft.h"

/* Nobody connects any more, and the name is free. */
static void put_away(struct planner *p, const struct node *database,
		     const struct catalog_database *has, struct str hidden)
{
	struct str name = has->name;
	struct draft d = draft_begin(p, name, str_of("postgres"));
	struct draft last = d;
	struct mark mark = has->mark;

	(void)database;
	mark.ours = true;
	if (!mark.gone)
		mark.gone = p->in->now;
	if (has->allows) {
		draft_why(&d, "database %S is wanted no more", name);
		draft_put(&d, "alter database %I allow_connections false", name);
	}
	draft_mark(&d, "database", name, &has->mark, &mark);
	draft_end(&d, false);
	draft_why(&last, "database %S is put away", name);
	draft_put(&last,
		  "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity"
		  " where datname = %L",
		  name);
	draft_end(&last, false);
	last.n = 0;
	/* behind the end of the sessions: it is refused while somebody is connected */
	if (has->sessions == 0 && !has->allows) {
		draft_put(&last, "alter database %I rename to %I", name, hidden);
		draft_end(&last, false);
	}
}

static void drop(struct planner *p, struct str subject, const struct catalog_database *hidden)
{
	struct draft d = draft_begin(p, subject, str_of("postgres"));
	int64_t grace = orders_ms(p->in->orders, "removalGrace", 604800000) / 1000;

	if (p->in->now - hidden->mark.gone < grace)
		return;
	if (!planner_may_drop(p, subject, str_of("it"), hidden->mark.gone))
		return;
	draft_why(&d, "database %S was wanted no more for long enough", subject);
	draft_put(&d, "drop database %I with (force)", hidden->name);
	draft_end(&d, true);
}

/* Roles that nothing depends on any more. */
static void drop_roles(struct planner *p, const struct node *database)
{
	struct str name = node_text(database, "name");
	struct draft d = draft_begin(p, name, str_of("postgres"));

	for (size_t i = 0; i < p->have->n_roles; i++) {
		const struct catalog_role *r = &p->have->roles[i];
		bool used = !r->mark.ours || r->mark.login || !str_eq(r->mark.of, name);

		for (size_t k = 0; k < p->have->n_depends && !used; k++)
			used = str_eq(p->have->depends[k].role, r->name);
		if (used)
			continue;
		draft_why(&d, "role %S is of no use any more", r->name);
		draft_put(&d, "drop role %I", r->name);
	}
	draft_end(&d, false);
}

void plan_goodbye(struct planner *p, const struct node *database)
{
	struct str name = node_text(database, "name"), hidden = plan_hidden(p->arena, name);
	const struct catalog_database *has = catalog_database(p->have, name);
	const struct catalog_database *away = catalog_database(p->have, hidden);
	bool erase = str_is(node_text(database, "reclaim"), "delete");

	if (has && away)
		planner_say(p, false, name, "it cannot be put away: database %S is there", hidden);
	else if (has)
		put_away(p, database, has, hidden);
	else if (away && erase && away->mark.gone)
		drop(p, name, away);
	else if (!away && erase)
		drop_roles(p, database);
}
