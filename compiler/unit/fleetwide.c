/* SPDX-License-Identifier: Apache-2.0 */
/* fleetwide.c: names and archives that clusters share. */
#include "unit/fleetwide.h"

#include <stdlib.h>

/* A directory of output, compiled or kept. */
struct part {
	struct str place;      /* "<destination>/<namespace>" */
	struct str path;       /* of the directory */
	struct unit_result *u; /* whose it is, or NULL: its intent is gone */
	struct str names;      /* its files, each followed by '\n' */
	bool compiled;
};

/* All directories of the fleet. */
struct parts {
	struct part *list;
	size_t n;
};

/* A file and the directory it lies in. */
struct held {
	struct str name;
	const struct part *part;
};

void fleetwide_fail(struct run *r, struct unit_result *u)
{
	const struct prev_unit *old = prev_find(&r->prev, u->owner);

	u->failed = true;
	u->reused = false;
	u->made = (struct rendered){ 0 };
	u->facts = NULL;
	u->exports = old && !old->damaged.n ? old->lock.exports : (struct str){ "", 0 };
}

static struct str destination_of(const struct run *r, struct str environment)
{
	const struct node *environments = node_at(r->world->platform, "environments");

	return node_text(node_get(environments, environment), "destination");
}

/* "<destination>/<namespace>" of a directory "<environment>/<namespace>/..."; empty for others. */
static struct str place_of(const struct run *r, struct str path)
{
	size_t slash = str_find(path, '/');
	struct str rest = str_cut(path, slash + 1, path.n);
	struct str destination = destination_of(r, str_cut(path, 0, slash));

	if (!destination.n)
		return (struct str){ "", 0 };
	return arena_fmt(r->arena, "%s/%.*s", destination.p, (int)str_find(rest, '/'), rest.p);
}

static void add(const struct run *r, struct parts *parts, struct part part)
{
	part.place = place_of(r, part.path);
	if (part.place.n)
		parts->list[parts->n++] = part;
}

static struct str names_of(struct run *r, const struct prev_unit *old)
{
	struct str names = { "", 0 };
	struct err err = { 0 };

	if (owned_names(r, old, r->arena, &names, &err))
		diag_error(r->diags, MSG_lock_damaged, (struct pos){ 0 }, "%s", err.text);
	return names;
}

/* Directories of the previous output that stay as they are: of clusters that were not compiled, or
 * whose intent is gone. */
static void add_kept(struct run *r, struct parts *parts)
{
	for (size_t i = 0; i < r->prev.n; i++) {
		const struct prev_unit *old = &r->prev.units[i];
		struct unit_result *u = old->damaged.n ? NULL : result_of(r, old->lock.owner);

		if (!old->damaged.n && !(u && u->made.n))
			add(r, parts, (struct part){ .path = old->path, .u = u });
		if (parts->n && str_eq(parts->list[parts->n - 1].path, old->path))
			parts->list[parts->n - 1].names = names_of(r, old);
	}
}

static struct parts collect(struct run *r)
{
	struct parts parts = { 0 };
	size_t n = r->prev.n;

	for (size_t i = 0; i < r->n; i++)
		n += r->results[i].made.n;
	parts.list = NEW_ARRAY(r->arena, n + 1, struct part);
	for (size_t i = 0; i < r->n; i++)
		for (size_t k = 0; k < r->results[i].made.n; k++)
			add(r, &parts,
			    (struct part){ .path = r->results[i].made.units[k].path,
					   .u = &r->results[i],
					   .names = r->results[i].names[k],
					   .compiled = true });
	add_kept(r, &parts);
	return parts;
}

static int compare_parts(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	int c = str_cmp(x->place, y->place);

	return c ? c : str_cmp(x->path, y->path);
}

static int compare_held(const void *a, const void *b)
{
	const struct held *x = a, *y = b;
	int c = str_cmp(x->name, y->name);

	if (c)
		return c;
	return (x->part > y->part) - (x->part < y->part);
}

