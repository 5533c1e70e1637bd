/* SPDX-License-Identifier: Apache-2.0 */
/* env.c: container variables against the contract of the image that reads them. */
#include "link/checks.h"
#include "link/objects.h"
#include "link/texts.h"

/* Archives that variables speak about: the cluster's own, the one it was copied from, the one it
 * follows. */
static const char *const families[] = { "", "CLONE_", "STANDBY_" };

/* By which variable an archive is chosen, what contracts call its store, and whether Spilo derives
 * the path in it from the scope. */
static const struct archive {
	const char *variable;
	const char *store;
	bool derived;
} chosen[] = {
	{ "WAL_S3_BUCKET", "s3", true },
	{ "WALG_S3_PREFIX", "s3", false },
	{ "WAL_GS_BUCKET", "gs", true },
	{ "WALG_GS_PREFIX", "gs", false },
	{ "WALG_AZ_PREFIX", "az", false },
	{ "WALG_SSH_PREFIX", "ssh", false },
	{ NULL, "", false },
};

/* Goes into the derived path only. */
#define PATH_PART "WAL_BUCKET_SCOPE_"

/* One container under check. */
struct env_walk {
	const struct link_input *in;
	const struct link_check *self;
	const struct link_container *c;
	const struct node *contract; /* of the postgres image */
	const struct node *env;
};

static const struct node *find(const struct node *env, const char *family, struct str name)
{
	size_t head = strlen(family);

	for (const struct node *e = link_first(env); e; e = e->next) {
		struct str has = node_text(e, "name");

		if (has.n == head + name.n && memcmp(has.p, family, head) == 0 &&
		    memcmp(has.p + head, name.p, name.n) == 0)
			return e;
	}
	return NULL;
}

/* The archive that a family names, or the last row when it names none. */
static const struct archive *source_of(const struct node *env, const char *family)
{
	const struct archive *a = chosen;

	while (a->variable && !find(env, family, str_of(a->variable)))
		a++;
	return a;
}

/* The row of a variable: by its name, or without a prefix that the row takes; *family is that
 * prefix. */
static const struct node *row_of(const struct node *rows, struct str name, const char **family)
{
	const struct node *row = NULL;

	*family = "";
	for (size_t i = 1; i < 3; i++) {
		size_t n = strlen(families[i]);

		if (!str_starts(name, families[i]))
			continue;
		row = node_get(rows, str_cut(name, n, name.n));
		if (row && node_lists(node_at(row, "prefixes"), str_of(families[i]))) {
			*family = families[i];
			return row;
		}
	}
	row = node_get(rows, name);
	return row && node_at(row, "only") ? NULL : row;
}

static const struct node *forbidden(const struct node *contract, struct str name)
{
	for (const struct node *f = link_first(node_at(contract, "forbidden")); f; f = f->next) {
		size_t star = str_find(f->key, '*');

		if (str_eq(f->key, name) ||
		    (star < f->key.n && name.n >= star && memcmp(name.p, f->key.p, star) == 0))
			return f;
	}
	return NULL;
}

/* The value as it is written, or NULL: from a Secret, a field, or with parts that the kubelet puts
 * in. */
static const struct node *literal(const struct node *variable)
{
	const struct node *value = node_at(variable, "value");

	return value && value->kind == NODE_STR && !strstr(value->text.p, "$(") ? value : NULL;
}

static void check_store(const struct env_walk *w, const struct node *row, const struct node *name,
			const char *family)
{
	const struct node *stores = node_at(row, "stores");
	struct str store = { "", 0 };

	if (stores)
		store = str_of(source_of(w->env, family)->store);
	if (stores && store.n && !node_lists(stores, store))
		link_report(w->in, w->self, name,
			    "variable %s is for another kind of object store than '%s', which "
			    "container '%s' of %s uses",
			    name->text.p, store.p, node_text(w->c->node, "name").p,
			    link_name(w->in, w->c->pod->owner).p);
}

