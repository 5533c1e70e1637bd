/* SPDX-License-Identifier: Apache-2.0 */
/* settings.c: reload or restart, by the contracts. */
#include "guard/settings.h"

#include "link/guc.h"

/* A standby that has less of these than the primary stops: lowered, the primary restarts first
 * (Patroni, dynamic configuration: parameters that are controlled by it). */
static const char *const leader_first[] = { "max_connections", "max_locks_per_transaction",
					    "max_prepared_transactions", "max_wal_senders",
					    "max_worker_processes" };

static struct str name_of(const struct difference *d)
{
	return d->is ? d->is->key : d->was->key;
}

static struct str text_of(const struct node *n, const struct node *row)
{
	return n && n->kind == NODE_STR ? n->text : node_text(row, "default");
}

static bool is_lowered(const struct difference *d, const struct node *row)
{
	int64_t was = 0, is = 0;
	bool listed = false;

	for (size_t i = 0; i < sizeof(leader_first) / sizeof(*leader_first); i++)
		listed = listed || guc_same(name_of(d), str_of(leader_first[i]));
	return listed && str_int(text_of(d->was, row), &was) && str_int(text_of(d->is, row), &is) &&
	       is < was;
}

unsigned settings_guc(const struct classify *c, const struct difference *d,
		      struct verdict_cause *cause)
{
	struct arena *a = c->in->arena;
	const struct node *row = guc_find(c->in->world, c->major, name_of(d)).row;
	struct str context = node_text(row, "context");

	if (!row)
		cause->basis =
		    str_of("no contract knows the parameter: taken for one of the worst");
	else
		cause->basis =
		    arena_fmt(a, "context '%s' in PostgreSQL %lld", context.p, (long long)c->major);
	if (row && !str_is(context, "postmaster") && !str_is(context, "internal")) {
		cause->class = VERDICT_RELOAD;
		cause->why = str_of("taken up by a reload");
		return 0;
	}
	cause->class = VERDICT_ROLLING_RESTART;
	cause->why = str_of("counts after a restart of each member");
	if (!is_lowered(d, row))
		return EFFECT_ROLL;
	cause->class = VERDICT_MULTI_STEP;
	cause->why =
	    str_of("lowered: a replica must never have less than the leader, so the leader "
		   "restarts first, then the replicas, then all are replaced once");
	return EFFECT_ROLL | EFFECT_TWICE;
}

/* The row of the longest beginning of path that the contract lists. */
static const struct node *patroni_row(const struct node *rows, struct str path)
{
	while (path.n) {
		const struct node *row = node_get(rows, path);

		if (row)
			return row;
		while (path.n && path.p[path.n - 1] != '.' && path.p[path.n - 1] != '[')
			path.n--;
		path.n -= path.n > 0;
	}
	return NULL;
}

static const struct node *rows_of(const struct classify *c, const char *contract)
{
	return node_at(node_at(c->in->world->contracts, contract), "rows");
}

unsigned settings_patroni(const struct classify *c, const struct difference *d,
			  struct verdict_cause *cause)
{
	static const char head[] = "spec.patroni.dynamic.";
	struct str path =
	    str_starts(d->inner, head) ? str_cut(d->inner, sizeof(head) - 1, d->inner.n) : d->inner;
	const struct node *row = patroni_row(rows_of(c, "patroni"), path);
	struct str apply = node_text(row, "apply");

	if (row)
		cause->basis =
		    arena_fmt(c->in->arena, "Patroni: '%s' is applied by %s", row->key.p, apply.p);
	else
		cause->basis =
		    str_of("no contract knows the key: taken for one that needs a restart");
	if (str_is(apply, "reload")) {
		cause->class = VERDICT_RELOAD;
		cause->why = str_of("Patroni takes it up within a loop");
		return 0;
	}
	return EFFECT_ROLL;
}

unsigned settings_pgbouncer(const struct classify *c, const struct difference *d,
			    struct verdict_cause *cause)
{
	const struct node *row = NULL;

	if (!str_starts(d->inner, "pgbouncer."))
		return 0;
	row = node_get(rows_of(c, "pgbouncer-1.25"), name_of(d));
	cause->basis = str_of("contract pgbouncer-1.25: reloadable");
	if (str_is(node_text(row, "reloadable"), "true"))
		return 0;
	cause->class = VERDICT_POOLER;
	cause->why = str_of("the pooler takes it up in a new process only");
	cause->basis = str_of("contract pgbouncer-1.25: not reloadable");
	return EFFECT_POOLER;
}
