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

/* Computes a group, checks it against its declared type and sets its name. -1 after reporting. */
int expand_group(struct expand *x, const struct template *t);

/* Expands t as one value: a map, or the list of its items. NULL with *ok true when it is nil; *ok
 * false after reporting. */
const struct node *expand_value(struct expand *x, const struct template *t, bool *ok);

#endif
