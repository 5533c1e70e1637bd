/* SPDX-License-Identifier: Apache-2.0 */
/* prices.c: compiling all clusters for what they export, and adding up. */
#include "unit/prices.h"

#include <stdlib.h>

#include "unit/run.h"

enum { EXIT_FINE = 0, EXIT_FINDING = 1, EXIT_OUTSIDE = 4 };

static const char *const names[PRICE_BYS] = { "cluster", "team", "tier", "environment" };

const char *price_by_name(enum price_by by)
{
	return by < PRICE_BYS ? names[by] : NULL;
}

static struct str name_of(const struct unit_result *u, const struct node *facts, enum price_by by)
{
	switch (by) {
	case PRICE_TEAM:
		return node_text(facts, "team");
	case PRICE_TIER:
		return node_text(facts, "tier");
	case PRICE_ENVIRONMENT:
		return u->intent->environment;
	default:
		return u->owner;
	}
}

static void add(struct price *p, const struct cost *c)
{
	p->clusters++;
	p->cost = cost_sum(p->cost, *c);
}

static struct price *line_of(struct prices *out, struct str name)
{
	for (size_t i = 0; i < out->n; i++)
		if (str_eq(out->list[i].name, name))
			return &out->list[i];
	out->list[out->n].name = name;
	return &out->list[out->n++];
}

static int by_name(const void *a, const void *b)
{
	return str_cmp(((const struct price *)a)->name, ((const struct price *)b)->name);
}

static void add_up(struct run *r, struct prices *out)
{
	out->list = NEW_ARRAY(r->arena, r->n + 1, struct price);
	out->currency = arena_str(r->arena, cost_currency(r->world));
	out->all.name = (struct str){ "", 0 };
	for (size_t i = 0; i < r->n; i++) {
		struct unit_result *u = &r->results[i];
		const struct node *facts = unit_facts(r, u);
		struct cost cost;

		if (u->failed || !facts) {
			out->left_out++;
			continue;
		}
		cost = cost_of(r->world, u->owner, facts);
		/* clusters are told apart by place; all else has few names */
		add(out->by == PRICE_CLUSTER
			? &out->list[out->n++]
			: line_of(out, arena_str(r->arena, name_of(u, facts, out->by))),
		    &cost);
		if (out->by == PRICE_CLUSTER)
			out->list[out->n - 1].name = arena_str(r->arena, u->owner);
		add(&out->all, &cost);
	}
	qsort(out->list, out->n, sizeof(*out->list), by_name);
}

static int run(struct run *r, struct prices *out, struct err *err)
{
	struct fleet_result counted = { 0 };
	int code = run_open(r, err);

	if (code)
		return code;
	if (!cost_known(r->world)) {
		diag_error(r->diags, MSG_rates_missing, (struct pos){ 0 },
			   "platform.yaml has no rates: nothing has a price");
		return EXIT_FINDING;
	}
	if (workers_run(r, err))
		return EXIT_OUTSIDE;
	add_up(r, out);
	run_count(r, &counted);
	return diags_errors(r->diags) ? EXIT_FINDING : EXIT_FINE;
}

int prices_run(struct arena *a, struct diags *d, const struct fleet_options *o, struct prices *out,
	       struct err *err)
{
	struct run r = { .options = o, .arena = a, .diags = d };
	int code = run(&r, out, err);

	run_close(&r);
	return code;
}
