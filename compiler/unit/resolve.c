/* SPDX-License-Identifier: Apache-2.0 */
/* resolve.c: reading one intent and laying the platform's layers under it. */
#include "unit/resolve.h"

#include "link/asked.h"
#include "schema/check.h"
#include "tree/map.h"
#include "tree/yaml.h"
#include "unit/defaults.h"
#include "unit/images.h"
#include "unit/life.h"
#include "unit/naming.h"
#include "unit/reference.h"

static const char *const pass_names[PASS_COUNT] = { "load",     "check", "layer",  "default",
						    "complete", "model", "expand", "seal" };

enum pass pass_find(struct str name)
{
	int p = 0;

	while (p < PASS_COUNT && !str_is(name, pass_names[p]))
		p++;
	return (enum pass)p;
}

const char *pass_name(enum pass p)
{
	return pass_names[p];
}

static void push(struct stack *s, struct str name, const struct node *spec,
		 const struct node *limits)
{
	if (spec || limits)
		stack_push(s, &(struct layer){ .name = name, .spec = spec, .limits = limits });
}

static void push_stanza(struct stack *s, struct arena *a, const char *what,
			const struct node *stanza)
{
	if (stanza)
		push(s, arena_fmt(a, "%s %s", what, stanza->key.p), node_at(stanza, "defaults"),
		     node_at(stanza, "limits"));
}

/* Checks the kind before the schema does, so that the message speaks of what may stand in intents/.
 */
static const struct node *load(const struct job *j, const struct intent *i,
			       const struct schema_kind *kind, const struct node **raw)
{
	const struct node *root = yaml_read(j->arena, j->diags, i->file, &YAML_INTENT);
	const struct node *name = node_at(root, "kind");

	*raw = root;
	if (!root)
		return NULL;
	if (i->kind == INTENT_UNKNOWN && name && name->kind == NODE_STR) {
		diag_error(j->diags, MSG_kind_unknown, name->pos,
			   "'%s' is no kind of intent; PostgresCluster and PostgresDatabase are",
			   name->text.p);
		return NULL;
	}
	return schema_check(j->arena, j->diags, kind->root, root, SCHEMA_WHOLE);
}

static void note_tiers(const struct job *j, const struct revision *r)
{
	struct buf names = { 0 };

	for (const struct node *t = r->tiers ? r->tiers->kids : NULL; t; t = t->next)
		buf_fmt(&names, "%s%s", names.n ? ", " : "", t->key.p);
	for (const struct node *t = j->world->tiers ? j->world->tiers->kids : NULL; t; t = t->next)
		if (!node_get(r->tiers, t->key))
			buf_fmt(&names, "%s%s", names.n ? ", " : "", t->key.p);
	diag_note(j->diags, (struct pos){ 0 }, "tiers are: %s", buf_z(&names));
	buf_release(&names);
}

static bool find_tier(const struct job *j, const struct revision *r, const struct node *name,
		      struct tier *tier)
{
	struct str near = { "", 0 };

	if (!name || name->kind != NODE_STR)
		return false;
	if (world_tier(j->world, r, name->text, tier))
		return true;
	near = place_nearest(r->tiers, name->text);
	if (near.n)
		diag_error(j->diags, MSG_tier_unknown, name->pos,
			   "'%s' is no tier; did you mean '%s'?", name->text.p, near.p);
	else
		diag_error(j->diags, MSG_tier_unknown, name->pos, "'%s' is no tier", name->text.p);
	note_tiers(j, r);
	return false;
}

/* The storage class of clusters that no layer gives one: the destination's, or the only one it has.
 */
static const struct node *class_layer(const struct job *j, const struct node *destination)
{
	const struct node *class = node_at(destination, "storageClass");
	const struct node *classes = node_at(destination, "storageClasses");
	struct map storage = { .arena = j->arena }, spec = storage;

	if (!class && node_count(classes) == 1)
		class = node_str(j->arena, classes->kids->key_pos, classes->kids->key);
	if (!class)
		return NULL;
	storage.pos = spec.pos = class->pos;
	map_node(&storage, "class", class);
	map_node(&spec, "storage", map_done(&storage));
	return map_done(&spec);
}

/* The line that would have given a cluster its storage class, where no layer did. */
static void note_class(const struct job *j, const struct resolved *r)
{
	const struct node *classes = node_at(r->place.dest, "storageClasses");

	if (!node_at(node_at(r->spec, "storage"), "class") && node_count(classes))
		diag_note(j->diags, classes->key_pos,
			  "destination '%s' lists several storage classes: its `storageClass` says "
			  "which one clusters get that name none",
			  r->place.destination.p);
}

/* The ring of the environment, which its defaults may replace. */
static const struct node *ring_layer(const struct job *j, const struct node *env)
{
	const struct node *ring = node_at(env, "ring");
	struct map spec = { .arena = j->arena };

	if (!ring)
		return NULL;
	spec.pos = ring->pos;
	map_node(&spec, "ring", ring);
	return map_done(&spec);
}

