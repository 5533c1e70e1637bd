/* SPDX-License-Identifier: Apache-2.0 */
/* pooler.c: PgBouncer's files against the settings of its version. */
#include "link/checks.h"
#include "link/objects.h"
#include "link/texts.h"

/* A file under check. */
struct ini {
	const struct link_input *in;
	const struct link_check *self;
	const struct node *contract; /* pgbouncer-<version> */
	const struct node *file;     /* its text; its key is its name */
	const struct node *files;    /* all of them */
	struct str section;          /* under which the next line stands */
	bool settled;                /* [pgbouncer] was there */
	struct str auth;             /* auth_dbname, "" without */
};

static struct str trim(struct str s)
{
	while (s.n && (*s.p == ' ' || *s.p == '\t'))
		s = str_cut(s, 1, s.n);
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

/* Rows of a section: settings of [pgbouncer], keys of entries in the others; NULL for none. */
static const struct node *rows_of(const struct ini *f, struct str section)
{
	if (str_is(section, "pgbouncer"))
		return node_at(f->contract, "rows");
	if (str_is(section, "databases") || str_is(section, "users") || str_is(section, "peers"))
		return node_get(f->contract, section);
	return NULL;
}

static void setting(struct ini *f, struct str name, struct str value)
{
	const struct node *row = node_get(rows_of(f, f->section), name);
	const char *wrong = row ? text_error(f->in->arena, row, value) : NULL;

	if (str_is(f->section, "pgbouncer") && str_is(name, "auth_dbname"))
		f->auth = value;
	if (!row)
		link_report(f->in, f->self, f->file, "%s: section [%s] has no setting '%s'",
			    f->file->key.p, f->section.p, arena_str(f->in->arena, name).p);
	else if (wrong && value.n)
		link_report(f->in, f->self, f->file,
			    "%s: setting '%s' is '%.80s'; PgBouncer reads %s", f->file->key.p,
			    row->key.p, arena_str(f->in->arena, value).p, wrong);
}

/* "key=value key='a value'" of an entry of [databases], [users] or [peers]. */
static void entry(struct ini *f, struct str s)
{
	while (s.n) {
		size_t equals = str_find(s, '='), end = 0;
		struct str key = trim(str_cut(s, 0, equals)), rest = str_cut(s, equals + 1, s.n);
		bool quoted = rest.n && *rest.p == '\'';

		if (quoted)
			rest = str_cut(rest, 1, rest.n);
		end = str_find(rest, quoted ? '\'' : ' ');
		setting(f, key, str_cut(rest, 0, end));
		s = trim(str_cut(rest, end + 1, rest.n));
	}
}

/* A section begins. PgBouncer fills it with its defaults then: what stood in it before is lost. */
static void enter(struct ini *f, struct str s)
{
	f->section = arena_str(f->in->arena, str_cut(s, 1, str_find(s, ']')));
	if (!str_is(f->section, "pgbouncer"))
		return;
	if (f->settled)
		link_report(f->in, f->self, f->file,
			    "%s: section [pgbouncer] begins again: PgBouncer forgets what stood in "
			    "it before",
			    f->file->key.p);
	f->settled = true;
}

/* %include names a file beside this one, where the ConfigMap is mounted; its last section goes on.
 */
static void include(struct ini *f, struct str path)
{
	const struct node *other;

	while (str_find(path, '/') < path.n)
		path = str_cut(path, str_find(path, '/') + 1, path.n);
	other = node_get(f->files, path);
	if (!other)
		link_report(f->in, f->self, f->file, "%s includes '%s', which is not beside it",
			    f->file->key.p, arena_str(f->in->arena, path).p);
	for (struct str rest = other ? other->text : str_of(""); rest.n;) {
		size_t end = str_find(rest, '\n');
		struct str s = trim(str_cut(rest, 0, end));

		if (s.n && *s.p == '[')
			enter(f, s);
		rest = str_cut(rest, end + 1, rest.n);
	}
}

static void section(struct ini *f, struct str s)
{
	enter(f, s);
	if (str_find(s, ']') == s.n || !rows_of(f, f->section))
		link_report(f->in, f->self, f->file, "%s: PgBouncer has no section [%s]",
			    f->file->key.p, f->section.p);
}

static void line(struct ini *f, struct str s)
{
	size_t equals = str_find(s, '=');
	struct str name = trim(str_cut(s, 0, equals)), value = trim(str_cut(s, equals + 1, s.n));

	if (!s.n || *s.p == ';' || *s.p == '#')
		return;
	if (*s.p == '[')
		section(f, s);
	else if (str_starts(s, "%include "))
		include(f, trim(str_cut(s, strlen("%include "), s.n)));
	else if (equals == s.n)
		link_report(f->in, f->self, f->file, "%s: '%.80s' is no setting", f->file->key.p,
			    arena_str(f->in->arena, s).p);
	else if (str_is(f->section, "pgbouncer"))
		setting(f, name, value);
	else if (rows_of(f, f->section))
		entry(f, value);
}

/* The database of auth_query is looked for among the entries, however it is named to PostgreSQL. */
static bool has_entry(struct str file, struct str name)
{
	bool inside = false;

	while (file.n) {
		size_t end = str_find(file, '\n');
		struct str s = trim(str_cut(file, 0, end));

		if (s.n && *s.p == '[')
			inside = str_is(s, "[databases]");
		else if (inside && str_eq(trim(str_cut(s, 0, str_find(s, '='))), name))
			return true;
		file = str_cut(file, end + 1, file.n);
	}
	return false;
}

static void file(struct ini *f)
{
	struct str rest = f->file->text;

	while (rest.n) {
		size_t end = str_find(rest, '\n');

		line(f, trim(str_cut(rest, 0, end)));
		rest = str_cut(rest, end + 1, rest.n);
	}
	if (f->auth.n && !has_entry(f->file->text, f->auth))
		link_report(f->in, f->self, f->file,
			    "%s: auth_dbname is '%s', which [databases] does not have: every login "
			    "would fail",
			    f->file->key.p, arena_str(f->in->arena, f->auth).p);
}

void check_pooler(const struct link_input *in, const struct link_check *self)
{
	const struct node *images =
	    world_images(in->world, node_text(node_at(in->facts, "images"), "set"));
	struct str contract = node_text(node_at(images, "pooler"), "contract");
	const struct node *rules = node_get(in->world->contracts, contract);

	for (size_t i = 0; rules && i < in->n; i++) {
		const struct node *data = node_at(in->objects[i], "data");

		if (!str_is(node_text(in->objects[i], "kind"), "ConfigMap"))
			continue;
		for (const struct node *d = link_first(data); d; d = d->next) {
			struct ini f = { in, self, rules, d, data, { "", 0 }, false, { "", 0 } };

			if (str_ends(d->key, ".ini") && d->kind == NODE_STR)
				file(&f);
		}
	}
}

/* The files are what the facts say: databases by the leader's name, peers by their pods', TLS. */
void check_pooler_values(const struct link_input *in, const struct link_check *self)
{
	const struct node *meta = node_at(in->facts, "meta");
	const struct node *object =
	    link_find(in, "ConfigMap", node_text(meta, "namespace"),
		      arena_fmt(in->arena, "%s-pooler", node_text(meta, "name").p));
	const struct node *want = node_at(node_at(in->facts, "pooler"), "files"),
			  *has = node_at(object, "data");

	for (const struct node *f = link_first(object ? want : NULL); f; f = f->next)
		if (!node_get(has, f->key) || !node_eq(node_get(has, f->key), f))
			link_report(in, self,
				    node_get(has, f->key) ? node_get(has, f->key) : object,
				    "%s: %s is not what follows from the intent",
				    link_name(in, object).p, f->key.p);
	for (const struct node *f = link_first(has); f; f = f->next)
		if (!node_get(want, f->key))
			link_report(in, self, f, "%s has file '%s', which no pod reads",
				    link_name(in, object).p, f->key.p);
}
