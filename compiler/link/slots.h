/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of contracts that name facts: "{meta.name}-replicas", and conditions on facts. */
#ifndef LINK_SLOTS_H
#define LINK_SLOTS_H

#include "link/link.h"

/* What the first part of a slot's path may name beside the groups of the record. */
struct slot_name {
	struct str name;
	const struct node *value;
};

enum { SLOT_NAMES = 4 };

/* Where slots are looked up. */
struct slot_scope {
	const struct link_input *in;
	struct slot_name names[SLOT_NAMES]; /* of the loops around */
	size_t n;
};

/* A text with its slots filled in. */
struct filled {
	bool set; /* false: a slot names a fact that is unset */
	const struct node
	    *node;       /* the fact, when the text is one slot without filters, else NULL */
	struct str text; /* otherwise; in the unit's arena */
	const struct node
	    *from; /* the last fact that went in, or NULL: where a reader should look */
};

/*
 * The fact at path ("spec.pooler.instances", "members.sets.0.name"): of s's names, else of the
 * record. NULL when it is unset.
 */
const struct node *slot_find(const struct slot_scope *s, struct str path);

/*
 * Fills in the slots of text: {path}, or {path|filter...}; filters are hours ("90d" to 2160h),
 * seconds, bytes, text, hba (quoted as pg_hba.conf wants it), checksum (as std.checksum of
 * lua/std.lua), or:PATH, another fact in place of an unset one, and else:WORD, which stands in for
 * it.
 */
struct filled slots_fill(const struct slot_scope *s, struct str text);

/* Whether has is text with its slots filled in: as slots_fill, without making the text. */
bool slots_equal(const struct slot_scope *s, struct str text, struct str has);

/*
 * Whether all conditions of when (a text or a list of texts; NULL always holds) hold: "path" (set,
 * and neither false nor empty), "!path", "path=text", "path!=text", "path>number"; text may have
 * slots.
 */
bool slots_hold(const struct slot_scope *s, const struct node *when);

#endif
