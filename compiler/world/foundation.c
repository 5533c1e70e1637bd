/* SPDX-License-Identifier: Apache-2.0 */
/* foundation.c: schemas, then contracts, in a thread, in an arena that the world adopts. */
#include "world/foundation.h"

#include <semaphore.h>

#include "base/thread.h"
#include "tree/yaml.h"
#include "world/embed.h"
#include "world/schemas.h"

struct foundation {
	struct arena *arena;
	struct diags *diags;
	struct founded founded;
	const struct node *contracts;
	sem_t schemas; /* founded is there */
	struct thread thread;
};

/* Contracts are howdah's own: what is wrong with one is found when it is built. */
static const struct node *read_contracts(struct arena *a)
{
	struct str folder = str_of("schema/contracts/"), ending = str_of(".yaml");
	struct node *map = node_new(a, NODE_MAP, (struct pos){ 0 });
	struct node_list list = { 0 };
	struct diags *d = diags_new(a);
	const struct embedded *e = NULL;

	for (size_t i = 0; (e = embed_nth(i)); i++) {
		struct str path = str_of(e->name);
		const struct node *root = NULL;

		if (!str_starts(path, folder.p) || !str_ends(path, ending.p))
			continue;
		root = yaml_read(a, d, embed_file(a, e), &YAML_SCHEMA);
		if (root)
			node_put(&list, arena_str(a, str_cut(path, folder.n, path.n - ending.n)),
				 node_loose(a, root));
	}
	map->kids = list.first;
	return map;
}

static void *read_all(void *arg)
{
	struct foundation *f = arg;

	f->founded.schemas = schemas_built(f->arena, f->diags);
	f->founded.kube = kube_open(f->arena);
	(void)sem_post(&f->schemas);
	f->contracts = read_contracts(f->arena);
	return NULL;
}

struct foundation *foundation_start(void)
{
	struct arena *a = arena_new_large();
	struct foundation *f = NEW(a, struct foundation);

	f->arena = a;
	f->diags = diags_new(a);
	(void)sem_init(&f->schemas, 0, 0);
	if (!thread_start(&f->thread, read_all, f))
		thread_end(&f->thread);
	return f;
}

struct founded foundation_take(struct foundation *f, struct arena *a, struct diags *d)
{
	while (sem_wait(&f->schemas))
		; /* a signal came */
	arena_adopt(a, f->arena);
	diags_take(d, f->diags);
	return f->founded;
}

static void wait_for(struct foundation *f)
{
	thread_end(&f->thread);
	(void)sem_destroy(&f->schemas);
}

const struct node *foundation_end(struct foundation *f)
{
	wait_for(f);
	return f->contracts;
}

void foundation_drop(struct foundation *f)
{
	struct arena *a = f ? f->arena : NULL;

	if (!f)
		return;
	wait_for(f);
	kube_close(f->founded.kube);
	schema_set_release(f->founded.schemas);
	arena_free(a);
}
