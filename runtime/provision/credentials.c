/* SPDX-License-Identifier: Apache-2.0 */
/* credentials.c: connection strings. Passwords have no character that a string would escape; names
 * may have some. */
#include "provision/credentials.h"

#include "base/buf.h"
#include "ground/base64.h"

static const struct pos nowhere;

struct str credentials_value(struct arena *a, const struct node *data, const char *key)
{
	struct str out;

	return base64_read(a, node_text(data, key), &out) ? out : str_of("");
}

/* text as a part of a URI: RFC 3986, section 2.3. */
static struct str escaped(struct arena *a, struct str text)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	struct buf out = { 0 };

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] && strchr(plain, text.p[i]))
			buf_char(&out, text.p[i]);
		else
			buf_fmt(&out, "%%%02X", (unsigned)(unsigned char)text.p[i]);
	return buf_take(&out, a);
}

/* A data map that grows. */
struct data {
	struct arena *arena;
	struct node_list kids;
};

static void put(struct data *d, const char *key, struct str value)
{
	node_put(&d->kids, str_of(key),
		 node_str(d->arena, nowhere, base64_of(d->arena, value.p, value.n)));
}

/* Where one connects. */
struct place {
	struct str host, database;
	int64_t port;
};

static struct str uri(struct arena *a, const struct credentials *c, const struct place *p)
{
	return arena_fmt(a, "postgresql://%s:%s@%s:%lld/%s?sslmode=verify-full",
			 escaped(a, c->user).p, escaped(a, c->password).p, p->host.p,
			 (long long)p->port, escaped(a, p->database).p);
}

static void put_variables(struct data *d, const struct credentials *c, const struct place *p)
{
	put(d, "PGDATABASE", p->database);
	put(d, "PGHOST", p->host);
	put(d, "PGPASSWORD", c->password);
	put(d, "PGPORT", arena_fmt(d->arena, "%lld", (long long)p->port));
	put(d, "PGSSLMODE", str_of("verify-full"));
	put(d, "PGUSER", c->user);
}

const struct node *credentials_data(struct arena *a, const struct node *login,
				    const struct credentials *c)
{
	const struct node *e = node_at(login, "endpoints");
	struct place direct = { node_text(e, "directHost"), node_text(login, "database"),
				node_num(e, "directPort", 5432) };
	struct place pooled = direct;
	struct place read = { node_text(e, "readHost"), direct.database, direct.port };
	struct data d = { a, { 0 } };
	struct node *map = node_new(a, NODE_MAP, nowhere);

	if (node_text(e, "poolerHost").n > 0) {
		pooled.host = node_text(e, "poolerHost");
		pooled.port = node_num(e, "poolerPort", 6432);
		if (node_text(e, "poolerDatabase").n > 0)
			pooled.database = node_text(e, "poolerDatabase");
	}
	put_variables(&d, c, &pooled);
	put(&d, "ca.crt", c->trust);
	put(&d, "direct-uri", uri(a, c, &direct));
	put(&d, "jdbc-url",
	    arena_fmt(a, "jdbc:postgresql://%s:%lld/%s?user=%s&password=%s&sslmode=verify-full",
		      pooled.host.p, (long long)pooled.port, escaped(a, pooled.database).p,
		      escaped(a, c->user).p, escaped(a, c->password).p));
	put(&d, "password", c->password);
	if (read.host.n > 0)
		put(&d, "read-uri", uri(a, c, &read));
	put(&d, "uri", uri(a, c, &pooled));
	put(&d, "username", c->user);
	map->kids = d.kids.first;
	return map;
}
