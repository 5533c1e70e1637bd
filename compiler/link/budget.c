/* SPDX-License-Identifier: Apache-2.0 */
/* budget.c: connections and memory of what the objects say, written out. */
#include "link/checks.h"
#include "link/objects.h"
#include "tree/number.h"

/* Slots beside PostgreSQL's own reserves: agent, exporter, replication checks, KEDA, a migration.
 */
enum { HEADROOM = 15, BACKEND_KB = 5120, IDLE_KB = 2048, RUNTIME_KB = 32 * 1024 };
/* PostgreSQL's own defaults, in kB. */
enum { SHARED_KB = 128 * 1024, VACUUM_KB = 64 * 1024 };

/* Parameters as they count: the dynamic configuration, what stands in no other place locally. */
struct parameters {
	const struct node *local, *dynamic;
	const struct link_config *local_at, *dynamic_at; /* they stand in these */
};

static struct parameters parameters_of(const struct link_input *in)
{
	struct parameters p = { 0 };

	for (size_t i = 0; i < in->index->n_configs; i++) {
		const struct link_config *c = &in->index->configs[i];
		const struct node *list = node_at(node_at(c->tree, "postgresql"), "parameters");

		if (c->dynamic) {
			p.dynamic = list;
			p.dynamic_at = c;
		} else {
			p.local = list;
			p.local_at = c;
		}
	}
	return p;
}

static const struct node *parameter(const struct parameters *p, const char *name)
{
	const struct node *n = node_at(p->dynamic, name);

	return n ? n : node_at(p->local, name);
}

static int64_t count_of(const struct parameters *p, const char *name, int64_t fallback)
{
	const struct node *n = parameter(p, name);
	int64_t v = fallback;

	if (n && n->kind == NODE_INT)
		return n->num;
	return n && n->kind == NODE_STR && str_int(n->text, &v) ? v : fallback;
}

/* A size of memory in kB; unit is what a bare number counts in, in kB. */
static int64_t kilobytes(const struct parameters *p, const char *name, int64_t unit,
			 int64_t fallback)
{
	static const struct {
		const char *name;
		int64_t kb;
	} units[] = { { "kB", 1 }, { "MB", 1024 }, { "GB", 1048576 }, { "TB", 1073741824 } };
	const struct node *n = parameter(p, name);
	int64_t v = 0;

	if (n && n->kind == NODE_INT)
		return n->num * unit;
	if (!n || n->kind != NODE_STR)
		return fallback;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (str_ends(n->text, units[i].name) &&
		    str_int(str_cut(n->text, 0, n->text.n - strlen(units[i].name)), &v))
			return v * units[i].kb;
	return str_int(n->text, &v) ? v * unit : fallback;
}

/* The number behind "name = " in a section's lines of PgBouncer's file. */
static int64_t setting(struct str file, const char *name, int64_t fallback)
{
	int64_t v = fallback;

	while (file.n) {
		size_t end = str_find(file, '\n'), equals = str_find(file, '=');
		struct str key = str_cut(file, 0, equals > 0 ? equals - 1 : 0);

		if (equals < end && str_is(key, name) &&
		    str_int(str_cut(file, equals + 2, end), &v))
			return v;
		file = str_cut(file, end + 1, file.n);
	}
	return fallback;
}

/* Connections that an entry may open: its own number, else that of all. */
static int64_t connections(struct str entry, int64_t each)
{
	static const char name[] = "max_db_connections=";
	int64_t v = 0;

	while (entry.n > 0 && !str_starts(entry, name))
		entry = str_cut(entry, str_find(entry, ' ') + 1, entry.n);
	entry = str_cut(entry, sizeof(name) - 1, entry.n);
	return str_int(str_cut(entry, 0, str_find(entry, ' ')), &v) ? v : each;
}

/* Entries of [databases], and the connections of one pod to all of them. */
static int64_t databases(struct str file, int64_t each, int64_t *opened)
{
	bool inside = false;
	int64_t n = 0;

	*opened = 0;
	while (file.n) {
		size_t end = str_find(file, '\n');
		struct str line = str_cut(file, 0, end);

		if (line.n && *line.p == '[')
			inside = str_is(line, "[databases]");
		else if (inside && str_find(line, '=') < line.n) {
			n++;
			*opened += connections(line, each);
		}
		file = str_cut(file, end + 1, file.n);
	}
	return n;
}

