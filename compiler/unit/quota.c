/* SPDX-License-Identifier: Apache-2.0 */
/* quota.c: what clusters take at most fits the quota of their namespace and the budget of their
 * team. */
#include "unit/fleetwide.h"

#include "tree/number.h"
#include "tree/yaml.h"
#include "unit/exports.h"
#include "unit/place.h"

/* Parts of an amount: their names in quotas, and the lines of an intent that decide them. */
static const struct part {
	const char *name;
	const char *unit;
	const char *fields[3];
} parts[] = {
	{ "cpu", "cores", { "cpuLimit", "cpu", "instances" } },
	{ "memory", "of memory", { "memory", "instances", NULL } },
	{ "storage", "of storage", { "storage", "instances", NULL } },
	{ "claims", "disks", { "instances", "incarnation", NULL } },
	{ "pods", "pods", { "instances", "autoscale", NULL } },
};

enum { PARTS = 5 };

/* What a quota keeps free, and what that is of two clusters. Clusters of a tier begin their drills
 * at the same moment, so all of them may run at once. */
static const struct spare {
	const char *name;
	struct amount (*both)(struct amount a, struct amount b);
} spares[] = {
	{ "instance", amount_max },
	{ "drill", amount_sum },
	{ "restore", amount_max },
};

enum { SPARES = 3 };

/* Clusters that share a quota or budget. */
struct purse {
	struct run *run;
	struct str what;           /* "namespace 'team-orders' of environment 'prod'" */
	const struct node *limits; /* {cpu, memory, storage, claims, pods}, or NULL */
	const char *name;          /* "quota", "budget" */
	bool reserves;             /* room for one more instance, all drills and a restore */
	struct amount sum;         /* of the clusters so far */
	struct amount spare[SPARES];
};

static int64_t part_of(const struct amount *a, size_t part)
{
	const int64_t values[PARTS] = { a->cpu, a->memory, a->storage, a->claims, a->pods };

	return values[part];
}

/* The limit of a part in the unit of amounts, or -1. */
static int64_t limit_of(const struct node *limits, size_t part)
{
	const struct node *n = node_at(limits, parts[part].name);
	int64_t v = -1;

	if (!n)
		return -1;
	if (n->kind == NODE_INT)
		return part == 0 ? n->num * 1000 : n->num;
	if (part == 0 ? cpu_parse(n->text, &v) != NULL : bytes_parse(n->text, &v) != NULL)
		return -1;
	return v;
}

/* v in tenths of one, rounded up: "89.4", "64". */
static struct str tenths(struct arena *a, int64_t v, int64_t one)
{
	int64_t n = v / one * 10 + (v % one * 10 + one - 1) / one;

	if (n % 10)
		return arena_fmt(a, "%lld.%lld", (long long)(n / 10), (long long)(n % 10));
	return arena_fmt(a, "%lld", (long long)(n / 10));
}

/* "89.4 cores", "512Gi of memory", "3 disks". */
static struct str text_of(struct arena *a, size_t part, int64_t v)
{
	const char *unit = parts[part].unit;

	if (part == 0)
		return arena_fmt(a, "%s %s", tenths(a, v, 1000).p, unit);
	if (part < 3)
		return arena_fmt(a, "%sGi %s", tenths(a, v, 1073741824).p, unit);
	return arena_fmt(a, "%lld %s", (long long)v, unit);
}

static struct amount needed(const struct purse *p)
{
	struct amount all = p->sum;

	for (size_t i = 0; p->reserves && i < SPARES; i++)
		all = amount_sum(all, p->spare[i]);
	return all;
}

static void put(struct purse *p, const struct node *facts)
{
	p->sum = amount_sum(p->sum, exports_amount(facts, "most"));
	for (size_t i = 0; i < SPARES; i++)
		p->spare[i] = spares[i].both(p->spare[i], exports_amount(facts, spares[i].name));
}

/* The line of u's intent that decides part: the field itself, else the tier, else the first. */
static struct pos line_of(const struct run *r, const struct unit_result *u, size_t part)
{
	const struct node *doc =
	    yaml_read(r->arena, diags_new(r->arena), u->intent->file, &YAML_INTENT);
	const struct node *spec = node_at(doc, "spec"), *tier = node_at(spec, "tier");

	for (size_t i = 0; i < 3 && parts[part].fields[i]; i++)
		if (node_at(spec, parts[part].fields[i]))
			return node_at(spec, parts[part].fields[i])->pos;
	return tier ? tier->pos : (struct pos){ u->intent->file, 1, 1 };
}

static void note_parts(const struct purse *p, struct unit_result *u, size_t part,
		       const struct node *facts)
{
	struct arena *a = p->run->arena;
	struct amount own = exports_amount(facts, "most");

	diag_note(u->diags, (struct pos){ 0 }, "this cluster takes %s, all clusters %s",
		  text_of(a, part, part_of(&own, part)).p,
		  text_of(a, part, part_of(&p->sum, part)).p);
	if (p->reserves)
		diag_note(u->diags, (struct pos){ 0 },
			  "kept free are %s for one more instance, %s for restore drills, %s for "
			  "the disks of a restore",
			  text_of(a, part, part_of(&p->spare[0], part)).p,
			  text_of(a, part, part_of(&p->spare[1], part)).p,
			  text_of(a, part, part_of(&p->spare[2], part)).p);
	diag_note(u->diags, p->limits->pos, "the %s is written here", p->name);
}

