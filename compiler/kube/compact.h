/* SPDX-License-Identifier: Apache-2.0 */
/* The compact form of the object schemas: one array of words and one pool of text, made at build
 * time by tool/compact.c from schema/kubernetes/ and read in place. A pointer is an index into the
 * words, 0 is none. */
#ifndef KUBE_COMPACT_H
#define KUBE_COMPACT_H

#include <stdint.h>

enum { COMPACT_MAGIC = 0x48574b31 };

/* Words of the head. */
enum { HEAD_MAGIC, HEAD_WORDS, HEAD_KINDS, HEAD_PATTERNS, HEAD_SIZE };

/* Words of a kind's row in the list of kinds (count first), sorted by name "apps/v1 StatefulSet".
 */
enum { KIND_NAME, KIND_NAME_N, KIND_CLUSTER, KIND_SCHEMA, KIND_SIZE };

/* Bits of SLOT_TYPES; none set means any type. */
enum { TYPE_OBJECT = 1, TYPE_ARRAY = 2, TYPE_STRING = 4, TYPE_INTEGER = 8, TYPE_BOOLEAN = 16 };

/* Words of a schema. Lists are a count and their rows: text rows are (place, length), property rows
 * (place, length, schema). */
enum {
	SLOT_TYPES,
	SLOT_PROPS,      /* property rows sorted by name */
	SLOT_ADDITIONAL, /* 0 closed, 1 anything, else a schema */
	SLOT_REQUIRED,   /* text rows */
	SLOT_ITEMS,      /* a schema */
	SLOT_ENUM,       /* text rows; integers in decimal */
	SLOT_PATTERN,    /* row in the list of patterns, from 1 */
	SLOT_LIMITS,     /* LIMIT_ rows */
	SLOT_NAMES,      /* a schema for the keys */
	SLOT_MAP_KEYS,   /* text rows: a list keyed by these fields */
	SLOT_ANY,        /* list of schemas of which at least one must hold */
	SLOT_ONE,        /* list of schemas of which exactly one must hold */
	SLOT_NOT,        /* a schema that must not hold */
	SLOT_SIZE
};

/* A limit row is (which, low word, high word) of an int64. */
enum {
	LIMIT_MIN_LENGTH,
	LIMIT_MAX_LENGTH,
	LIMIT_MIN_ITEMS,
	LIMIT_MAX_ITEMS,
	LIMIT_MIN_PROPS,
	LIMIT_MAX_PROPS,
	LIMIT_MINIMUM,
	LIMIT_MAXIMUM,
	LIMIT_UNIQUE
};

#endif
