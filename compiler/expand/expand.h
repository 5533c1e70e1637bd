/* SPDX-License-Identifier: Apache-2.0 */
/* Running compiled templates over the record of one unit. */
#ifndef EXPAND_EXPAND_H
#define EXPAND_EXPAND_H

#include "expand/template.h"
#include "lua/worker.h"

struct expand;

/* What one worker needs to expand templates of scope s, reused from unit to unit; from arena a.
 * w's unit (lua_worker_begin) must be open while templates are expanded. */
struct expand *expand_new(struct arena *a, const struct scope *s, struct lua_worker *w);

/* Begins a unit: job as handed to lua_worker_begin; no name has a value yet. */
void expand_begin(struct expand *x, const struct lua_job *job);

/* Gives name number name its value: an input, a group, or the map of pods. NULL is nil. */
void expand_set(struct expand *x, size_t name, const struct node *value);

/* The value of name number name, or NULL. */
const struct node *expand_get(const struct expand *x, size_t name);

/* Expands an object file and appends its objects to out: sorted maps with pos at their template
 * lines. -1 after reporting errors; all items are tried. */
int expand_template(struct expand *x, const struct template *t, struct node_list *out);

/* Where objects go one after the other: see expand_each. */
struct expand_sink {
	struct lua_job *job; /* the unit's: its arena is exchanged while an object is made */
	struct arena *scratch;
	/* Takes objects; they are gone when it has returned. */
	void (*take)(void *context, const struct node *first);
	void *context;
};

/* As expand_template for a file that makes thousands of objects: those of each round of a $for at
 * its top are handed to the sink, then their memory is used again. -1 after reporting errors. */
int expand_each(struct expand *x, const struct template *t, const struct expand_sink *sink);

/* Computes a group, checks it against its declared type and sets its name. -1 after reporting. */
int expand_group(struct expand *x, const struct template *t);

/* Expands t as one value: a map, or the list of its items. NULL with *ok true when it is nil; *ok
 * false after reporting. */
const struct node *expand_value(struct expand *x, const struct template *t, bool *ok);

#endif
