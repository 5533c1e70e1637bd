/* SPDX-License-Identifier: Apache-2.0 */
/* A compiled template, shared by the files of this room only. */
#ifndef EXPAND_PROGRAM_H
#define EXPAND_PROGRAM_H

#include "expand/template.h"

enum {
	LOCALS_MOST = 32,   /* names of $let and $as that are in scope at once */
	ARGUMENTS_MOST = 64 /* names in one expression */
};

/* A path of names: root.key.key. */
struct chain {
	struct str root;
	const struct str *keys;
	size_t n;
};

/* The text of the root and the first n keys, in a. */
struct str chain_text(struct arena *a, const struct chain *chain, size_t n);

/* What a step does. */
enum op {
	OP_FIXED,      /* the same node each time */
	OP_SLOT,       /* the value at a path of the record */
	OP_LOCAL,      /* a local name, or the value at a path below it */
	OP_EXPRESSION, /* what Lua computes */
	OP_TEXT,       /* parts joined to one string */
	OP_LIST,
	OP_MAP,
	OP_SPECIAL /* a map with directives */
};

/* A value that an expression gets: a name of the record, or a local one. */
struct argument {
	bool local;
	size_t number;
};

struct step;

/* Parts of a text, items of a list, fields of a map by sorted key. */
struct steps {
	const struct step *at;
	size_t n;
	const struct node *tail; /* maps: the fields behind the last one here, all fixed, linked */
};

struct special;

struct step {
	enum op op;
	struct pos pos;
	struct str key; /* field of a map, or the name of a $let */
	struct pos key_pos;
	union {
		const struct node *fixed;
		size_t slot;
		struct {
			size_t number;
			struct chain path;
		} local;
		struct {
			int number;
			const struct argument *args;
			size_t n_args;
		} expression;
		struct steps steps;
		const struct special *special;
	};
	const struct schema *type; /* declared type of what a path leads to, where known */
	const struct schema *want; /* declared type of the place the value is for, where known */
};

/* Directives in the order in which they are carried out. */
struct special {
	struct steps lets;
	size_t first_local;        /* number of the first let */
	const struct step *test;   /* $if, or NULL */
	const struct step *each;   /* $for, or NULL */
	size_t value_local;        /* $as */
	size_t key_local;          /* $as: [key, value]; LOCALS_MOST when there is none */
	const struct steps *merge; /* $merge, or NULL */
	const struct step *body;   /* the other fields, or $do */
	bool item;                 /* $do stands for a list item: it may hold $for, too */
};

struct template
{
	const struct scope *scope;
	const struct step *root;
	size_t group;       /* number of the group's name; n_names for object templates */
	struct steps facts; /* of a group that is an object: fields in declared order */
	struct steps lets;  /* of a group: $let at its root */
	bool by_fact;       /* facts is used, not root */
};

/* A local name while a template is compiled. */
struct local_name {
	struct str name;
	const struct schema *type; /* NULL: not known */
};

/* A template that is being compiled. */
struct compile {
	struct scope *scope;
	struct arena *arena;
	struct diags *d;
	const struct file *file;
	const uint32_t *lines; /* offsets of its lines */
	size_t n_lines;
	size_t visible; /* names of the record with lower numbers are in scope */
	bool sees_pods;
	const struct schema *self; /* type of self, or NULL: there is no self */
	uint32_t self_place;       /* facts of lower places are there already */
	const struct schema *want; /* declared type of the place, or NULL */
	struct local_name locals[LOCALS_MOST];
	size_t n_locals;
};

/* compile.c */

/* Compiles node; item tells whether it stands in a list. */
struct step compile_node(struct compile *c, const struct node *n, bool item);

/* A copy of step in the arena. */
const struct step *compile_keep(struct compile *c, const struct step *s);

/* The key is meant as a directive: $name. */
bool compile_is_special(struct str key);

/* The whole list of steps is fixed. */
bool compile_all_fixed(const struct step *at, size_t n);

/* compile_special.c */

/* Compiles a map that has a key with a $. */
struct step compile_special(struct compile *c, const struct node *n, bool item);

/* Compiles $let and leaves its names in scope. */
struct steps compile_lets(struct compile *c, const struct node *lets);

/* compile_text.c */

/* Compiles a string, which may hold ${...}. */
struct step compile_text(struct compile *c, const struct node *n);

/* The text holds ${, escaped or not. */
bool compile_is_computed(struct str text);

/* names.c */

/* The text as a path: a slot, or a local name with a path. False when it is none or is wrong
 * (reported: *bad). */
bool names_path(struct compile *c, struct str text, struct pos pos, struct step *out, bool *bad);

/* Checks every name of the expression text that begins at pos and lists what it needs; NULL after
 * errors. n is set. */
const struct argument *names_expression(struct compile *c, struct str text, struct pos pos,
					struct lua_expression *e);

/* Adds a local name; its number, or LOCALS_MOST after reporting. */
size_t names_add_local(struct compile *c, struct str name, struct pos pos,
		       const struct schema *type);

#endif
