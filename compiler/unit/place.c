/* SPDX-License-Identifier: Apache-2.0 */
/* place.c: from an intent's path and names to the platform's entries. */
#include "unit/place.h"

enum { NEAR = 2, NAMES_MOST = 12 };

/* A name that an entry of the platform does not have, and what to say of it. */
struct unknown_name {
	struct str name;
	const struct node *map;
	const char *what;
};

bool place_fits(struct str pattern, struct str s)
{
	size_t star = str_find(pattern, '*');

	if (star == pattern.n)
		return str_eq(pattern, s);
	if (s.n < star || memcmp(s.p, pattern.p, star) != 0)
		return false;

	struct str rest = str_cut(pattern, star + 1, pattern.n);

	for (size_t at = star; at <= s.n; at++)
		if (place_fits(rest, str_cut(s, at, s.n)))
			return true;
	return false;
}

/* The next component of *path, NUL-terminated in a; *path goes behind its slash. */
static struct str component(struct arena *a, struct str *path)
{
	size_t n = str_find(*path, '/');
	struct str one = arena_str(a, str_cut(*path, 0, n));

	*path = str_cut(*path, n + 1, path->n);
	return one;
}

bool place_split(struct arena *a, struct str path, struct place *p)
{
	if (!str_is(component(a, &path), "intents"))
		return false;
	p->environment = component(a, &path);
	p->namespace = component(a, &path);
	if (!str_ends(path, ".yaml") || str_find(path, '/') != path.n)
		return false;
	p->name = arena_str(a, str_cut(path, 0, path.n - strlen(".yaml")));
	return p->environment.n && p->namespace.n && p->name.n;
}

struct str place_nearest(const struct node *map, struct str name)
{
	struct str best = { "", 0 };
	int least = NEAR + 1;

	if (!map)
		return best;
	node_each(kid, map)
	{
		int d = str_distance(kid->key, name, NEAR);

		if (d < least) {
			least = d;
			best = kid->key;
		}
	}
	return best;
}

/* "; did you mean 'x'?", or intro and the names there are, to follow a name that map does not have.
 */
static void put_known(struct buf *out, const struct node *map, struct str name, const char *intro)
{
	struct str near = place_nearest(map, name);
	size_t n = 0;

	if (near.n) {
		buf_fmt(out, "; did you mean '%s'?", near.p);
		return;
	}
	node_each(kid, map)
	{
		if (n == NAMES_MOST)
			break;
		buf_fmt(out, "%s%s", n++ ? ", " : intro, kid->key.n ? kid->key.p : kid->text.p);
	}
	buf_text(out, node_count(map) > NAMES_MOST ? ", ..." : "");
}

/* The line of the platform that decides. */
static void note_known(struct diags *d, const struct node *map, struct str name)
{
	struct str near = place_nearest(map, name);

	diag_note(d, near.n ? node_get(map, near)->key_pos : map->pos, "%s",
		  near.n ? "it is written here" : "they are written here");
}

/* Reports that map, part of the platform, has no name; text is about that name. */
static void unknown(struct diags *d, enum message id, struct pos pos, const struct unknown_name *u)
{
	struct buf known = { 0 };

	put_known(&known, u->map, u->name, "; there are ");
	diag_error(d, id, pos, "'%s' %s%s", u->name.p, u->what, buf_z(&known));
	note_known(d, u->map, u->name);
	buf_release(&known);
}

static void check_agrees(struct diags *d, const struct node *meta, const char *key, struct str want)
{
	const struct node *has = node_at(meta, key);

	if (!has || has->kind != NODE_STR || str_eq(has->text, want))
		return;
	diag_error(d, MSG_place_disagrees, has->pos,
		   "metadata.%s is '%s' but the file's path says '%s': both must agree, so move "
		   "the file or change the line",
		   key, has->text.p, want.p);
}

/* How much a pattern says: one with an environment before one without, then the longest without
 * '*'. */
