/* SPDX-License-Identifier: Apache-2.0 */
/* before.c: opening the old input, and what differs between two worlds. */
#include "unit/before.h"

#include "unit/worker.h"

struct before_worker {
	const struct before *before;
	struct lua_worker *lua;
	struct cluster_worker cluster;
};

/* Lines of the world as they are collected. */
struct lines {
	struct arena *arena;
	struct guard_line *first, **end;
};

static void add(struct lines *l, struct guard_line line)
{
	*l->end = NEW(l->arena, struct guard_line);
	**l->end = line;
	l->end = &(*l->end)->next;
}

/* What platform.yaml and the image sets say otherwise. */
static void platform_lines(struct lines *l, const struct world *was, const struct world *is)
{
	for (struct difference *d = differ(l->arena, was->platform, is->platform); d; d = d->next)
		add(l, (struct guard_line){ .pos = d->at ? d->at->pos : (struct pos){ 0 },
					    .old = d->was ? d->was->pos : (struct pos){ 0 },
					    .field = d->path,
					    .was = d->was,
					    .is = d->is });
}

/* The first line of text that differs from old. */
static uint32_t first_line(struct str old, struct str text)
{
	uint32_t line = 1;

	for (size_t i = 0; i < text.n && i < old.n && text.p[i] == old.p[i]; i++)
		line += text.p[i] == '\n';
	return line;
}

/* Templates, Lua: files of which no tree is at hand that could be compared. */
static void file_lines(struct lines *l, const struct world *was, const struct world *is)
{
	for (size_t i = 0; i < is->files.n; i++) {
		const struct world_file *f = &is->files.list[i],
					*old = files_find(&was->files, f->path);
		struct str text = old ? old->file->text : str_of("");

		if (f->builtin || str_is(f->path, "platform.yaml") || str_eq(f->file->text, text))
			continue;
		add(l, (struct guard_line){ .pos = { f->file, first_line(text, f->file->text), 1 },
					    .field = f->path,
					    .whole = true });
	}
}

/* Of an input that only helps to find lines, the world is enough. */
static int open_world(struct run *r, struct err *err)
{
	if (run_source(r, err) || run_world(r, err))
		return 4;
	return diags_errors(r->diags) ? 1 : 0;
}

int before_open(struct before *b, const struct run *r, const struct fleet_options *options,
		struct err *err)
{
	struct lines l = { .arena = r->arena };
	int code = 0;

	b->run =
	    (struct run){ .options = options, .arena = r->arena, .diags = diags_new(r->arena) };
	code = b->sides ? run_open(&b->run, err) : open_world(&b->run, err);
	if (code == RUN_ABSENT)
		*err = (struct err){ 0 }; /* the cluster that is asked for is new */
	else if (code)
		return code;
	for (size_t i = 0; i < b->run.n; i++)
		worker_identify(&b->run, &b->run.results[i], r->arena);
	l.end = &l.first;
	if (!str_eq(b->run.world->digest, r->world->digest)) {
		platform_lines(&l, b->run.world, r->world);
		file_lines(&l, b->run.world, r->world);
	}
	b->lines = l.first;
	return 0;
}

const struct unit_result *before_find(const struct before *b, struct str owner)
{
	return result_of(&b->run, owner);
}

struct before_worker *before_worker_new(const struct before *b, struct arena *keep)
{
	struct before_worker *w = NEW(keep, struct before_worker);

	w->before = b;
	w->lua = lua_worker_new(b->run.world->lua);
	cluster_worker_init(&w->cluster, keep, b->run.world, w->lua);
	return w;
}

/* What the old input was refused for; as it may be shown. */
static struct str first_error(struct arena *a, const struct diags *d)
{
	size_t n = 0;
	const struct diag **list = diags_sorted(d, &n);

	for (size_t i = 0; i < n; i++)
		if (list[i]->severity == SEV_ERROR)
			return arena_fmt(a, "could not be compiled as it was before: %s [%s]",
					 list[i]->text.p, diag_name(list[i]));
	return str_of("could not be compiled as it was before");
}

bool before_compile(struct before_worker *w, const struct unit_result *old, struct arena *scratch,
		    struct compiled *out, struct str *why)
{
	const struct run *r = &w->before->run;
	struct job job = { .world = r->world,
			   .intents = &r->intents,
			   .arena = scratch,
			   .diags = diags_new(scratch),
			   .lua = w->lua,
			   .as_of = r->options->as_of };

	if (cluster_compile(&job, &w->cluster, old->intent, out))
		return true;
	if (why)
		*why = first_error(scratch, job.diags);
	return false;
}

void before_worker_free(struct before_worker *w)
{
	if (w)
		lua_worker_free(w->lua);
}

void before_close(struct before *b)
{
	run_close(&b->run);
}
