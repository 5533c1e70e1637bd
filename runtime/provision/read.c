/* SPDX-License-Identifier: Apache-2.0 */
/* read.c: queries one after the other, each with the function that keeps its rows. */
#include "provision/read.h"

#include <stdlib.h>

#include "base/die.h"
#include "provision/queries.h"

enum { ASK_MS = 20000 };

struct reading {
	struct loop *loop;
	struct sql_target at;
	const struct node *wanted; /* names of databases to look into; list */
	struct str names;          /* queries_names: orders may be gone before the end */
	struct arena *arena;
	void (*done)(void *owner, const struct catalog *c, const char *why);
	void *owner;
	struct catalog *catalog;
	struct catalog_database *databases; /* the catalog's, while it is made */
	size_t next;                        /* database to look into */
	struct catalog_inside *inside;      /* of the database being looked into */
	size_t step;                        /* query that runs */
	struct sql *sql;
	struct timer *timer;
	const char *why; /* the reading failed */
};

static void go_on(struct reading *r);

static void on_time(void *arg)
{
	struct reading *r = arg;

	r->timer = NULL;
	go_on(r);
}

/* Goes on outside of the callback of the connection, which may then be closed. */
static void go_on_later(struct reading *r)
{
	r->timer = loop_after(r->loop, 0, on_time, r);
}

static void on_rows(void *owner, const struct sql_answer *answer)
{
	struct reading *r = owner;
	struct catalog_database *db = r->inside ? &r->databases[r->next] : NULL;

	if (!answer->fine && db) {
		db->problem = arena_fmt(r->arena, "%s", answer->error);
		r->inside = NULL;
		r->next++;
	} else if (!answer->fine) {
		r->why = arena_fmt(r->arena, "%s", answer->error).p;
	} else if (db) {
		queries_inside[r->step++].keep(r->arena, r->inside, answer->rows);
	} else {
		queries_shared[r->step++].keep(r->arena, r->catalog, answer->rows);
	}
	go_on_later(r);
}

static void ask(struct reading *r, const char *text)
{
	sql_send(r->sql, &(struct sql_call){ text, ASK_MS, { r->names.p, NULL } }, on_rows, r);
}

static void connect(struct reading *r, const char *database)
{
	sql_free(r->sql);
	r->at.database = database;
	r->sql = sql_new(r->loop, &r->at);
	r->step = 0;
}

/* Names of the orders' databases, and of the system's. */
static const struct node *wanted_of(struct arena *a, const struct orders *o)
{
	const struct node *databases = orders_at(o, "databases");
	struct node *list = node_new(a, NODE_LIST, (struct pos){ 0 });
	struct node_list names = { 0 };

	for (const struct node *d = databases ? databases->kids : NULL; d; d = d->next)
		node_add(&names,
			 node_str(a, (struct pos){ 0 }, arena_str(a, node_text(d, "name"))));
	node_add(&names,
		 node_str(a, (struct pos){ 0 }, arena_str(a, orders_text(o, "system.database"))));
	list->kids = names.first;
	return list;
}

/* The next database that the orders name; false when there is none. */
static bool next_database(struct reading *r)
{
	struct catalog_database *d = r->databases;

	while (r->next < r->catalog->n_databases &&
	       !(d[r->next].allows && mark_has(r->wanted, d[r->next].name)))
		r->next++;
	return r->next < r->catalog->n_databases;
}

static void go_on(struct reading *r)
{
	if (r->why) {
		r->done(r->owner, NULL, r->why);
		return;
	}
	if (!r->databases && r->step < queries_shared_n) {
		ask(r, queries_shared[r->step].text);
		return;
	}
	/* the shared part is whole: its databases get an inside now */
	r->databases = r->catalog->databases;
	if (r->inside && r->step < queries_inside_n) {
		ask(r, queries_inside[r->step].text);
		return;
	}
	if (r->inside) {
		r->databases[r->next++].inside = r->inside;
		r->inside = NULL;
	}
	if (!next_database(r)) {
		r->done(r->owner, r->catalog, "");
		return;
	}
	r->inside = NEW(r->arena, struct catalog_inside);
	connect(r, r->databases[r->next].name.p);
	ask(r, queries_inside[0].text);
}

struct reading *reading_start(struct loop *l, const struct reading_order *order, struct arena *a,
			      void (*done)(void *owner, const struct catalog *c, const char *why),
			      void *owner)
{
	struct reading *r = calloc(1, sizeof(*r));

	if (!r)
		die_memory();
	r->loop = l;
	r->at = order->at;
	r->wanted = wanted_of(a, order->orders);
	r->names = queries_names(a, order->orders);
	r->arena = a;
	r->done = done;
	r->owner = owner;
	r->catalog = NEW(a, struct catalog);
	r->catalog->orders = arena_str(a, order->orders->digest);
	connect(r, "postgres");
	go_on_later(r);
	return r;
}

void reading_stop(struct reading *r)
{
	if (!r)
		return;
	loop_cancel(r->loop, r->timer);
	sql_free(r->sql);
	free(r);
}