static size_t weight(struct str pattern)
{
	size_t n = str_find(pattern, '/') < pattern.n ? 1000 : 0;

	for (size_t i = 0; i < pattern.n; i++)
		n += pattern.p[i] != '*';
	return n + (str_find(pattern, '*') == pattern.n);
}

static bool pattern_holds(struct str pattern, const struct place *p)
{
	size_t slash = str_find(pattern, '/');

	if (slash == pattern.n)
		return place_fits(pattern, p->namespace);
	return place_fits(str_cut(pattern, 0, slash), p->environment) &&
	       place_fits(str_cut(pattern, slash + 1, pattern.n), p->namespace);
}

const struct node *place_pattern(const struct node *platform, const struct place *p)
{
	const struct node *patterns = node_at(platform, "namespaces"), *best = NULL;

	if (!patterns)
		return NULL;
	node_each(kid, patterns) if (pattern_holds(kid->key, p) &&
				     (!best || weight(kid->key) > weight(best->key))) best = kid;
	return best;
}

bool place_find(struct diags *d, const struct node *platform, const struct node *doc,
		struct place *p)
{
	const struct node *environments = node_at(platform, "environments");
	const struct node *meta = node_at(doc, "metadata");

	check_agrees(d, meta, "name", p->name);
	check_agrees(d, meta, "namespace", p->namespace);
	p->env = node_get(environments, p->environment);
	if (!p->env) {
		const struct unknown_name u = {
			p->environment, environments,
			"is no environment of platform.yaml, but the file lies in its folder"
		};

		unknown(d, MSG_place_environment, doc->pos, &u);
		return false;
	}
	p->destination = node_text(p->env, "destination");
	p->dest = node_get(node_at(platform, "destinations"), p->destination);
	if (!p->dest)
		return false; /* reported once, for the platform */
	p->ns = place_pattern(platform, p);
	if (!p->ns) {
		const struct node *at = node_at(meta, "namespace");
		const struct unknown_name u = {
			p->namespace, node_at(platform, "namespaces"),
			"fits no pattern of platform.yaml's namespaces, so no cluster may live "
			"there"
		};

		unknown(d, MSG_place_namespace, at ? at->pos : doc->pos, &u);
		return false;
	}
	p->pattern = p->ns->key;
	return true;
}

const struct node *place_team(struct diags *d, const struct node *platform, const struct node *at,
			      const struct place *p)
{
	const struct node *teams = node_at(platform, "teams");
	const struct node *team = node_get(teams, at->text);
	const struct node *allowed = NULL;

	if (!team)
		team = node_at(teams, "*");
	if (!team) {
		const struct unknown_name u = { at->text, teams, "is no team of platform.yaml" };

		unknown(d, MSG_place_team, at->pos, &u);
		return NULL;
	}
	allowed = node_at(team, "namespaces");
	if (!allowed)
		return team;
	node_each(pattern, allowed) if (place_fits(pattern->text, p->namespace)) return team;

	struct buf known = { 0 };

	put_known(&known, allowed, (struct str){ "", 0 }, "; its namespaces are ");
	diag_error(d, MSG_place_team, at->pos,
		   "team '%s' may not have clusters in namespace '%s'%s", at->text.p,
		   p->namespace.p, buf_z(&known));
	buf_release(&known);
	diag_note(d, allowed->pos, "they are listed here");
	return NULL;
}

const struct node *place_quota(const struct node *platform, const struct place *p, struct str team)
{
	const struct node *quota = node_at(place_pattern(platform, p), "quota");
	const struct node *teams = node_at(platform, "teams"), *entry = node_get(teams, team);
	const struct node *budget = node_at(entry ? entry : node_at(teams, "*"), "budget");

	if (quota)
		return quota;
	return node_at(budget, "cpu") && node_at(budget, "memory") && node_at(budget, "storage")
		   ? budget
		   : NULL;
}