/* Slots that databasesFrom promises to guests. */
static int64_t promised(const struct link_input *in)
{
	const struct node *from = node_at(node_at(in->facts, "spec"), "databasesFrom");
	int64_t sum = 0;

	for (const struct node *g = link_first(from); g; g = g->next)
		sum += node_num(g, "maxConnections", 0);
	return sum;
}

void check_capacity(const struct link_input *in, const struct link_check *self)
{
	const struct node *meta = node_at(in->facts, "meta");
	const struct node *files =
	    node_at(link_find(in, "ConfigMap", node_text(meta, "namespace"),
			      arena_fmt(in->arena, "%s-pooler", node_text(meta, "name").p)),
		    "data");
	const struct node *ini = node_at(files, "pgbouncer.ini");
	struct parameters p = parameters_of(in);
	int64_t pods = node_num(node_at(node_at(in->facts, "spec"), "pooler"), "instances", 0);
	int64_t most = count_of(&p, "max_connections", 100);
	int64_t own = count_of(&p, "superuser_reserved_connections", 3) +
		      count_of(&p, "reserved_connections", 0);
	int64_t each = 0, n = 0, opened = 0;

	if (!ini || ini->kind != NODE_STR || !p.dynamic)
		return;
	each = setting(ini->text, "max_db_connections", 0);
	n = databases(ini->text, each, &opened);
	opened *= pods + 1;
	if (each == 0 || (each > 1 && opened + own + HEADROOM + promised(in) > most))
		link_report(
		    in, self, ini,
		    "poolers may open (%lld pods + 1 while they roll) x %lld databases x %lld "
		    "max_db_connections = %lld, beside %lld reserved, %d of the system and "
		    "%lld promised to guests: max_connections is %lld",
		    (long long)pods, (long long)n, (long long)each, (long long)opened,
		    (long long)own, HEADROOM, (long long)promised(in), (long long)most);
	if (setting(ini->text, "min_pool_size", 0) > setting(ini->text, "default_pool_size", 20))
		link_report(in, self, ini, "min_pool_size is more than default_pool_size");
}

/* The memory limit of the running members, in kB, or 0. */
static int64_t limit_of(const struct link_input *in, const struct node **at)
{
	struct str scope = node_text(node_at(in->facts, "names"), "scope");

	for (size_t i = 0; i < in->index->n_containers; i++) {
		const struct link_container *c = &in->index->containers[i];
		const struct node *memory =
		    node_at(node_at(node_at(c->node, "resources"), "limits"), "memory");
		int64_t bytes = 0;

		if (link_is_spilo(in, c) && memory && memory->kind == NODE_STR &&
		    str_eq(link_own_name(c->pod->owner), scope) &&
		    !bytes_parse(memory->text, &bytes)) {
			*at = memory;
			return bytes / 1024;
		}
	}
	return 0;
}

/* The intent took a figure into its own hands: policies, which waivers silence, judge that. */
static bool is_asked(const struct link_input *in)
{
	static const char *const names[] = { "work_mem", "shared_buffers", "max_connections",
					     "autovacuum_work_mem", "autovacuum_max_workers" };
	const struct node *asked = node_at(node_at(in->facts, "spec"), "parameters");
	bool any = false;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		any = any || node_at(asked, names[i]);
	return any;
}

/* Says where a term of the sum was written. */
static void note_term(const struct link_input *in, const struct parameters *p, const char *name)
{
	const struct node *n = parameter(p, name);
	bool dynamic = n && n == node_at(p->dynamic, name);

	if (n)
		source_other(in->diags,
			     link_parameter_written(in, dynamic ? p->dynamic_at : p->local_at, n),
			     arena_fmt(in->arena, "%s comes from here", name).p);
}

