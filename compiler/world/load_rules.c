/* SPDX-License-Identifier: Apache-2.0 */
/* load_rules.c: waivers, reports, and that they and the platform name rules that exist; policies
 * without a test are refused. */
#include "lua/finding.h"
#include "lua/scan.h"
#include "world/load.h"
#include "world/rulebook.h"

/* Two waivers for one thing: which of them counts would be chance. */
static void check_twice(struct diags *d, const struct node *waivers)
{
	for (const struct node *w = waivers ? waivers->kids : NULL; w; w = w->next)
		for (const struct node *o = waivers->kids; o != w; o = o->next) {
			if (!str_eq(node_text(o, "rule"), node_text(w, "rule")) ||
			    !str_eq(node_text(o, "object"), node_text(w, "object")) ||
			    !str_eq(node_text(o, "field"), node_text(w, "field")))
				continue;
			diag_error(d, MSG_waiver_twice, w->pos, "rule '%s' of '%s' is waived twice",
				   node_text(w, "rule").p, node_text(w, "object").p);
			diag_note(d, o->pos, "the other waiver is here");
		}
}

static void load_waivers(struct world *w, struct diags *d)
{
	const struct world_file *f = files_find(&w->files, str_of("waivers.yaml"));
	const struct node *doc = f ? load_document(w, d, f, w->waiver_kind) : NULL;

	w->waivers = node_at(node_at(doc, "spec"), "waivers");
	check_twice(d, w->waivers);
}

static void load_reports(struct world *w, struct diags *d)
{
	struct node *map = node_new(w->arena, NODE_MAP, (struct pos){ 0 });
	struct node_list list = { 0 };

	for (size_t i = 0; i < w->files.n; i++) {
		const struct world_file *f = &w->files.list[i];
		const struct node *spec = NULL;

		if (f->builtin || !files_below(f, "reports/", ""))
			continue;
		spec = node_at(load_document(w, d, f, w->report_kind), "spec");
		if (spec)
			node_put(&list, f->path, node_loose(w->arena, spec));
	}
	map->kids = list.first;
	w->reports = map;
}

/* The field of the platform names a report that is there. */
static void check_report(const struct world *w, struct diags *d, const char *stanza,
			 const char *field)
{
	const struct node *path = node_at(node_at(w->platform, stanza), field);

	if (path && !node_get(w->reports, path->text))
		diag_error(d, MSG_world_reference, path->pos,
			   "'%s' is no report of this repository: reports are the files "
			   "reports/*.yaml and reports/*.json",
			   path->text.p);
}

void load_written(struct world *w, struct diags *d)
{
	load_waivers(w, d);
	load_reports(w, d);
	check_report(w, d, "guardrails", "scanReport");
	check_report(w, d, "rates", "backupReport");
}

static void unknown_rule(const struct world *w, struct diags *d, struct pos pos, struct str id)
{
	struct str best = { "", 0 };
	int least = 4;

	diag_error(d, MSG_rule_unknown, pos,
		   "'%s' is no rule; howdah explain --list rules lists them", id.p);
	for (size_t i = 0; i < lua_library_count(w->lua, LUA_RULE); i++) {
		struct str other = lua_library_entry(w->lua, LUA_RULE, i)->id;
		int distance = str_distance(id, other, 3);

		if (distance < least) {
			least = distance;
			best = other;
		}
	}
	if (best.n)
		diag_note(d, (struct pos){ 0 }, "did you mean '%s'?", best.p);
	else
		diag_note(d, (struct pos){ 0 }, "howdah explain --list rules lists them");
}

/* A file of tests that holds one. */
static bool has_test(const struct world *w, const struct file *file)
{
	struct scan_names names;

	scan_names(w->arena, file->text, &names);
	for (size_t i = 0; i < names.n_uses; i++)
		if (str_is(names.uses[i].name, "test"))
			return true;
	return false;
}

/* Each policy file of the repository that registers something has a test, in it or beside it. */
static void check_tested(const struct world *w, struct diags *d, enum lua_hook hook)
{
	const struct file *told = NULL;

	for (size_t i = 0; i < lua_library_count(w->lua, hook); i++) {
		const struct lua_entry *e = lua_library_entry(w->lua, hook, i);
		struct str name = e->pos.file->name;
		const struct world_file *beside = NULL;
		bool tested = str_starts(name, "built-in:");

		for (size_t k = 0; k < lua_library_count(w->lua, LUA_TEST) && !tested; k++)
			tested = lua_library_entry(w->lua, LUA_TEST, k)->pos.file == e->pos.file;
		beside = files_find(&w->files, arena_fmt(w->arena, "%.*s_test.lua",
							 (int)(name.n - strlen(".lua")), name.p));
		if (tested || told == e->pos.file || (beside && has_test(w, beside->file)))
			continue;
		diag_error(d, MSG_policy_untested, e->pos, "%s '%s' has no test",
			   hook == LUA_RULE ? "rule" : "defaults", e->id.p);
		told = e->pos.file;
	}
}

static bool registers(const struct world *w, const struct file *file)
{
	for (int hook = 0; hook < LUA_HOOKS; hook++)
		for (size_t i = 0; i < lua_library_count(w->lua, (enum lua_hook)hook); i++)
			if (lua_library_entry(w->lua, (enum lua_hook)hook, i)->pos.file == file)
				return true;
	return false;
}

/* Policy files of the repository that nothing would ever call. */
static void check_silent(const struct world *w, struct diags *d)
{
	for (size_t i = 0; i < w->files.n; i++) {
		const struct world_file *f = &w->files.list[i];

		if (!f->builtin && files_below(f, "policies/", ".lua") &&
		    !str_ends(f->path, "_test.lua") && !registers(w, f->file))
			diag_error(d, MSG_world_file, (struct pos){ f->file, 1, 1 },
				   "registers neither rule, defaults nor test; functions that "
				   "policies share go to a module, lua/NAME.lua");
	}
}

void load_rules(struct world *w, struct diags *d)
{
	const struct node *settings = node_at(w->platform, "policies");

	if (diags_errors(d))
		return;
	for (const struct node *s = settings ? settings->kids : NULL; s; s = s->next)
		if (!rulebook_find(w->lua, s->key))
			unknown_rule(w, d, s->key_pos, s->key);
	for (const struct node *v = w->waivers ? w->waivers->kids : NULL; v; v = v->next)
		if (!rulebook_find(w->lua, node_text(v, "rule")))
			unknown_rule(w, d, node_at(v, "rule")->pos, node_text(v, "rule"));
	check_tested(w, d, LUA_RULE);
	check_tested(w, d, LUA_DEFAULTS);
	check_silent(w, d);
}