static void check_variable(const struct env_walk *w, const struct node *e)
{
	const struct node *name = node_at(e, "name"), *value = literal(e), *row = NULL;
	const char *family = "", *wrong = NULL;
	const struct node *bad = name ? forbidden(w->contract, name->text) : NULL;

	if (!name)
		return;
	if (bad) {
		link_report(w->in, w->self, name, "variable %s must not be set: %s", name->text.p,
			    node_text(bad, "reason").p);
		return;
	}
	row = row_of(node_at(w->contract, "rows"), name->text, &family);
	if (!row) {
		link_report(w->in, w->self, name, "variable %s is not known to the image",
			    name->text.p);
		return;
	}
	check_store(w, row, name, family);
	wrong = value ? text_error(w->in->arena, row, value->text) : NULL;
	if (wrong)
		link_report(w->in, w->self, value, "variable %s is '%.80s'; the image reads %s",
			    name->text.p, value->text.p, wrong);
}

/* A required row's variable that a family in use must have. */
static bool is_needed(const struct node *row, const char *family, const struct archive *archive)
{
	const struct node *stores = node_at(row, "stores");
	struct str store = str_of(archive->store);

	if (!archive->derived && str_starts(row->key, PATH_PART))
		return false;
	if (stores)
		return store.n && node_lists(stores, store) &&
		       (!*family || node_lists(node_at(row, "prefixes"), str_of(family)));
	return !*family;
}

static void check_required(const struct env_walk *w)
{
	const struct archive *archives[3];

	for (size_t i = 0; i < 3; i++)
		archives[i] = source_of(w->env, families[i]);
	for (const struct node *r = link_first(node_at(w->contract, "rows")); r; r = r->next) {
		if (!str_is(node_text(r, "required"), "true"))
			continue;
		for (size_t i = 0; i < 3; i++)
			if (is_needed(r, families[i], archives[i]) &&
			    !find(w->env, families[i], r->key))
				link_report(w->in, w->self, w->c->node,
					    "container '%s' of %s does not set %s%s, which its "
					    "image needs",
					    node_text(w->c->node, "name").p,
					    link_name(w->in, w->c->pod->owner).p, families[i],
					    r->key.p);
	}
}

/* Copying is switched on by its method: without it the archive is ignored and an empty cluster is
 * made. Following needs an archive or a host. */
static void check_families(const struct env_walk *w)
{
	const struct node *method = find(w->env, "", str_of("CLONE_METHOD"));
	bool archive = source_of(w->env, "CLONE_")->variable != NULL;
	bool host = find(w->env, "", str_of("CLONE_HOST")) != NULL;

	if ((archive || host) && !method)
		link_report(w->in, w->self, w->c->node,
			    "container '%s' of %s names an archive to copy but no CLONE_METHOD: an "
			    "empty cluster would be made",
			    node_text(w->c->node, "name").p, link_name(w->in, w->c->pod->owner).p);
	if (method && !archive && !host)
		link_report(w->in, w->self, method,
			    "variable CLONE_METHOD is set, but no archive or host to copy");
}

void check_env(const struct link_input *in, const struct link_check *self)
{
	struct str set = node_text(node_at(in->facts, "images"), "set");
	const struct node *entry = world_images(in->world, set);
	struct str contract = node_text(node_at(entry, "postgres"), "contract");
	const struct node *rules = node_get(in->world->contracts, contract);

	for (size_t i = 0; rules && i < in->index->n_containers; i++) {
		const struct link_container *c = &in->index->containers[i];
		struct env_walk w = { in, self, c, rules, node_at(c->node, "env") };

		if (!link_is_spilo(in, c))
			continue;
		for (const struct node *e = link_first(w.env); e; e = e->next)
			check_variable(&w, e);
		check_required(&w);
		check_families(&w);
	}
}

static const struct node *row_named(const struct link_input *in, struct str name)
{
	static const char *const contracts[] = { "walg-common", "walg-s3", "walg-gs", "walg-az",
						 "spilo-b" };
	const struct node *row = NULL;

	for (size_t i = 0; !row && i < sizeof(contracts) / sizeof(*contracts); i++)
		row = node_get(node_at(node_at(in->world->contracts, contracts[i]), "rows"), name);
	return row;
}

