/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.c: the names of the classes. */
#include "guard/verdict.h"

static const char *const names[VERDICT_CLASSES] = { "none",     "metadata",   "exposure",
						    "reload",   "pooler",     "rolling-restart",
						    "failover", "multi-step", "refused" };

const char *verdict_name(enum verdict_class c)
{
	return names[c];
}

enum verdict_class verdict_find(struct str name)
{
	int c = 0;

	while (c < VERDICT_CLASSES && !str_is(name, names[c]))
		c++;
	return (enum verdict_class)c;
}

/* Copies the text that at points to. */
static void keep(struct arena *a, struct str *at)
{
	*at = at->n ? arena_str(a, *at) : str_of("");
}

/* The name of a file that may go before the verdict is told. */
static const struct file *keep_file(struct arena *a, const struct file *f)
{
	struct file *copy = f ? NEW(a, struct file) : NULL;

	if (copy)
		*copy = (struct file){ .name = arena_str(a, f->name), .text = str_of("") };
	return copy;
}

static struct verdict_cause *copy_cause(struct arena *a, const struct verdict_cause *c)
{
	struct verdict_cause *copy = NEW(a, struct verdict_cause);

	*copy = *c;
	keep(a, &copy->object);
	keep(a, &copy->file);
	keep(a, &copy->path);
	keep(a, &copy->was);
	keep(a, &copy->is);
	keep(a, &copy->why);
	keep(a, &copy->basis);
	keep(a, &copy->line.field);
	keep(a, &copy->line.was);
	keep(a, &copy->line.is);
	copy->line.old.file = keep_file(a, c->line.old.file);
	return copy;
}

static struct verdict_refusal *copy_refusal(struct arena *a, const struct verdict_refusal *r)
{
	struct verdict_refusal *copy = NEW(a, struct verdict_refusal);

	*copy = *r;
	keep(a, &copy->id);
	keep(a, &copy->text);
	keep(a, &copy->was);
	keep(a, &copy->is);
	copy->plan = NEW_ARRAY(a, r->n_plan + 1, struct str);
	for (size_t i = 0; i < r->n_plan; i++)
		copy->plan[i] = arena_str(a, r->plan[i]);
	return copy;
}

struct verdict *verdict_copy(struct arena *a, const struct verdict *v)
{
	struct verdict *copy = NEW(a, struct verdict);
	struct verdict_cause **causes = &copy->causes;
	struct verdict_refusal **refusals = &copy->refusals;
	struct verdict_exposure **exposure = &copy->exposure;

	*copy = *v;
	keep(a, &copy->owner);
	keep(a, &copy->team);
	keep(a, &copy->team_was);
	keep(a, &copy->outage_basis);
	keep(a, &copy->window);
	keep(a, &copy->order);
	keep(a, &copy->twin);
	keep(a, &copy->unjudged);
	for (; *causes; causes = &(*causes)->next)
		*causes = copy_cause(a, *causes);
	for (; *refusals; refusals = &(*refusals)->next)
		*refusals = copy_refusal(a, *refusals);
	for (; *exposure; exposure = &(*exposure)->next) {
		struct verdict_exposure *one = NEW(a, struct verdict_exposure);

		*one = **exposure;
		keep(a, &one->text);
		*exposure = one;
	}
	return copy;
}
