/* SPDX-License-Identifier: Apache-2.0 */
/* naming.c: names in an intent against those that others have. */
#include "unit/naming.h"

#include <stdlib.h>
#include <string.h>

static const char *const standing_roles[] = { "owner", "writer", "reader" };

static const char *const kept_databases[] = { "postgres",  "template0", "template1",
					      "pgbouncer", "howdah",    "pg" };

/* How the names of Secrets end that a cluster keeps for itself. */
static const char *const kept_secrets[] = {
	"-system", "-pooler",        "-exporter",        "-backup-key",     "-source-key",
	"-server", "-pooler-server", "-client-postgres", "-client-standby", "-ca"
};

/* Domains of label keys whose meaning other programs, or howdah, give. */
static const char *const kept_domains[] = { "howdah.dev",  "kubernetes.io", "k8s.io",
					    "argoproj.io", "fluxcd.io",     "helm.sh" };

struct allowed {
	const char *objects;
	const char *privileges; /* each with a blank on both sides */
};

/* PostgreSQL's table of privileges by kind of object (GRANT). */
static const struct allowed grantable[] = {
	{ "tables", " select insert update delete truncate references trigger " },
	{ "sequences", " select update usage " },
	{ "functions", " execute " },
	{ "schema", " create usage " },
};

static const struct node *first(const struct node *list)
{
	return list ? list->kids : NULL;
}

static bool in_table(struct str name, const char *const *table, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(name, table[i]))
			return true;
	return false;
}

static bool is_standing(struct str role)
{
	return in_table(role, standing_roles, sizeof(standing_roles) / sizeof(*standing_roles));
}

/* Roles begin with the database's name, and PostgreSQL refuses roles that begin with pg_. */
static void kept_name(const struct job *j, const struct node *name)
{
	size_t n = sizeof(kept_databases) / sizeof(*kept_databases);

	if (name && (in_table(name->text, kept_databases, n) || str_starts(name->text, "pg_")))
		diag_error(j->diags, MSG_database_reserved, name->pos,
			   "'%s' cannot be the name of a database: PostgreSQL or howdah keeps it",
			   name->text.p);
}

static void grant_role(const struct job *j, const struct node *database, const struct node *role)
{
	if (!role || is_standing(role->text))
		return;
	for (const struct node *n = first(node_at(database, "roles")); n; n = n->next)
		if (str_eq(node_text(n, "name"), role->text))
			return;
	diag_error(j->diags, MSG_grant_reference, role->pos,
		   "'%s' is no role of database '%s': add it to the roles of the database",
		   role->text.p, node_text(database, "name").p);
}

static void grant_privileges(const struct job *j, const struct node *grant)
{
	struct str objects = node_text(grant, "objects");
	const char *allowed = "";

	for (size_t i = 0; i < sizeof(grantable) / sizeof(*grantable); i++)
		if (str_is(objects, grantable[i].objects))
			allowed = grantable[i].privileges;
	for (const struct node *p = first(node_at(grant, "privileges")); p && *allowed; p = p->next)
		if (!strstr(allowed, arena_fmt(j->arena, " %s ", p->text.p).p))
			diag_error(j->diags, MSG_grant_reference, p->pos,
				   "'%s' cannot be granted on %s; it takes one of:%.*s", p->text.p,
				   objects.p, (int)strlen(allowed) - 1, allowed);
}

static void database(const struct job *j, const struct node *d)
{
	kept_name(j, node_at(d, "name"));
	for (const struct node *g = first(node_at(d, "grants")); g; g = g->next) {
		grant_role(j, d, node_at(g, "role"));
		grant_privileges(j, g);
	}
}

/* Access entries of one intent. */
struct entries {
	const struct resolved *host;
	const struct node *databases;
	const struct node *list;
};

/* The Secret of an access entry, as the templates name it: CLUSTER-DATABASE unless written. */
static struct str secret_of(const struct job *j, const struct entries *all,
			    const struct node *entry)
{
	struct str secret = node_text(entry, "secret"), name = node_text(entry, "database");

	if (secret.n)
		return secret;
	if (!name.n)
		name = node_text(first(all->databases), "name");
	return arena_fmt(j->arena, "%s-%s", all->host->place.name.p, name.p);
}

