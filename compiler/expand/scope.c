/* SPDX-License-Identifier: Apache-2.0 */
/* scope.c: names of a record and the distinct paths below them that templates use. */
#include "expand/scope.h"

static void grow_slots(struct scope *s)
{
	size_t cap = s->cap_slots ? s->cap_slots * 2 : 64;
	struct scope_slot *slots = NEW_ARRAY(s->arena, cap, struct scope_slot);

	if (s->n_slots)
		memcpy(slots, s->slots, s->n_slots * sizeof(*slots));
	s->slots = slots;
	s->cap_slots = cap;
	s->cap_index = cap * 2;
	s->index = NEW_ARRAY(s->arena, s->cap_index, uint32_t);
}

struct scope *scope_new(struct arena *a, struct str unit, const struct schema_kind *record,
			struct lua_library *lib)
{
	struct scope *s = NEW(a, struct scope);
	const struct schema *root = record->root;

	s->arena = a;
	s->lib = lib;
	s->unit = unit;
	s->n_names = root->n_props + 1;
	s->names = NEW_ARRAY(a, s->n_names, struct scope_name);
	for (size_t i = 0; i < root->n_props; i++) {
		size_t rank = 0;

		for (size_t j = 0; j < root->n_props; j++)
			rank += root->props[j].place < root->props[i].place;
		s->names[rank].name = root->props[i].key;
		s->names[rank].type = root->props[i].schema;
	}
	s->names[root->n_props].name = str_of("pods");
	return s;
}

int scope_find(const struct scope *s, struct str name)
{
	for (size_t i = 0; i < s->n_names; i++)
		if (str_eq(s->names[i].name, name))
			return (int)i;
	return -1;
}

static uint64_t hash_path(size_t name, const struct str *keys, size_t n_keys)
{
	uint64_t h = name * 0x9e3779b97f4a7c15u;

	for (size_t i = 0; i < n_keys; i++)
		h = (h ^ str_hash(keys[i])) * 1099511628211u;
	return h ^ (h >> 32);
}

static bool same_path(const struct scope_slot *slot, size_t name, const struct str *keys,
		      size_t n_keys)
{
	if (slot->name != name || slot->n_keys != n_keys)
		return false;
	for (size_t i = 0; i < n_keys; i++)
		if (!str_eq(slot->keys[i], keys[i]))
			return false;
	return true;
}

/* The place in the index where the path is, or would be. */
static size_t index_of(const struct scope *s, size_t name, const struct str *keys, size_t n_keys)
{
	size_t at = (size_t)hash_path(name, keys, n_keys) & (s->cap_index - 1);

	while (s->index[at] && !same_path(&s->slots[s->index[at] - 1], name, keys, n_keys))
		at = (at + 1) & (s->cap_index - 1);
	return at;
}

static void rebuild(struct scope *s)
{
	grow_slots(s);
	for (size_t i = 0; i < s->n_slots; i++) {
		const struct scope_slot *slot = &s->slots[i];

		s->index[index_of(s, slot->name, slot->keys, slot->n_keys)] = (uint32_t)i + 1;
	}
}

size_t scope_slot(struct scope *s, size_t name, const struct str *keys, size_t n_keys)
{
	struct str *copy;
	size_t at;

	if (s->n_slots == s->cap_slots)
		rebuild(s);
	at = index_of(s, name, keys, n_keys);
	if (s->index[at])
		return s->index[at] - 1;
	copy = NEW_ARRAY(s->arena, n_keys + 1, struct str);
	for (size_t i = 0; i < n_keys; i++)
		copy[i] = keys[i];
	s->slots[s->n_slots] = (struct scope_slot){ name, copy, n_keys };
	s->index[at] = (uint32_t)++s->n_slots;
	return s->n_slots - 1;
}
