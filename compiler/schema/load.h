/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of loading schema files, shared by load.c, keyword.c and rule_load.c only. */
#ifndef SCHEMA_LOAD_H
#define SCHEMA_LOAD_H

#include "schema/rule.h"
#include "schema/schema.h"

/* One schema file that is being read. */
struct source {
	const struct file *file;
	struct str name; /* behind "schema/": "Tier.yaml", "model/cluster.yaml" */
	const struct node *tree;
};

/* A pattern, shared by all fields that have it. */
struct pattern {
	struct pattern *next;
	struct str text;
	struct ere ere;
};

struct schema_set {
	struct schema_kind *kinds; /* sorted by name */
	size_t n;
	struct pattern *patterns;
};

/* A part of a kind's spec for layers, compiled once for all the places it stands in. */
struct shared {
	struct shared *next;
	const struct node *definition;
	const struct schema *schema;
};

struct loader {
	struct arena *arena;
	struct diags *diags;
	struct schema_set *set;
	struct source *sources;
	size_t n_sources;
	struct shared *shared;
	size_t made; /* schemas so far: a $ref that leads to itself would make them for ever */
};

/* Where in the schema files the walk is. */
struct place {
	const struct source *source; /* names of definitions count from here */
	bool layer;                  /* below x-howdah-layer */
	int depth;
};

/* Compiles what n describes into a schema in l's arena; parent is NULL for a root. Never NULL. */
const struct schema *load_schema(struct loader *l, struct place at, const struct node *n,
				 const struct schema *parent, struct str name);

/* Reads every keyword of n (its $ref followed already) into s. */
void keywords_read(struct loader *l, struct place at, struct schema *s, const struct node *n);

/* Reads the list of x-howdah-rules of object s. */
void rules_read(struct loader *l, struct schema *s, const struct node *list);

/* Reports a mistake in a schema file. */
void load_error(struct loader *l, struct pos pos, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
