/* SPDX-License-Identifier: Apache-2.0 */
/* plan_inside.c: schemas and extensions of one database. */
#include <string.h>

#include "provision/draft.h"

static const struct node *moment(struct arena *a, int64_t v)
{
	return node_int(a, (struct pos){ 0 }, v);
}

/* ---- what is wanted no more: noted first, taken away after the grace ---- */

/* What the database's mark should say of things that are wanted no more, and what it says. */
struct farewell {
	struct draft *draft;
	const struct node *noted; /* map of what is noted, or NULL */
	struct node_list notes;   /* what is to be noted */
	int64_t grace;
};

/* The thing is wanted no more: whether it has been so for the grace. */
static bool is_over(struct farewell *f, const char *kind, struct str name)
{
	struct planner *p = f->draft->planner;
	struct str key = arena_fmt(p->arena, "%s %.*s", kind, (int)name.n, name.p);
	int64_t since = f->noted ? node_num(f->noted, key.p, p->in->now) : p->in->now;

	node_put(&f->notes, key, node_loose(p->arena, moment(p->arena, since)));
	return p->in->now - since >= f->grace;
}

/* The thing, which was noted last, may go with what uses it. */
static bool may_drop(const struct farewell *f, const char *kind, struct str name)
{
	struct planner *p = f->draft->planner;
	struct str it = draft_text(p->arena, "%S %S", str_of(kind), name);

	return planner_may_drop(p, f->draft->subject, it, f->notes.last->num);
}

static void part_with_schema(struct farewell *f, const struct node *s,
			     const struct catalog_inside *in)
{
	struct draft *d = f->draft;
	struct planner *p = d->planner;
	struct str name = node_text(s, "name"), hidden = plan_hidden(p->arena, name);
	bool drop = str_is(node_text(s, "reclaim"), "delete"), over;

	if (!catalog_schema(in, name) && !catalog_schema(in, hidden))
		return;
	over = is_over(f, "schema", name);
	if (catalog_schema(in, name) && catalog_schema(in, hidden)) {
		planner_say(p, false, d->subject, "schema %S cannot be put away: %S is there", name,
			    hidden);
	} else if (catalog_schema(in, name)) {
		draft_why(d, "schema %S is wanted no more", name);
		draft_put(d, "alter schema %I rename to %I", name, hidden);
		draft_put(d, "alter schema %I owner to postgres", hidden);
		draft_put(d, "revoke all on schema %I from public", hidden);
	} else if (drop && over && may_drop(f, "schema", name)) {
		draft_why(d, "schema %S was wanted no more for long enough", name);
		draft_put(d, "drop schema %I cascade", hidden);
	}
}

static void part_with_extension(struct farewell *f, const struct node *e,
				const struct catalog_inside *in)
{
	struct str name = node_text(e, "name");
	bool drop = str_is(node_text(e, "reclaim"), "delete");

	if (!catalog_extension(in, name))
		return;
	if (!is_over(f, "extension", name) || (drop && !may_drop(f, "extension", name)))
		return;
	draft_why(f->draft, "extension %S was wanted no more for long enough", name);
	draft_put(f->draft, drop ? "drop extension %I cascade" : "drop extension %I", name);
}

/* ---- what is wanted ---- */

static void draft_schema(struct draft *d, const struct node *database, struct str name,
			 const struct catalog_inside *in)
{
	struct str owner = node_text(database, "owner");
	struct str hidden = plan_hidden(d->planner->arena, name);
	const struct catalog_schema *has = catalog_schema(in, name);

	if (has && str_eq(has->owner, owner))
		return;
	/* whoever dropped public meant it */
	if (!has && str_is(name, "public"))
		return;
	if (!has && catalog_schema(in, hidden)) {
		draft_why(d, "schema %S is wanted again", name);
		draft_put(d, "alter schema %I rename to %I", hidden, name);
	} else if (!has) {
		draft_why(d, "schema %S is missing", name);
		draft_put(d, "create schema %I authorization %I", name, owner);
		return;
	} else {
		draft_why(d, "schema %S belongs to %S", name, has->owner);
	}
	draft_put(d, "alter schema %I owner to %I", name, owner);
}

/* The version that is asked for, or else the image's own. Often there is no way back to an older
 * one: that is told when it was asked for, and holds nothing else up. */
static void draft_version(struct draft *d, const struct node *e,
			  const struct catalog_extension *has)
{
	struct planner *p = d->planner;
	struct str asked = node_text(e, "version"), version = asked;
	const struct catalog_available *standard =
	    catalog_available(p->have, has->name, str_of(""));

	if (!version.n && standard)
		version = standard->version;
	if (!version.n || str_eq(has->version, version))
		return;
	if (strstr(has->ways.p, arena_fmt(p->arena, " %s ", version.p).p)) {
		draft_why(d, "extension %S is %S", has->name, has->version);
		draft_put(d, "alter extension %I update to %L", has->name, version);
	} else if (asked.n > 0) {
		planner_say(p, false, d->subject,
			    "extension %S is %S, and the image has no way to %S", has->name,
			    has->version, version);
	}
}