static struct pos place_of(const struct node *entry, const char *key)
{
	const struct node *field = node_at(entry, key);

	return field ? field->pos : entry->pos;
}

static void kept_secret(const struct job *j, const struct node *entry, struct str secret)
{
	for (size_t i = 0; i < sizeof(kept_secrets) / sizeof(*kept_secrets); i++) {
		if (!str_ends(secret, kept_secrets[i]))
			continue;
		diag_error(j->diags, MSG_access_secret, place_of(entry, "secret"),
			   "an application's Secret cannot be named '%s': names that end in '%s' "
			   "are those of clusters; name it with secret: NAME",
			   secret.p, kept_secrets[i]);
		return;
	}
}

/* The key of an object store, which lies beside the clusters that write there. */
static void store_secret(const struct job *j, const struct node *entry, struct str secret)
{
	const struct node *stores = node_at(j->world->platform, "objectStores");

	for (const struct node *s = first(stores); s; s = s->next)
		if (str_eq(node_text(node_at(s, "keys"), "secret"), secret))
			diag_error(
			    j->diags, MSG_access_secret, place_of(entry, "secret"),
			    "an application's Secret cannot be named '%s': that is the key of "
			    "object store '%s'",
			    secret.p, s->key.p);
}

static void system_namespace(const struct job *j, const struct resolved *host,
			     const struct node *entry)
{
	const struct node *name = node_at(entry, "namespace");
	struct str gitops = node_text(node_at(host->place.dest, "gitops"), "namespace");

	if (name && (str_starts(name->text, "kube-") || str_eq(name->text, gitops)))
		diag_error(j->diags, MSG_access_namespace, name->pos,
			   "'%s' is a namespace of the system: applications do not live there",
			   name->text.p);
}

/* An earlier entry that writes the same Secret of the same namespace. */
static void same_secret(const struct job *j, const struct entries *all, const struct node *entry,
			struct str secret)
{
	const struct node *e = first(all->list);

	while (e != entry && !(str_eq(node_text(e, "namespace"), node_text(entry, "namespace")) &&
			       str_eq(secret_of(j, all, e), secret)))
		e = e->next;
	if (e == entry)
		return;
	diag_error(j->diags, MSG_access_secret, place_of(entry, "secret"),
		   "two access entries fill Secret '%s' of namespace '%s': give this one a name of "
		   "its own, secret: %s-2",
		   secret.p, node_text(entry, "namespace").p, secret.p);
	diag_note(j->diags, e->pos, "the other one is here");
}

static void access_entries(const struct job *j, const struct entries *all)
{
	for (const struct node *e = first(all->list); e; e = e->next) {
		struct str secret = secret_of(j, all, e);

		kept_secret(j, e, secret);
		store_secret(j, e, secret);
		system_namespace(j, all->host, e);
		same_secret(j, all, e, secret);
	}
}

/* key is DOMAIN/NAME, with a domain that is not for owners of databases. */
static bool is_kept(struct str key)
{
	const char *slash = memchr(key.p, '/', key.n);
	struct str domain = str_cut(key, 0, slash ? (size_t)(slash - key.p) : 0);

	for (size_t i = 0; i < sizeof(kept_domains) / sizeof(*kept_domains); i++) {
		size_t n = strlen(kept_domains[i]);

		if (str_is(domain, kept_domains[i]) ||
		    (domain.n > n && domain.p[domain.n - n - 1] == '.' &&
		     !memcmp(domain.p + domain.n - n, kept_domains[i], n)))
			return true;
	}
	return false;
}

static void labels(const struct job *j, const struct node *spec, const char *field)
{
	for (const struct node *l = first(node_at(spec, field)); l; l = l->next)
		if (is_kept(l->key))
			diag_error(j->diags, MSG_label_reserved, l->key_pos,
				   "'%s' cannot stand in %s: howdah, Kubernetes or a delivery tool "
				   "gives it its meaning",
				   l->key.p, field);
}

