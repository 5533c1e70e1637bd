/* SPDX-License-Identifier: Apache-2.0 */
/* own.c: what a platform team may own, told by paths alone. */
#include "world/own.h"

#include "lua/scan.h"
#include "world/embed.h"
#include "world/rulebook.h"

/* Built-in files that stay howdah's; a path that ends in / is all below it. */
static const struct {
	const char *path, *why;
} kept[] = {
	{ "lua/policies/", "howdah's rules are not replaced, only waived in waivers.yaml; rules of "
			   "your own go to policies/NAME.lua" },
	{ "lua/rules.lua", "howdah's rules stand on this module; functions of your own go to a "
			   "module of another name" },
	{ "lua/rules_test.lua", "module rules is howdah's own" },
	{ "lua/sizing.lua", "sizing reaches running pods, so it comes with revisions of howdah; "
			    "tiers and defaults set the values that it computes from" },
	{ "lua/std.lua", "howdah's rules stand on this module; functions of your own go to a "
			 "module of another name" },
	{ "lua/std_test.lua", "module std is howdah's own" },
	{ "presets/images.yaml", "presets/ holds tiers; image sets of your own go to images.sets "
				 "of platform.yaml, which lies over the built-in ones" },
	{ "presets/platform.yaml", "presets/ holds tiers; what the platform sets goes to "
				   "platform.yaml, which lies over the built-in one" },
	{ "revisions/", "revisions, which reach running pods, come with howdah alone; tiers of "
			"your own go to presets/NAME.yaml" },
	{ "schema/contracts/", "what images accept comes with howdah alone, whose proofs and "
			       "rules count on it" },
	{ "schema/kubernetes/", "schemas of Kubernetes objects come with howdah alone" },
	{ "schema/model/", "the facts that templates read are declared by howdah alone; values of "
			   "your own are computed in a template's $let or in lua/NAME.lua" },
};

static const char *kept_why(struct str path)
{
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		struct str p = str_of(kept[i].path);

		if (str_eq(path, p) || (str_ends(p, "/") && str_starts(path, p.p)))
			return kept[i].why;
	}
	return NULL;
}

/* The path of a module, or of its tests. */
static const char *module_why(struct str path)
{
	struct str name = str_cut(path, strlen("lua/"), path.n - strlen(".lua"));
	size_t at = 0;

	if (str_find(name, '/') < name.n)
		return "modules lie in lua/ itself: lua/NAME.lua";

	struct scan_token token = scan_next(name, &at);

	if (token.kind != SCAN_NAME || token.text.n != name.n)
		return "templates and policies call a module by its file's name, so it is letters, "
		       "digits and _, and no word of Lua";
	return NULL;
}

/* "revisions/1/...": other folders of that name are somebody else's. */
static bool is_numbered(struct str path)
{
	struct str name = str_cut(path, strlen("revisions/"), path.n);

	return name.n && *name.p >= '0' && *name.p <= '9';
}

struct own_refusal own_refusal(struct str path)
{
	const char *why = kept_why(path);

	if (str_starts(path, "revisions/") && !is_numbered(path))
		return (struct own_refusal){ 0 };
	if (why)
		return (struct own_refusal){ why, true };
	if (str_starts(path, "schema/") && embed_find(path))
		return (struct own_refusal){ "what may be written comes with howdah alone; values "
					     "of your own go to defaults and limits of "
					     "platform.yaml, "
					     "labels and annotations",
					     true };
	if (str_starts(path, "schema/"))
		return (struct own_refusal){ "schemas come with howdah alone", false };
	if (str_starts(path, "lua/") && str_ends(path, ".lua"))
		why = module_why(path);
	return (struct own_refusal){ why, why != NULL };
}

/* Where a repository puts the built-in file e; p NULL when it may not. */
static struct str place_of(struct arena *a, const struct embedded *e)
{
	const char *tiers = "/tiers/";
	struct str name = str_of(e->name), none = { NULL, 0 };
	const char *tier = strstr(e->name, tiers);

	if (rulebook_revision(name))
		return tier ? arena_fmt(a, "presets/%s", tier + strlen(tiers)) : none;
	if (!str_starts(name, "lua/") && !str_starts(name, "templates/"))
		return none;
	return own_refusal(name).why ? none : name;
}

/* A tier of an older revision, which the next files have, too. */
static bool is_old(const struct embedded *e)
{
	const char *rest = strchr(e->name + strlen("revisions/"), '/');
	uint32_t n = rulebook_revision(str_of(e->name));
	const struct embedded *other = NULL;

	for (size_t i = 0; n && (other = embed_nth(i)); i++) {
		const char *there = strstr(other->name, "/tiers/");

		if (rulebook_revision(str_of(other->name)) > n && there && !strcmp(there, rest))
			return true;
	}
	return false;
}

bool own_file(struct arena *a, size_t i, struct own_file *out)
{
	const struct embedded *e = NULL;

	for (size_t k = 0; (e = embed_nth(k)); k++) {
		struct str path = place_of(a, e);

		if (!path.p || is_old(e) || i-- > 0)
			continue;
		*out = (struct own_file){ path, { e->data, e->size } };
		return true;
	}
	return false;
}