static struct pos start_of(const struct unit_result *u)
{
	return u ? (struct pos){ u->intent->file, 1, 1 } : (struct pos){ 0 };
}

/* u is of this run: what it made may be taken back. */
static bool is_made(const struct unit_result *u)
{
	return u && u->made.n;
}

/* Two clusters own the same thing: whichever was compiled just now is at fault, or both are. */
static void share(struct run *r, struct unit_result *later, struct unit_result *earlier,
		  enum message id, struct str what)
{
	struct unit_result *guilty = is_made(later) ? later : earlier;
	struct unit_result *other = guilty == later ? earlier : later;

	if (!guilty || !is_made(guilty))
		return;
	diag_error(guilty->diags, id, start_of(guilty), "%s", what.p);
	diag_note(guilty->diags, start_of(other), "the other one is here");
	fleetwide_fail(r, guilty);
	if (other && is_made(other))
		fleetwide_fail(r, other);
}

static struct str owner_of(const struct part *p)
{
	return p->u ? p->u->owner : p->path;
}

/* The namespace of "<destination>/<namespace>". */
static struct str namespace_in(const struct run *r, const struct part *p)
{
	return arena_str(r->arena, str_cut(p->place, str_find(p->place, '/') + 1, p->place.n));
}

static void twice(struct run *r, const struct held *a, const struct held *b)
{
	struct unit_result *x = a->part->u, *y = b->part->u;
	struct str stem = str_cut(b->name, 0, b->name.n - strlen(".yaml"));
	size_t dash = str_find(stem, '-');

	if (x == y || !(is_made(x) || is_made(y)))
		return;
	share(r, y, x, MSG_object_shared,
	      arena_fmt(r->arena,
			"clusters '%s' and '%s' both make the %.*s '%.*s' in %s: rename one of "
			"them",
			owner_of(a->part).p, owner_of(b->part).p, (int)dash, stem.p,
			(int)(stem.n > dash ? stem.n - dash - 1 : 0), stem.p + dash + 1,
			b->part->place.p));
}

/* Directories are named by the namespace that they are for and the cluster's name. */
static void same_folder(struct run *r, const struct part *a, const struct part *b)
{
	if (a->u != b->u && str_eq(a->path, b->path))
		share(r, b->u, a->u, MSG_folder_shared,
		      arena_fmt(r->arena,
				"clusters '%s' and '%s' have one name, and both give access to "
				"namespace '%s': rename one of them",
				owner_of(a).p, owner_of(b).p, namespace_in(r, a).p));
}

/* Files of n directories of one namespace of one destination. */
static void one_place(struct run *r, const struct part *parts, size_t n)
{
	struct held *all = NULL;
	size_t count = 0, at = 0;
	bool compiled = false;

	for (size_t i = 0; i < n; i++) {
		compiled = compiled || parts[i].compiled;
		for (size_t k = 0; k < parts[i].names.n; k++)
			count += parts[i].names.p[k] == '\n';
	}
	if (!compiled || n < 2)
		return;
	all = NEW_ARRAY(r->arena, count, struct held);
	for (size_t i = 0; i < n; i++)
		for (struct str rest = parts[i].names; rest.n;) {
			size_t end = str_find(rest, '\n');
			struct str name = str_cut(rest, 0, end);

			if (!str_is(name, "kustomization.yaml"))
				all[at++] = (struct held){ name, &parts[i] };
			rest = str_cut(rest, end + 1, rest.n);
		}
	qsort(all, at, sizeof(*all), compare_held);
	for (size_t i = 1; i < at; i++)
		if (str_eq(all[i - 1].name, all[i].name))
			twice(r, &all[i - 1], &all[i]);
}

static void objects(struct run *r)
{
	struct parts parts = collect(r);

	qsort(parts.list, parts.n, sizeof(*parts.list), compare_parts);
	for (size_t i = 0, next = 0; i < parts.n; i = next) {
		for (next = i;
		     next < parts.n && str_eq(parts.list[next].place, parts.list[i].place);)
			next++;
		for (size_t k = i + 1; k < next; k++)
			same_folder(r, &parts.list[k - 1], &parts.list[k]);
		one_place(r, &parts.list[i], next - i);
	}
}