/* The first part that does not fit, or PARTS. */
static size_t too_much(const struct purse *p)
{
	struct amount all = needed(p);

	for (size_t i = 0; i < PARTS; i++)
		if (limit_of(p->limits, i) >= 0 && part_of(&all, i) > limit_of(p->limits, i))
			return i;
	return PARTS;
}

/* u, which is in p now, is what no longer fits. */
static void refuse(const struct purse *p, struct unit_result *u, size_t part,
		   const struct node *facts)
{
	struct amount all = needed(p);
	struct arena *a = p->run->arena;

	diag_error(
	    u->diags, MSG_quota_exceeded, line_of(p->run, u, part),
	    "with this cluster %s needs up to %s, but its %s is %s: take less, or ask the platform "
	    "team for a larger %s",
	    p->what.p, text_of(a, part, part_of(&all, part)).p, p->name,
	    text_of(a, part, limit_of(p->limits, part)).p, p->name);
	note_parts(p, u, part, facts);
	fleetwide_fail(p->run, u);
}

/* One more cluster of the purse; what does not fit leaves with its previous output in its place. */
static void take(struct purse *p, struct unit_result *u)
{
	const struct node *facts = unit_facts(p->run, u);
	struct purse before = *p;
	size_t part = PARTS;

	put(p, facts);
	part = p->limits && !u->failed ? too_much(p) : PARTS;
	if (part == PARTS)
		return;
	refuse(p, u, part, facts);
	*p = before;
	put(p, unit_facts(p->run, u));
}

/* Results [from, to) are the clusters of one namespace. */
static void one_namespace(struct run *r, size_t from, size_t to)
{
	const struct intent *i = r->results[from].intent;
	struct place place = { .environment = i->environment, .namespace = i->namespace };
	struct str team = node_text(unit_facts(r, &r->results[from]), "team");
	struct purse p = { .run = r, .name = "quota", .reserves = true };

	p.limits = place_quota(r->world->platform, &place, team);
	if (!p.limits)
		return;
	p.what = arena_fmt(r->arena, "namespace '%s' of environment '%s'", i->namespace.p,
			   i->environment.p);
	for (size_t k = from; k < to; k++)
		take(&p, &r->results[k]);
}

static void too_many(struct run *r, struct unit_result *u, const struct node *most, struct str team)
{
	diag_error(
	    u->diags, MSG_quota_exceeded, (struct pos){ u->intent->file, 1, 1 },
	    "team '%s' may have %lld cluster%s in environment '%s', and this is one more: ask the "
	    "platform team for a larger budget",
	    team.p, (long long)most->num, most->num == 1 ? "" : "s", u->intent->environment.p);
	diag_note(u->diags, most->pos, "its budget is written here");
	fleetwide_fail(r, u);
}

/* Clusters of team among results [from, to), which are those of one environment. */
static void one_team(struct run *r, const struct node *budget, size_t from, size_t to,
		     struct str team)
{
	const struct node *most = node_at(budget, "clusters");
	struct purse p = { .run = r, .name = "budget", .limits = budget };
	int64_t n = 0;

	p.what = arena_fmt(r->arena, "team '%s' in environment '%s'", team.p,
			   r->results[from].intent->environment.p);
	for (size_t k = from; k < to; k++) {
		struct unit_result *u = &r->results[k];

		if (!str_eq(node_text(unit_facts(r, u), "team"), team))
			continue;
		n++;
		if (most && n > most->num && !u->failed)
			too_many(r, u, most, team);
		else
			take(&p, u);
	}
}

static void one_environment(struct run *r, size_t from, size_t to)
{
	const struct node *teams = node_at(r->world->platform, "teams");

	for (const struct node *t = teams ? teams->kids : NULL; t; t = t->next)
		if (node_at(t, "budget") && !str_is(t->key, "*"))
			one_team(r, node_at(t, "budget"), from, to, t->key);
}

static bool same(const struct unit_result *a, const struct unit_result *b, bool namespace)
{
	return str_eq(a->intent->environment, b->intent->environment) &&
	       (!namespace || str_eq(a->intent->namespace, b->intent->namespace));
}

/* Runs f over each run of results of one environment, or namespace, in which something was
 * compiled: results come sorted. */
static void each(struct run *r, bool namespace, void (*f)(struct run *, size_t, size_t))
{
	for (size_t i = 0, next = 0; i < r->n; i = next) {
		bool compiled = false;

		for (next = i; next < r->n && same(&r->results[i], &r->results[next], namespace);
		     next++)
			compiled = compiled || r->results[next].made.n;
		if (compiled)
			f(r, i, next);
	}
}

void fleetwide_quotas(struct run *r)
{
	each(r, true, one_namespace);
	each(r, false, one_environment);
}
