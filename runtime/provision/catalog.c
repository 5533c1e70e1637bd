/* SPDX-License-Identifier: Apache-2.0 */
/* catalog.c: questions about what PostgreSQL has. */
#include "provision/catalog.h"

/* Index of name among n items of size bytes that begin with their name and are sorted by it; n when
 * there is none. */
static size_t find(const void *items, size_t n, size_t size, struct str name)
{
	size_t from = 0, to = n;

	while (from < to) {
		size_t at = from + (to - from) / 2;
		struct str has;
		int order;

		memcpy(&has, (const char *)items + at * size, sizeof(has));
		order = str_cmp(has, name);
		if (order == 0)
			return at;
		if (order < 0)
			from = at + 1;
		else
			to = at;
	}
	return n;
}

const struct catalog_role *catalog_role(const struct catalog *c, struct str name)
{
	size_t i = find(c->roles, c->n_roles, sizeof(*c->roles), name);

	return i < c->n_roles ? &c->roles[i] : NULL;
}

const struct catalog_database *catalog_database(const struct catalog *c, struct str name)
{
	size_t i = find(c->databases, c->n_databases, sizeof(*c->databases), name);

	return i < c->n_databases ? &c->databases[i] : NULL;
}

const struct catalog_schema *catalog_schema(const struct catalog_inside *in, struct str name)
{
	size_t i = find(in->schemas, in->n_schemas, sizeof(*in->schemas), name);

	return i < in->n_schemas ? &in->schemas[i] : NULL;
}

const struct catalog_extension *catalog_extension(const struct catalog_inside *in, struct str name)
{
	size_t i = find(in->extensions, in->n_extensions, sizeof(*in->extensions), name);

	return i < in->n_extensions ? &in->extensions[i] : NULL;
}

const struct catalog_available *catalog_available(const struct catalog *c, struct str name,
						  struct str version)
{
	for (size_t i = 0; i < c->n_available; i++) {
		const struct catalog_available *e = &c->available[i];

		if (str_eq(e->name, name) &&
		    (version.n > 0 ? str_eq(e->version, version) : e->standard))
			return e;
	}
	return NULL;
}

bool catalog_member(const struct catalog *c, struct str member, struct str role)
{
	size_t i = find(c->members, c->n_members, sizeof(*c->members), member);

	/* any of those of the member: the first lies before */
	while (i > 0 && i < c->n_members && str_eq(c->members[i - 1].member, member))
		i--;
	for (; i < c->n_members && str_eq(c->members[i].member, member); i++)
		if (str_eq(c->members[i].role, role))
			return true;
	return false;
}

const struct catalog_setting *catalog_setting(const struct catalog *c, struct str role,
					      struct str database, struct str name)
{
	size_t i = find(c->settings, c->n_settings, sizeof(*c->settings), role);

	while (i > 0 && i < c->n_settings && str_eq(c->settings[i - 1].role, role))
		i--;
	for (; i < c->n_settings && str_eq(c->settings[i].role, role); i++)
		if (str_eq(c->settings[i].database, database) && str_eq(c->settings[i].name, name))
			return &c->settings[i];
	return NULL;
}

int64_t catalog_rights(const struct catalog_right *rights, size_t n,
		       const struct catalog_right *like)
{
	for (size_t i = 0; i < n; i++)
		if (rights[i].kind == like->kind && str_eq(rights[i].schema, like->schema) &&
		    str_eq(rights[i].grantee, like->grantee) &&
		    str_eq(rights[i].privilege, like->privilege) &&
		    str_eq(rights[i].object, like->object))
			return rights[i].n;
	return 0;
}
