/* SPDX-License-Identifier: Apache-2.0 */
/* config.c: Patroni's dynamic configuration becomes what the orders say, by a merge patch. */
#include "decide/config.h"

#include <stdlib.h>

#include "decide/decide.h"
#include "facts/config.h"
#include "facts/disk.h"
#include "facts/orders.h"
#include "facts/patroni.h"
#include "facts/postgres.h"

/* Keys of the dynamic configuration that are the orders' (schema/AgentConfig.yaml, dynamic): one
 * that Patroni has and the orders have not is deleted. pause is a person's. */
static const char *const owned[] = {
	"ttl",
	"loop_wait",
	"retry_timeout",
	"maximum_lag_on_failover",
	"maximum_lag_on_syncnode",
	"primary_start_timeout",
	"primary_stop_timeout",
	"synchronous_mode",
	"synchronous_mode_strict",
	"synchronous_node_count",
	"failsafe_mode",
	"member_slots_ttl",
	"check_timeline",
	"slots",
	"standby_cluster",
};

enum { OWNED = sizeof(owned) / sizeof(*owned), SETTLED_MS = 60000 };

static struct node *null(struct arena *a)
{
	return node_new(a, NODE_NULL, (struct pos){ 0 });
}

/* As Patroni compares what it has with what it is sent (utils.patch_config of 4.1): scalars by
 * their texts. What differs only in being a number would be sent to it for ever. */
static bool same(const struct node *a, const struct node *b)
{
	const struct node *number = a->kind == NODE_INT ? a : b;
	const struct node *text = a->kind == NODE_INT ? b : a;
	int64_t value;

	if (number->kind == NODE_INT && text->kind == NODE_STR)
		return str_int(text->text, &value) && value == number->num;
	return node_eq(a, b);
}

/* The merge patch that makes has into want, all keys of has being ours; NULL when they are the
 * same. */
static struct node *diff(struct arena *a, const struct node *want, const struct node *has)
{
	struct node *patch = node_new(a, NODE_MAP, (struct pos){ 0 });
	struct node_list kids = { 0 };

	node_each(w, want)
	{
		const struct node *h = node_get(has, w->key);
		struct node *inner;

		if (h && same(w, h))
			continue;
		inner = w->kind == NODE_MAP && h && h->kind == NODE_MAP ? diff(a, w, h)
									: node_deep(a, w);
		if (inner)
			node_put(&kids, w->key, inner);
	}
	node_each(h, has) if (!node_get(want, h->key)) node_put(&kids, h->key, null(a));
	patch->kids = kids.first;
	return kids.n > 0 ? patch : NULL;
}

static const struct node *empty(struct arena *a)
{
	return node_new(a, NODE_MAP, (struct pos){ 0 });
}

static void put_diff(struct arena *a, struct node_list *kids, struct str key,
		     const struct node *want, const struct node *has)
{
	struct node *inner;

	if (want && has && same(want, has))
		return;
	if (!want && !has)
		return;
	if (want && has && want->kind == NODE_MAP && has->kind == NODE_MAP)
		inner = diff(a, want, has);
	else
		inner = want ? node_deep(a, want) : null(a);
	if (inner)
		node_put(kids, key, inner);
}

/* A section of which only what is ordered is ours. Of postgresql: use_pg_rewind, use_slots and all
 * parameters, not pg_hba and what else Patroni has there. Of standby_cluster: who is followed; how
 * an archive is followed was laid down by Spilo, and without its restore_command Patroni promotes.
 */
static struct node *diff_section(struct arena *a, const struct node *want, const struct node *has)
{
	struct node *patch = node_new(a, NODE_MAP, (struct pos){ 0 });
	struct node_list kids = { 0 };

	node_each(w, want) put_diff(a, &kids, w->key, w,
				    has && has->kind == NODE_MAP ? node_get(has, w->key) : NULL);
	patch->kids = kids.first;
	return kids.n > 0 ? patch : NULL;
}

/* Whether key is a section of which both have something. */
static bool is_section(const char *key, const struct node *want, const struct node *has)
{
	return strcmp(key, "standby_cluster") == 0 && want && want->kind == NODE_MAP && has &&
	       has->kind == NODE_MAP;
}

