/* SPDX-License-Identifier: Apache-2.0 */
/* record.c: handing an intent, its surroundings and its neighbours to the templates. */
#include "unit/record.h"

#include "link/asked.h"
#include "tree/map.h"
#include "unit/images.h"
#include "unit/life.h"
#include "unit/naming.h"
#include "unit/reference.h"

static struct map begin(const struct job *j, struct pos pos)
{
	return (struct map){ .arena = j->arena, .pos = pos };
}

static struct node *meta(const struct job *j, const struct resolved *r)
{
	struct map m = begin(j, r->doc->pos);

	map_node(&m, "name", node_at(node_at(r->doc, "metadata"), "name"));
	map_node(&m, "namespace", node_at(node_at(r->doc, "metadata"), "namespace"));
	return map_done(&m);
}

static struct node *environment(const struct job *j, const struct resolved *r)
{
	struct map m = begin(j, r->place.env->key_pos);

	map_text(&m, "name", r->place.environment);
	map_node(&m, "production", node_at(r->place.env, "production"));
	return map_done(&m);
}

static struct node *place(const struct job *j, const struct resolved *r)
{
	const struct node *identity = node_at(r->place.ns, "identity");
	struct map m = begin(j, r->place.ns->key_pos);

	map_text(&m, "destination", r->place.destination);
	map_node(&m, "mode", node_at(r->place.ns, "mode"));
	map_node(&m, "identity", identity ? identity : node_at(r->place.dest, "identity"));
	return map_done(&m);
}

static struct node *guest(const struct job *j, const struct resolved *r)
{
	struct map m = begin(j, r->doc->pos);

	map_text(&m, "name", r->place.name);
	map_text(&m, "namespace", r->place.namespace);
	map_node(&m, "spec", r->spec);
	return map_done(&m);
}

/* The host's entry for the guest's namespace; without one the guest is not welcome. */
static bool is_welcome(const struct job *j, const struct resolved *host, const struct resolved *g)
{
	const struct node *from = node_at(host->spec, "databasesFrom");

	for (const struct node *one = from ? from->kids : NULL; one; one = one->next)
		if (str_eq(node_text(one, "namespace"), g->place.namespace))
			return true;
	diag_error(j->diags, MSG_guest_unlisted, node_at(g->spec, "cluster")->pos,
		   "cluster '%s' does not list namespace '%s' in databasesFrom", host->place.name.p,
		   g->place.namespace.p);
	diag_note(j->diags, from ? from->pos : host->doc->pos,
		  "the cluster's intent lists its guests' namespaces here");
	return false;
}

/* The guest's database must do in its host. */
static void ask(const struct job *j, const struct resolved *host, const struct resolved *g)
{
	asked_database(&(struct asked){ .world = j->world,
					.arena = j->arena,
					.diags = j->diags,
					.images = host->images,
					.major = node_num(host->spec, "version", 0),
					.intent = g->intent->file,
					.owner = intent_owner(j->arena, host->intent) },
		       node_at(g->spec, "database"));
}

static struct node *guests(const struct job *j, const struct resolved *r)
{
	struct node *list = node_new(j->arena, NODE_LIST, r->doc->pos);
	struct node *databases = node_new(j->arena, NODE_LIST, r->doc->pos);
	struct node_list items = { 0 }, all = { 0 };
	const struct node *own = node_at(r->spec, "databases");

	for (const struct node *d = own ? own->kids : NULL; d; d = d->next)
		node_add(&all, node_loose(j->arena, d));
	for (size_t i = 0; i < r->intent->guests.n; i++) {
		struct resolved g;
		bool sound = resolve_database(j, r->intent->guests.list[i], &g);

		ask(j, r, &g);
		if (sound && is_welcome(j, r, &g)) {
			reference_check_guest(j, &g);
			naming_check_guest(j, r, &g);
			node_add(&items, guest(j, &g));
			node_add(&all, node_loose(j->arena, node_at(g.spec, "database")));
		}
	}
	list->kids = items.first;
	databases->kids = all.first;
	naming_check_server(j, databases);
	return list;
}

/* Facts of another cluster, which is the source of `of` unless that is NULL. Its own findings are
 * reported by its own compile, so they are dropped here. */