/* A program of ours in the postgres image: what it sets is read by wal-g, or by itself as Spilo
 * names it. wal-g asks for a setting of a store by its bare name and with WALG_ in front
 * (internal/configure.go). */
static const struct node *walg_row(const struct link_input *in, struct str name)
{
	const struct node *row = row_named(in, name);

	return row ? row : row_named(in, arena_fmt(in->arena, "WALG_%s", name.p));
}

/* What a command in the postgres image is given. */
static void walg_env(const struct link_input *in, const struct link_check *self,
		     const struct node *env)
{
	for (const struct node *e = link_first(env); e; e = e->next) {
		struct str name = node_text(e, "name");
		const struct node *value = literal(e), *row = walg_row(in, name);
		const char *wrong = row && value ? text_error(in->arena, row, value->text) : NULL;

		if (!row && name.n)
			link_report(in, self, node_at(e, "name"),
				    "variable %s is not known to wal-g", name.p);
		else if (wrong)
			link_report(in, self, value, "variable %s is '%.80s'; wal-g reads %s",
				    name.p, value->text.p, wrong);
	}
}

/* A file that bootstrap writes for wal-g. */
static void walg_file(const struct link_input *in, const struct link_check *self,
		      const struct node *f)
{
	const struct node *row = walg_row(in, f->key);
	bool is_set = f->kind == NODE_STR && f->text.n;
	const char *wrong = row && is_set ? text_error(in->arena, row, f->text) : NULL;

	if (!row)
		link_report(in, self, f,
			    "file %s of the environment directory is not known to wal-g", f->key.p);
	else if (wrong)
		link_report(in, self, f, "file %s holds '%.80s'; wal-g reads %s", f->key.p,
			    f->text.p, wrong);
}

void check_walg(const struct link_input *in, const struct link_check *self)
{
	struct str image =
	    node_text(node_at(node_at(in->facts, "images"), "postgres"), "reference");
	static const char *const archives[] = { "archive", "origin" };

	for (size_t i = 0; i < in->index->n_containers; i++) {
		const struct node *c = in->index->containers[i].node;

		if (node_at(c, "command") && str_eq(node_text(c, "image"), image))
			walg_env(in, self, node_at(c, "env"));
	}
	for (size_t i = 0; i < sizeof(archives) / sizeof(*archives); i++)
		for (const struct node *f =
			 link_first(node_at(node_at(in->facts, archives[i]), "envdir"));
		     f; f = f->next)
			walg_file(in, self, f);
}

static const struct node *named_before(const struct node *env, const struct node *e,
				       struct str name)
{
	for (const struct node *b = link_first(env); b && b != e; b = b->next)
		if (str_eq(node_text(b, "name"), name))
			return b;
	return NULL;
}

/* $(NAME) is replaced by the kubelet only when NAME stands above; $$( is no reference. */
static void check_references(const struct link_input *in, const struct link_check *self,
			     const struct node *env, const struct node *e)
{
	const struct node *value = node_at(e, "value");
	struct str s = node_text(e, "value");

	for (size_t i = 0; i + 1 < s.n; i++) {
		struct str rest = str_cut(s, i + 2, s.n), name = { "", 0 };

		if (s.p[i] != '$')
			continue;
		i++;
		if (s.p[i] != '(')
			continue;
		name = arena_str(in->arena, str_cut(rest, 0, str_find(rest, ')')));
		if (name.n < rest.n && !named_before(env, e, name))
			link_report(in, self, value,
				    "variable %s uses $(%s), which is not set above it: the text "
				    "would stay as it is",
				    node_text(e, "name").p, name.p);
	}
}

void check_env_order(const struct link_input *in, const struct link_check *self)
{
	for (size_t i = 0; i < in->index->n_containers; i++) {
		const struct link_container *c = &in->index->containers[i];
		const struct node *env = node_at(c->node, "env");

		for (const struct node *e = link_first(env); e; e = e->next) {
			struct str name = node_text(e, "name");

			if (named_before(env, e, name))
				link_report(in, self, e,
					    "container '%s' of %s sets variable %s twice",
					    node_text(c->node, "name").p,
					    link_name(in, c->pod->owner).p, name.p);
			check_references(in, self, env, e);
		}
	}
}