void naming_check_cluster(const struct job *j, const struct resolved *r)
{
	const struct node *databases = node_at(r->spec, "databases");
	struct entries all = { .host = r,
			       .databases = databases,
			       .list = node_at(r->spec, "access") };

	for (const struct node *d = first(databases); d; d = d->next)
		database(j, d);
	access_entries(j, &all);
	labels(j, r->spec, "labels");
	labels(j, r->spec, "annotations");
}

void naming_check_guest(const struct job *j, const struct resolved *host, const struct resolved *g)
{
	struct node *one = node_loose(j->arena, node_at(g->spec, "database"));
	struct node *list = node_new(j->arena, NODE_LIST, one->pos);
	struct entries all = { .host = host,
			       .databases = list,
			       .list = node_at(g->spec, "access") };

	list->kids = one;
	database(j, one);
	access_entries(j, &all);
	labels(j, g->spec, "labels");
	labels(j, g->spec, "annotations");
}

/* A name that a server gets, from the node that asks for it. */
struct taken {
	struct str name;
	struct pos pos;
	size_t order;
};

struct taken_list {
	struct taken *list;
	size_t n;
};

static void take(struct taken_list *all, struct str name, struct pos pos)
{
	all->list[all->n] = (struct taken){ .name = name, .pos = pos, .order = all->n };
	all->n++;
}

static int by_name(const void *left, const void *right)
{
	const struct taken *a = left, *b = right;
	int order = strcmp(a->name.p, b->name.p);

	return order ? order : (a->order > b->order) - (a->order < b->order);
}

static bool same_place(struct pos a, struct pos b)
{
	return a.file == b.file && a.line == b.line && a.col == b.col;
}

/* Reports each place once; whether there was any. */
static bool report_twice(const struct job *j, struct taken_list *all, const char *what)
{
	struct pos last = { 0 };
	bool any = false;

	if (all->n)
		qsort(all->list, all->n, sizeof(*all->list), by_name);
	for (size_t i = 1; i < all->n; i++) {
		const struct taken *t = &all->list[i], *before = t - 1;

		if (!str_eq(t->name, before->name) || same_place(t->pos, last))
			continue;
		diag_error(j->diags, MSG_name_taken, t->pos,
			   "the cluster would have two %s named '%s': take another name", what,
			   t->name.p);
		diag_note(j->diags, before->pos, "the other one comes from here");
		last = t->pos;
		any = true;
	}
	return any;
}

static size_t count_roles(const struct node *databases)
{
	size_t n = 0;

	for (const struct node *d = first(databases); d; d = d->next)
		n += 3 + node_count(node_at(d, "roles"));
	return n;
}

static void take_roles(const struct job *j, struct taken_list *all, const struct node *d)
{
	const struct node *name = node_at(d, "name");

	for (size_t i = 0; i < sizeof(standing_roles) / sizeof(*standing_roles); i++)
		take(all, arena_fmt(j->arena, "%s_%s", name->text.p, standing_roles[i]), name->pos);
	for (const struct node *r = first(node_at(d, "roles")); r; r = r->next)
		take(all, arena_fmt(j->arena, "%s_%s", name->text.p, node_text(r, "name").p),
		     node_at(r, "name")->pos);
}

void naming_check_server(const struct job *j, const struct node *databases)
{
	size_t n = node_count(databases);
	struct taken_list names = { .list = NEW_ARRAY(j->arena, 2 * n, struct taken) };
	struct taken_list roles = { .list =
					NEW_ARRAY(j->arena, count_roles(databases), struct taken) };

	for (const struct node *d = first(databases); d; d = d->next) {
		const struct node *name = node_at(d, "name");

		take(&names, name->text, name->pos);
		/* what the pooler calls it for sessions */
		take(&names, arena_fmt(j->arena, "%s_session", name->text.p), name->pos);
		take_roles(j, &roles, d);
	}
	if (!report_twice(j, &names, "databases"))
		(void)report_twice(j, &roles, "roles");
}
