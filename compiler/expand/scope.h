/* SPDX-License-Identifier: Apache-2.0 */
/* The names that templates of one kind of unit may use, and what stands behind each. */
#ifndef EXPAND_SCOPE_H
#define EXPAND_SCOPE_H

#include "lua/library.h"
#include "schema/schema.h"

/* One name: a property of the unit's record ("meta", "spec", a group of facts) or `pods`. */
struct scope_name {
	struct str name;
	const struct schema *type; /* NULL: not typed (pods) */
	bool computed; /* a group of facts, computed by templates/model/<unit>/<name>.yaml */
};

/* Where a path below the record leads; its value is found once per unit. */
struct scope_slot {
	size_t name;            /* number of the first name */
	const struct str *keys; /* behind it */
	size_t n_keys;
};

/* Filled while templates are loaded, const afterwards. */
struct scope {
	struct arena *arena;
	struct lua_library *lib;
	struct str unit; /* "cluster", "namespace", "destination" */
	struct scope_name *names;
	size_t n_names;
	struct scope_slot *slots;
	size_t n_slots, cap_slots;
	uint32_t *index; /* of slots, by hash */
	size_t cap_index;
};

/* The names of the record unit (schema/model/<unit>.yaml) in the order it declares them, then
 * `pods`. Templates that are compiled with it add their expressions to lib. */
struct scope *scope_new(struct arena *a, struct str unit, const struct schema_kind *record,
			struct lua_library *lib);

/* The number of name, or -1. */
int scope_find(const struct scope *s, struct str name);

/* The slot of a path, new or known. */
size_t scope_slot(struct scope *s, size_t name, const struct str *keys, size_t n_keys);

#endif