static void draft_place(struct draft *d, const struct node *e, const struct catalog_extension *has)
{
	struct str schema = node_text(e, "schema");

	if (schema.n > 0 && !str_eq(has->schema, schema)) {
		draft_why(d, "extension %S is in %S", has->name, has->schema);
		draft_put(d, "alter extension %I set schema %I", has->name, schema);
	}
}

static void draft_extension(struct draft *d, const struct node *e, const struct catalog_inside *in)
{
	const struct catalog_extension *has = catalog_extension(in, node_text(e, "name"));
	struct arena *a = d->planner->arena;
	struct str schema = node_text(e, "schema"), version = node_text(e, "version");

	if (has) {
		draft_version(d, e, has);
		draft_place(d, e, has);
		return;
	}
	draft_why(d, "extension %S is missing", node_text(e, "name"));
	/* where it goes when neither it nor the orders say: not into the catalog */
	draft_put(d, "set local search_path = public");
	draft_put(d, "create extension %I%S%S", node_text(e, "name"),
		  schema.n > 0 ? draft_text(a, " schema %I", schema) : str_of(""),
		  version.n > 0 ? draft_text(a, " version %L", version) : str_of(""));
	draft_put(d, "set local search_path = pg_catalog, pg_temp");
}

/* Every extension that e needs stands, or comes before it: done has those that came. */
static const struct node *unmet(const struct planner *p, const struct node *e,
				const struct catalog_inside *in, const struct node *done)
{
	const struct catalog_available *from =
	    catalog_available(p->have, node_text(e, "name"), node_text(e, "version"));

	for (const struct node *n = list_first(from ? from->needs : NULL); n; n = n->next)
		if (!catalog_extension(in, n->text) && !mark_has(done, n->text))
			return n;
	return NULL;
}

/* Those that need others come behind them, in as many turns as it takes. */
static void draft_extensions(struct draft *d, const struct node *database,
			     const struct catalog_inside *in)
{
	struct planner *p = d->planner;
	struct node *done = node_new(p->arena, NODE_LIST, (struct pos){ 0 });
	struct node_list list = { 0 };
	size_t before;

	do {
		before = list.n;
		list_each(e, database, "extensions")
		{
			struct str name = node_text(e, "name");

			if (!is_wanted(e) || mark_has(done, name) || unmet(p, e, in, done))
				continue;
			draft_extension(d, e, in);
			node_add(&list, node_str(p->arena, (struct pos){ 0 }, name));
			done->kids = list.first;
		}
	} while (list.n > before);
	list_each(e, database, "extensions")
	{
		const struct node *need = unmet(p, e, in, done);

		if (is_wanted(e) && need)
			planner_say(p, false, d->subject,
				    "extension %S needs %S, which is not asked for",
				    node_text(e, "name"), need->text);
	}
}

static void draft_farewells(struct draft *d, const struct node *database,
			    const struct catalog_inside *in)
{
	struct planner *p = d->planner;
	const struct catalog_database *has = catalog_database(p->have, d->subject);
	struct farewell f = { .draft = d, .noted = has->mark.absent };
	struct node *map = node_new(p->arena, NODE_MAP, (struct pos){ 0 });
	struct mark mark = has->mark;

	f.grace = orders_ms(p->in->orders, "removalGrace", 604800000) / 1000;
	list_each(s, database, "schemas") if (!is_wanted(s)) part_with_schema(&f, s, in);
	list_each(e, database, "extensions") if (!is_wanted(e)) part_with_extension(&f, e, in);
	map->kids = f.notes.first;
	mark.ours = true;
	mark.absent = f.notes.first ? map : NULL;
	/* the rest of the mark is plan_database's, which comes before */
	if (has->mark.ours)
		draft_mark(d, "database", d->subject, &has->mark, &mark);
}

void plan_inside(struct planner *p, const struct node *database, const struct catalog_inside *in)
{
	struct str name = node_text(database, "name");
	struct draft d = draft_begin(p, name, name);

	draft_schema(&d, database, str_of("public"), in);
	list_each(s, database, "schemas") if (is_wanted(s))
	    draft_schema(&d, database, node_text(s, "name"), in);
	draft_extensions(&d, database, in);
	plan_rights(&d, database, in);
	draft_farewells(&d, database, in);
	draft_end(&d, false);
}
