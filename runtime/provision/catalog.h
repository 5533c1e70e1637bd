/* SPDX-License-Identifier: Apache-2.0 */
/* What PostgreSQL has: roles, databases, and what is in those that the orders name. Plain data, as
 * read.c found it. */
#ifndef PROVISION_CATALOG_H
#define PROVISION_CATALOG_H

#include "provision/mark.h"

struct catalog_role {
	struct str name;
	bool super, inherit, create_role, create_db, login, replication, bypass_rls, expires;
	int64_t limit;       /* CONNECTION LIMIT */
	struct str verifier; /* "" without a password */
	struct mark mark;
	int64_t sessions; /* client backends that logged in with it */
};

struct catalog_member {
	struct str member, role;
};

/* A setting of a role, of a database, or of a role in a database; the other is "". */
struct catalog_setting {
	struct str role, database, name, value;
};

/* Something in database ("": shared by all) depends on role. */
struct catalog_depend {
	struct str role, database;
};

/* A right that n objects give. */
struct catalog_right {
	struct str schema;
	char kind;         /* r tables, S sequences, f functions, n schema, d database */
	struct str object; /* "" for all of the schema together */
	struct str grantee;
	struct str privilege; /* in small letters; "" counts the objects themselves */
	int64_t n;
};

/* A default privilege: what creator makes in schema ("": in all) gives it. */
struct catalog_default {
	struct str creator, schema;
	char kind;
	struct str grantee, privilege;
};

struct catalog_schema {
	struct str name, owner;
};

struct catalog_extension {
	struct str name, version, schema;
	struct str
	    ways; /* versions that ALTER EXTENSION leads to from this one, each " VERSION " */
};

/* An extension that the image has, in one version. */
struct catalog_available {
	struct str name, version;
	bool standard;            /* what CREATE EXTENSION installs */
	const struct node *needs; /* names of other extensions; list or NULL */
};

/* The pooler's function as it stands. */
struct catalog_function {
	bool there, definer, stable, ours; /* ours: it belongs to the superuser */
	struct str source, config;
};

/* What is inside one database. */
struct catalog_inside {
	const struct catalog_schema *schemas; /* sorted by name */
	const struct catalog_extension *extensions;
	const struct catalog_right *rights;
	const struct catalog_default *defaults;
	size_t n_schemas, n_extensions, n_rights, n_defaults;
	struct catalog_function function;
};

struct catalog_database {
	struct str name, owner;
	int64_t limit;
	bool allows; /* ALLOW_CONNECTIONS */
	int64_t size, sessions;
	struct mark mark;
	const struct catalog_inside *inside; /* NULL when it was not asked, or could not be */
	struct str problem;                  /* why it could not be, or "" */
};

/* Arrays are sorted by name, bytewise. */
struct catalog {
	int major;
	bool in_recovery;
	struct str orders; /* digest of the orders that said where to look */
	const struct catalog_role *roles;
	const struct catalog_member *members;
	const struct catalog_setting *settings;
	const struct catalog_depend *depends;
	const struct catalog_right *rights; /* on databases, and on functions of pg_catalog */
	struct catalog_database *databases; /* const once it was read */
	const struct catalog_available *available;
	size_t n_roles, n_members, n_settings, n_depends, n_rights, n_databases, n_available;
};

/* The role named name, or NULL. */
const struct catalog_role *catalog_role(const struct catalog *c, struct str name);

/* The database named name, or NULL. */
const struct catalog_database *catalog_database(const struct catalog *c, struct str name);

/* The schema named name, or NULL. */
const struct catalog_schema *catalog_schema(const struct catalog_inside *in, struct str name);

/* The extension named name that is installed, or NULL. */
const struct catalog_extension *catalog_extension(const struct catalog_inside *in, struct str name);

/* The extension in a version (""; the standard one) that the image has, or NULL. */
const struct catalog_available *catalog_available(const struct catalog *c, struct str name,
						  struct str version);

/* member is a direct member of role. */
bool catalog_member(const struct catalog *c, struct str member, struct str role);

/* How many objects give the right; schema, kind, object, grantee and privilege must all be the
 * same. */
int64_t catalog_rights(const struct catalog_right *rights, size_t n,
		       const struct catalog_right *like);

/* The value of a setting, NULL when it is not set. */
const struct catalog_setting *catalog_setting(const struct catalog *c, struct str role,
					      struct str database, struct str name);

#endif