void check_memory(const struct link_input *in, const struct link_check *self)
{
	static const char *const terms[] = { "work_mem", "max_connections", "shared_buffers" };
	const struct node *at = NULL;
	struct parameters p = parameters_of(in);
	int64_t limit = limit_of(in, &at);
	int64_t connections = count_of(&p, "max_connections", 100), busy = (connections + 1) / 2;
	int64_t shared = kilobytes(&p, "shared_buffers", 8, SHARED_KB),
		work = kilobytes(&p, "work_mem", 1, 4096);
	int64_t workers = count_of(&p, "autovacuum_max_workers", 3),
		vacuum = kilobytes(&p, "autovacuum_work_mem", 1, VACUUM_KB);
	int64_t all = shared + busy * (BACKEND_KB + work) + (connections - busy) * IDLE_KB +
		      workers * vacuum + RUNTIME_KB;

	if (!limit || !p.dynamic || all <= limit || is_asked(in))
		return;
	link_report(
	    in, self, at,
	    "shared_buffers %lld MB + %lld of %lld connections busy x (5 MB + work_mem %lld kB) "
	    "+ %lld idle x 2 MB + %lld autovacuum workers x %lld MB + 32 MB = %lld MB: the "
	    "limit is %lld MB",
	    (long long)(shared / 1024), (long long)busy, (long long)connections, (long long)work,
	    (long long)(connections - busy), (long long)workers, (long long)(vacuum / 1024),
	    (long long)(all / 1024), (long long)(limit / 1024));
	for (size_t i = 0; i < sizeof(terms) / sizeof(*terms); i++)
		note_term(in, &p, terms[i]);
}

struct libraries {
	const struct link_input *in;
	const struct link_check *self;
	struct str loaded;     /* shared_preload_libraries */
	const struct node *at; /* where it stands */
	struct buf needed;     /* names, each behind a comma */
};

static void need_library(struct libraries *l, const struct node *extension)
{
	const struct node *preload = node_at(node_at(l->in->facts, "contract"), "preload");
	const struct node *library = node_get(preload, node_text(extension, "name"));

	if (!library || str_is(node_text(extension, "ensure"), "absent"))
		return;
	buf_fmt(&l->needed, ",%s", library->text.p);
	if (str_lists(l->loaded, library->text))
		return;
	link_report(l->in, l->self, l->at,
		    "extension '%s' needs library '%s', which shared_preload_libraries does not "
		    "have",
		    node_text(extension, "name").p, library->text.p);
	diag_note(l->in->diags, extension->pos, "the extension is asked for here");
}

static void need_libraries(struct libraries *l, const struct node *database)
{
	for (const struct node *e = link_first(node_at(database, "extensions")); e; e = e->next)
		need_library(l, e);
}

/* Statistics and audit are loaded always, so that turning audit on restarts nothing. */
void check_libraries(const struct link_input *in, const struct link_check *self)
{
	static const char *const always[] = { "pg_stat_statements", "pgaudit" };
	struct parameters p = parameters_of(in);
	struct libraries l = { .in = in, .self = self };
	struct str rest, needed;

	l.loaded = node_text(p.local, "shared_preload_libraries");
	if (!p.local)
		return;
	l.at = p.local_at->at;
	buf_text(&l.needed, "pg_stat_statements,pgaudit");
	for (size_t i = 0; i < 2; i++)
		if (!str_lists(l.loaded, str_of(always[i])))
			link_report(in, self, l.at, "shared_preload_libraries does not have '%s'",
				    always[i]);
	for (const struct node *d = link_first(node_at(node_at(in->facts, "spec"), "databases")); d;
	     d = d->next)
		need_libraries(&l, d);
	for (const struct node *g = link_first(node_at(in->facts, "guests")); g; g = g->next)
		need_libraries(&l, node_at(node_at(g, "spec"), "database"));
	needed = buf_take(&l.needed, in->arena);
	for (rest = l.loaded; rest.n;) {
		size_t comma = str_find(rest, ',');
		struct str one = arena_str(in->arena, str_cut(rest, 0, comma));

		if (!str_lists(needed, one))
			link_report(in, self, l.at,
				    "shared_preload_libraries has '%s', which no extension of a "
				    "database needs",
				    one.p);
		rest = str_cut(rest, comma + 1, rest.n);
	}
}
