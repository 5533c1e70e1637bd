/* SPDX-License-Identifier: Apache-2.0 */
/* intent.c: the first, shallow look at all intents. */
#include "unit/intent.h"

#include <stdlib.h>

#include "tree/yaml.h"
#include "world/repository.h"

/* Names this short are near each other by chance. */
enum { SHORT_NAME = 4 };

static void add(struct arena *a, struct intent_list *l, const struct intent *i)
{
	if (l->n == l->cap) {
		const struct intent **grown = NULL;

		l->cap = l->cap ? l->cap * 2 : 4;
		grown = NEW_ARRAY(a, l->cap, const struct intent *);
		if (l->n)
			memcpy(grown, l->list, l->n * sizeof(*grown));
		l->list = grown;
	}
	l->list[l->n++] = i;
}

/* Order by environment, then namespace, then name. */
static int compare(const struct intent *i, struct str environment, struct str namespace,
		   struct str name)
{
	int c = str_cmp(i->environment, environment);

	if (!c)
		c = str_cmp(i->namespace, namespace);
	return c ? c : str_cmp(i->name, name);
}

static struct intent *find(const struct intents *all, struct str environment, struct str namespace,
			   struct str name)
{
	size_t low = 0, high = all->n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int c = compare(&all->list[middle], environment, namespace, name);

		if (!c)
			return &all->list[middle];
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

struct str intent_owner(struct arena *a, const struct intent *i)
{
	return arena_fmt(a, "%s/%s/%s", i->environment.p, i->namespace.p, i->name.p);
}

const struct intent *intents_find(const struct intents *all, struct str environment,
				  struct str namespace, struct str name)
{
	return find(all, environment, namespace, name);
}

static struct str or_else(struct str s, struct str fallback)
{
	return s.n ? s : fallback;
}

/* The cluster that a stanza {environment, namespace, cluster} of i names; missing names are i's
 * own. */
static struct intent *named(const struct intents *all, const struct intent *i,
			    const struct node *stanza)
{
	return find(all, or_else(node_text(stanza, "environment"), i->environment),
		    or_else(node_text(stanza, "namespace"), i->namespace),
		    or_else(node_text(stanza, "cluster"), i->name));
}

static void connect_cluster(struct arena *a, struct intents *all, struct intent *i,
			    const struct node *spec)
{
	const struct node *restore = node_at(spec, "restore"), *standby = node_at(spec, "standby");
	struct intent *source = NULL;

	if (standby)
		source = named(all, i, standby);
	else if (restore && !node_at(restore, "prefix"))
		source = named(all, i, restore);
	all->unresolved += !source && (standby || (restore && !node_at(restore, "prefix")));
	if (!source)
		return;
	i->source = source;
	i->follows = standby != NULL;
	i->promoted = str_is(node_text(standby, "promoted"), "true"); /* no schema typed it */
	if (standby)
		add(a, &source->followers, i);
}

/* Without a host it stands alone: it is judged by itself, and nothing comes of it. */
static void connect_database(struct arena *a, struct intents *all, struct intent *i,
			     const struct node *spec)
{
	const struct node *cluster = node_at(spec, "cluster");
	struct str namespace = node_text(cluster, "namespace"), name = node_text(cluster, "name");
	struct intent *host = find(all, i->environment, namespace, name);

	if (!host || host->kind != INTENT_CLUSTER) {
		all->unresolved++;
		return;
	}
	i->host = host;
	add(a, &host->guests, i);
}

static enum intent_kind kind_of(const struct node *doc)
{
	struct str kind = node_text(doc, "kind");

