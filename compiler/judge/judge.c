/* SPDX-License-Identifier: Apache-2.0 */
/* judge.c: rule after rule over one cluster, then over the fleet; findings met with waivers. */
#include "judge/judge.h"

#include <stdlib.h>

#include "judge/spot.h"
#include "judge/waivers.h"
#include "tree/map.h"

/* The judging of one case. */
struct session {
	const struct judge_case *c;
	const struct node *record; /* what rules see */
	struct waivers waivers;
	struct judged *out;
};

/* The platform may make a warning a denial, never the other way round. */
static bool is_denied(const struct world *w, const struct lua_entry *e, const struct finding *f)
{
	const struct node *set = node_get(node_at(w->platform, "policies"), e->id);

	return f->deny || str_is(node_text(set, "severity"), "deny");
}

static void say(struct diags *d, const struct lua_entry *e, const struct finding *f, bool deny,
		struct pos pos)
{
	if (deny)
		diag_error(d, MSG_policy, pos, "%s", f->message.p);
	else
		diag_warn(d, MSG_policy, pos, "%s", f->message.p);
	diag_rule(d, e->id);
}

static void note_fix(struct diags *d, const struct finding *f)
{
	if (f->fix.n)
		diag_note(d, (struct pos){ 0 }, "this would pass: %s", f->fix.p);
}

static void note_ended(struct diags *d, const struct node *waiver)
{
	if (waiver)
		diag_note(d, node_at(waiver, "expires")->pos, "its waiver ended on %s",
			  node_text(waiver, "expires").p);
}

static void report(struct session *s, const struct lua_entry *e, const struct finding *f,
		   const struct spot *spot)
{
	const struct judge_case *c = s->c;
	const struct node *waiver = waivers_find(&s->waivers, e->id, f->path);
	bool deny = is_denied(c->world, e, f);
	bool waived = waiver && !waiver_ended(&s->waivers, waiver);
	struct judge_hit *hit = NEW(c->arena, struct judge_hit);

	*hit = (struct judge_hit){ s->out->hits, e->id, c->owner, waiver, waived, deny };
	s->out->hits = hit;
	if (waived)
		return;
	say(c->diags, e, f, deny, spot->pos);
	if (spot->where.n)
		diag_note(c->diags, spot->at ? spot->at->pos : (struct pos){ 0 }, "in %s",
			  spot->where.p);
	else if (spot->at && spot->at->pos.file)
		diag_note(c->diags, spot->at->pos, "its value is set here");
	note_fix(c->diags, f);
	note_ended(c->diags, waiver);
	if (spot->pos.file != c->doc->pos.file)
		diag_note(c->diags, c->doc->pos, "so for %s", s->c->owner.p);
}

static void wrong(struct diags *d, const struct lua_entry *e, const char *why, struct pos intent,
		  struct str owner)
{
	diag_error(d, MSG_rule_result, e->pos, "rule '%s': %s", e->id.p, why);
	if (owner.n)
		diag_note(d, intent, "while judging %s", owner.p);
}

/* Asks the rule again, for what it reads: most findings name their path, and then nobody asks. */
static struct reads what_was_read(const struct session *s, const struct lua_entry *e)
{
	struct reads reads = { .arena = s->c->arena };
	struct node *again = NULL;

	(void)lua_worker_call(s->c->lua, e, s->record, &reads, &again);
	return reads;
}

static void take_findings(struct session *s, const struct lua_entry *e, const struct node *returned)
{
	struct reads reads = { .arena = s->c->arena };
	struct finding f;
	const char *why = NULL;

	for (size_t i = 0; finding_read(e, returned, i, &f, &why) > 0; i++) {
		struct spot spot;

		if (!f.path.n && !f.object.n && !f.platform.n && !reads.n)
			reads = what_was_read(s, e);
		why = spot_find(s->c, &f, &reads, &spot);
		if (why)
			break;
		report(s, e, &f, &spot);
	}
	if (why)
		wrong(s->c->diags, e, why, s->c->doc->pos, s->c->owner);
}

static int by_kind(const void *a, const void *b)
{
	return str_cmp(node_text(*(const struct node *const *)a, "kind"),
		       node_text(*(const struct node *const *)b, "kind"));
}

/* {kind: [object, ...]}, kinds sorted, objects of one kind in the order they were made. */
static struct node *objects_by_kind(const struct judge_case *c)
{
	struct arena *a = c->arena;
	struct node *map = node_new(a, NODE_MAP, c->doc->pos);
	struct node_list kinds = { 0 };
	const struct node **all = NEW_ARRAY(a, c->n + 1, const struct node *);

	for (size_t i = 0; i < c->n; i++) {
		size_t at = i;

		for (; at > 0 && by_kind(&all[at - 1], &c->objects[i]) > 0; at--)
			all[at] = all[at - 1];
		all[at] = c->objects[i];
	}
	for (size_t i = 0, next = 0; i < c->n; i = next) {
		struct node *list = node_new(a, NODE_LIST, all[i]->pos);
		struct node_list items = { 0 };

		for (next = i; next < c->n && by_kind(&all[i], &all[next]) == 0; next++)
			node_add(&items, node_loose(a, all[next]));
		list->kids = items.first;
		node_put(&kinds, node_text(all[i], "kind"), list);
	}
	map->kids = kinds.first;
	return map;
}

/* The record with what only rules see beside it. */
static const struct node *cluster_record(const struct judge_case *c)
{
	struct map record = { .arena = c->arena, .pos = c->doc->pos };

	node_add_copies(&record.list, c->arena, c->facts->kids, NULL);
	map_node(&record, "contracts", c->world->contracts);
	map_node(&record, "intent", c->doc);
	map_node(&record, "objects", objects_by_kind(c));
	map_node(&record, "reports", c->world->reports);
	return map_done(&record);
}

void judge_cluster(const struct judge_case *c, struct judged *out)
{
	const struct lua_library *lib = c->world->lua;
	struct session s = { .c = c,
			     .record = cluster_record(c),
			     .waivers = { .world = c->world,
					  .arena = c->arena,
					  .object = c->owner,
					  .as_of = c->as_of },
			     .out = out };

	*out = (struct judged){ 0 };
	for (size_t i = 0; i < lua_library_count(lib, LUA_RULE); i++) {
		const struct lua_entry *e = lua_library_entry(lib, LUA_RULE, i);
		struct node *returned = NULL;

		if (rule_is_fleet(e) || lua_worker_call(c->lua, e, s.record, NULL, &returned))
			continue;
		if (returned)
			take_findings(&s, e, returned);
	}
	waivers_close(&s.waivers, false, c->diags);
	out->undated = s.waivers.undated || lua_worker_undated(c->lua);
}

void judge_warn_undated(struct diags *d)
{
	diag_warn(d, MSG_not_judged, (struct pos){ 0 },
		  "days on which versions, images, waivers or scan findings end were not judged: "
		  "name a day with --as-of YYYY-MM-DD");
}