/* Who writes an archive. */
struct writer {
	struct str archive;
	struct unit_result *u;
};

static int compare_writers(const void *a, const void *b)
{
	const struct writer *x = a, *y = b;
	int c = str_cmp(x->archive, y->archive);

	if (c)
		return c;
	return (x->u > y->u) - (x->u < y->u);
}

static void archives(struct run *r)
{
	struct writer *all = NULL;
	size_t n = 0, at = 0;

	for (size_t i = 0; i < r->n; i++)
		n += node_count(node_at(unit_facts(r, &r->results[i]), "archives"));
	all = NEW_ARRAY(r->arena, n + 1, struct writer);
	for (size_t i = 0; i < r->n; i++) {
		const struct node *list = node_at(unit_facts(r, &r->results[i]), "archives");

		for (const struct node *a = list ? list->kids : NULL; a; a = a->next)
			all[at++] = (struct writer){ a->text, &r->results[i] };
	}
	qsort(all, at, sizeof(*all), compare_writers);
	for (size_t i = 1; i < at; i++) {
		struct unit_result *x = all[i - 1].u, *y = all[i].u;

		if (!str_eq(all[i - 1].archive, all[i].archive) || x == y ||
		    !(is_made(x) || is_made(y)))
			continue;
		share(r, y, x, MSG_archive_shared,
		      arena_fmt(r->arena, "clusters '%s' and '%s' both write to the archive %s",
				x->owner.p, y->owner.p, all[i].archive.p));
	}
}

/* A namespace and the environment that an intent puts it into. */
struct home {
	struct str place;
	const struct intent *intent;
};

static int compare_homes(const void *a, const void *b)
{
	const struct home *x = a, *y = b;
	int c = str_cmp(x->place, y->place);

	if (c)
		return c;
	return (x->intent > y->intent) - (x->intent < y->intent);
}

/* An intent of another environment than the first one of its namespace: it must move. */
static void misplaced(struct run *r, const struct intent *first, const struct intent *i, bool told)
{
	struct str owner =
	    arena_fmt(r->arena, "%s/%s/%s", i->environment.p, i->namespace.p, i->name.p);
	struct unit_result *u = result_of(r, owner);

	if (u && is_made(u))
		fleetwide_fail(r, u);
	if (told)
		return;
	diag_error(r->diags, MSG_namespace_shared, (struct pos){ i->file, 1, 1 },
		   "namespace '%s' belongs to environment '%s' already, and '%s' has the same "
		   "destination: take a namespace of its own for each",
		   i->namespace.p, first->environment.p, i->environment.p);
	diag_note(r->diags, (struct pos){ first->file, 1, 1 }, "it is used here");
}

/* Two environments of one destination would write into one namespace. */
static void namespaces(struct run *r)
{
	struct home *all = NEW_ARRAY(r->arena, r->intents.n + 1, struct home);
	size_t n = 0, first = 0;

	for (size_t i = 0; i < r->intents.n; i++) {
		const struct intent *one = &r->intents.list[i];
		struct str destination = destination_of(r, one->environment);

		if (destination.n)
			all[n++] = (struct home){
				arena_fmt(r->arena, "%s/%s", destination.p, one->namespace.p), one
			};
	}
	qsort(all, n, sizeof(*all), compare_homes);
	for (size_t i = 0; i < n; i++) {
		if (!str_eq(all[i].place, all[first].place))
			first = i;
		if (!str_eq(all[first].intent->environment, all[i].intent->environment))
			misplaced(
			    r, all[first].intent, all[i].intent,
			    str_eq(all[i - 1].intent->environment, all[i].intent->environment));
	}
}

void fleetwide(struct run *r)
{
	bool compiled = false;

	for (size_t i = 0; i < r->n; i++)
		compiled = compiled || r->results[i].made.n > 0;
	namespaces(r);
	if (!compiled)
		return;
	objects(r);
	archives(r);
	fleetwide_quotas(r);
}
