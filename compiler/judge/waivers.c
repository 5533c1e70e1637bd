/* SPDX-License-Identifier: Apache-2.0 */
/* waivers.c: matching findings with waivers.yaml. */
#include "judge/waivers.h"

#include "lua/finding.h"
#include "tree/path.h"
#include "world/dates.h"
#include "world/rulebook.h"

static bool is_used(const struct waivers *w, const struct node *v)
{
	for (size_t i = 0; i < w->n_used; i++)
		if (w->used[i] == v)
			return true;
	return false;
}

static void use(struct waivers *w, const struct node *v)
{
	if (!w->used)
		w->used = NEW_ARRAY(w->arena, node_count(w->world->waivers), const struct node *);
	if (!is_used(w, v))
		w->used[w->n_used++] = v;
}

/* A waiver without a field is for all of the rule's findings, one with a field for what lies at or
 * below it. */
static bool covers(struct arena *a, struct str field, struct str path)
{
	struct path outer = { 0 }, inner = { 0 };

	if (!field.n)
		return true;
	return !path_parse(a, field, &outer) && !path_parse(a, path, &inner) &&
	       path_covers(&outer, &inner);
}

const struct node *waivers_find(struct waivers *w, struct str rule, struct str path)
{
	const struct node *list = w->world->waivers;

	for (const struct node *v = list ? list->kids : NULL; v; v = v->next) {
		if (!str_eq(node_text(v, "rule"), rule) ||
		    !str_eq(node_text(v, "object"), w->object) ||
		    !covers(w->arena, node_text(v, "field"), path))
			continue;
		use(w, v);
		w->undated = w->undated || !w->as_of.n;
		return v;
	}
	return NULL;
}

bool waiver_ended(const struct waivers *w, const struct node *v)
{
	return dates_state(node_text(v, "expires"), w->as_of) == DATE_PAST;
}

static bool is_fleet(const struct world *w, struct str rule)
{
	const struct lua_entry *e = rulebook_find(w->lua, rule);

	return e && rule_is_fleet(e);
}

void waivers_close(const struct waivers *w, bool fleet, struct diags *d)
{
	const struct node *list = w->world->waivers;

	for (const struct node *v = list ? list->kids : NULL; v; v = v->next) {
		struct str rule = node_text(v, "rule"), expires = node_text(v, "expires");

		if (!str_eq(node_text(v, "object"), w->object) || is_fleet(w->world, rule) != fleet)
			continue;
		if (!is_used(w, v))
			diag_warn(d, MSG_waiver_unused, v->pos,
				  "'%s' finds nothing in '%s' that this waiver excuses", rule.p,
				  w->object.p);
		else if (dates_state(expires, w->as_of) == DATE_NEAR)
			diag_warn(d, MSG_waiver_ending, node_at(v, "expires")->pos,
				  "the waiver of '%s' for '%s' ends on %s: ask %s", rule.p,
				  w->object.p, expires.p, node_text(v, "owner").p);
	}
}