	if (str_is(kind, "PostgresCluster"))
		return INTENT_CLUSTER;
	return str_is(kind, "PostgresDatabase") ? INTENT_DATABASE : INTENT_UNKNOWN;
}

/* The tree of i without its findings: they are reported when it is compiled. */
static const struct node *glance(struct arena *scratch, const struct intent *i)
{
	return yaml_read(scratch, diags_new(scratch), i->file, &YAML_INTENT);
}

static int by_names(const void *a, const void *b)
{
	const struct intent *x = a, *y = b;

	return compare(x, y->environment, y->namespace, y->name);
}

static int find_files(struct arena *a, const struct source *s, const struct paths *folders,
		      struct paths *paths, struct err *err)
{
	if (!folders)
		return repository_intents(a, s, str_of("intents"), paths, err);
	for (size_t i = 0; i < folders->n; i++)
		if (repository_intents(a, s, folders->list[i], paths, err))
			return -1;
	return 0;
}

/* The file at path. One that howdah does not read (a link, a device, too large) is reported, and
 * stands in the result without text. NULL with err when the source itself fails. */
static const struct file *read_file(struct arena *a, struct diags *d, const struct source *s,
				    struct str path, struct err *err)
{
	const struct file *file = source_read(s, path, YAML_INTENT.bytes, a, err);
	struct str quoted = arena_fmt(a, "'%s' ", path.p), why = { "", 0 };

	if (file || err->set != ERR_INPUT)
		return file;

	struct file *empty = NEW(a, struct file);

	empty->name = arena_str(a, path);
	empty->text = why;
	why = arena_str(a, str_of(err->text));
	if (str_starts(why, quoted.p))
		why = str_cut(why, quoted.n, why.n);
	diag_error(d, MSG_file_unusable, (struct pos){ empty, 0, 0 }, "%s", why.p);
	*err = (struct err){ 0 };
	return empty;
}

static void misplaced(struct diags *d, const struct file *file)
{
	bool yml = str_ends(file->name, ".yml");

	diag_error(d, MSG_place_path, (struct pos){ file, 0, 0 },
		   yml ? "is not read: the names of intents end in .yaml, so rename it"
		       : "is no intents/<environment>/<namespace>/<name>.yaml; intents/ holds "
			 "intents only");
}

static int read_files(struct arena *a, struct diags *d, const struct intents_from *from,
		      struct intents *out, struct err *err)
{
	struct paths paths = { 0 };

	if (find_files(a, from->source, from->folders, &paths, err))
		return -1;
	out->list = NEW_ARRAY(a, paths.n + 1, struct intent);
	for (size_t p = 0; p < paths.n; p++) {
		struct place place = { 0 };
		struct intent *i = &out->list[out->n];
		const struct file *file = NULL;

		size_t errors = diags_errors(d);

		file = read_file(a, d, from->source, paths.list[p], err);
		if (!file)
			return -1;
		i->unusable = diags_errors(d) > errors;
		if (!place_split(a, paths.list[p], &place)) {
			if (!i->unusable)
				misplaced(d, file);
			i->unusable = false;
			continue;
		}
		i->file = file;
		i->environment = place.environment;
		i->namespace = place.namespace;
		i->name = place.name;
		out->n++;
	}
	/* Paths end in .yaml, so their order is not that of the names. */
	qsort(out->list, out->n, sizeof(*out->list), by_names);
	return 0;
}

/* Every namespace that access entries name, unsorted and with repetitions. */
struct app_list {
	struct app_namespace *list;
	size_t n, cap;
};

static void add_app(struct arena *a, struct app_list *l, struct str name)
{
	if (l->n == l->cap) {
		struct app_namespace *grown = NULL;

		l->cap = l->cap ? l->cap * 2 : 64;
		grown = NEW_ARRAY(a, l->cap, struct app_namespace);
		if (l->n)
			memcpy(grown, l->list, l->n * sizeof(*grown));
		l->list = grown;
	}
	l->list[l->n++] = (struct app_namespace){ arena_str(a, name), 1 };
}

static void collect_apps(struct arena *a, struct app_list *l, const struct node *spec)
{
	const struct node *access = node_at(spec, "access");

	for (const struct node *e = access && access->kind == NODE_LIST ? access->kids : NULL; e;
	     e = e->next)
		if (node_text(e, "namespace").n)
			add_app(a, l, node_text(e, "namespace"));
}

static int by_app(const void *a, const void *b)
{
	const struct app_namespace *x = a, *y = b;

	return str_cmp(x->name, y->name);
}

/* Sorts and adds up. */
static void count_apps(struct intents *out, struct app_list *l)
{
	if (l->n)
		qsort(l->list, l->n, sizeof(*l->list), by_app);
	out->apps = l->list;
	for (size_t i = 0; i < l->n; i++) {
		if (out->n_apps && str_eq(out->apps[out->n_apps - 1].name, l->list[i].name))
			out->apps[out->n_apps - 1].entries++;
		else
			out->apps[out->n_apps++] = l->list[i];
	}
}

/* Numbered names (app-1, app-2) are near each other on purpose. */
static bool differs_in_digits(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n, i = 0;

	while (i < n && a.p[i] == b.p[i])
		i++;
	return (i < a.n && a.p[i] >= '0' && a.p[i] <= '9') ||
	       (i < b.n && b.p[i] >= '0' && b.p[i] <= '9');
}

struct str intents_near_namespace(const struct intents *all, struct str name)
{
	struct str near = { "", 0 };
	size_t most = 0;

