/* SPDX-License-Identifier: Apache-2.0 */
/* Running programs, shared by the files of this room only. */
#ifndef EXPAND_RUN_H
#define EXPAND_RUN_H

#include "expand/expand.h"
#include "expand/program.h"

/* A slot's value, good while its turn is that of the unit. */
struct slot_value {
	uint32_t turn;
	const struct node *node; /* NULL: not set */
};

struct expand {
	struct arena *arena; /* lives as long as this struct */
	const struct scope *scope;
	struct lua_worker *lua;
	const struct lua_job *job;
	const struct node **values; /* of the scope's names */
	struct slot_value *slots;
	uint32_t turn;
	const struct node *locals[LOCALS_MOST];
	struct reads reads;             /* of the expression under way */
	struct reads parts;             /* of the text under way */
	const struct expand_sink *sink; /* of expand_each, until the outermost $for has begun */
};

/* The value of step: 0 and *out, a node of its own that the caller may link and change (not its
 * kids), or NULL for nil; -1 after reporting. */
int run_step(struct expand *x, const struct step *s, struct node **out);

/* As run_step for a list item: appends no, one or (with $for) any number of values. */
int run_item(struct expand *x, const struct step *s, struct node_list *out);

/* As run_step where only the kids of the value matter: an empty Lua table is fine. */
int run_container(struct expand *x, const struct step *s, struct node **out);

/* run_special.c: a map with directives. */
int run_special(struct expand *x, const struct step *s, struct node_list *out);

/* Computes $let from local number first on. */
int run_lets(struct expand *x, const struct steps *lets, size_t first);

/* Reports at pos, with the note that names the intent; -1. */
int run_fail(struct expand *x, enum message id, struct pos pos, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* "a map", "an integer", ...; "nothing" for NULL. */
const char *run_kind(const struct node *n);

/* Adds what n was made from. */
void run_add_origin(struct expand *x, struct node *n, const struct origin *more);

/* merge.c: top over low, deep in maps, lists and scalars replaced; both stay as they are. */
struct node *merge_maps(struct arena *a, const struct node *low, const struct node *top);

/* fact.c: n is what type declares, all the way down. -1 after reporting. */
int fact_check(struct expand *x, const struct schema *type, const struct node *n);

#endif