static void put_owned(struct arena *a, struct node_list *kids, const char *key,
		      const struct node *want, const struct node *has)
{
	struct node *inner = NULL;

	if (!is_section(key, want, has)) {
		put_diff(a, kids, str_of(key), want, has);
		return;
	}
	inner = diff_section(a, want, has);
	if (inner)
		node_put(kids, str_of(key), inner);
}

const struct node *config_patch(struct arena *a, const struct node *want, const struct node *has)
{
	struct node *patch = node_new(a, NODE_MAP, (struct pos){ 0 });
	struct node_list kids = { 0 };
	const struct node *postgresql = node_at(want, "postgresql");
	struct node *inner;

	if (!has)
		has = empty(a);
	for (size_t i = 0; i < OWNED; i++)
		put_owned(a, &kids, owned[i], node_at(want, owned[i]), node_at(has, owned[i]));
	inner = postgresql ? diff_section(a, postgresql, node_at(has, "postgresql")) : NULL;
	if (inner)
		node_put(&kids, str_of("postgresql"), inner);
	patch->kids = kids.first;
	return kids.n > 0 ? patch : NULL;
}

static const struct member *pending(const struct fact_patroni *p)
{
	for (size_t i = 0; i < p->n_members; i++)
		if (p->members[i].pending_restart)
			return &p->members[i];
	return NULL;
}

/* Of the PostgreSQL that runs ("17.6"), or else of the one that made the data; 0: there are none.
 */
static int64_t major(const struct round *r)
{
	struct str runs = facts_postgres(r->facts)->version;

	return runs.n > 0 ? strtol(runs.p, NULL, 10) : facts_disk(r->facts)->version;
}

bool config_downgrades(const struct round *r)
{
	return orders_int(r->orders, "cluster.version", major(r)) < major(r);
}

/* What is told of a member whose settings wait. */
static const char *waiting(const struct round *r, const struct member *m)
{
	const struct past *p = facts_past(r->facts, ACTION_restart, m->name);
	bool vain = p && p->done > 0 && p->failures == 0 && !p->running &&
		    r->now.ms - p->ended_ms > SETTLED_MS;

	return vain ? ", whose restart did not bring them: ALTER SYSTEM sets them, or the leader "
		      "has to be restarted first"
		    : "";
}

static void judge(struct round *r, const struct node *patch)
{
	const struct fact_orders *o = facts_orders(r->facts);
	const struct fact_postgres *pg = facts_postgres(r->facts);
	const struct member *m = pending(facts_patroni(r->facts));

	if (o->problem.n > 0)
		round_say(r, REASON_OrdersRefused, "%s", o->problem.p);
	else if (config_downgrades(r))
		round_say(r, REASON_VersionContradicts, "%lld is ordered, the data are of %lld",
			  (long long)orders_int(r->orders, "cluster.version", 0),
			  (long long)major(r));
	else if (pg->hba_errors > 0)
		round_say(r, REASON_HbaRefused, "%s", pg->hba_error.p);
	else if (r->facts->sight[FACT_config].at_ms == 0)
		round_say(r, REASON_ConfigUnseen, "%s", r->facts->sight[FACT_config].error.p);
	else if (patch)
		round_say(r, REASON_ConfigDiffers, "%s", patch->kids->key.p);
	else if (m)
		round_say(r, REASON_RestartPending, "%s%s", m->name.p, waiting(r, m));
	else
		round_say(r, REASON_Applied, "%s", "");
}

/* Which PostgreSQL the data are of is known, or that there are none. */
static bool is_asked(const struct round *r)
{
	return facts_postgres(r->facts)->version.n > 0 || r->facts->sight[FACT_disk].at_ms > 0;
}

void decide_config(struct round *r)
{
	const struct fact_config *c = facts_config(r->facts);
	const struct node *want = orders_at(r->orders, "patroni.dynamic");
	const struct node *patch = c->dynamic ? config_patch(r->arena, want, c->dynamic) : NULL;

	judge(r, patch);
	/* the file may be a bad one: the last good orders go on to count. A PostgreSQL that does
	 * not start may do so with what this mends */
	if (patch && r->leads && is_asked(r) && !config_downgrades(r))
		round_do(r, ACTION_patch_config, str_of(""), "'%s' differs", patch->kids->key.p)
		    ->body = patch;
}
