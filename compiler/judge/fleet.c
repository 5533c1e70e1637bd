/* SPDX-License-Identifier: Apache-2.0 */
/* fleet.c: rules over the ledger of all clusters. */
#include "judge/judge.h"
#include "judge/waivers.h"
#include "lua/finding.h"
#include "tree/path.h"

static struct judge_account *find_account(const struct judge_fleet *f, struct str owner)
{
	size_t low = 0, high = f->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (str_cmp(f->accounts[middle].owner, owner) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < f->n && str_eq(f->accounts[low].owner, owner) ? &f->accounts[low] : NULL;
}

/* The line of the platform that path names, or nowhere. */
static struct pos platform_line(const struct judge_fleet *f, struct str text)
{
	struct path path = { 0 };
	size_t depth = 0;
	const struct node *n = NULL;

	if (!text.n || path_parse(f->arena, text, &path))
		return f->world->platform->pos;
	(void)path_follow(f->world->platform, &path, &depth);
	n = path_find(f->world->platform, &(struct path){ depth, path.steps });
	return n ? n->pos : f->world->platform->pos;
}

/* The bench of waivers: one set per account, made when it is first needed. */
struct bench {
	const struct judge_fleet *f;
	struct waivers *waivers;
	struct judged *out;
};

static struct waivers *waivers_of(struct bench *b, const struct judge_account *account)
{
	struct waivers *w = &b->waivers[account - b->f->accounts];

	w->world = b->f->world;
	w->arena = b->f->scratch;
	w->object = account->owner;
	w->as_of = b->f->as_of;
	return w;
}

static void print(const struct judge_fleet *f, const struct lua_entry *e, const struct finding *g,
		  struct judge_account *account, bool deny)
{
	struct diags *d = account ? account->diags : f->diags;
	struct pos written = platform_line(f, g->platform);
	struct pos pos = account ? account->intent : written;

	if (deny)
		diag_error(d, MSG_policy, pos, "%s", g->message.p);
	else
		diag_warn(d, MSG_policy, pos, "%s", g->message.p);
	diag_rule(d, e->id);
	if (account && g->platform.n)
		diag_note(d, written, "by what is written here");
	if (g->fix.n)
		diag_note(d, (struct pos){ 0 }, "this would pass: %s", g->fix.p);
}

static const char *report(struct bench *b, const struct lua_entry *e, const struct finding *g)
{
	const struct node *set = node_get(node_at(b->f->world->platform, "policies"), e->id);
	struct judge_account *account = g->cluster.n ? find_account(b->f, g->cluster) : NULL;
	const struct node *waiver = NULL;
	struct judge_hit *hit = NEW(b->f->arena, struct judge_hit);

	if (g->cluster.n && (!account || account->absent))
		return "names a cluster that the ledger does not have";
	*hit = (struct judge_hit){ .next = b->out->hits,
				   .rule = e->id,
				   .deny = g->deny || str_is(node_text(set, "severity"), "deny") };
	b->out->hits = hit;
	if (account)
		hit->cluster = account->owner;
	if (account)
		waiver = waivers_find(waivers_of(b, account), e->id, g->path);
	hit->waiver = waiver;
	hit->waived = waiver && !waiver_ended(waivers_of(b, account), waiver);
	if (hit->waived)
		return NULL;
	print(b->f, e, g, account, hit->deny);
	if (waiver)
		diag_note(account->diags, node_at(waiver, "expires")->pos, "its waiver ended on %s",
			  node_text(waiver, "expires").p);
	if (account)
		account->denied = account->denied || hit->deny;
	return NULL;
}

static void run_rule(struct bench *b, const struct lua_entry *e)
{
	const struct judge_fleet *f = b->f;
	struct node *returned = NULL;
	struct finding g;
	const char *why = NULL;

	if (lua_worker_call(f->lua, e, f->ledger, NULL, &returned))
		return;
	for (size_t i = 0; !why && finding_read(e, returned, i, &g, &why) > 0; i++)
		why = report(b, e, &g);
	if (why)
		diag_error(f->diags, MSG_rule_result, e->pos, "rule '%s': %s", e->id.p, why);
}

/* Waivers for rules of the fleet; those of clusters were judged with their clusters. */
static void close_waivers(struct bench *b)
{
	const struct node *list = b->f->world->waivers;

	if (!list)
		return;
	for (size_t i = 0; i < b->f->n; i++) {
		struct waivers *w = waivers_of(b, &b->f->accounts[i]);

		if (b->f->accounts[i].absent)
			continue;
		waivers_close(w, true, b->f->diags);
		b->out->undated = b->out->undated || w->undated;
	}
	for (const struct node *v = list->kids; v; v = v->next)
		if (!find_account(b->f, node_text(v, "object")))
			diag_warn(b->f->diags, MSG_waiver_unused, node_at(v, "object")->pos,
				  "there is no cluster '%s'", node_text(v, "object").p);
}

void judge_fleet(const struct judge_fleet *f, struct judged *out)
{
	const struct lua_library *lib = f->world->lua;
	const struct lua_job job = { .arena = f->scratch,
				     .diags = f->diags,
				     .what = str_of("the fleet"),
				     .revision = 1,
				     .as_of = f->as_of };
	struct bench b = { .f = f,
			   .waivers = NEW_ARRAY(f->scratch, f->n + 1, struct waivers),
			   .out = out };

	*out = (struct judged){ 0 };
	lua_worker_begin(f->lua, &job);
	for (size_t i = 0; i < lua_library_count(lib, LUA_RULE); i++)
		if (rule_is_fleet(lua_library_entry(lib, LUA_RULE, i)))
			run_rule(&b, lua_library_entry(lib, LUA_RULE, i));
	close_waivers(&b);
	out->undated = out->undated || lua_worker_undated(f->lua);
	(void)lua_worker_end(f->lua);
}
