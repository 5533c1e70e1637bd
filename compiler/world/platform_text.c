/* SPDX-License-Identifier: Apache-2.0 */
/* platform_text.c: one file, in a thread with an arena of its own. */
#include "world/platform_text.h"

#include "base/thread.h"
#include "tree/yaml.h"
#include "world/repository.h"

struct platform_text {
	struct arena *arena;
	struct diags *diags;
	const struct source *source;
	const struct node *root;
	struct thread thread;
};

/* A file that cannot be read is told by who reads all files. */
static void *read_text(void *arg)
{
	struct platform_text *t = arg;
	struct err err = { 0 };
	const struct file *file = repository_platform(t->arena, t->source, &err);

	if (file)
		t->root = yaml_read(t->arena, t->diags, file, &YAML_WORLD);
	return NULL;
}

struct platform_text *platform_text_start(const struct source *s)
{
	struct arena *a = arena_new_large();
	struct platform_text *t = NEW(a, struct platform_text);

	t->arena = a;
	t->diags = diags_new(a);
	t->source = s;
	(void)thread_start(&t->thread, read_text, t);
	return t;
}

const struct node *platform_text_take(struct platform_text *t, struct arena *a, struct diags *d)
{
	thread_end(&t->thread);
	arena_adopt(a, t->arena);
	diags_take(d, t->diags);
	return t->root;
}

void platform_text_drop(struct platform_text *t)
{
	if (!t)
		return;
	thread_end(&t->thread);
	arena_free(t->arena);
}
