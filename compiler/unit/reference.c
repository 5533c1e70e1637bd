/* SPDX-License-Identifier: Apache-2.0 */
/* reference.c: names in a spec against what stands behind them. */
#include "unit/reference.h"

static const char *const standing_roles[] = { "owner", "writer", "reader" };

static const struct node *first(const struct node *list)
{
	return list ? list->kids : NULL;
}

/* What is to go is nothing that others may name. */
static bool is_absent(const struct node *item)
{
	return str_is(node_text(item, "ensure"), "absent");
}

/* n, or the first behind it that is to stay. */
static const struct node *kept(const struct node *n)
{
	while (n && is_absent(n))
		n = n->next;
	return n;
}

static const struct node *named(const struct node *list, struct str name)
{
	for (const struct node *n = kept(first(list)); n; n = kept(n->next))
		if (str_eq(node_text(n, "name"), name))
			return n;
	return NULL;
}

/* "a, b, c" of the items' names. */
static struct str names_of(struct arena *a, const struct node *list)
{
	struct buf out = { 0 };

	for (const struct node *n = kept(first(list)); n; n = kept(n->next))
		buf_fmt(&out, "%s%s", out.n ? ", " : "", node_text(n, "name").p);

	return buf_take(&out, a);
}

/* The item nearest to name, or an empty slice. */
static struct str nearest(const struct node *list, struct str name)
{
	for (const struct node *n = kept(first(list)); n; n = kept(n->next))
		if (str_distance(node_text(n, "name"), name, 2) <= 2)
			return node_text(n, "name");
	return (struct str){ "", 0 };
}

/* Why a name that stands there does not count. */
static void note_absent(const struct job *j, const struct node *list, struct str name)
{
	for (const struct node *n = first(list); n; n = n->next)
		if (is_absent(n) && str_eq(node_text(n, "name"), name))
			diag_note(j->diags, node_at(n, "ensure")->pos,
				  "'%s' is to go: take away first what uses it", name.p);
}

static void unknown_database(const struct job *j, const struct node *databases,
			     const struct node *name)
{
	struct str near = nearest(databases, name->text);

	if (near.n)
		diag_error(j->diags, MSG_access_reference, name->pos,
			   "'%s' is no database of this cluster; did you mean '%s'?", name->text.p,
			   near.p);
	else
		diag_error(j->diags, MSG_access_reference, name->pos,
			   "'%s' is no database of this cluster; its databases are: %s",
			   name->text.p,
			   kept(first(databases)) ? names_of(j->arena, databases).p : "none");
	note_absent(j, databases, name->text);
}

/* The database of an entry, or NULL after reporting. */
static const struct node *database_of(const struct job *j, const struct node *databases,
				      const struct node *entry)
{
	const struct node *name = node_at(entry, "database");
	const struct node *one = kept(first(databases));
	const struct node *found = name ? named(databases, name->text) : one;

	if (name && !found)
		unknown_database(j, databases, name);
	if (name || (one && node_count(databases) == 1))
		return found;
	if (!found)
		diag_error(
		    j->diags, MSG_access_reference, entry->pos,
		    "access needs a database, but this cluster has none: add databases: [NAME]");
	else if (!kept(found->next))
		diag_error(
		    j->diags, MSG_access_reference, entry->pos,
		    "access must say which database while others are to go: add database: %s",
		    node_text(found, "name").p);
	else
		diag_error(j->diags, MSG_access_reference, entry->pos,
			   "access must say which database, since there are several: add database: "
			   "%s (or %s)",
			   node_text(found, "name").p, names_of(j->arena, databases).p);
	return NULL;
}

static void check_role(const struct job *j, const struct node *database, const struct node *entry)
{
	const struct node *role = node_at(entry, "role"), *roles = node_at(database, "roles");

	for (size_t i = 0; role && i < sizeof(standing_roles) / sizeof(*standing_roles); i++)
		if (str_is(role->text, standing_roles[i]))
			return;
	if (!role || named(roles, role->text))
		return;
	diag_error(j->diags, MSG_access_reference, role->pos,
		   "'%s' is no role of database '%s'; its roles are: owner, writer, reader%s%s",
		   role->text.p, node_text(database, "name").p, kept(first(roles)) ? ", " : "",
		   names_of(j->arena, roles).p);
	note_absent(j, roles, role->text);
}

static void check_namespace(const struct job *j, const struct node *name)
{
	struct str near = intents_near_namespace(j->intents, name->text);

	if (near.n)
		diag_warn(j->diags, MSG_access_typo, name->pos,
			  "no other intent gives access to namespace '%s'; did you mean '%s', "
			  "which others do?",
			  name->text.p, near.p);
}

