/* SPDX-License-Identifier: Apache-2.0 */
/* verdicts.c: hits of all clusters in one list, and the state of each waiver. */
#include "unit/verdicts.h"

#include "world/dates.h"

static struct fleet_hit copy(const struct run *r, const struct judge_hit *h)
{
	return (struct fleet_hit){ arena_str(r->arena, h->rule), arena_str(r->arena, h->cluster),
				   h->waived, h->deny };
}

static size_t count(const struct judge_hit *h)
{
	size_t n = 0;

	for (; h; h = h->next)
		n++;
	return n;
}

static void tell_hits(const struct run *r, struct fleet_result *result)
{
	size_t n = count(r->judged.hits);
	struct fleet_hit *hits = NULL;

	for (size_t i = 0; i < r->n; i++)
		n += count(r->results[i].hits);
	hits = NEW_ARRAY(r->arena, n + 1, struct fleet_hit);
	for (size_t i = 0; i < r->n; i++)
		for (const struct judge_hit *h = r->results[i].hits; h; h = h->next)
			hits[result->n_hits++] = copy(r, h);
	for (const struct judge_hit *h = r->judged.hits; h; h = h->next)
		hits[result->n_hits++] = copy(r, h);
	result->hits = hits;
}

static bool is_used(const struct run *r, const struct node *waiver)
{
	for (const struct judge_hit *h = r->judged.hits; h; h = h->next)
		if (h->waiver == waiver)
			return true;
	for (size_t i = 0; i < r->n; i++)
		for (const struct judge_hit *h = r->results[i].hits; h; h = h->next)
			if (h->waiver == waiver)
				return true;
	return false;
}

static const char *state_of(const struct run *r, const struct node *waiver)
{
	enum date_state state = dates_state(node_text(waiver, "expires"), r->as_of);

	if (!is_used(r, waiver))
		return "unused";
	if (!r->as_of.n)
		return "undated";
	return state == DATE_PAST ? "ended" : state == DATE_NEAR ? "ending" : "used";
}

/* A text of the world, which ends with the run. */
static struct str text_of(const struct run *r, const struct node *waiver, const char *field)
{
	return arena_str(r->arena, node_text(waiver, field));
}

static void tell_waivers(const struct run *r, struct fleet_result *result)
{
	const struct node *list = r->world->waivers;
	struct fleet_waiver *waivers =
	    NEW_ARRAY(r->arena, node_count(list) + 1, struct fleet_waiver);

	for (const struct node *v = list ? list->kids : NULL; v; v = v->next)
		waivers[result->n_waivers++] = (struct fleet_waiver){
			.rule = text_of(r, v, "rule"),
			.object = text_of(r, v, "object"),
			.field = text_of(r, v, "field"),
			.owner = text_of(r, v, "owner"),
			.ticket = text_of(r, v, "ticket"),
			.reason = text_of(r, v, "reason"),
			.expires = text_of(r, v, "expires"),
			.state = state_of(r, v),
		};
	result->waivers = waivers;
}

void verdicts_tell(const struct run *r, struct fleet_result *result)
{
	const struct lua_library *lib = r->world->lua;
	size_t n = lua_library_count(lib, LUA_RULE);
	struct str *rules = NEW_ARRAY(r->arena, n + 1, struct str);

	for (size_t i = 0; i < n; i++)
		rules[i] = arena_str(r->arena, lua_library_entry(lib, LUA_RULE, i)->id);
	result->rules = rules;
	result->n_rules = n;
	tell_hits(r, result);
	tell_waivers(r, result);
}