/* The image set was chosen by the ring before tiers and policies were known: they cannot set it. */
static void check_ring(const struct job *j, const struct resolved *r)
{
	const struct node *ring = node_at(r->spec, "ring");

	if (!ring || ring->kind != NODE_STR || str_eq(ring->text, r->ring))
		return;
	diag_error(j->diags, MSG_ring_late, ring->pos,
		   "tiers and policies cannot set 'ring', by which their image set was chosen: the "
		   "clusters of an environment, a team or a namespace have one");
	diag_note(j->diags, (struct pos){ r->intent->file, 1, 1 }, "so for '%s', whose ring is %s",
		  r->place.name.p, r->ring.p);
}

static void stack_below(const struct job *j, const struct resolved *r, const struct tier *tier,
			struct stack *s)
{
	const struct node *platform = j->world->platform;

	push(s, arena_fmt(j->arena, "destination %s", r->place.destination.p),
	     class_layer(j, r->place.dest), NULL);
	push(s, str_of("platform"), node_at(platform, "defaults"), node_at(platform, "limits"));
	for (size_t i = 0; i < tier->n; i++)
		push(s, arena_fmt(j->arena, "tier %s", tier->name.p),
		     node_at(tier->docs[i], "spec"), node_at(tier->docs[i], "limits"));
	push(s, arena_fmt(j->arena, "environment %s", r->place.env->key.p),
	     ring_layer(j, r->place.env), NULL);
	push_stanza(s, j->arena, "environment", r->place.env);
	push_stanza(s, j->arena, "team", r->team);
	push_stanza(s, j->arena, "namespace", r->place.ns);
}

/* What is missing, and how fields fit together, can only be judged when every field that is there
 * was understood. */
static void judge(const struct job *j, const struct layered *merged, const struct resolved *out,
		  bool understood)
{
	const struct schema *spec = j->world->cluster->spec;

	check_ring(j, out);
	if (understood) {
		schema_complete(j->diags, spec, out->spec);
		note_class(j, out);
		schema_rules_check(j->arena, j->diags, spec, out->spec, NULL);
		reference_check(j, out);
		naming_check_cluster(j, out);
		life_check(j, out);
	}
	limits_judge(j->arena, j->diags, merged->limits, out->spec);
	asked_cluster(&(struct asked){ .world = j->world,
				       .arena = j->arena,
				       .diags = j->diags,
				       .images = out->images,
				       .major = node_num(out->spec, "version", 0),
				       .intent = out->intent->file,
				       .owner = intent_owner(j->arena, out->intent) },
		      out->spec);
}

static bool find_place(const struct job *j, const struct intent *i, const struct node *doc,
		       struct resolved *out)
{
	const struct node *team = node_at(node_at(doc, "spec"), "team");

	out->intent = i;
	out->doc = doc;
	if (!place_split(j->arena, i->file->name, &out->place) ||
	    !place_find(j->diags, j->world->platform, doc, &out->place))
		return false;
	if (team && team->kind == NODE_STR)
		out->team = place_team(j->diags, j->world->platform, team, &out->place);
	return true;
}

/* Keeps the tree behind pass p when that is where the caller wants to stop. */
static bool stops(const struct job *j, enum pass p, const struct node *tree)
{
	if (!j->dump || j->dump->after != p)
		return false;
	j->dump->tree = tree;
	return true;
}

bool resolve_cluster(const struct job *j, const struct intent *i, struct resolved *out)
{
	const struct node *raw = NULL, *doc = load(j, i, j->world->cluster, &raw);
	const struct node *spec = node_at(doc, "spec");
	struct stack stack = { .arena = j->arena };
	struct tier tier = { 0 };
	bool understood = diags_errors(j->diags) == 0;

	*out = (struct resolved){ 0 };
	if (stops(j, PASS_LOAD, raw) || stops(j, PASS_CHECK, doc) || !doc)
		return false;
	if (!find_place(j, i, doc, out) || !images_choose(j, spec, out) ||
	    !find_tier(j, out->revision, node_at(spec, "tier"), &tier))
		return false;
	out->tier = tier.docs[tier.n - 1];
	stack_below(j, out, &tier, &stack);

	struct layered merged = defaults_lay(j, &stack, spec);

	if (stops(j, PASS_LAYER, merged.spec))
		return false;
	out->spec = schema_defaults(j->arena, j->world->cluster->spec, merged.spec);
	if (stops(j, PASS_DEFAULT, out->spec))
		return false;
	judge(j, &merged, out, understood);
	if (stops(j, PASS_COMPLETE, out->spec))
		return false;
	return diags_errors(j->diags) == 0;
}

bool resolve_database(const struct job *j, const struct intent *i, struct resolved *out)
{
	const struct schema_kind *kind = j->world->database;
	size_t before = diags_errors(j->diags);
	const struct node *raw = NULL, *doc = load(j, i, kind, &raw);
	bool understood = diags_errors(j->diags) == before;

	*out = (struct resolved){ 0 };
	if (!doc || !find_place(j, i, doc, out) || !node_at(doc, "spec"))
		return false;
	out->spec = schema_defaults(j->arena, kind->spec, node_at(doc, "spec"));
	if (understood) {
		schema_complete(j->diags, kind->spec, out->spec);
		schema_rules_check(j->arena, j->diags, kind->spec, out->spec, NULL);
	}
	return out->team && diags_errors(j->diags) == before;
}
