/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.c: exported facts of every cluster in one tree, and the rules that judge it. */
#include "unit/ledger.h"

#include <stdlib.h>

#include "judge/cost.h"
#include "tree/map.h"
#include "unit/exports.h"
#include "unit/fleetwide.h"

enum { FIELDS_MOST = 32 };

static struct node *cost_node(struct arena *a, const struct cost *c)
{
	struct map m = { .arena = a };

	for (int p = 0; p < COST_PARTS; p++)
		map_int(&m, cost_part_name((enum cost_part)p), c->part[p]);
	map_int(&m, "total", c->total);
	return map_done(&m);
}

static int by_key(const void *a, const void *b)
{
	return str_cmp((*(struct node *const *)a)->key, (*(struct node *const *)b)->key);
}

/* A row under work: its fields, in no order yet. */
struct fields {
	struct arena *arena;
	struct node *list[FIELDS_MOST];
	size_t n;
};

static void put(struct fields *f, struct str key, const struct node *n)
{
	if (!n || f->n == FIELDS_MOST)
		return;
	f->list[f->n] = node_loose(f->arena, n);
	f->list[f->n++]->key = key;
}

static void put_text(struct fields *f, const char *key, struct str text)
{
	put(f, str_of(key), node_str(f->arena, (struct pos){ 0 }, text));
}

/* One cluster: what its lock exports, its names, its cost. */
static struct node *row(const struct run *r, struct arena *a, const struct unit_result *u,
			const struct node *facts)
{
	const struct node *environment =
	    node_get(node_at(r->world->platform, "environments"), u->intent->environment);
	struct cost cost = cost_of(r->world, u->owner, facts);
	struct node *map = node_new(a, NODE_MAP, (struct pos){ 0 });
	struct fields f = { .arena = a };
	struct node_list list = { 0 };

	for (const struct node *n = facts->kids; n; n = n->next)
		put(&f, n->key, n);
	put(&f, str_of("cost"), cost_node(a, &cost));
	put(&f, str_of("destination"), node_at(environment, "destination"));
	put_text(&f, "environment", u->intent->environment);
	put_text(&f, "name", u->owner);
	put_text(&f, "namespace", u->intent->namespace);
	put(&f, str_of("production"), node_at(environment, "production"));
	qsort(f.list, f.n, sizeof(*f.list), by_key);
	for (size_t i = 0; i < f.n; i++)
		node_add(&list, f.list[i]);
	map->kids = list.first;
	return map;
}

static int by_owner(const void *a, const void *b)
{
	return str_cmp(((const struct judge_account *)a)->owner,
		       ((const struct judge_account *)b)->owner);
}

static const struct node *make(const struct run *r, struct arena *a, struct judge_account *accounts)
{
	struct node *list = node_new(a, NODE_LIST, (struct pos){ 0 });
	struct node_list rows = { 0 };
	struct map m = { .arena = a };

	for (size_t i = 0; i < r->n; i++) {
		const struct unit_result *u = &r->results[i];
		const struct node *facts = u->facts ? u->facts : exports_read(a, u->exports);

		if (facts)
			node_add(&rows, row(r, a, u, facts));
		accounts[i] = (struct judge_account){ .owner = u->owner,
						      .intent = { u->intent->file, 1, 1 },
						      .diags = u->diags,
						      .absent = !facts };
	}
	list->kids = rows.first;
	map_node(&m, "clusters", list);
	map_node(&m, "platform", r->world->platform);
	return map_done(&m);
}

void ledger_judge(struct run *r)
{
	struct arena *scratch = arena_new();
	struct judge_account *accounts = NEW_ARRAY(scratch, r->n + 1, struct judge_account);
	struct judge_fleet f = { .world = r->world,
				 .arena = r->arena,
				 .scratch = scratch,
				 .diags = r->diags,
				 .lua = worker_lua(r),
				 .as_of = r->as_of,
				 .accounts = accounts,
				 .n = r->n };

	f.ledger = make(r, scratch, accounts);
	qsort(accounts, f.n, sizeof(*accounts), by_owner);
	judge_fleet(&f, &r->judged);
	for (size_t i = 0; i < f.n; i++) {
		struct unit_result *u = accounts[i].denied ? result_of(r, accounts[i].owner) : NULL;

		if (u && !u->failed)
			fleetwide_fail(r, u);
	}
	arena_free(scratch);
}
