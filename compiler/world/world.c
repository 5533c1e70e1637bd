/* SPDX-License-Identifier: Apache-2.0 */
/* world.c: reading the world in order: schemas, platform, revisions, Lua, templates. */
#include "world/world.h"

#include <assert.h>
#include <semaphore.h>

#include "base/thread.h"
#include "world/load.h"

static const struct schema_kind *kind(const struct world *w, const char *name)
{
	const struct schema_kind *k = schema_find(w->schemas, str_of(name));

	assert(k); /* the binary carries it */
	return k;
}

static void load_schemas(struct world *w, struct diags *d, struct foundation *f)
{
	const struct founded founded = foundation_take(f, w->arena, d);

	w->schemas = founded.schemas;
	w->kube = founded.kube;
	if (diags_errors(d))
		return;
	w->cluster = kind(w, "PostgresCluster");
	w->database = kind(w, "PostgresDatabase");
	w->platform_kind = kind(w, "Platform");
	w->tier_kind = kind(w, "Tier");
	w->waiver_kind = kind(w, "Waiver");
	w->report_kind = kind(w, "Report");
}

/* The platform, which may be long: read by the thread that wants the world, while another one reads
 * schemas and templates. Its text needs nothing, to check it needs the schemas alone, and nothing
 * that is read meanwhile needs it. */
struct platform_side {
	struct world world;       /* a copy with an arena of its own */
	const struct world *from; /* its schemas are there after `schemas` was posted */
	sem_t schemas;
	struct diags *diags;
};

/* What a platform changes nothing of. */
struct code_side {
	struct world *world;
	const struct world_wish *wish;
	struct foundation *foundation;
	struct diags *schemas, *code, *behind; /* told in this order, but for the platform's */
	sem_t *read;                           /* posted when the schemas are there */
	struct thread thread;
};

static void take_kinds(struct world *to, const struct world *from)
{
	to->schemas = from->schemas;
	to->cluster = from->cluster;
	to->database = from->database;
	to->platform_kind = from->platform_kind;
	to->tier_kind = from->tier_kind;
	to->waiver_kind = from->waiver_kind;
	to->report_kind = from->report_kind;
}

static void *load_code(void *arg)
{
	const struct code_side *c = arg;

	load_lua(c->world, c->code);
	load_schemas(c->world, c->schemas, c->foundation);
	(void)sem_post(c->read);
	if (!diags_errors(c->schemas)) {
		load_revisions(c->world, c->behind);
		load_templates(c->world, c->behind, c->code, c->wish->extent);
	}
	return NULL;
}

static void load_side(struct platform_side *p)
{
	const struct node *platform = read_platform(&p->world, p->diags);

	while (sem_wait(&p->schemas))
		; /* a signal came */
	take_kinds(&p->world, p->from);
	if (p->world.report_kind)
		load_platform(&p->world, p->diags, platform);
}

/* Takes what was read into w. */
static void take_side(struct platform_side *p, struct world *w, struct diags *d)
{
	(void)sem_destroy(&p->schemas);
	arena_adopt(w->arena, p->world.arena);
	w->platform = p->world.platform;
	w->tiers = p->world.tiers;
	w->waivers = p->world.waivers;
	w->reports = p->world.reports;
	diags_take(d, p->diags);
}

/* What somebody wrote for howdah, and howdah does not read; in a wrong directory only what the
 * platform may have been meant by. */
static void tell_unread(struct world *w, struct diags *d)
{
	bool all = files_find(&w->files, str_of("platform.yaml")) != NULL;

	for (const struct unread *u = w->files.unread; u; u = u->next) {
		struct file *file = NEW(w->arena, struct file);
		struct pos pos = { file, !u->folder, !u->folder };

		if (!all && !str_starts(u->path, "platform"))
			continue;
		file->name = u->path;
		if (u->wrong)
			diag_error(d, MSG_world_file, pos, "this file is not read: %s", u->why.p);
		else
			diag_warn(d, MSG_world_file, pos, "this %s is not read: %s",
				  u->folder ? "folder" : "file", u->why.p);
	}
}

struct world *world_load(struct arena *a, struct diags *d, const struct files *files,
			 const struct world_wish *wish)
{
	struct world *w = NEW(a, struct world);
	struct platform_side side = { .from = w };
	struct code_side code = { .world = w, .wish = wish, .schemas = d, .read = &side.schemas };

	w->arena = a;
	w->files = *files;
	w->digest = wish->digest;
	side.world = *w;
	side.world.arena = arena_new_large();
	side.diags = diags_new(side.world.arena);
	(void)sem_init(&side.schemas, 0, 0);
	code.foundation = wish->foundation ? wish->foundation : foundation_start();
	code.code = diags_new(a);
	code.behind = diags_new(a);
	if (!thread_start(&code.thread, load_code, &code))
		thread_end(&code.thread); /* there can be no other thread: one after the other */
	load_side(&side);
	thread_end(&code.thread);
	take_side(&side, w, d);
	w->contracts = foundation_end(code.foundation);
	diags_take(d, code.behind);
	diags_take(d, code.code);
	load_rules(w, d);
	tell_unread(w, d);
	return w;
}

void world_close(struct world *w)
{
	if (!w)
		return;
	kube_close(w->kube);
	lua_library_close(w->lua);
	if (w->schemas)
		schema_set_release(w->schemas);
}

const struct revision *world_revision(const struct world *w, uint32_t number)
{
	for (size_t i = 0; i < w->n_revisions; i++)
		if (w->revisions[i].number == number)
			return &w->revisions[i];
	return NULL;
}

bool world_tier(const struct world *w, const struct revision *r, struct str name, struct tier *tier)
{
	const struct node *own = node_get(w->tiers, name);
	const struct node *builtin = node_get(r->tiers, name);

	*tier = (struct tier){ .name = name };
	if (own && node_at(own, "base"))
		builtin = node_get(r->tiers, node_text(own, "base"));
	else if (own)
		builtin = NULL;
	if (builtin)
		tier->docs[tier->n++] = builtin;
	if (own)
		tier->docs[tier->n++] = own;
	return tier->n > 0;
}

const struct node *world_images(const struct world *w, struct str name)
{
	return node_get(node_at(node_at(w->platform, "images"), "sets"), name);
}