static struct node *other(const struct job *j, const struct intent *i, struct resolved *of,
			  int64_t incarnation, struct pos pos)
{
	struct job quiet = *j;
	struct map m = begin(j, pos);
	struct resolved r;

	quiet.diags = diags_new(j->arena);
	quiet.dump = NULL;
	if (!resolve_cluster(&quiet, i, &r))
		return NULL;
	if (of) {
		life_check_source(j, of, &r);
		reference_check_source(j, of, &r);
	}
	if (of && life_leaves_open(of, &r))
		of->rival = r.doc;
	map_text(&m, "destination", r.place.destination);
	map_text(&m, "environment", r.place.environment);
	map_int(&m, "incarnation", incarnation ? incarnation : node_num(r.spec, "incarnation", 1));
	map_text(&m, "name", r.place.name);
	map_text(&m, "namespace", r.place.namespace);
	map_node(&m, "promoted", node_at(node_at(r.spec, "standby"), "promoted"));
	map_text(&m, "store", node_text(node_at(r.spec, "backup"), "store"));
	map_node(&m, "version", node_at(r.spec, "version"));
	return map_done(&m);
}

/* What a stanza says, or what holds of the cluster itself. */
static struct str or_own(const struct node *stanza, const char *key, struct str own)
{
	struct str said = node_text(stanza, key);

	return said.n ? said : own;
}

static struct node *source(const struct job *j, struct resolved *r)
{
	const struct node *standby = node_at(r->spec, "standby"),
			  *restore = node_at(r->spec, "restore");
	const struct node *stanza = standby ? standby : restore;
	struct node *found = NULL;

	if (!stanza || node_at(restore, "prefix"))
		return NULL;
	if (r->intent->source)
		found =
		    other(j, r->intent->source, r, node_num(stanza, "incarnation", 0), stanza->pos);
	if (!found)
		diag_error(
		    j->diags, MSG_source_unknown, stanza->pos,
		    "'%s' names cluster '%s/%s/%s', which %s", standby ? "standby" : "restore",
		    or_own(stanza, "environment", r->place.environment).p,
		    or_own(stanza, "namespace", r->place.namespace).p,
		    or_own(stanza, "cluster", r->place.name).p,
		    r->intent->source ? "cannot be compiled"
				      : "is not in this repository: no such file in intents/");
	return found;
}

static struct node *followers(const struct job *j, const struct resolved *r)
{
	struct node *list = node_new(j->arena, NODE_LIST, r->doc->pos);
	struct node_list items = { 0 };

	for (size_t i = 0; i < r->intent->followers.n; i++) {
		struct node *one = other(j, r->intent->followers.list[i], NULL, 0, r->doc->pos);

		if (one)
			node_add(&items, one);
	}
	list->kids = items.first;
	return list;
}

/* Library to preload by extension, from the postgres image's contract of extensions. */
static struct node *contract(const struct job *j, const struct resolved *r)
{
	struct str image = node_text(node_at(r->images, "postgres"), "contract");
	const struct node *rows = node_at(
	    node_get(j->world->contracts, arena_fmt(j->arena, "extensions-%s", image.p)), "rows");
	struct map preload = begin(j, r->images->pos), m = preload;

	for (const struct node *row = rows ? rows->kids : NULL; row; row = row->next) {
		struct str library = node_text(row, "library");

		if (library.n && str_is(node_text(row, "preload"), "required"))
			node_put(&preload.list, row->key, node_str(j->arena, row->pos, library));
	}
	node_put(&m.list, str_of("preload"), map_done(&preload));
	return map_done(&m);
}

const struct node *record_inputs(const struct job *j, struct resolved *r)
{
	struct map m = begin(j, r->doc->pos);

	map_node(&m, "contract", contract(j, r));
	map_node(&m, "destination", r->place.dest);
	map_node(&m, "environment", environment(j, r));
	map_node(&m, "followers", followers(j, r));
	map_node(&m, "guests", r->guests ? r->guests : guests(j, r));
	map_node(&m, "images", images_record(j, r));
	map_node(&m, "meta", meta(j, r));
	map_node(&m, "place", place(j, r));
	map_node(&m, "platform", j->world->platform);
	map_node(&m, "source", source(j, r));
	map_node(&m, "spec", r->spec);
	map_node(&m, "team", r->team);
	return map_done(&m);
}
