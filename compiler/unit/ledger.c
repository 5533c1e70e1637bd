/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.c: exported facts of every cluster in one tree, and the rules that judge it. */
#include "unit/ledger.h"

#include <stdlib.h>

#include "judge/cost.h"
#include "unit/fleetwide.h"
#include "unit/map.h"

static void put_cost(struct map *m, const struct cost *c)
{
	struct map cost = { .arena = m->arena };

	for (int p = 0; p < COST_PARTS; p++)
		map_int(&cost, cost_part_name((enum cost_part)p), c->part[p]);
	map_int(&cost, "total", c->total);
	map_node(m, "cost", map_done(&cost));
}

/* One cluster: what its lock exports, its names, its cost. */
static struct node *row(struct run *r, const struct unit_result *u, const struct node *facts)
{
	const struct node *environment =
	    node_get(node_at(r->world->platform, "environments"), u->intent->environment);
	struct cost cost = cost_of(r->world, u->owner, facts);
	struct map m = { .arena = r->arena };

	put_cost(&m, &cost);
	map_text(&m, "environment", u->intent->environment);
	map_node(&m, "destination", node_at(environment, "destination"));
	map_text(&m, "name", u->owner);
	map_text(&m, "namespace", u->intent->namespace);
	map_node(&m, "production", node_at(environment, "production"));
	for (const struct node *n = facts->kids; n; n = n->next)
		node_put(&m.list, n->key, node_loose(r->arena, n));
	return node_sorted(r->arena, map_done(&m));
}

static int by_owner(const void *a, const void *b)
{
	return str_cmp(((const struct judge_account *)a)->owner,
		       ((const struct judge_account *)b)->owner);
}

static const struct node *make(struct run *r, struct judge_account *accounts, size_t *n)
{
	struct node *list = node_new(r->arena, NODE_LIST, (struct pos){ 0 });
	struct node_list rows = { 0 };
	struct map m = { .arena = r->arena };

	for (size_t i = 0; i < r->n; i++) {
		struct unit_result *u = &r->results[i];
		const struct node *facts = unit_facts(r, u);

		if (facts)
			node_add(&rows, row(r, u, facts));
		accounts[(*n)++] = (struct judge_account){ .owner = u->owner,
							   .intent = { u->intent->file, 1, 1 },
							   .diags = u->diags,
							   .absent = !facts };
	}
	list->kids = rows.first;
	map_node(&m, "clusters", list);
	map_node(&m, "platform", r->world->platform);
	return map_done(&m);
}

/* The ledger is another one than when the standing output was judged. */
static bool is_new(const struct run *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (!r->results[i].reused)
			return true;
	for (size_t i = 0; i < r->prev.n; i++) {
		const struct prev_unit *old = &r->prev.units[i];

		if (!old->damaged.n && !str_starts(old->path, "destinations/") &&
		    !result_of(r, old->lock.owner))
			return true;
	}
	return false;
}

void ledger_judge(struct run *r)
{
	struct judge_account *accounts = NULL;
	struct judge_fleet f = { .world = r->world,
				 .arena = r->arena,
				 .diags = r->diags,
				 .lua = worker_lua(r),
				 .as_of = r->as_of };

	if (!is_new(r))
		return;
	accounts = NEW_ARRAY(r->arena, r->n + 1, struct judge_account);
	f.ledger = make(r, accounts, &f.n);
	qsort(accounts, f.n, sizeof(*accounts), by_owner);
	f.accounts = accounts;
	judge_fleet(&f, &r->judged);
	for (size_t i = 0; i < f.n; i++) {
		struct unit_result *u = accounts[i].denied ? result_of(r, accounts[i].owner) : NULL;

		if (u && !u->failed)
			fleetwide_fail(r, u);
	}
}