static void access_entries(const struct job *j, const struct node *databases,
			   const struct node *entries)
{
	for (const struct node *e = first(entries); e; e = e->next) {
		const struct node *database = database_of(j, databases, e);

		if (database)
			check_role(j, database, e);
		if (node_at(e, "namespace"))
			check_namespace(j, node_at(e, "namespace"));
	}
}

/* "a, b, c" of a map's keys. */
static struct str keys_of(struct arena *a, const struct node *map)
{
	struct buf out = { 0 };

	for (const struct node *n = first(map); n; n = n->next)
		buf_fmt(&out, "%s%s", out.n ? ", " : "", n->key.p);

	return buf_take(&out, a);
}

/* name is a key of map, which holds what of whom. */
static bool is_key(const struct job *j, const struct node *name, const struct node *map,
		   const char *what, struct str whom)
{
	struct str near = name ? place_nearest(map, name->text) : (struct str){ "", 0 };

	if (!name || node_get(map, name->text))
		return name != NULL;
	if (near.n)
		diag_error(j->diags, MSG_reference_unknown, name->pos,
			   "'%s' is no %s of %s; did you mean '%s'?", name->text.p, what, whom.p,
			   near.p);
	else
		diag_error(j->diags, MSG_reference_unknown, name->pos,
			   "'%s' is no %s of %s; known are: %s", name->text.p, what, whom.p,
			   keys_of(j->arena, map).p);
	return false;
}

/* What a cloud has to know of a pod before it hands out an identity, and whose stores take it.
 * Without it backups fail, and only there. */
static const struct way {
	const char *credentials, *type, *field;
} ways[] = {
	{ "irsa", "s3", "roleArn" },
	{ "podIdentity", "s3", NULL },
	{ "gkeWorkloadIdentity", "gcs", NULL },
	{ "azure", "azure", "clientId" },
};

enum { WAYS = sizeof(ways) / sizeof(*ways) };

/* A store of a cloud knows that cloud's identities alone. */
static void store_identity(const struct job *j, const struct resolved *r, const struct node *s)
{
	struct str credentials = node_text(r->place.dest, "credentials");
	const struct node *type = node_at(s, "type");
	struct buf fit = { 0 };
	bool fits = false;

	for (size_t i = 0; i < WAYS; i++) {
		if (!str_is(type->text, ways[i].type))
			continue;
		fits = fits || str_is(credentials, ways[i].credentials);
		buf_fmt(&fit, "%s, ", ways[i].credentials);
	}
	buf_text(&fit, "keys");
	if (!fits)
		diag_error(j->diags, MSG_store_access, type->pos,
			   "no pod of destination '%s' can log in to object store '%s': it is of "
			   "type %s, which takes credentials: %s, and there they are %s",
			   r->place.destination.p, s->key.p, type->text.p, buf_z(&fit),
			   credentials.p);
	buf_release(&fit);
}

static void store_keys(const struct job *j, const struct resolved *r, const struct node *s)
{
	const struct node *keys = node_at(s, "keys");
	bool outside =
	    str_is(node_text(node_at(r->place.dest, "secrets"), "provider"), "externalSecrets");

	if (node_at(keys, "secret") || (outside && node_at(keys, "remotePath")))
		return;
	diag_error(j->diags, MSG_store_access, keys ? keys->pos : s->key_pos,
		   "no pod of destination '%s' can log in to object store '%s': credentials are "
		   "keys there, and the store names none: add keys: {%s}",
		   r->place.destination.p, s->key.p,
		   outside ? "remotePath: PATH} (or {secret: NAME)" : "secret: NAME");
}

/* Pods of r reach store s in the network and can log in to it. at makes them do so; region is what
 * they are told where the store has none. */
static void reach(const struct job *j, const struct resolved *r, const struct node *s,
		  struct pos at, const struct node *region)
{
	if (!node_get(node_at(r->place.dest, "storeEgress"), s->key)) {
		diag_error(
		    j->diags, MSG_reference_unknown, at,
		    "destination '%s' does not say where object store '%s' is: add storeEgress.%s",
		    r->place.destination.p, s->key.p, s->key.p);
		diag_note(j->diags, r->place.dest->key_pos, "the destination");
	}
	if (str_is(node_text(r->place.dest, "credentials"), "keys"))
		store_keys(j, r, s);
	else
		store_identity(j, r, s);
	if (str_is(node_text(s, "type"), "s3") && !region && !node_at(s, "region"))
		diag_error(j->diags, MSG_store_access, s->key_pos,
			   "object store '%s' has no region, and destination '%s', which uses it, "
			   "has none either: add region to one of them",
			   s->key.p, r->place.destination.p);
}

