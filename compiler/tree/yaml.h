/* SPDX-License-Identifier: Apache-2.0 */
/* Strict YAML in: one document of untrusted bytes becomes a tree that knows its places. */
#ifndef TREE_YAML_H
#define TREE_YAML_H

#include "base/diag.h"
#include "tree/node.h"

/* What a file may cost before and while it is read. Nesting ends at 32 levels in all of them. */
struct yaml_limits {
	size_t bytes;  /* of the whole file, judged before parsing */
	size_t scalar; /* bytes of one key or value */
	size_t events; /* of libyaml: a scalar is one, a map or list is two */
};

extern const struct yaml_limits YAML_INTENT; /* 64 KiB, scalars 16 KiB: files of teams */
extern const struct yaml_limits YAML_WORLD;  /* 1 MiB, scalars 256 KiB: platform, templates */
extern const struct yaml_limits YAML_SCHEMA; /* 2 MiB, scalars 256 KiB: schemas, contracts */

/* Reads the one document of file. Every scalar is a NODE_STR; `plain` tells unquoted ones, whose
 * type the schema (or yaml_resolve) decides. Keys, values and lists keep their places; columns
 * count bytes. Errors go to d, as many as can be told in one go. The result is NULL when there is
 * no tree to go on with (limits, bytes that are not UTF-8 text, broken syntax, an empty file);
 * after smaller errors (a duplicate key, an anchor, a key that needs quotes) it is the tree as far
 * as it is clear, so that later passes can report their findings too: diags_errors(d) tells whether
 * all was well. The tree lives in a and points to file. */
const struct node *yaml_read(struct arena *a, struct diags *d, const struct file *file,
			     const struct yaml_limits *limits);

/* Types a tree that no schema types (templates, model files): plain true and false are booleans,
 * plain 0 or -?[1-9][0-9]* integers, quoted text and plain text that every YAML reader takes for a
 * string are strings; any other plain text is an error that asks for quotes. Plain null, ~ and
 * nothing are NODE_NULL when nulls is true, else errors. Never NULL; what could not be typed stays
 * a string, with its error in d. */
const struct node *yaml_resolve(struct arena *a, struct diags *d, const struct node *root,
				bool nulls);

/* What some YAML reader takes the plain text for ("a boolean", "an octal number", "a date", "null",
 * ...), or NULL when all of them read a string. For free-form maps: labels, annotations, env. */
const char *yaml_ambiguous(struct str text);

#endif