	for (size_t i = 0; i < all->n_apps; i++) {
		const struct app_namespace *app = &all->apps[i];

		if (str_eq(app->name, name) && app->entries > 1)
			return (struct str){ "", 0 };
		if (app->entries > most && name.n > SHORT_NAME &&
		    str_distance(app->name, name, 1) == 1 && !differs_in_digits(app->name, name)) {
			near = app->name;
			most = app->entries;
		}
	}
	return near;
}

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* The name stands in the text as a word. */
static bool mentions(struct str text, struct str name)
{
	for (size_t at = 0; at + name.n <= text.n; at++)
		if (memcmp(text.p + at, name.p, name.n) == 0 &&
		    (!at || !is_name_byte(text.p[at - 1])) &&
		    (at + name.n == text.n || !is_name_byte(text.p[at + name.n])))
			return true;
	return false;
}

/* The cluster says that it is host to databases of the namespace of i. */
static bool is_host_of(const struct intent *cluster, const struct node *spec,
		       const struct intent *i)
{
	const struct node *from = node_at(spec, "databasesFrom");

	if (!from || from->kind != NODE_LIST || !str_eq(cluster->environment, i->environment))
		return false;
	node_each(entry, from)
	{
		if (str_eq(node_text(entry, "namespace"), i->namespace))
			return true;
	}
	return false;
}

/* It takes part in no cluster, as far as it can be read. */
static bool is_loose(const struct intent *i)
{
	return i->kind == INTENT_UNKNOWN || (i->kind == INTENT_DATABASE && !i->host);
}

/*
 * What an intent says that cannot be read is not known: it may be a database of this cluster, or a
 * standby of it. Either names the cluster, which may lack a name of its own for it.
 */
static const struct intent *doubt_of(const struct intents *all, const struct intent *cluster,
				     const struct node *spec)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct intent *x = &all->list[i];

		if (!is_loose(x) || x == cluster)
			continue;
		if (str_eq(x->name, cluster->name) || mentions(x->file->text, cluster->name) ||
		    is_host_of(cluster, spec, x))
			return x;
	}
	return NULL;
}

static void find_doubts(struct arena *scratch, struct intents *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct intent *one = &all->list[i];

		if (one->kind == INTENT_CLUSTER)
			one->doubt = doubt_of(all, one, node_at(glance(scratch, one), "spec"));
		arena_reset(scratch);
	}
}

int intents_read(struct arena *a, struct diags *d, const struct intents_from *from,
		 struct intents *out, struct err *err)
{
	struct arena *scratch = arena_new();
	struct app_list apps = { 0 };
	size_t loose = 0;

	*out = (struct intents){ 0 };
	if (read_files(a, d, from, out, err)) {
		arena_free(scratch);
		return -1;
	}
	for (size_t i = 0; i < out->n; i++) {
		out->list[i].kind = kind_of(glance(scratch, &out->list[i]));
		arena_reset(scratch);
	}
	for (size_t i = 0; i < out->n; i++) {
		struct intent *one = &out->list[i];
		const struct node *spec = node_at(glance(scratch, one), "spec");

		collect_apps(a, &apps, spec);
		if (one->kind == INTENT_CLUSTER)
			connect_cluster(a, out, one, spec);
		else if (one->kind == INTENT_DATABASE)
			connect_database(a, out, one, spec);
		loose += is_loose(one);
		arena_reset(scratch);
	}
	if (loose)
		find_doubts(scratch, out);
	count_apps(out, &apps);
	arena_free(scratch);
	return 0;
}
