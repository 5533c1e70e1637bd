/* SPDX-License-Identifier: Apache-2.0 */
/* Cross-field rules as they are kept: read by the check, by the CRD's CEL and by the docs. */
#ifndef SCHEMA_RULE_H
#define SCHEMA_RULE_H

#include "schema/schema.h"

enum rule_form {
	RULE_REQUIRES,
	RULE_FORBIDS,
	RULE_ONE_OF,
	RULE_LESS_OR_EQUAL,
	RULE_LESS,
	RULE_DIFFER,
	RULE_IMMUTABLE,
	RULE_GROWS_ONLY
};

enum rule_test {
	TEST_SET,
	TEST_EQUALS,
	TEST_IN,
	TEST_AT_LEAST,
	TEST_ABOVE,
	TEST_AT_MOST,
	TEST_BELOW
};

/* A field below the object that carries the rule: plain keys only. */
struct rule_path {
	struct str text; /* "pooler.minSize" */
	const struct str *keys;
	size_t n;
	const struct schema *schema; /* of the field */
};

/* One condition on one field. */
struct rule_condition {
	struct rule_path path;
	enum rule_test test;
	bool set;                 /* TEST_SET: whether it must be set */
	const struct node *value; /* typed; TEST_IN: the first of a chain of siblings */
};

struct schema_rule {
	struct str id, message;
	struct pos pos;
	enum rule_form form;
	struct rule_condition when, then; /* RULE_REQUIRES, RULE_FORBIDS */
	const struct rule_path *paths;    /* the other forms */
	size_t n_paths;
	struct rule_path within; /* judged only while this field stays the same; n 0: always */
	struct rule_path unless; /* not judged when this field is set; n 0: always judged */
};

/* A rule and the kind it belongs to. */
struct rule_found {
	const struct schema_rule *rule; /* NULL: there is none of that name */
	const struct schema_kind *kind;
	const struct schema *object; /* that carries it */
};

/* The rule named id in any kind of set. */
struct rule_found rule_find(const struct schema_set *set, struct str id);

/* The word of a form, as schemas write it. */
const char *rule_form_name(enum rule_form form);

/* Its values are compared by more and less, which not every field has. */
bool rule_is_ordered(enum rule_form form);

/* Compares two typed values of schema s: true and *sign, or false when s has no order. */
bool rule_compare(const struct schema *s, const struct node *a, const struct node *b, int *sign);

/* The node that path leads to below object n, or NULL. */
const struct node *rule_follow(const struct rule_path *path, const struct node *n);

#endif
