/* SPDX-License-Identifier: Apache-2.0 */
/* A schema file compiled once: what may be written, of which type, in which range; const
 * afterwards. The language is docs/architecture.md section 2. One engine for the compiler and the
 * agent. */
#ifndef SCHEMA_SCHEMA_H
#define SCHEMA_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/ere.h"
#include "schema/format.h"
#include "tree/node.h"

enum schema_type {
	SCHEMA_ANY, /* x-kubernetes-preserve-unknown-fields: any typed value passes */
	SCHEMA_OBJECT,
	SCHEMA_ARRAY,
	SCHEMA_STRING,
	SCHEMA_INTEGER,
	SCHEMA_BOOLEAN
};

/* Bounds that hold only where the flag is set. */
struct schema_bound {
	bool set;
	int64_t v;
};

struct path;
struct schema;
struct schema_rule;

/* One property of an object. */
struct schema_prop {
	struct str key;
	const struct schema *schema;
	bool required;
	uint32_t place; /* 0-based position in the schema file */
};

/* One value of an enum; means is its x-howdah-values line or "". */
struct schema_value {
	struct str text; /* as written in an input */
	struct str means;
	const struct node *node; /* typed */
};

/* One place of the tree that inputs may fill. */
struct schema {
	enum schema_type type;
	struct str name;             /* its key in the parent; "" for a root, "[]" for items */
	struct pos pos;              /* where the schema file describes it */
	const struct schema *parent; /* NULL for a root */
	struct str description, docs, unit;
	struct str pending;  /* text that explains why the field is refused, or empty */
	bool intent_only;    /* x-howdah-source: intent */
	struct str layer_of; /* x-howdah-layer: the kind whose spec this is a part of, or empty */
	bool refused;        /* intent_only, and this is a layer */
	bool for_platform;   /* x-howdah-audience: platform: developers need not know it */
	const struct str *aliases; /* x-howdah-known-as: what newcomers call it; hints only */
	size_t n_aliases;

	/* objects */
	const struct schema_prop *props;           /* sorted bytewise by key */
	const struct schema_prop *const *in_order; /* the same as the schema file has them */
	size_t n_props;
	struct str shorthand;       /* a scalar in the map's place is this field, or empty */
	const struct str *complete; /* x-howdah-complete: must be there once layers and defaults are
				     * in */
	size_t n_complete;
	const struct schema *extra;      /* of free keys, or NULL when the keys are closed */
	enum format key_format;          /* of free keys */
	const struct schema_rule *rules; /* cross-field rules (schema/rules.h), in file order */
	size_t n_rules;

	/* arrays */
	const struct schema *items;
	struct str merge; /* list key, or empty when layers replace the list whole */
	bool unique;

	/* strings */
	enum format format;
	struct str pattern;         /* POSIX ERE as written, or empty */
	struct ere *form;           /* the same, to be asked; or NULL */
	struct str lowest, highest; /* x-howdah-min and -max in the notation of format, or empty */

	/* scalars */
	const struct schema_value *values; /* enum, in file order */
	size_t n_values;

	struct schema_bound least, most; /* minimum/maximum or the fitting minLength, minItems,
					    minProperties */
	const struct node *dflt;         /* typed default, pos at its line; or NULL */
	const struct node *example;      /* typed example or NULL */
};

/* A printer column of a record's CRD. */
struct schema_column {
	struct str name, type, path, description;
	int64_t priority;
};

/* What a schema file describes: a kind, or (for files without `kind`) a record named after its path
 * below schema/ without ".yaml", such as "model/cluster". */
struct schema_kind {
	struct str name, group, version, scope, plural, description, docs;
	const struct str *shorts; /* short names for kubectl */
	size_t n_shorts;
	const struct schema *root;   /* the whole object */
	const struct schema *spec;   /* root's property spec, or NULL */
	const struct schema *status; /* status of a record, or NULL; not a property of root */
	const struct schema_column *columns;
	size_t n_columns;
	const struct file *file;
};

struct schema_set;

/* One schema file: the name messages print ("built-in:schema/Tier.yaml", "schema/Tier.yaml"), and
 * its bytes. What stands behind the last "schema/" of the name is how other files refer to it. */

/* Compiles files (n of them; they outlive the set) into a set made in a. Every problem in them is
 * reported; a kind with problems is left out. Never NULL. The compiled patterns are given back by
 * schema_set_release. */
struct schema_set *schema_set_load(struct arena *a, struct diags *d,
				   const struct file *const *files, size_t n);

/* Gives compiled patterns back; the set is not usable afterwards. */
void schema_set_release(struct schema_set *set);

/* The kind or record named name ("PostgresCluster", "model/cluster"), or NULL. */
const struct schema_kind *schema_find(const struct schema_set *set, struct str name);

/* The n-th kind in bytewise order of names, or NULL behind the last. */
const struct schema_kind *schema_nth(const struct schema_set *set, size_t n);

/* The property key of object s (a free key gives the schema of free keys), or NULL. */
const struct schema *schema_step(const struct schema *s, struct str key);

/* The declared property key of object s, or NULL. */
const struct schema_prop *schema_prop(const struct schema *s, struct str key);

/* The schema of the field at path (the one field-path grammar: `databases[name=x].owner`,
 * `labels["a/b"]`, `env[0]`) below s, or NULL when the path is malformed or nothing may stand
 * there. */
const struct schema *schema_at(const struct schema *s, struct str path);

/* As schema_at for a path that is parsed already. */
const struct schema *schema_at_path(const struct schema *s, const struct path *path);

/* The path of s from its root, as docs print it: "spec.databases[].name". */
struct str schema_path(struct arena *a, const struct schema *s);

/* "map", "list", "string", "integer", "boolean", "any value": what a message calls s's type. */
const char *schema_type_name(const struct schema *s);

#endif
