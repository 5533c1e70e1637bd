/* SPDX-License-Identifier: Apache-2.0 */
/* shell.c: passwords, keys and lists of users for the Secrets of a cluster. */
#include "provision/shell.h"

#include "base/buf.h"
#include "crypto/random.h"
#include "ground/base64.h"
#include "provision/credentials.h"

enum { KEY_BYTES = 32 };

/* What is made, and what was there. */
struct made {
	struct arena *arena;
	const struct shell *shell;
	struct node_list data; /* what is new, base64 */
};

bool shell_may_make(const struct node *key)
{
	struct str role = node_text(key, "role");

	return !str_is(node_text(key, "content"), "libsodium-key") &&
	       (role.n == 0 || str_starts(role, "howdah_"));
}

/* The value of key as it will be: new, or as it was; "" when there is none. */
static struct str value_of(const struct made *m, struct str key)
{
	struct str text;

	for (const struct node *n = m->data.first; n; n = n->next)
		if (str_eq(n->key, key))
			return base64_read(m->arena, n->text, &text) ? text : str_of("");
	return credentials_value(m->arena, m->shell->data, arena_str(m->arena, key).p);
}

/* PgBouncer's auth_file; "" while one of its passwords is missing. */
static struct str user_list(const struct made *m, const struct node *key)
{
	struct buf out = { 0 };
	struct str list;
	bool whole = true;

	node_each(u, node_at(key, "users"))
	{
		struct str password = value_of(m, node_text(u, "key"));

		whole = whole && password.n > 0;
		buf_fmt(&out, "\"%.*s\" \"%.*s\"\n", (int)node_text(u, "name").n,
			node_text(u, "name").p, (int)password.n, password.p);
	}
	list = whole ? buf_take(&out, m->arena) : str_of("");
	buf_release(&out);
	return list;
}

/* A value for key, "" when nobody here may make one. */
static struct str make(const struct made *m, const struct node *key)
{
	const struct shell *s = m->shell;
	struct str content = node_text(key, "content"), copy = str_of("");

	if (s->copy)
		copy = s->copy(m->arena, s->orders, node_text(key, "name"));
	if (copy.n > 0)
		return copy;
	if (str_is(content, "libsodium-key"))
		return s->keys ? random_hex(m->arena, KEY_BYTES) : str_of("");
	if (s->copy && !shell_may_make(key))
		return str_of("");
	if (str_is(content, "password"))
		return random_text(m->arena, PASSWORD_LENGTH);
	return node_text(key, "text");
}

static void put(struct made *m, const struct node *key, struct str value)
{
	struct str name = arena_str(m->arena, node_text(key, "name"));

	if (value.n > 0 && !str_eq(value, value_of(m, name)))
		node_put(
		    &m->data, name,
		    node_str(m->arena, (struct pos){ 0 }, base64_of(m->arena, value.p, value.n)));
}

/* Lists come last, from the passwords. */
const struct node *shell_fill(struct arena *a, const struct shell *s)
{
	struct made m = { a, s, { 0 } };
	struct node *map = node_new(a, NODE_MAP, (struct pos){ 0 });

	node_each(k, node_at(s->orders, "keys"))
	{
		if (!str_is(node_text(k, "content"), "userlist") &&
		    value_of(&m, node_text(k, "name")).n == 0)
			put(&m, k, make(&m, k));
	}
	node_each(k, node_at(s->orders, "keys"))
	{
		if (str_is(node_text(k, "content"), "userlist"))
			put(&m, k, user_list(&m, k));
	}
	map->kids = m.data.first;
	return map;
}