/* A store must be declared, and its place in the destination's network too. */
static void store(const struct job *j, const struct resolved *r, const struct node *name)
{
	const struct node *stores = node_at(j->world->platform, "objectStores");

	if (name && is_key(j, name, stores, "object store", str_of("the platform")))
		reach(j, r, node_get(stores, name->text), name->pos,
		      node_at(r->place.dest, "region"));
}

void reference_check_source(const struct job *j, const struct resolved *r,
			    const struct resolved *source)
{
	const struct node *standby = node_at(r->spec, "standby"),
			  *at = standby ? standby : node_at(r->spec, "restore");
	struct str own = node_text(node_at(r->spec, "backup"), "store"),
		   name = node_text(node_at(source->spec, "backup"), "store");
	const struct node *s = node_get(node_at(j->world->platform, "objectStores"), name),
			  *here = node_at(r->place.dest, "region"),
			  *there = node_at(source->place.dest, "region");

	if (s && !str_eq(own, name))
		reach(j, r, s, at->pos, there ? there : here);
}

/* Read replicas that come and go, and a cluster that sleeps at times, are KEDA's work. */
static void autoscaler(const struct job *j, const struct resolved *r)
{
	const struct node *most = node_at(node_at(r->spec, "autoscale"), "max");
	const struct node *sleep = node_at(node_at(r->spec, "hibernate"), "sleep");

	if (node_at(r->place.dest, "autoscaler"))
		return;
	if (sleep)
		diag_error(j->diags, MSG_reference_unknown, sleep->pos,
			   "destination '%s' has no autoscaler, so hibernate cannot wake and sleep "
			   "by the clock there: "
			   "ask the platform team, or write hibernate: true",
			   r->place.destination.p);
	if (!most || most->num == 0)
		return;
	diag_error(j->diags, MSG_reference_unknown, most->pos,
		   "destination '%s' has no autoscaler, so autoscale cannot work there: ask the "
		   "platform team",
		   r->place.destination.p);
}

static void identity(const struct job *j, const struct resolved *r)
{
	const struct node *way = node_at(r->place.dest, "credentials");
	const struct node *own = node_at(r->place.ns, "identity");
	const struct node *identity = own ? own : node_at(r->place.dest, "identity");

	for (size_t i = 0; way && i < WAYS; i++)
		if (ways[i].field && str_is(way->text, ways[i].credentials) &&
		    !node_at(identity, ways[i].field))
			diag_error(j->diags, MSG_reference_unknown, own ? own->pos : way->pos,
				   "destination '%s' takes its credentials by %s, but '%s' is not "
				   "said: add it to the %s",
				   r->place.destination.p, ways[i].credentials,
				   arena_fmt(j->arena, "identity.%s", ways[i].field).p,
				   own ? "namespace's identity" : "destination");
}

/* Databases of the drill's queries. */
static void drill(const struct job *j, const struct resolved *r)
{
	const struct node *databases = node_at(r->spec, "databases");
	const struct node *queries =
	    node_at(node_at(node_at(r->spec, "backup"), "drill"), "queries");

	for (const struct node *q = first(queries); q; q = q->next)
		if (!named(databases, node_text(q, "database")))
			unknown_database(j, databases, node_at(q, "database"));
}

void reference_check_guest(const struct job *j, const struct resolved *g)
{
	struct node *one = node_loose(j->arena, node_at(g->spec, "database"));
	struct node *list = node_new(j->arena, NODE_LIST, one->pos);

	if (is_absent(one)) /* a guest that leaves takes its access along */
		return;
	list->kids = one;
	access_entries(j, list, node_at(g->spec, "access"));
}

void reference_check(const struct job *j, const struct resolved *r)
{
	const struct node *restore = node_at(r->spec, "restore");

	access_entries(j, node_at(r->spec, "databases"), node_at(r->spec, "access"));
	drill(j, r);
	(void)is_key(j, node_at(node_at(r->spec, "storage"), "class"),
		     node_at(r->place.dest, "storageClasses"), "storage class",
		     arena_fmt(j->arena, "destination %s", r->place.destination.p));
	store(j, r, node_at(node_at(r->spec, "backup"), "store"));
	store(j, r, node_at(node_at(restore, "prefix"), "store"));
	identity(j, r);
	autoscaler(j, r);
}
